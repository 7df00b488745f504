"""An error turned into what is out of order around the product: the disk, the database, or nothing of the kind."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

DISK_FULL, READ_ONLY, BUSY, DATABASE = "disk-full", "read-only", "busy", "database"
_SAYINGS = (
    ("database or disk is full", DISK_FULL),
    ("disk i/o error", DISK_FULL),
    ("no space left on device", DISK_FULL),
    ("readonly database", READ_ONLY),
    ("read-only transaction", READ_ONLY),
    ("database is locked", BUSY),
)
_NUMBERS = {errno.ENOSPC: DISK_FULL, errno.EDQUOT: DISK_FULL, errno.EROFS: READ_ONLY}


def cause(error: BaseException) -> str | None:
    """What is out of order; None where the error is our own. Whatever it is, the transaction was rolled back."""
    if isinstance(error, PoolTimeout):
        return BUSY
    if isinstance(error, DBAPIError):
        said = str(error.orig).lower()
        found = next((what for saying, what in _SAYINGS if saying in said), None)
        if found is None and (error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)):
            return DATABASE
        return found
    return _NUMBERS.get(error.errno or 0) if isinstance(error, OSError) else None


def quotes_nothing(error: BaseException) -> bool:
    """Whether the first line of what a failure says holds no value that somebody gave: SQLite's own, and a database out of order."""
    return isinstance(error, OperationalError) or isinstance(getattr(error, "orig", error), sqlite3.Error)
