"""Rows of the evidence as plain values: each answer reads and writes several, for which entities would take too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, bindparam, select, update
from sqlmodel import Session, SQLModel

from academy.store import tables as _tables
from academy.store.insertion import insertion
from academy.store.prepared import run

assert _tables, "the tables register themselves"
_named = SQLModel.metadata.tables
_standing, _estimate, _response, _account = _named["standing"], _named["skillestimate"], _named["response"], _named["account"]


class ResponseRow(NamedTuple):
    """A graded response; what its fields mean stands at the table `Response`."""

    learner_id: int
    sequence: int
    submission: str
    attempt: int | None
    course_id: str
    item_id: str
    key_version: str
    text_version: str
    language: str
    answer: Any
    score: float
    answered_at: datetime
    purpose: str = "practice"
    session: int | None = None
    seconds: int | None = None
    effort: str = ""


class ScoredRow(NamedTuple):
    """Of a graded response, what estimates and standing are derived from."""

    learner_id: int
    sequence: int
    course_id: str
    item_id: str
    key_version: str
    text_version: str
    language: str
    score: float
    answered_at: datetime
    purpose: str
    seconds: int | None
    effort: str


class EstimateRow(NamedTuple):
    """What is known of a skill; what its fields mean stands at the table `SkillEstimate`."""

    learner_id: int
    skill_id: str
    weights: bytes
    answers: int
    theta: float
    se: float
    last_answer_at: datetime
    stability: float | None
    difficulty: float | None
    reviewed_at: datetime | None
    due_at: datetime | None
    retained_until: datetime | None


@dataclass(slots=True)
class StandingRow:
    """Where a learner stands; what its fields mean stands at the table `Standing`."""

    learner_id: int
    sequence: int = 0
    attempts: int = 0
    role_id: str = ""
    readiness: float | None = None
    assessed_share: float = 0.0
    proficient: bool = False
    ready_until: datetime | None = None
    first_ready_at: datetime | None = None
    first_answer_at: datetime | None = None
    last_answer_at: datetime | None = None
    placed_at: datetime | None = None
    revision: int = 0


STANDING = tuple(field.name for field in fields(StandingRow))
"""A standing's columns."""
_OWN: BindParameter[int] = bindparam("learner")


def columns(table: Any, names: Iterable[str]) -> list[Any]:
    """These columns of a table."""
    return [table.c[name] for name in names]


_OF_ATTEMPT = (
    select(*columns(_response, ResponseRow._fields))
    .where(_response.c.learner_id == _OWN, _response.c.attempt == bindparam("attempt"))
    .order_by(_response.c.sequence)
)
FIND_STANDING = select(*columns(_standing, STANDING)).where(_standing.c.learner_id == _OWN)
_LOCK_STANDING = (
    update(_standing)
    .where(_standing.c.learner_id == _OWN)
    .values(revision=_standing.c.revision + 1)
    .returning(*columns(_standing, STANDING))
)
_FIRST: dict[str, Any] = {"learner_id": _OWN, "sequence": 0, "attempts": 0, "assessed_share": 0.0, "proficient": False, "revision": 0}
_FIRST |= {"role_id": select(_account.c.target_role).where(_account.c.id == _OWN).scalar_subquery()}


_ALL_ESTIMATES = select(*columns(_estimate, EstimateRow._fields))
_ESTIMATES = _ALL_ESTIMATES.where(_estimate.c.learner_id == _OWN)
_KEEP_STANDING = (
    update(_standing)
    .where(_standing.c.learner_id == bindparam("own"))
    .values({name: bindparam(name) for name in STANDING if name != "learner_id"})
)


def standing(session: Session, learner_id: int) -> StandingRow | None:
    """Where a learner stands; None before they did anything."""
    rows = run(session.connection(), FIND_STANDING, {"learner": learner_id})
    return StandingRow(*rows[0]) if rows else None


def lock_standing(session: Session, learner_id: int) -> StandingRow:
    """The learner's standing, made on first use and locked until the transaction ends: it orders their answers.

    Its revision rises: whoever locks it may change something that an answer, worked out before, rests on.
    """
    connection = session.connection()
    rows = run(connection, _LOCK_STANDING, {"learner": learner_id})
    if not rows:
        connection.execute(insertion(connection.dialect.name)(_standing).values(_FIRST).on_conflict_do_nothing(), {"learner": learner_id})
        rows = run(connection, _LOCK_STANDING, {"learner": learner_id})
    return StandingRow(*rows[0])


def keep_standing(session: Session, row: StandingRow) -> None:
    """Keep where a learner stands, whose standing is locked."""
    run(session.connection(), _KEEP_STANDING, {"own": row.learner_id, **{name: getattr(row, name) for name in STANDING[1:]}})


def estimates(session: Session, learner_id: int) -> dict[str, EstimateRow]:
    """A learner's estimates by skill."""
    rows = run(session.connection(), _ESTIMATES, {"learner": learner_id})
    return {row[1]: EstimateRow._make(row) for row in rows}


def estimates_of(session: Session, learners: Any) -> Iterator[EstimateRow]:
    """The estimates of the learners that a subquery finds."""
    return map(EstimateRow._make, session.connection().execute(_ALL_ESTIMATES.where(_estimate.c.learner_id.in_(learners))))


def attempt_responses(session: Session, learner_id: int, number: int) -> dict[str, ResponseRow]:
    """An attempt's responses by item."""
    rows = run(session.connection(), _OF_ATTEMPT, {"learner": learner_id, "attempt": number})
    return {found.item_id: found for found in map(ResponseRow._make, rows)}


def narrowed(session: Session, *conditions: ColumnElement[bool]) -> Iterator[ResponseRow]:
    """Responses under these conditions, in the order given by each learner."""
    query = select(*columns(_response, ResponseRow._fields)).where(*conditions).order_by(_response.c.sequence)
    return map(ResponseRow._make, session.connection().execute(query))
