"""Statements that nearly every request makes: short enough for the driver to keep how it reads them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH, MAX_CACHED_STATEMENT_PARAMS
from sqlalchemy import create_engine

from academy.store import answer_writes, answering, sessions, traces
from academy.store.prepared import Prepared, Statement

MOST_CHECKS = 10


def usual() -> Iterator[tuple[str, Statement]]:
    """What a page of a lesson, and an answer that does not end everything at once, ask of PostgreSQL."""
    yield "session", sessions.FIND
    for checks in (0, 1, MOST_CHECKS):
        yield f"lesson with {checks} checks", traces._visit_to_lesson(checks)
    yield "answer read", answering._visit_query("postgresql")[0]
    yield "moment", answering._moment_query("postgresql")
    for at_once, estimate, end in itertools.product((True, False), repeat=3):
        written = answer_writes._all_in_one(at_once=at_once, estimate=estimate, change=False, end=end)
        yield f"answer written: {at_once=} {estimate=} {end=}", written


@pytest.mark.parametrize(("name", "statement"), list(usual()))
def test_the_driver_keeps_how_it_reads_what_is_usual(name: str, statement: Statement) -> None:
    dialect = create_engine("postgresql+psycopg://").dialect
    assert len(Prepared(statement, dialect).text.encode()) <= MAX_CACHED_STATEMENT_LENGTH, name
    assert len(statement.compile(dialect=dialect).params) <= MAX_CACHED_STATEMENT_PARAMS, name
