"""Queries on changes of stage: kept as they are seen, and counted by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from sqlalchemy import case, false, insert
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, func, select

from academy.core.measurement.readiness import LAPSED_DAYS
from academy.store.evidence_rows import StandingRow
from academy.store.tables.standings import StageChange, Standing


def keep(session: Session, learner_id: int, was: str, stage: str, role_id: str, at: datetime) -> None:
    """Add a change, numbered after the learner's last one."""
    session.flush()  # the last one may be of this transaction
    last = session.exec(select(func.max(StageChange.number)).where(StageChange.learner_id == learner_id)).one()
    session.add(StageChange(learner_id=learner_id, number=(last or 0) + 1, was=was, stage=stage, role_id=role_id, changed_at=at))


def newly_lapsed(session: Session, at: datetime, *, after: int, most: int) -> list[tuple[StandingRow, int]]:
    """Standings without an answer for 180 days, neither ready nor placed, whose lapse is not kept yet; and the number of their last change.

    Locked until the transaction ends. after: a learner's number, beyond which `most` learners are looked for.
    """
    of_learner = col(StageChange.learner_id) == col(Standing.learner_id)
    # Among the learner's own few changes: by stage and moment, a database would look through everybody's.
    lapse = sa_select(func.max(case((col(StageChange.stage) == "lapsed", col(StageChange.changed_at))))).where(of_learner).scalar_subquery()
    kept = func.coalesce(lapse > col(Standing.last_answer_at), false())
    silent = col(Standing.last_answer_at) <= at - timedelta(days=LAPSED_DAYS)
    not_ready = col(Standing.ready_until).is_(None) | (col(Standing.ready_until) <= at)
    last = sa_select(func.coalesce(func.max(StageChange.number), 0)).where(of_learner).scalar_subquery()
    query = (
        sa_select(*(getattr(Standing, field.name) for field in fields(StandingRow)), last)
        .where(silent, not_ready, col(Standing.placed_at).is_(None), ~kept, col(Standing.learner_id) > after)
        .order_by(col(Standing.learner_id))
        .limit(most)
        .with_for_update(of=Standing)
    )
    return [(StandingRow(*row[:-1]), row[-1]) for row in session.execute(query)]


def keep_all(session: Session, changes: Sequence[StageChange]) -> None:
    """Add changes that are numbered already, by one statement."""
    if changes:
        session.connection().execute(insert(SQLModel.metadata.tables["stagechange"]), [change.model_dump() for change in changes])


def first_seen(session: Session) -> datetime | None:
    """When the first change of anybody was kept: where the history begins."""
    return session.exec(select(func.min(StageChange.changed_at))).one()


def first_ready(session: Session, since: datetime) -> list[tuple[str, datetime]]:
    """Role and moment of everybody who became ready for the first time since then."""
    moment = func.min(StageChange.changed_at)
    query = select(func.max(StageChange.role_id), moment).where(StageChange.stage == "ready").group_by(col(StageChange.learner_id))
    return [(role, at) for role, at in session.exec(query.having(moment > since)).all()]
