"""Queries on changes of stage: kept as they are seen, and counted by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, false, insert
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, func, select

from academy.core.measurement.readiness import LAPSED_DAYS
from academy.store.evidence_rows import StandingRow
from academy.store.prepared import run
from academy.store.tables.standings import StageChange, Standing


class ChangeRow(NamedTuple):
    """A change of stage; what its fields mean stands at the table `StageChange`."""

    learner_id: int
    was: str
    stage: str
    role_id: str
    changed_at: datetime


_changes = SQLModel.metadata.tables["stagechange"]
_OF_LEARNER: BindParameter[int] = bindparam("c_learner_id", type_=_changes.c.learner_id.type)
_LAST = sa_select(func.coalesce(func.max(_changes.c.number), 0)).where(_changes.c.learner_id == _OF_LEARNER).scalar_subquery()
CHANGED: Mapping[str, ColumnElement[Any]] = {
    "learner_id": _OF_LEARNER,
    **{name: bindparam(f"c_{name}", type_=_changes.c[name].type) for name in ChangeRow._fields[1:]},
    "number": _LAST + 1,
}
"""A change's columns, numbered after the learner's last one, under the names of `change_values`."""
ADD_CHANGE = insert(_changes).from_select(list(CHANGED), sa_select(*CHANGED.values()))


def change_values(change: ChangeRow) -> dict[str, object]:
    """The parameters of a change."""
    return {f"c_{name}": value for name, value in zip(ChangeRow._fields, change, strict=True)}


def keep(session: Session, change: ChangeRow) -> None:
    """Add a change of a learner whose standing is locked."""
    run(session.connection(), ADD_CHANGE, change_values(change))


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
        session.connection().execute(insert(_changes), [change.model_dump() for change in changes])


def first_seen(session: Session) -> datetime | None:
    """When the first change of anybody was kept: where the history begins."""
    return session.exec(select(func.min(StageChange.changed_at))).one()


def first_ready(session: Session, since: datetime) -> list[tuple[str, datetime]]:
    """Role and moment of everybody who became ready for the first time since then."""
    moment = func.min(StageChange.changed_at)
    query = select(func.max(StageChange.role_id), moment).where(StageChange.stage == "ready").group_by(col(StageChange.learner_id))
    return [(role, at) for role, at in session.exec(query.having(moment > since)).all()]
