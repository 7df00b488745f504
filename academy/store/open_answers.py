"""Queries on answers to open questions: what was written, and what still waits to be marked."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from academy.store.tables.learning import OpenAnswer


def last_number(session: Session, learner_id: int) -> int:
    """The highest number among a learner's open answers; 0 where there are none."""
    return session.exec(select(func.max(OpenAnswer.number)).where(OpenAnswer.learner_id == learner_id)).one() or 0


def by_submission(session: Session, learner_id: int, submission: str) -> OpenAnswer | None:
    """What an act of answering left."""
    query = select(OpenAnswer).where(OpenAnswer.learner_id == learner_id, OpenAnswer.submission == submission)
    return session.exec(query).one_or_none()


def of_attempt(session: Session, learner_id: int, attempt: int) -> Sequence[OpenAnswer]:
    """The open answers of an attempt."""
    return session.exec(select(OpenAnswer).where(OpenAnswer.learner_id == learner_id, OpenAnswer.attempt == attempt)).all()


def of_checks(session: Session, learner_id: int, course_id: str, item_ids: Sequence[str]) -> dict[str, OpenAnswer]:
    """The latest open answer to each of some knowledge checks, by item."""
    query = select(OpenAnswer).where(
        OpenAnswer.learner_id == learner_id,
        OpenAnswer.course_id == course_id,
        col(OpenAnswer.item_id).in_(item_ids),
        col(OpenAnswer.attempt).is_(None),
    )
    return {row.item_id: row for row in session.exec(query.order_by(col(OpenAnswer.number)))}


def waiting(session: Session) -> Sequence[OpenAnswer]:
    """Every answer that an educator should mark, the oldest first."""
    query = select(OpenAnswer).where(col(OpenAnswer.graded_at).is_(None), col(OpenAnswer.by_self).is_(False))
    return session.exec(query.order_by(col(OpenAnswer.given_at), col(OpenAnswer.learner_id), col(OpenAnswer.number))).all()
