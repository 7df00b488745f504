"""`academy backup` and `academy restore`: the database to a file while people work, and back into an empty one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from academy.commands import CommandError
from academy.commands.progress import Meter
from academy.config import read_settings
from academy.services import backup
from academy.services.site import Site, open_site
from academy.store.backups import BackupError


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `backup` and `restore`."""
    save = subparsers.add_parser("backup", help="write the whole database, as at one moment, to a file; people may work meanwhile")
    save.add_argument("file", metavar="FILE", type=Path, help="a new file; it appears when it is whole")
    save.set_defaults(run=run_backup)
    restore = subparsers.add_parser("restore", help="bring a backup into an empty database, checked, or change nothing")
    restore.add_argument("file", metavar="FILE", type=Path, help="what `academy backup` wrote, on either kind of database")
    restore.set_defaults(run=run_restore)


def run_backup(options: argparse.Namespace) -> int:
    """Write the backup and say what it holds."""
    site, meter = _site(), Meter()
    try:
        found = backup.save(site, options.file, meter)
    except (BackupError, OSError) as error:
        raise CommandError(str(error)) from None
    finally:
        meter.end()
        site.database.dispose()
    print(f"{options.file}: {found.rows:,} rows of {len(found.tables)} tables, schema {found.schema}.")
    print(f"Audit head: {_head(found.audit_head)}")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Restore the backup and say what was done to it."""
    site, meter = _site(), Meter()
    try:
        found = backup.restore(site, options.file, meter)
    except (BackupError, OSError) as error:
        raise CommandError(f"{error}. Nothing was restored") from None
    finally:
        meter.end()
        site.database.dispose()
    print(f"Restored {found.manifest.rows:,} rows of {found.manifest.created}; counts and the audit log agree.")
    print(f"Audit head then: {_head(found.manifest.audit_head)}")
    print(f"Erasures taken from the list: {found.begun}. Erased because their term is over: {found.erased}.")
    print("Everybody has to sign in again; one-time links are void.")
    if not found.listed:
        print(
            f"Warning: there is no list of erasures at {site.erasures}. If anybody was erased since this backup, they are back:"
            " put the list there and run `academy purge` before anybody signs in.",
            file=sys.stderr,
        )
    return 0


def _site() -> Site:
    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    return open_site(settings)


def _head(head: tuple[int, str] | None) -> str:
    return f"{head[0]}:{head[1]}" if head else "none"
