"""A database URL turned into short, durable transactions, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

_WRITE = "academy_write"


class Database:
    """An engine with two kinds of transaction: `reading()` and `writing()`."""

    def __init__(self, url: str) -> None:
        """Open lazily; no connection is made here."""
        self.url = url
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.sqlite else create_engine(url, pool_size=5, pool_pre_ping=True)
        self._writer = _WriteLock(Path(f"{make_url(url).database}.lock")) if self.sqlite else contextlib.nullcontext()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; anything changed in it is rolled back."""
        with Session(self.engine) as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits once at the end, or not at all when an error leaves it."""
        with self._writer, self.engine.connect().execution_options(**{_WRITE: True}) as connection:
            with Session(connection, expire_on_commit=False) as session:
                yield session
                session.commit()

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


class _WriteLock:
    """One writer at a time over all threads and processes; waiting in SQLite itself is many times slower."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.Lock()
        self._file: Any = None

    def __enter__(self) -> None:
        self._thread.acquire()
        try:
            if self._file is None:
                self._file = self._path.open("w")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._thread.release()
            raise

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._thread.release()


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we emit BEGIN ourselves, else DDL would not be transactional
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
