"""What an answer rests on, read without a lock or under one; `answer_writes` is what comes of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, BindParameter, Float, and_, bindparam, cast, distinct, false, func, null, select, union_all
from sqlmodel import Session, SQLModel

from academy.store import tables as _tables
from academy.store.db import Database
from academy.store.evidence_rows import FIND_STANDING, STANDING, EstimateRow, StandingRow, columns
from academy.store.prepared import run
from academy.store.sessions import FIND, Found, and_more, found_of, parted, who

assert _tables, "the tables register themselves"
_named = SQLModel.metadata.tables
_standing, _estimate, _response = _named["standing"], _named["skillestimate"], _named["response"]
_attempt, _written, _account, _calibration = _named["attempt"], _named["openanswer"], _named["account"], _named["calibration"]
_regrade = _named["regrade"]


class AttemptRow(NamedTuple):
    """What answering needs to know of an attempt."""

    course_id: str
    item_ids: list[str]
    pass_percent: int
    finished_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """An attempt as it is before an answer: what was answered in it, waiting answers among them, and where its learner stands."""

    attempt: AttemptRow
    answered: frozenset[str]
    standing: StandingRow


class MarkRow(NamedTuple):
    """What was answered to an item of an attempt: its score in force, None while it waits to be marked, by its learner or another."""

    item_id: str
    score: float | None
    by_self: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """What an answer meets: the role aimed for, the newest calibration's number, the key versions in which the item was met
    before, and all that is known of the learner by skill."""

    target_role: str
    calibration: int
    met: frozenset[str]
    estimates: Mapping[str, EstimateRow]


_OWN: BindParameter[int] = bindparam("learner")
_NUMBER: BindParameter[int] = bindparam("attempt")
_IN_FORCE = (
    select(_regrade.c.score)
    .where(_regrade.c.learner_id == _response.c.learner_id, _regrade.c.sequence == _response.c.sequence)
    .order_by(_regrade.c.number.desc())
    .limit(1)
    .scalar_subquery()
)
_MARKS = union_all(
    select(_response.c.item_id, func.coalesce(_IN_FORCE, _response.c.score).label("score"), false().label("by_self")).where(
        _response.c.learner_id == _OWN, _response.c.attempt == _NUMBER
    ),
    select(_written.c.item_id, cast(null(), Float), _written.c.by_self).where(
        _written.c.learner_id == _OWN, _written.c.attempt == _NUMBER, _written.c.graded_at.is_(None)
    ),
)
_ESTIMATES = select(*columns(_estimate, EstimateRow._fields))
_NEWEST = select(func.coalesce(func.max(_calibration.c.id), 0)).scalar_subquery()


def _listed(dialect: str, query: Any) -> Any:
    """A column with the values of a query's only column as a list."""
    as_list = {"sqlite": func.json_group_array, "postgresql": func.json_agg}[dialect]
    return query.with_only_columns(as_list(*query.selected_columns, type_=JSON)).scalar_subquery()


def _sheet_columns(dialect: str, owner: Any) -> list[Any]:
    """The attempt, the items of its responses and of its open answers, and the standing. owner: whose they are."""
    answered = (
        _listed(dialect, select(table.c.item_id).where(table.c.learner_id == owner, table.c.attempt == _NUMBER))
        for table in (_response, _written)
    )
    return [*columns(_attempt, AttemptRow._fields), *answered, *columns(_standing, STANDING)]


def _moment_columns(dialect: str, owner: Any, course: Any) -> list[Any]:
    """The newest calibration, and the key versions in which the item was met."""
    of_item = and_(_response.c.learner_id == owner, _response.c.course_id == course, _response.c.item_id == bindparam("item"))
    return [_NEWEST, _listed(dialect, select(distinct(_response.c.key_version)).where(of_item))]


@functools.cache
def _sheet_query(dialect: str) -> Any:
    both = _attempt.join(_standing, _standing.c.learner_id == _attempt.c.learner_id)
    return select(*_sheet_columns(dialect, _OWN)).select_from(both).where(_attempt.c.learner_id == _OWN, _attempt.c.number == _NUMBER)


@functools.cache
def _moment_query(dialect: str) -> Any:
    return (
        select(_account.c.target_role, *_moment_columns(dialect, _OWN, bindparam("course")), *columns(_estimate, EstimateRow._fields))
        .select_from(_account.outerjoin(_estimate, _estimate.c.learner_id == _account.c.id))
        .where(_account.c.id == _OWN)
    )


