"""Queries on the evidence: attempts, responses, estimates and where learners stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select, tuple_

from academy.store import evidence_rows
from academy.store.evidence_rows import ResponseRow
from academy.store.tables.items import ItemVersion
from academy.store.tables.learning import Attempt, LessonSkip, Placement, Response, Review
from academy.store.tables.standings import SkillEstimate, Standing

_KEYS_AT_ONCE = 200  # a statement may not have too many values


def response_by_submission(session: Session, learner_id: int, submission: str) -> ResponseRow | None:
    """The response that an act of answering left, if it was recorded before."""
    found = evidence_rows.narrowed(session, col(Response.learner_id) == learner_id, col(Response.submission) == submission)
    return next(found, None)


def answered_items(session: Session, learner_id: int) -> set[tuple[str, str]]:
    """Course and item of every question that the learner ever answered."""
    query = select(Response.course_id, Response.item_id).where(Response.learner_id == learner_id).distinct()
    return {(course_id, item_id) for course_id, item_id in session.exec(query)}


def last_met(session: Session, learner_id: int) -> dict[tuple[str, str, str], datetime]:
    """When the learner last answered each item version they ever met: by course, item and key version."""
    key = (Response.course_id, Response.item_id, Response.key_version)
    query = select(*key, func.max(Response.answered_at)).where(Response.learner_id == learner_id).group_by(*key)
    return {(course, item, version): at for course, item, version, at in session.exec(query)}


def session_responses(session: Session, learner_id: int, purpose: str, number: int) -> dict[tuple[str, str], ResponseRow]:
    """The responses of one placement or review, by course and item."""
    own = (col(Response.learner_id) == learner_id, col(Response.purpose) == purpose, col(Response.session) == number)
    return {(found.course_id, found.item_id): found for found in evidence_rows.narrowed(session, *own)}


def answered_since(session: Session, learner_id: int, purpose: str, since: datetime) -> int:
    """How many answers a learner gave for a purpose from an instant on."""
    query = select(func.count()).select_from(Response).where(Response.learner_id == learner_id, Response.purpose == purpose)
    return session.exec(query.where(col(Response.answered_at) >= since)).one()


def placements(session: Session, learner_id: int) -> Sequence[Placement]:
    """A learner's placements, oldest first."""
    return session.exec(select(Placement).where(Placement.learner_id == learner_id).order_by(col(Placement.number))).all()


def reviews(session: Session, learner_id: int) -> Sequence[Review]:
    """A learner's rations of review, oldest first."""
    return session.exec(select(Review).where(Review.learner_id == learner_id).order_by(col(Review.number))).all()


def skips(session: Session, learner_id: int) -> Sequence[LessonSkip]:
    """The lessons that a learner passed over."""
    return session.exec(select(LessonSkip).where(LessonSkip.learner_id == learner_id)).all()


def open_attempt(session: Session, learner_id: int, course_id: str, quiz_id: str) -> Attempt | None:
    """The learner's unfinished attempt at a quiz."""
    query = select(Attempt).where(
        Attempt.learner_id == learner_id,
        Attempt.course_id == course_id,
        Attempt.quiz_id == quiz_id,
        col(Attempt.finished_at).is_(None),
    )
    return session.exec(query.order_by(col(Attempt.number).desc()).limit(1)).first()


def count_attempts(session: Session, learner_id: int, course_id: str, quiz_id: str) -> int:
    """How often a learner began a quiz."""
    query = select(func.count()).select_from(Attempt).where(Attempt.learner_id == learner_id)
    return session.exec(query.where(Attempt.course_id == course_id, Attempt.quiz_id == quiz_id)).one()


def timed_attempts(session: Session, learner_id: int) -> Sequence[Attempt]:
    """A learner's unfinished attempts that end by themselves."""
    query = select(Attempt).where(Attempt.learner_id == learner_id, col(Attempt.finished_at).is_(None))
    return session.exec(query.where(col(Attempt.ends_at).is_not(None))).all()


def attempts(session: Session, learner_id: int) -> Sequence[Attempt]:
    """All attempts of a learner, oldest first."""
    return session.exec(select(Attempt).where(Attempt.learner_id == learner_id).order_by(col(Attempt.number))).all()


def check_responses(session: Session, learner_id: int, course_id: str, item_ids: Sequence[str]) -> dict[str, ResponseRow]:
    """The latest response to each of some knowledge checks, by item."""
    conditions = (
        col(Response.learner_id) == learner_id,
        col(Response.course_id) == course_id,
        col(Response.item_id).in_(item_ids),
        col(Response.attempt).is_(None),
        col(Response.purpose) == "practice",  # what a placement asked is explained when it ends, not in a lesson
    )
    return {response.item_id: response for response in evidence_rows.narrowed(session, *conditions)}


def answer_times(session: Session, learner_id: int, since: datetime) -> Sequence[datetime]:
    """When a learner answered, from an instant on."""
    query = select(Response.answered_at).where(Response.learner_id == learner_id, col(Response.answered_at) >= since)
    return session.exec(query).all()


def item_versions(session: Session) -> Sequence[ItemVersion]:
    """Every item version ever served."""
    return session.exec(select(ItemVersion)).all()


def learners_who_answered(session: Session, items: Iterable[tuple[str, str, str]]) -> list[int]:
    """Learners with a response to any of these (course, item, key version)."""
    keys = list(items)
    found: set[int] = set()
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        key = tuple_(col(Response.course_id), col(Response.item_id), col(Response.key_version))
        query = select(Response.learner_id).where(key.in_(keys[start : start + _KEYS_AT_ONCE]))
        found.update(session.exec(query.distinct()))
    return sorted(found)


def learners_with_estimates(session: Session, skills: Iterable[str]) -> list[int]:
    """Learners with evidence in any of these skills."""
    query = select(SkillEstimate.learner_id).where(col(SkillEstimate.skill_id).in_(list(skills))).distinct()
    return sorted(session.exec(query))


def learners_with_responses(session: Session) -> list[int]:
    """Every learner who has answered anything or has something derived stored."""
    found = set(session.exec(select(Response.learner_id).distinct()))
    found.update(session.exec(select(SkillEstimate.learner_id).distinct()), session.exec(select(Standing.learner_id)))
    return sorted(found)
