"""Queries on regrades: the score in force of each response, who is concerned by a change, and what an attempt was made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, String, cast, func, insert
from sqlmodel import Session, col, select, tuple_

from academy.store.tables.items import ItemText, ItemVersion
from academy.store.tables.learning import Attempt, Regrade, Response

NOTHING_REGRADED: Mapping[int, float] = MappingProxyType({})
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Graded:
    """A response as it is graded now: `graded_by` is the key version that gave `score`, `key_version` the one it was given to."""

    learner_id: int
    sequence: int
    attempt: int | None
    course_id: str
    item_id: str
    key_version: str
    graded_by: str
    text_version: str
    language: str
    answer: Any
    score: float


@dataclass(frozen=True, slots=True)
class Alike:
    """Responses to one version of an item that say the same and are graded alike. `answer` is JSON."""

    key_version: str
    graded_by: str
    text_version: str
    language: str
    answer: str | None
    score: float
    count: int


def latest(column: Any) -> ColumnElement[Any]:
    """A column of the latest regrade of the response at hand; NULL where it was never graded again."""
    query: Select[Any] = sa.select(column).where(col(Regrade.learner_id) == Response.learner_id, col(Regrade.sequence) == Response.sequence)
    return query.order_by(col(Regrade.number).desc()).limit(1).correlate(Response).scalar_subquery()


def score_in_force() -> ColumnElement[float]:
    """The score that counts for the response at hand, in [0, 1]."""
    return func.coalesce(latest(Regrade.score), Response.score)


def graded_by() -> ColumnElement[str]:
    """The key version by which the response at hand is graded."""
    return func.coalesce(latest(Regrade.key_version), Response.key_version)


def scores(session: Session, learner_id: int) -> dict[int, float]:
    """The scores in force of a learner's regraded responses, by sequence."""
    query = select(Regrade.sequence, Regrade.score).where(Regrade.learner_id == learner_id)
    return dict(session.exec(query.order_by(col(Regrade.number))).all())


def answers_alike(session: Session, course_id: str, item_id: str, present: Iterable[str]) -> Iterator[Alike]:
    """What was answered to an item and is not graded by one of the present key versions, counted by the database."""
    columns: list[Any] = [
        Response.key_version,
        graded_by().label("graded_by"),
        Response.text_version,
        Response.language,
        cast(col(Response.answer), String).label("answer"),
        score_in_force().label("score"),
    ]
    each = sa.select(*columns).where(col(Response.course_id) == course_id, col(Response.item_id) == item_id).subquery()
    query = sa.select(*each.c, func.count()).where(each.c.graded_by.not_in(list(present))).group_by(*each.c)
    for row in session.execute(query.order_by(*each.c), execution_options={"yield_per": _ROWS_AT_ONCE}):
        yield Alike(*row)


def learners_not_graded_by(session: Session, course_id: str, item_id: str, present: Iterable[str]) -> set[int]:
    """Learners with a response to an item that is not graded by one of the present key versions."""
    query = select(Response.learner_id).where(
        Response.course_id == course_id, Response.item_id == item_id, graded_by().not_in(list(present))
    )
    return set(session.exec(query.distinct()))


def responses_to(session: Session, learners: Sequence[int], courses: Iterable[str]) -> list[Graded]:
    """All responses of some learners in some courses as they are graded now, in order."""
    query = sa.select(*_COLUMNS).where(col(Response.learner_id).in_(learners), col(Response.course_id).in_(list(courses)))
    rows = session.execute(query.order_by(col(Response.learner_id), col(Response.sequence)))
    return [Graded(*row) for row in rows]


def finished_attempts(session: Session, learners: Sequence[int], courses: Iterable[str]) -> Sequence[Attempt]:
    """The finished attempts of some learners in some courses."""
    query = select(Attempt).where(
        col(Attempt.learner_id).in_(learners), col(Attempt.course_id).in_(list(courses)), col(Attempt.finished_at).is_not(None)
    )
    return session.exec(query.order_by(col(Attempt.learner_id), col(Attempt.number))).all()


def keys_of(session: Session, course_id: str) -> dict[tuple[str, str], str]:
    """Canonical forms of every key version of a course's items, by item and version."""
    query = select(ItemVersion.item_id, ItemVersion.key_version, ItemVersion.canonical).where(ItemVersion.course_id == course_id)
    return {(item_id, version): canonical for item_id, version, canonical in session.exec(query)}


def items_with_versions(session: Session) -> set[tuple[str, str]]:
    """Course and item of those that have more than one key version, or were graded again."""
    query = select(ItemVersion.course_id, ItemVersion.item_id).group_by(col(ItemVersion.course_id), col(ItemVersion.item_id))
    return {(course_id, item_id) for course_id, item_id in session.exec(query.having(func.count() > 1))}


def text(session: Session, course_id: str, item_id: str, language: str, text_version: str) -> str | None:
    """Canonical form of an item's words in one version."""
    found = session.get(ItemText, (course_id, item_id, language, text_version))
    return found.canonical if found else None


def keep(session: Session, changes: Sequence[tuple[Graded, float, str]], event_id: int, at: datetime) -> None:
    """Append a regrade for each response with its new score and the key version that gives it."""
    keys = [(graded.learner_id, graded.sequence) for graded, _, _ in changes]
    known = tuple_(col(Regrade.learner_id), col(Regrade.sequence))
    numbers: dict[tuple[int, int], int] = {}
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        query = select(Regrade.learner_id, Regrade.sequence, func.max(Regrade.number))
        query = query.where(known.in_(keys[start : start + _KEYS_AT_ONCE])).group_by(col(Regrade.learner_id), col(Regrade.sequence))
        numbers.update({(learner_id, sequence): number for learner_id, sequence, number in session.exec(query)})
    rows = [
        {
            "learner_id": graded.learner_id,
            "sequence": graded.sequence,
            "number": numbers.get((graded.learner_id, graded.sequence), 0) + 1,
            "score_before": graded.score,
            "score": score,
            "key_version_before": graded.graded_by,
            "key_version": key_version,
            "event_id": event_id,
            "regraded_at": at,
        }
        for graded, score, key_version in changes
    ]
    if rows:
        session.execute(insert(Regrade), rows)


_KEYS_AT_ONCE = 200  # a statement may not have too many values
_COLUMNS: tuple[Any, ...] = (
    Response.learner_id,
    Response.sequence,
    Response.attempt,
    Response.course_id,
    Response.item_id,
    Response.key_version,
    graded_by().label("graded_by"),
    Response.text_version,
    Response.language,
    Response.answer,
    score_in_force().label("score"),
)