@functools.cache
def _visit_query(dialect: str) -> tuple[Any, int]:
    """The session with the sheet and the moment, and after them, in rows of their own, the estimates; how wide the former are."""
    account = _account.c.id
    found = (
        FIND.add_columns(*_sheet_columns(dialect, account), *_moment_columns(dialect, account, _attempt.c.course_id))
        .outerjoin(_attempt, and_(_attempt.c.learner_id == account, _attempt.c.number == _NUMBER))
        .outerjoin(_standing, _standing.c.learner_id == account)
        .cte("found")
    )
    return and_more(found, _ESTIMATES.where(_estimate.c.learner_id == who(found))), len(found.c)


def standing(database: Database, learner_id: int) -> StandingRow | None:
    """Where a learner stands at this moment, outside of any transaction; None before they did anything."""
    rows = database.select(FIND_STANDING, {"learner": learner_id})
    return StandingRow(*rows[0]) if rows else None


def sheet(database: Database, learner_id: int, number: int) -> Sheet | None:
    """A learner's attempt at this moment, in one query outside of any transaction; None where they have none of that number."""
    rows = database.select(_sheet_query(database.engine.dialect.name), {"learner": learner_id, "attempt": number})
    return _sheet_of(rows[0]) if rows else None


def visited(database: Database, token_digest: str, number: int, item_id: str) -> tuple[Found, tuple[Sheet, Moment] | None] | None:
    """The session of this token with its person's attempt of this number and what an answer to an item of it meets: one query.

    None where there is no such session, or no such attempt.
    """
    query, width = _visit_query(database.engine.dialect.name)
    rows, estimates = parted(database.select(query, {"token_digest": token_digest, "attempt": number, "item": item_id}), width)
    if not rows:
        return None
    found = found_of(rows)
    *sheet_row, newest, versions = rows[0][len(FIND.selected_columns) : width]
    seen = _sheet_of(sheet_row)
    return found, None if seen is None else (seen, _moment_of(found.row.target_role, newest, versions, estimates))


def sheet_within(session: Session, learner_id: int, number: int) -> Sheet | None:
    """The same within a transaction."""
    connection = session.connection()
    rows = run(connection, _sheet_query(connection.dialect.name), {"learner": learner_id, "attempt": number})
    return _sheet_of(rows[0]) if rows else None


def _sheet_of(row: Sequence[Any]) -> Sheet | None:
    """The sheet that columns of `_sheet_columns` make; None where there is no attempt."""
    cut = len(AttemptRow._fields)
    responses, written = row[cut : cut + 2]
    if row[0] is None:
        return None
    return Sheet(AttemptRow._make(row[:cut]), frozenset(responses or ()) | frozenset(written or ()), StandingRow(*row[cut + 2 :]))


def marks(database: Database, learner_id: int, number: int) -> list[MarkRow]:
    """What an attempt's answers are worth at this moment, in one query outside of any transaction."""
    return [MarkRow._make(row) for row in database.select(_MARKS, {"learner": learner_id, "attempt": number})]


def moment(database: Database, learner_id: int, course_id: str, item_id: str) -> Moment:
    """All that decides what an answer means, in one query outside of any transaction."""
    query = _moment_query(database.engine.dialect.name)
    return _moment_in(database.select(query, {"learner": learner_id, "course": course_id, "item": item_id}))


def moment_within(session: Session, learner_id: int, course_id: str, item_id: str) -> Moment:
    """The same within a transaction."""
    connection = session.connection()
    query = _moment_query(connection.dialect.name)
    return _moment_in(run(connection, query, {"learner": learner_id, "course": course_id, "item": item_id}))


def _moment_in(rows: Sequence[Any]) -> Moment:
    target, newest, versions = rows[0][:3]
    return _moment_of(target, newest, versions, (row[3:] for row in rows if row[4] is not None))


def _moment_of(target: str, newest: int, versions: Sequence[str] | None, estimates: Iterable[Sequence[Any]]) -> Moment:
    known = map(EstimateRow._make, estimates)
    return Moment(target, newest, frozenset(versions or ()), {estimate.skill_id: estimate for estimate in known})
