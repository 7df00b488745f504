"""Migrations applied, and the schema's version read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session

from academy.store.db import Database

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaTooNew(RuntimeError):
    """The database was migrated by a newer release than this one."""


def newest_version() -> str:
    """The schema version this release works with."""
    return known_versions()[0]


def known_versions() -> list[str]:
    """Every schema version that this release can migrate, newest first: a migration's file is called by its version."""
    return sorted((path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")), reverse=True)


def present_version(database: Database) -> str | None:
    """The schema version of the database; None when it is empty."""
    with database.engine.connect() as connection:
        return _version(connection)


def version_within(session: Session) -> str | None:
    """The schema version that a transaction sees."""
    return _version(session.connection())


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


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
    from alembic import command  # loaded where a schema is to be changed, which few starts do

    config = _config()
    config.attributes["connection"] = session.connection()
    command.upgrade(config, version)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
