"""Migrations applied, and the schema's version read."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session

from academy.store.db import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaTooNew(RuntimeError):
    """The database was migrated by a newer release than this one."""


def newest_version() -> str:
    """The schema version this release works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "there is at least one migration"
    return head


def known_versions() -> list[str]:
    """Every schema version that this release can migrate, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def present_version(database: Database) -> str | None:
    """The schema version of the database; None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def version_within(session: Session) -> str | None:
    """The schema version that a transaction sees."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def migrate(database: Database) -> None:
    """Bring the schema to the newest version, in one transaction. Raises SchemaTooNew for a database from the future."""
    present = present_version(database)
    if present is not None and present not in known_versions():
        raise SchemaTooNew(f"the database has schema {present}, newer than this release's {newest_version()}")
    if present == newest_version():
        return
    with database.writing() as session:
        migrate_to(session, newest_version())


def migrate_to(session: Session, version: str) -> None:
    """Bring the schema up to a version within the caller's transaction."""
    config = _config()
    config.attributes["connection"] = session.connection()
    command.upgrade(config, version)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
