"""Queries on calibrations: those in force, what they were fitted to, and the answers for the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Float, and_, cast, insert
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, func, select

from academy.store.tables.accounts import Account
from academy.store.tables.items import Calibration, ItemCalibration, ItemText, ItemVersion
from academy.store.tables.learning import Response
from academy.store.tables.standings import Basis

_BATCH = 2000

TextKey = tuple[str, str, str, str]
"""Course, item, language and text version."""


class Given(NamedTuple):
    """One answer to an item, as question statistics need it; state: where the learner is, "" where they did not say."""

    learner_id: int
    item_id: str
    key_version: str
    language: str
    score: float
    answered_at: datetime
    answer: Any
    state: str


def newest_number(session: Session) -> int:
    """The number of the newest calibration of any skill; 0 before the first."""
    return int(session.exec(select(func.max(Calibration.id))).one() or 0)


def in_force(session: Session) -> dict[str, Calibration]:
    """The newest calibration of each skill."""
    newest = select(func.max(Calibration.id)).group_by(col(Calibration.skill_id))
    return {row.skill_id: row for row in session.exec(select(Calibration).where(col(Calibration.id).in_(newest)))}


def parameters(session: Session, calibrations: Iterable[Calibration]) -> Sequence[ItemCalibration]:
    """The item parameters that these calibrations found."""
    numbers = [row.id for row in calibrations]
    return session.exec(select(ItemCalibration).where(col(ItemCalibration.calibration_id).in_(numbers))).all()


def editions(session: Session) -> dict[TextKey, int]:
    """The edition of every wording ever served, by (course, item, language, text version)."""
    columns = (ItemText.course_id, ItemText.item_id, ItemText.language, ItemText.text_version, ItemText.edition)
    query = sa_select(*(col(column) for column in columns))
    return {(course, item, language, version): edition for course, item, language, version, edition in session.execute(query)}


def response_counts(session: Session) -> dict[str, int]:
    """How many responses each skill's items have, repeats included."""
    query = (
        select(ItemVersion.skill_id, func.count())
        .join(Response, _of_version())
        .where(col(ItemVersion.skill_id) != "")
        .group_by(col(ItemVersion.skill_id))
    )
    return {skill: int(count) for skill, count in session.exec(query)}


def exposures(session: Session, skill_id: str) -> Iterator[tuple[int, TextKey, str, float, float]]:
    """All responses to a skill's items, by learner and in the order given; the first to a key version is its first exposure.

    Scores are as that key version graded them, whatever a later one makes of them: parameters belong to a version.

    Learner, (course, item, language, text version), key version, score, seconds since 1970: plain values, for there may be
    millions.
    """
    seconds = (
        cast(func.strftime("%s", col(Response.answered_at)), Float)
        if session.get_bind().dialect.name == "sqlite"
        else cast(func.extract("epoch", col(Response.answered_at)), Float)
    )
    columns = (Response.learner_id, Response.course_id, Response.item_id, Response.language, Response.text_version)
    query = (
        sa_select(*(col(column) for column in columns), col(Response.key_version), col(Response.score), seconds)
        .join(ItemVersion, _of_version())
        .where(col(ItemVersion.skill_id) == skill_id)
        .order_by(col(Response.learner_id), col(Response.sequence))
    )
    rows: Iterable[Any] = session.connection().execute(query).yield_per(_BATCH)
    for learner, course, item, language, text, key, score, at in rows:
        yield learner, (course, item, language, text), key, score, at


def course_answers(session: Session, course_id: str) -> Iterator[Given]:
    """All responses to a course's items, by learner and in the order given."""
    columns = ("learner_id", "item_id", "key_version", "language", "score", "answered_at", "answer")
    query = (
        sa_select(*(getattr(Response, name) for name in columns), col(Account.state))
        .join(Account, col(Account.id) == col(Response.learner_id))
        .where(col(Response.course_id) == course_id)
        .order_by(col(Response.learner_id), col(Response.sequence))
    )
    for row in session.connection().execute(query).yield_per(_BATCH):
        yield Given._make(row)


def course_versions(session: Session, course_id: str) -> Sequence[ItemVersion]:
    """Every item version of a course, oldest first."""
    query = select(ItemVersion).where(ItemVersion.course_id == course_id)
    return session.exec(query.order_by(col(ItemVersion.first_seen_at), col(ItemVersion.key_version))).all()


def add(session: Session, calibration: Calibration, rows: Sequence[dict[str, object]]) -> int:
    """Keep a calibration with its items' parameters (fields of ItemCalibration without its number); returns its number."""
    session.add(calibration)
    session.flush()
    assert calibration.id is not None, "the database numbers a flushed calibration"
    table = SQLModel.metadata.tables["itemcalibration"]
    values = [{"calibration_id": calibration.id, **row} for row in rows]
    for start in range(0, len(values), _BATCH):
        session.connection().execute(insert(table), values[start : start + _BATCH])
    return calibration.id


def pending(session: Session, name: str) -> str:
    """What a marker of unfinished work says; "" where there is none."""
    row = session.get(Basis, name)
    return row.digest if row else ""


def mark_pending(session: Session, name: str, what: str) -> None:
    """Leave a marker of work that must be taken up again if it is interrupted; "" takes it away."""
    session.merge(Basis(name=name, digest=what))


def _of_version() -> ColumnElement[bool]:
    return and_(
        col(Response.course_id) == col(ItemVersion.course_id),
        col(Response.item_id) == col(ItemVersion.item_id),
        col(Response.key_version) == col(ItemVersion.key_version),
    )
