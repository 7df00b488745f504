"""Every committed schema, with rows in every table, comes to the newest and keeps them; a failing migration leaves nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Boolean, Column, Connection, Date, Float, Integer, LargeBinary, MetaData, inspect
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from academy.store import backups, schema
from academy.store.db import Database

ROWS = 3
BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
FAILING = """
from alembic import op
import sqlalchemy as sa

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("UPDATE account SET name = 'spoilt'")
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("more", sa.Integer(), nullable=True))
    op.drop_table("skillestimate")
    op.execute("INSERT INTO half (id) VALUES (1), (1)")
"""
Rows = dict[str, list[dict[str, Any]]]


def test_versions_by_file_name_are_those_that_follow_on_each_other() -> None:
    scripts = ScriptDirectory.from_config(schema._config()).walk_revisions()
    assert schema.known_versions() == [script.revision for script in scripts]


@pytest.mark.parametrize("version", schema.known_versions()[:0:-1])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rows_of_every_version_reach_the_newest(empty_database: Callable[[str], Database], kind: str, version: str) -> None:
    database = empty_database(kind)
    with database.writing() as session:
        schema.migrate_to(session, version)
        before = fill(session.connection())
    assert all(before.values())
    schema.migrate(database)
    assert schema.present_version(database) == schema.newest_version()
    with database.reading() as session:
        after = contents(session.connection())
        for name, rows in before.items():
            kept = [{column: row[column] for column in rows[0]} for row in after[name]]
            assert sorted(kept, key=repr) == sorted(rows, key=repr), name
        for table in SQLModel.metadata.sorted_tables:  # the product can read all of it
            assert len(session.execute(table.select()).all()) >= len(before.get(table.name, []))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_failing_migration_leaves_nothing_behind(
    empty_database: Callable[[str], Database], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, head = empty_database(kind), schema.newest_version()
    schema.migrate(database)
    with database.writing() as session:
        before = fill(session.connection())
    shutil.copytree(schema._MIGRATIONS, tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "9999_failing.py").write_text(FAILING.format(head=head))
    monkeypatch.setattr(schema, "_MIGRATIONS", tmp_path / "migrations")
    with pytest.raises(Exception, match=r"(?i)unique"):
        schema.migrate(database)
    assert schema.present_version(database) == head
    with database.reading() as session:
        assert contents(session.connection()) == before
    monkeypatch.undo()
    schema.migrate(database)


def described(connection: Connection) -> MetaData:
    """The tables as they are, with types that mean the same on both databases."""
    return backups.reflect(connection, left_out=frozenset({"alembic_version"}))


def contents(connection: Connection) -> Rows:
    """Every row of every table."""
    tables = described(connection).sorted_tables
    return {table.name: [dict(row._mapping) for row in connection.execute(table.select().order_by(*table.primary_key))] for table in tables}


def fill(connection: Connection) -> Rows:
    """Put rows into every table, as its columns, references and checks allow; returns them."""
    tables = described(connection).sorted_tables
    for table in reversed(tables):
        connection.execute(table.delete())
    for table in tables:
        allowed = dict(allowed_words(connection, table.name))
        connection.execute(table.insert(), [
            {column.name: value(column, number, allowed.get(column.name)) for column in table.columns} for number in range(1, ROWS + 1)
        ])  # fmt: skip
    return contents(connection)


def allowed_words(connection: Connection, table: str) -> Iterator[tuple[str, list[str]]]:
    """Columns whose check lists the words that they take."""
    for check in inspect(connection).get_check_constraints(table):
        words = re.findall(r"'([^']+)'", check["sqltext"])
        column = re.match(r"\W*(\w+)", check["sqltext"])
        if words and column:
            yield column[1], words


def value(column: Column[Any], number: int, words: list[str] | None) -> Any:
    """Something that fits the column; the row's number where it refers to another table's row."""
    kind = column.type
    if words:
        return words[number % len(words)]
    if isinstance(kind, Boolean):
        return bool(number % 2)
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, Float):
        return number / 4
    if isinstance(kind, UTCDateTime):
        return BEGAN + timedelta(days=number)
    if isinstance(kind, Date):
        return date(2026, 1, number)
    if isinstance(kind, LargeBinary):
        return bytes([0, number, 255])
    if isinstance(kind, JSON):
        return [number, {"ñ": None}]
    return f"{number}ñ"[: getattr(kind, "length", None)]
