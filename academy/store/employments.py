"""Queries on the work that learners found: what is on record, and since when somebody is placed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from academy.store.tables.cohorts import Employment


def of_learner(session: Session, learner_id: int) -> Sequence[Employment]:
    """Everything a learner has on record, newest first; what was taken back too."""
    query = select(Employment).where(Employment.learner_id == learner_id)
    return session.exec(query.order_by(col(Employment.number).desc())).all()


def placed_at(session: Session, learner_id: int) -> datetime | None:
    """When the first work was recorded that was not taken back; None where there is none."""
    query = select(func.min(Employment.recorded_at)).where(Employment.learner_id == learner_id)
    return session.exec(query.where(col(Employment.withdrawn_at).is_(None))).one()
