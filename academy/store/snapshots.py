"""Queries on publications of the gap, and the counts of learners that they freeze."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Integer, String, and_, bindparam, case, column, insert, or_, text, values
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, func, select

from academy.core.measurement.readiness import ACTIVE_DAYS, LAPSED_DAYS
from academy.store.db import Database
from academy.store.tables.accounts import Account, RoleGrant
from academy.store.tables.gap import Snapshot, SnapshotCell
from academy.store.tables.standings import SkillEstimate, StageChange, Standing

RECENT_DAYS = 183
"""Six months."""

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class LearnerCount:
    """How many enabled learners count under a role, state, sector ("" where unknown) and language, and how far they have come.

    ready: today; ever_ready: at some time, whether or not that has faded since.
    """

    role_id: str
    state: str
    sector: str
    language: str
    enrolled: int
    active: int
    proficient: int
    ready: int
    ever_ready: int
    became_ready: int


@dataclass(frozen=True, slots=True)
class CellRow:
    """A published number, or one to publish; its fields are those of a SnapshotCell, which is slow to make by the ten thousand."""

    scenario: str
    role_id: str
    state: str
    sector: str
    metric: str
    unit: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    suppressed: bool = False
    source_grade: str = ""


def learner_counts(session: Session, at: datetime) -> list[LearnerCount]:
    """Every enabled learner counted once, as things stand at this instant.

    Active: answered within 90 days. Proficient: able, and answered within 180 days, or ready. Ready: readiness has not run out.
    Ever ready: ready at some time. Became ready: for the first time, within six months.
    """
    first = (
        sa_select(col(StageChange.learner_id), func.min(StageChange.changed_at).label("at"))
        .where(col(StageChange.stage) == "ready")
        .group_by(col(StageChange.learner_id))
        .subquery()
    )
    not_lapsed = col(Standing.last_answer_at) > at - timedelta(days=LAPSED_DAYS)
    people = (
        sa_select(
            case((func.coalesce(Standing.role_id, "") != "", col(Standing.role_id)), else_=col(Account.target_role)).label("role_id"),
            col(Account.state).label("state"),
            col(Account.sector).label("sector"),
            col(Account.language).label("language"),
            _one_if(col(Standing.last_answer_at) > at - timedelta(days=ACTIVE_DAYS)).label("active"),
            _one_if(or_(and_(col(Standing.proficient).is_(True), not_lapsed), col(Standing.ready_until) > at)).label("proficient"),
            _one_if(col(Standing.ready_until) > at).label("ready"),
            _one_if(or_(col(Standing.first_ready_at) <= at, col(Standing.ready_until) > at, first.c.at <= at)).label("ever_ready"),
            _one_if(and_(first.c.at > at - timedelta(days=RECENT_DAYS), first.c.at <= at)).label("became_ready"),
        )
        .select_from(Account)
        .join(RoleGrant, and_(col(RoleGrant.account_id) == col(Account.id), col(RoleGrant.role) == "learner"))
        .join(Standing, col(Standing.learner_id) == col(Account.id), isouter=True)
        .join(first, first.c.learner_id == col(Account.id), isouter=True)
        .where(col(Account.disabled_at).is_(None))
        .subquery()
    )
    groups = (people.c.role_id, people.c.state, people.c.sector, people.c.language)
    sums = (func.sum(people.c[stage]) for stage in ("active", "proficient", "ready", "ever_ready", "became_ready"))
    return [LearnerCount(*row) for row in session.execute(sa_select(*groups, func.count(), *sums).group_by(*groups))]


def skill_standings(
    session: Session, asked: Sequence[tuple[str, str]], states: Sequence[str], size: int = 50_000
) -> Iterator[Sequence[tuple[int, int, int, float, float]]]:
    """Estimates of every enabled learner in what their role asks for, some at a time.

    asked: role and skill. Each row: learner, position in `asked`, position in `states` (their number where it is none of
    these), ability and its error.
    """
    role = case((func.coalesce(Standing.role_id, "") != "", col(Standing.role_id)), else_=col(Account.target_role))
    need = (
        values(column("role_id", String), column("skill_id", String), column("at", Integer))
        .data([(role_id, skill_id, at) for at, (role_id, skill_id) in enumerate(asked)])
        .cte("need")
    )
    state = case({key: at for at, key in enumerate(states)}, value=func.coalesce(Account.state, ""), else_=len(states))
    query = (
        sa_select(col(Account.id), need.c.at, state, col(SkillEstimate.theta), col(SkillEstimate.se))
        .select_from(Account)
        .join(RoleGrant, and_(col(RoleGrant.account_id) == col(Account.id), col(RoleGrant.role) == "learner"))
        .join(Standing, col(Standing.learner_id) == col(Account.id), isouter=True)
        .join(SkillEstimate, col(SkillEstimate.learner_id) == col(Account.id))
        .join(need, and_(need.c.role_id == role, need.c.skill_id == col(SkillEstimate.skill_id)))
        .where(col(Account.disabled_at).is_(None))
        .execution_options(yield_per=size)
    )
    for part in session.connection().execute(query).partitions():
        yield [(row[0], row[1], row[2], row[3], row[4]) for row in part]


def lock(session: Session) -> None:
    """Let whoever publishes wait, until the transaction ends, for whoever came first; others read on. In SQLite writers wait anyway."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE snapshot IN SHARE ROW EXCLUSIVE MODE"))


