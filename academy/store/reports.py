"""Queries on learners' reports that a question is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from academy.store.tables.learning import ItemReport


def of_answers(session: Session, learner_id: int, sequences: Sequence[int]) -> dict[int, ItemReport]:
    """A learner's reports on some of their responses, by sequence."""
    query = select(ItemReport).where(ItemReport.learner_id == learner_id, col(ItemReport.sequence).in_(sequences))
    return {row.sequence: row for row in session.exec(query.order_by(col(ItemReport.id)))}


def of_learner(session: Session, learner_id: int) -> Sequence[ItemReport]:
    """All reports of a learner, the newest first."""
    return session.exec(select(ItemReport).where(ItemReport.learner_id == learner_id).order_by(col(ItemReport.id).desc())).all()


def since(session: Session, learner_id: int, moment: datetime) -> int:
    """How many reports a learner made from an instant on."""
    query = select(func.count()).where(ItemReport.learner_id == learner_id, col(ItemReport.reported_at) >= moment)
    return session.exec(query).one()


def listed(session: Session, *, resolved: bool, limit: int) -> Sequence[ItemReport]:
    """Reports that were looked at, the latest first, or that wait, the oldest first."""
    query = select(ItemReport)
    if resolved:
        query = query.where(col(ItemReport.resolved_at).is_not(None)).order_by(col(ItemReport.resolved_at).desc())
    else:
        query = query.where(col(ItemReport.resolved_at).is_(None)).order_by(col(ItemReport.id))
    return session.exec(query.limit(limit)).all()


def waiting(session: Session) -> int:
    """How many reports nobody has looked at."""
    return session.exec(select(func.count()).where(col(ItemReport.resolved_at).is_(None))).one()
