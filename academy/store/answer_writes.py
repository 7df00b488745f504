"""A graded answer written with all that comes of it: where nothing has changed meanwhile, or under a lock."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Float, and_, bindparam, cast, exists, func, insert, literal_column, select, update
from sqlmodel import Session, SQLModel

from academy.store import tables as _tables
from academy.store.db import Database
from academy.store.evidence_rows import STANDING, EstimateRow, ResponseRow, StandingRow
from academy.store.insertion import insertion
from academy.store.prepared import Statement, run
from academy.store.stage_changes import ADD_CHANGE, CHANGED, ChangeRow, change_values

assert _tables, "the tables register themselves"
_named = SQLModel.metadata.tables
_standing, _estimate, _response, _attempt = (_named[name] for name in ("standing", "skillestimate", "response", "attempt"))
_written, _calibration = _named["openanswer"], _named["calibration"]


class EndRow(NamedTuple):
    """How an attempt ends; score and passed are None while open answers wait to be marked."""

    learner_id: int
    number: int
    finished_at: datetime | None
    score: float | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Writing:
    """A response, where its learner stands then, what is known of the skill that it moved, the stage that its learner came to and
    the attempt that it ended, if it did. `standing` is as the response leaves it, its revision still the one that was read."""

    response: ResponseRow
    standing: StandingRow
    estimate: EstimateRow | None = None
    change: ChangeRow | None = None
    end: EndRow | None = None


def _given(table: Any, prefix: str, names: Iterable[str], alike: Iterable[str] = ()) -> dict[str, Any]:
    """A parameter for each column, named for its row. alike: columns of the same value as the standing's, whose names they take."""
    same = set(alike)
    return {name: bindparam(f"{'s' if name in same else prefix}_{name}", type_=table.c[name].type) for name in names}


_MOVE_STANDING = (
    update(_standing)
    .where(and_(_standing.c.learner_id == bindparam("s_learner_id"), _standing.c.revision == bindparam("s_before")))
    .values(_given(_standing, "s", STANDING[1:]))
    .returning(_standing.c.learner_id)
)
_SUBMISSION: BindParameter[str] = bindparam("s_submission")
_MOVE_AT_ONCE = _MOVE_STANDING.where(
    *(
        ~exists(literal_column("1")).where(table.c.learner_id == bindparam("s_learner_id"), table.c.submission == _SUBMISSION)
        for table in (_response, _written)
    ),
    func.coalesce(select(func.max(_calibration.c.id)).scalar_subquery(), 0) == bindparam("s_calibration"),
)
"""Where nothing is locked, it is refused too for what was submitted before, and for what a newer calibration measures otherwise."""
# Alike under one name: psycopg reads a statement of over fifty parameters anew at every call.
_RESPONDED = _given(_response, "r", ResponseRow._fields, ("learner_id", "submission"))
_ESTIMATED = _given(_estimate, "e", EstimateRow._fields, ("learner_id",))
_ENDED = _given(_attempt, "a", EndRow._fields, ("learner_id",))
_ADD_RESPONSE = insert(_response).values(_RESPONDED)
_END_ATTEMPT = (
    update(_attempt)
    .where(and_(_attempt.c.learner_id == _ENDED["learner_id"], _attempt.c.number == _ENDED["number"]))
    .values({name: _ENDED[name] for name in EndRow._fields[2:]})
)


def _typed(given: Mapping[str, Any]) -> list[Any]:
    """The parameters as columns of a SELECT, where a number that is missing would count as text."""
    return [cast(value, Float) if isinstance(value.type, Float) else value for value in given.values()]


def _in_place(added: Any) -> Any:
    """An insertion that takes the place of what is there."""
    key = [column.name for column in _estimate.primary_key]
    return added.on_conflict_do_update(index_elements=key, set_={name: added.excluded[name] for name in _ESTIMATED if name not in key})


@functools.cache
def _put_estimate() -> Any:
    return _in_place(insertion("sqlite")(_estimate).values(_ESTIMATED))


@functools.cache
def _all_in_one(*, at_once: bool, estimate: bool, change: bool, end: bool) -> Any:
    """One statement where each takes a journey to the server: the rows are written if the standing moves."""
    moved = (_MOVE_AT_ONCE if at_once else _MOVE_STANDING).cte("moved")
    if_moved = exists(select(moved.c.learner_id))
    parts = [insert(_response).from_select(list(_RESPONDED), select(*_typed(_RESPONDED)).where(if_moved)).cte("response_added")]
    if estimate:
        added = insertion("postgresql")(_estimate).from_select(list(_ESTIMATED), select(*_typed(_ESTIMATED)).where(if_moved))
        parts.append(_in_place(added).cte("estimate_put"))
    if change:
        parts.append(
            insert(_named["stagechange"]).from_select(list(CHANGED), select(*CHANGED.values()).where(if_moved)).cte("change_added")
        )
    if end:
        parts.append(_END_ATTEMPT.where(if_moved).cte("attempt_ended"))
    return select(moved.c.learner_id).add_cte(*parts)


def keep(database: Database, writing: Writing, *, calibration: int) -> bool:
    """Write it all. calibration: the number of the one that measured.

    False, and nothing is written, where the standing's revision or the calibration is not the present one any more, where the
    submission was recorded or waits to be marked, or where the database refuses.
    """
    values = _values_of(writing) | {"s_calibration": calibration}
    return database.store(*((statement, values) for statement in _statements(database.engine.dialect.name, writing, at_once=True)))


def keep_within(session: Session, writing: Writing) -> None:
    """The same within a transaction in which the standing is locked; its revision is then the present one."""
    connection, values = session.connection(), _values_of(writing)
    found = [run(connection, statement, values) for statement in _statements(connection.dialect.name, writing, at_once=False)]
    assert found[0], "a standing that is locked can be moved"
    writing.standing.revision += 1


def _statements(dialect: str, writing: Writing, *, at_once: bool) -> list[Statement]:
    """at_once: whether nothing is locked."""
    estimate, change, end = (part is not None for part in (writing.estimate, writing.change, writing.end))
    if dialect == "postgresql":
        return [_all_in_one(at_once=at_once, estimate=estimate, change=change, end=end)]
    parts = ((True, _ADD_RESPONSE), (estimate, _put_estimate()), (change, ADD_CHANGE), (end, _END_ATTEMPT))
    return [_MOVE_AT_ONCE if at_once else _MOVE_STANDING, *(statement for wanted, statement in parts if wanted)]


def _values_of(writing: Writing) -> dict[str, object]:
    """The values of all its statements."""
    standing, response = writing.standing, writing.response
    found: dict[str, object] = {f"s_{name}": getattr(standing, name) for name in STANDING}
    found |= {"s_before": standing.revision, "s_revision": standing.revision + 1, "s_submission": response.submission}
    for prefix, row in (("r", response), ("e", writing.estimate), ("a", writing.end)):
        found |= _values(prefix, row)
    return found | change_values(writing.change) if writing.change else found


def _values(prefix: str, row: Any) -> dict[str, object]:
    """A row's values by the names of their parameters; none where there is no row."""
    return {} if row is None else {f"{prefix}_{name}": value for name, value in zip(row._fields, row, strict=True)}
