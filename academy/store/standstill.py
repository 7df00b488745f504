"""Queries on how far learners came in each module, and after which question those who are silent stopped; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Subquery, and_, case, literal_column, or_, union_all
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func

from academy.core.measurement.readiness import LAPSED_DAYS
from academy.core.workforce.standstill import FAILED_TIMES, SILENT_DAYS
from academy.store.tables.accounts import Account, RoleGrant
from academy.store.tables.learning import Attempt, LessonVisit, Response
from academy.store.tables.standings import Standing


@dataclass(frozen=True, slots=True)
class ModuleCount:
    """Enabled learners who opened a lesson of a module or began its quiz, who passed it, and who are stuck there.

    Stuck, as a learner is in one module at most, the one where they were last: not passed, neither ready nor placed, silent for 14 to
    180 days or failed twice.
    """

    course_id: str
    module_id: str
    entered: int
    finished: int
    stalled: int


@dataclass(frozen=True, slots=True)
class ItemCount:
    """Enabled learners, neither ready nor placed, whose last answer was to a question, 14 to 180 days ago; and who had it wrong."""

    course_id: str
    item_id: str
    stopped: int
    missed: int


def module_counts(session: Session, at: datetime) -> list[ModuleCount]:
    """Every module in which somebody was, as things stand at this instant."""
    been, learner = _been(), _learners(at)
    silent_since = case((learner.c.last_answer_at > been.c.at, learner.c.last_answer_at), else_=been.c.at)
    stuck = and_(
        been.c.passed == 0,
        been.c.nth == 1,
        learner.c.job_ready == 0,
        silent_since > at - timedelta(days=LAPSED_DAYS),
        or_(silent_since <= at - timedelta(days=SILENT_DAYS), been.c.failed >= FAILED_TIMES),
    )
    query = (
        sa_select(been.c.course_id, been.c.module_id, func.count(), func.sum(been.c.passed), func.sum(_one_if(stuck)))
        .join(learner, learner.c.id == been.c.learner_id)
        .group_by(been.c.course_id, been.c.module_id)
    )
    return [ModuleCount(*row) for row in session.execute(query)]


def item_counts(session: Session, at: datetime) -> list[ItemCount]:
    """Every question of a quiz or lesson after which somebody stopped; each learner's last answer is found by its number."""
    learner = _learners(at)
    query = (
        sa_select(col(Response.course_id), col(Response.item_id), func.count(), func.sum(_one_if(col(Response.score) < 1)))
        .join(learner, and_(col(Response.learner_id) == learner.c.id, col(Response.sequence) == learner.c.sequence))
        .where(learner.c.job_ready == 0, col(Response.purpose) == "practice")
        .where(learner.c.last_answer_at > at - timedelta(days=LAPSED_DAYS), learner.c.last_answer_at <= at - timedelta(days=SILENT_DAYS))
        .group_by(col(Response.course_id), col(Response.item_id))
    )
    return [ItemCount(*row) for row in session.execute(query)]


def _learners(at: datetime) -> Subquery:
    job_ready = or_(col(Standing.ready_until) > at, col(Standing.placed_at).is_not(None))
    return (
        sa_select(col(Account.id), col(Standing.last_answer_at), col(Standing.sequence), _one_if(job_ready).label("job_ready"))
        .join(RoleGrant, and_(col(RoleGrant.account_id) == col(Account.id), col(RoleGrant.role) == "learner"))
        .join(Standing, col(Standing.learner_id) == col(Account.id), isouter=True)
        .where(col(Account.disabled_at).is_(None))
        .subquery()
    )


def _been() -> Subquery:
    """One row for each learner and module: when they were last there, whether they passed, how often they failed; nth: 1 in the last."""
    visit = (col(LessonVisit.learner_id), col(LessonVisit.course_id), col(LessonVisit.module_id))
    attempt = (col(Attempt.learner_id), col(Attempt.course_id), col(Attempt.module_id))
    seen = func.max(func.coalesce(col(Attempt.finished_at), col(Attempt.started_at)))
    passed, failed = func.max(_one_if(col(Attempt.passed).is_(True))), func.sum(_one_if(col(Attempt.passed).is_(False)))
    nothing: ColumnElement[int] = literal_column("0")
    both = union_all(
        sa_select(*visit, func.max(LessonVisit.last_seen_at).label("at"), nothing.label("passed"), nothing.label("failed")).group_by(
            *visit
        ),
        sa_select(*attempt, seen, passed, failed).group_by(*attempt),
    ).subquery()
    place = (both.c.learner_id, both.c.course_id, both.c.module_id)
    last = func.max(both.c.at)
    nth = func.row_number().over(partition_by=both.c.learner_id, order_by=(last.desc(), both.c.course_id.desc(), both.c.module_id.desc()))
    return (
        sa_select(
            *place, last.label("at"), func.max(both.c.passed).label("passed"), func.max(both.c.failed).label("failed"), nth.label("nth")
        )
        .group_by(*place)
        .subquery()
    )


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
