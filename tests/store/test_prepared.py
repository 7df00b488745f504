"""Statements that nearly every request makes: short enough for the driver to keep, over a cursor that outlives errors."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import sqlalchemy as sa
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH, MAX_CACHED_STATEMENT_PARAMS
from sqlalchemy.exc import DBAPIError

from academy.store import answer_writes, answering, sessions, traces
from academy.store.db import Database
from academy.store.evidence_rows import STANDING, EstimateRow, ResponseRow
from academy.store.prepared import Prepared, Statement, run

MOST_CHECKS = 10
EVERYTHING = [f"{prefix}_{column}" for prefix in "sreac" for column in (*STANDING, *ResponseRow._fields, *EstimateRow._fields)]
"""Values of which a statement takes what it names."""


def usual() -> Iterator[tuple[str, Statement]]:
    """What a page of a lesson, and an answer that does not end everything at once, ask of PostgreSQL."""
    yield "session", sessions.FIND
    for checks in (0, 1, MOST_CHECKS):
        yield f"lesson with {checks} checks", traces._visit_to_lesson(checks)
    yield "answer read", answering._visit_query("postgresql")[0]
    yield "moment", answering._moment_query("postgresql")
    for at_once, (change, end) in itertools.product((True, False), ((False, False), (False, True), (True, False))):
        written = answer_writes._all_in_one(at_once=at_once, estimate=True, change=change, end=end)
        yield f"answer written: {at_once=} {change=} {end=}", written


@pytest.mark.parametrize(("name", "statement"), list(usual()))
def test_the_driver_keeps_how_it_reads_what_is_usual(name: str, statement: Statement) -> None:
    dialect = sa.create_engine("postgresql+psycopg://").dialect
    prepared = Prepared(statement, dialect)
    sent = prepared.values(dict.fromkeys([*statement.compile(dialect=dialect).params, *EVERYTHING]))
    assert len(prepared.text.encode()) <= MAX_CACHED_STATEMENT_LENGTH, name
    assert len(sent) <= MAX_CACHED_STATEMENT_PARAMS, name


ONE = sa.select(sa.literal_column("1", sa.Integer).label("one"))
BAD = sa.select(sa.literal_column("no_such_column", sa.Integer).label("none"))
PROCESS = sa.select(sa.func.pg_backend_pid().label("process"))


def test_an_error_leaves_the_connection_usable(database: Database) -> None:
    with pytest.raises(DBAPIError):
        database.select(BAD, {})
    assert database.select(ONE, {})[0].one == 1
    with database.writing() as session:
        connection = session.connection()
        with pytest.raises(DBAPIError), connection.begin_nested():
            run(connection, BAD, {})
        assert run(connection, ONE, {})[0].one == 1
        assert connection.execute(ONE).scalar_one() == 1


def test_a_connection_that_went_away_is_made_anew(new_database: Callable[[str], Database]) -> None:
    database = new_database("postgresql")

    def end(process: int) -> None:
        with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))

    def write(act: Callable[[sa.Connection], object]) -> None:
        with database.writing() as session:
            act(session.connection())

    def go_on_after_the_end(connection: sa.Connection) -> None:
        end(run(connection, PROCESS, {})[0].process)
        run(connection, ONE, {})

    end(database.select(PROCESS, {})[0].process)
    assert database.select(ONE, {})[0].one == 1
    with database.reading() as session:
        process = run(session.connection(), PROCESS, {})[0].process
    end(process)
    write(lambda connection: run(connection, ONE, {}))
    with pytest.raises(DBAPIError):
        write(go_on_after_the_end)
    write(lambda connection: run(connection, ONE, {}))


def test_threads_do_not_read_each_others_rows(database: Database) -> None:
    number = sa.select(sa.bindparam("number", type_=sa.Integer).label("number"))

    def read(thread: int) -> set[int]:
        found = set()
        for _ in range(50):
            with database.reading() as session:
                found |= {row.number for row in run(session.connection(), number, {"number": thread})}
            found |= {row.number for row in database.select(number, {"number": thread})}
        return found

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(read, range(6))) == [{thread} for thread in range(6)]