def add(session: Session, snapshot: Snapshot, cells: Iterable[CellRow]) -> int:
    """Keep a publication and its cells; returns its number."""
    names = [field.name for field in fields(CellRow)]
    session.add(snapshot)
    session.flush()
    assert snapshot.id is not None, "the database numbers a flushed snapshot"
    connection, table = session.connection(), SQLModel.metadata.tables["snapshotcell"]  # the mapper would send them one by one
    if connection.dialect.name == "postgresql":
        _copy(connection, ("snapshot_id", *names), ((snapshot.id, *(getattr(cell, name) for name in names)) for cell in cells))
        return snapshot.id
    rows = [{"snapshot_id": snapshot.id, **{name: getattr(cell, name) for name in names}} for cell in cells]
    for start in range(0, len(rows), _BATCH):
        connection.execute(insert(table), rows[start : start + _BATCH])
    return snapshot.id


def _copy(connection: Connection, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Send rows to PostgreSQL as one stream, within the transaction."""
    with connection.connection.cursor() as cursor, cursor.copy(f"COPY snapshotcell ({', '.join(names)}) FROM STDIN") as copy:  # type: ignore[attr-defined]  # psycopg's own
        for row in rows:
            copy.write_row(row)


_NEWEST = sa_select(col(Snapshot.id)).order_by(col(Snapshot.as_of).desc(), col(Snapshot.id).desc()).limit(1)
_NEWEST_THEN = _NEWEST.where(col(Snapshot.as_of) <= bindparam("as_of", type_=Date))


def newest_number(database: Database, as_of: date | None = None) -> int | None:
    """The number of the newest snapshot up to a date; None when there is none."""
    rows = database.select(_NEWEST_THEN, {"as_of": as_of}) if as_of else database.select(_NEWEST, {})
    return rows[0][0] if rows else None


def latest(session: Session, as_of: date | None = None) -> Snapshot | None:
    """The newest publication, or the newest at or before a date."""
    query = select(Snapshot).order_by(col(Snapshot.as_of).desc(), col(Snapshot.id).desc()).limit(1)
    return session.exec(query if as_of is None else query.where(col(Snapshot.as_of) <= as_of)).first()


def cells(
    session: Session,
    snapshot_id: int,
    *,
    role: str | None = None,
    state: str | None = None,
    sector: str | None = None,
    scenario: str | None = None,
    metrics: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> list[CellRow]:
    """A publication's cells in a fixed order; each filter narrows, and "" means summed over it. No metrics or kinds: all of them.

    kinds: what stands before the colon of metrics like `ready:es`; such are found beside `metrics`.
    Cells are of a state or of a sector, never of both: with both given, those of either are found.
    A scenario's cells come with those that hold in every scenario.
    """
    query = sa_select(*(getattr(SnapshotCell, field.name) for field in fields(CellRow))).where(col(SnapshotCell.snapshot_id) == snapshot_id)
    if role is not None:
        query = query.where(col(SnapshotCell.role_id) == role)
    if scenario is not None:
        query = query.where(col(SnapshotCell.scenario).in_(("", scenario)))
    if metrics or kinds:
        within = (col(SnapshotCell.metric).startswith(f"{kind}:", autoescape=True) for kind in kinds)
        query = query.where(or_(col(SnapshotCell.metric).in_(metrics), *within))
    place = _place(state, sector)
    if place is not None:
        query = query.where(place)
    order = (SnapshotCell.role_id, SnapshotCell.state, SnapshotCell.sector, SnapshotCell.scenario, SnapshotCell.metric)
    return [CellRow(*row) for row in session.execute(query.order_by(*map(col, order)))]


def course_of(
    session: Session, metrics: Sequence[str], *, role: str, state: str, sector: str, until: date
) -> Sequence[tuple[date, str, float | None, float | None, float | None]]:
    """One cell's metrics in every publication up to a date, oldest first: date, metric, value, low and high."""
    columns = (col(Snapshot.as_of), col(SnapshotCell.metric), col(SnapshotCell.value), col(SnapshotCell.low), col(SnapshotCell.high))
    query = (
        sa_select(*columns)
        .join(SnapshotCell, col(SnapshotCell.snapshot_id) == col(Snapshot.id))
        .where(col(SnapshotCell.role_id) == role, col(SnapshotCell.state) == state, col(SnapshotCell.sector) == sector)
        .where(col(SnapshotCell.scenario) == "", col(SnapshotCell.metric).in_(metrics), col(Snapshot.as_of) <= until)
        .order_by(col(Snapshot.as_of), col(Snapshot.id))
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in session.execute(query)]


def _place(state: str | None, sector: str | None) -> ColumnElement[bool] | None:
    of_state = and_(col(SnapshotCell.state) == state, col(SnapshotCell.sector) == "")
    of_sector = and_(col(SnapshotCell.sector) == sector, col(SnapshotCell.state) == "")
    if state is not None and sector is not None:
        return or_(of_state, of_sector)
    if state is not None:
        return of_state
    return of_sector if sector is not None else None


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
