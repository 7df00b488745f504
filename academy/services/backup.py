"""The whole database saved to a file while people go on working, and restored from one, checked, into an empty database."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlmodel import Session

from academy.services import audit, privacy
from academy.services.site import Site
from academy.store import audit as chain
from academy.store import backups, schema
from academy.store.backups import BackupError, Manifest, Progress


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and how many erasures were applied to it: begun as the list says, and done because they were due.

    listed: whether there is a list at all. Without it, whoever was erased since the backup is back.
    """

    manifest: Manifest
    begun: int
    erased: int
    listed: bool


def save(site: Site, path: Path, progress: Progress = lambda _done, _all, _what: None) -> Manifest:
    """Write all rows, as they were at one moment, to a file that only its owner may read. Raises FileExistsError.

    The file appears when it is whole. Nobody waits for it: readers and writers go on. That it was made is in the log afterwards.
    """
    if path.exists():  # said before the work; what appears meanwhile is kept too
        raise FileExistsError(f"{path} is there already")
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            manifest = _write(site, file, progress)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
    _keep_name(path.parent)
    if manifest.schema == schema.newest_version():  # an older log cannot be written by this release
        audit.note(site, "backed-up", rows=manifest.rows)
    return manifest


def restore(site: Site, path: Path, progress: Progress = lambda _done, _all, _what: None) -> Restored:
    """Bring a backup into an empty database, migrated to this release, in one transaction: whole, or not at all.

    Erasures that people asked for since the backup are applied from the list. Raises BackupError, FileNotFoundError.
    """
    with backups.opened(path, site.key_for("backup")) as (manifest, archive), site.database.together():
        with site.database.writing() as session:
            _refuse(session, manifest)
            schema.migrate_to(session, manifest.schema)
            backups.load(session, manifest, archive, progress)
            schema.migrate_to(session, schema.newest_version())
            _check_log(site, session, manifest)
            audit.record(site, session, "restored", details={"made": manifest.created, "rows": manifest.rows})
        return Restored(manifest, privacy.apply_list(site), privacy.erase_due(site), privacy.has_list(site))


def _write(site: Site, file: IO[bytes], progress: Progress) -> Manifest:
    with site.database.reading(steady=True) as session:
        version = schema.version_within(session)
        if version is None:
            raise BackupError("the database is empty: there is nothing to keep")
        logged = "audithead" in backups.reflect(session.connection()).tables
        head = chain.head(session) if logged else None
        begun = Manifest(site.now().isoformat(), version, head)
        return backups.write(file, session, begun, key=site.key_for("backup"), progress=progress)


def _refuse(session: Session, manifest: Manifest) -> None:
    if not backups.is_empty(session.connection()):
        raise BackupError("the database is not empty; restore into a new one")
    if manifest.schema not in schema.known_versions():
        newest = schema.newest_version()
        raise BackupError(f"this backup has schema {manifest.schema}, newer than this release's {newest}; restore it with a newer release")


def _check_log(site: Site, session: Session, manifest: Manifest) -> None:
    fault = next(chain.faults(session, site.key_for("audit"), manifest.audit_head), None)
    if fault is not None:
        raise BackupError(f"the audit log in this backup is not whole: {fault.what}")
    if manifest.audit_head is not None and chain.head(session) != manifest.audit_head:
        raise BackupError("the audit log in this backup does not end where it did")


def _keep_name(folder: Path) -> None:
    """Make the file's name durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
