"""Queries on the evidence: attempts, responses, estimates and where learners stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select

from academy.store.tables import Account, Attempt, ItemVersion, LessonVisit, Response, SkillEstimate, Standing


def lock_standing(session: Session, learner_id: int) -> Standing:
    """The learner's standing, made on first use and locked until the transaction ends: it orders their answers."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    values = {"learner_id": learner_id, "sequence": 0, "attempts": 0, "role_id": "", "assessed_share": 0.0, "proficient": False}
    session.execute(insert(Standing).values(values).on_conflict_do_nothing())
    return session.exec(select(Standing).where(Standing.learner_id == learner_id).with_for_update()).one()


def response_by_submission(session: Session, learner_id: int, submission: str) -> Response | None:
    """The response that an act of answering left, if it was recorded before."""
    query = select(Response).where(Response.learner_id == learner_id, Response.submission == submission)
    return session.exec(query).one_or_none()


def met_before(session: Session, learner_id: int, course_id: str, item_id: str, key_version: str) -> bool:
    """Whether the learner has already answered this version of the item."""
    query = select(Response.sequence).where(
        Response.learner_id == learner_id,
        Response.course_id == course_id,
        Response.item_id == item_id,
        Response.key_version == key_version,
    )
    return session.exec(query.limit(1)).first() is not None


def attempt_responses(session: Session, learner_id: int, attempt: int) -> dict[str, Response]:
    """An attempt's responses by item."""
    query = select(Response).where(Response.learner_id == learner_id, Response.attempt == attempt)
    return {response.item_id: response for response in session.exec(query.order_by(col(Response.sequence)))}


def open_attempt(session: Session, learner_id: int, course_id: str, quiz_id: str) -> Attempt | None:
    """The learner's unfinished attempt at a quiz."""
    query = select(Attempt).where(
        Attempt.learner_id == learner_id,
        Attempt.course_id == course_id,
        Attempt.quiz_id == quiz_id,
        col(Attempt.finished_at).is_(None),
    )
    return session.exec(query.order_by(col(Attempt.number).desc()).limit(1)).first()


def attempts(session: Session, learner_id: int) -> Sequence[Attempt]:
    """All attempts of a learner, oldest first."""
    return session.exec(select(Attempt).where(Attempt.learner_id == learner_id).order_by(col(Attempt.number))).all()


def check_response(session: Session, learner_id: int, course_id: str, item_id: str) -> Response | None:
    """The latest response to a knowledge check."""
    query = select(Response).where(
        Response.learner_id == learner_id,
        Response.course_id == course_id,
        Response.item_id == item_id,
        col(Response.attempt).is_(None),
    )
    return session.exec(query.order_by(col(Response.sequence).desc()).limit(1)).first()


def responses(session: Session, learner_id: int) -> Sequence[Response]:
    """All responses of a learner, in the order given."""
    return session.exec(select(Response).where(Response.learner_id == learner_id).order_by(col(Response.sequence))).all()


def estimates(session: Session, learner_id: int) -> dict[str, SkillEstimate]:
    """A learner's estimates by skill."""
    return {row.skill_id: row for row in session.exec(select(SkillEstimate).where(SkillEstimate.learner_id == learner_id))}


def visits(session: Session, learner_id: int) -> Sequence[LessonVisit]:
    """The lessons a learner has opened."""
    return session.exec(select(LessonVisit).where(LessonVisit.learner_id == learner_id)).all()


def target_role(session: Session, learner_id: int) -> str:
    """The work role a learner aims for; "" when they did not say."""
    return session.exec(select(Account.target_role).where(Account.id == learner_id)).one()


def item_versions(session: Session) -> Sequence[ItemVersion]:
    """Every item version ever served."""
    return session.exec(select(ItemVersion)).all()


def learners_who_answered(session: Session, items: Iterable[tuple[str, str, str]]) -> list[int]:
    """Learners with a response to any of these (course, item, key version)."""
    found: set[int] = set()
    for course_id, item_id, key_version in items:
        query = select(Response.learner_id).where(
            Response.course_id == course_id, Response.item_id == item_id, Response.key_version == key_version
        )
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
