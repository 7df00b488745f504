"""Queries on what everybody in a cohort did, a fixed number of them whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from academy.store import evidence_rows
from academy.store.evidence_rows import EstimateRow
from academy.store.tables.cohorts import CohortMember
from academy.store.tables.learning import Attempt, LessonSkip, LessonVisit, Response
from academy.store.tables.standings import Standing

Row = TypeVar("Row", Attempt, LessonVisit, LessonSkip)


def standings(session: Session, cohort_id: int) -> Mapping[int, Standing]:
    """The stored standing of everybody who has one."""
    return {row.learner_id: row for row in session.exec(select(Standing).where(col(Standing.learner_id).in_(_inside(cohort_id))))}


def estimates(session: Session, cohort_id: int) -> Mapping[int, dict[str, EstimateRow]]:
    """Everybody's estimates by skill."""
    found: dict[int, dict[str, EstimateRow]] = defaultdict(dict)
    for row in evidence_rows.estimates_of(session, _inside(cohort_id)):
        found[row.learner_id][row.skill_id] = row
    return found


def answered(session: Session, cohort_id: int, courses: Collection[str]) -> Mapping[int, set[tuple[str, str]]]:
    """Course and item of every question of these courses that each of them answered."""
    columns = (Response.learner_id, Response.course_id, Response.item_id)
    query = select(*columns).where(col(Response.learner_id).in_(_inside(cohort_id)), col(Response.course_id).in_(courses))
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for learner_id, course_id, item_id in session.exec(query.distinct()):
        found[learner_id].add((course_id, item_id))
    return found


def attempts(session: Session, cohort_id: int) -> Mapping[int, list[Attempt]]:
    """Everybody's attempts, oldest first."""
    query = select(Attempt).where(col(Attempt.learner_id).in_(_inside(cohort_id)))
    return _by_learner(session.exec(query.order_by(col(Attempt.learner_id), col(Attempt.number))).all())


def visits(session: Session, cohort_id: int) -> Mapping[int, list[LessonVisit]]:
    """The lessons that each of them opened."""
    return _by_learner(session.exec(select(LessonVisit).where(col(LessonVisit.learner_id).in_(_inside(cohort_id)))).all())


def skips(session: Session, cohort_id: int) -> Mapping[int, list[LessonSkip]]:
    """The lessons that each of them passed over."""
    return _by_learner(session.exec(select(LessonSkip).where(col(LessonSkip.learner_id).in_(_inside(cohort_id)))).all())


def _inside(cohort_id: int) -> SelectOfScalar[int]:
    return select(CohortMember.learner_id).where(CohortMember.cohort_id == cohort_id, col(CohortMember.left_at).is_(None))


def _by_learner(rows: Sequence[Row]) -> Mapping[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.learner_id].append(row)
    return found
