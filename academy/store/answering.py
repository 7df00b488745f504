"""What an answer rests on, read without a lock; and the answer written where nothing else has changed that meanwhile."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, BindParameter, Float, and_, bindparam, cast, exists, func, insert, literal_column, select, union_all, update
from sqlmodel import Session, SQLModel

from academy.store import tables as _tables
from academy.store.db import Database, Step
from academy.store.evidence_rows import FIND_STANDING, STANDING, EstimateRow, ResponseRow, StandingRow, columns
from academy.store.insertion import insertion
from academy.store.prepared import run

assert _tables, "the tables register themselves"
_named = SQLModel.metadata.tables
_standing, _estimate, _response = _named["standing"], _named["skillestimate"], _named["response"]
_attempt, _written, _account, _calibration = _named["attempt"], _named["openanswer"], _named["account"], _named["calibration"]


class AttemptRow(NamedTuple):
    """What answering needs to know of an attempt."""

    course_id: str
    item_ids: list[str]
    finished_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """An attempt as it is before an answer: what was answered in it, waiting answers among them, and where its learner stands."""

    attempt: AttemptRow
    answered: frozenset[str]
    standing: StandingRow


@dataclass(frozen=True, slots=True)
class Moment:
    """What an answer meets: the role aimed for, the newest calibration's number, whether this version of the item was met
    before, and all that is known of the learner by skill."""

    target_role: str
    calibration: int
    met: bool
    estimates: Mapping[str, EstimateRow]


_OWN: BindParameter[int] = bindparam("learner")
_NUMBER: BindParameter[int] = bindparam("attempt")
_ANSWERED = union_all(
    *(select(table.c.item_id).where(table.c.learner_id == _OWN, table.c.attempt == _NUMBER) for table in (_response, _written))
).subquery()
_SHEET = {
    dialect: select(
        *columns(_attempt, AttemptRow._fields),
        select(as_list(_ANSWERED.c.item_id, type_=JSON)).scalar_subquery().label("answered"),
        *columns(_standing, STANDING),
    )
    .select_from(_attempt.join(_standing, _standing.c.learner_id == _attempt.c.learner_id))
    .where(_attempt.c.learner_id == _OWN, _attempt.c.number == _NUMBER)
    for dialect, as_list in {"sqlite": func.json_group_array, "postgresql": func.json_agg}.items()
}
_MET = exists(literal_column("1")).where(
    _response.c.learner_id == _OWN,
    _response.c.course_id == bindparam("course"),
    _response.c.item_id == bindparam("item"),
    _response.c.key_version == bindparam("key_version"),
)
_MOMENT = (
    select(_account.c.target_role, select(func.max(_calibration.c.id)).scalar_subquery(), _MET, *columns(_estimate, EstimateRow._fields))
    .select_from(_account.outerjoin(_estimate, _estimate.c.learner_id == _account.c.id))
    .where(_account.c.id == _OWN)
)


def _given(table: Any, prefix: str, names: Iterable[str]) -> dict[str, Any]:
    """A parameter for each column, of a name that no other statement uses."""
    return {name: bindparam(f"{prefix}_{name}", type_=table.c[name].type) for name in names}


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
_RESPONDED, _ESTIMATED = _given(_response, "r", ResponseRow._fields), _given(_estimate, "e", EstimateRow._fields)
_ADD_RESPONSE = insert(_response).values(_RESPONDED)


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
def _all_in_one(*, at_once: bool, with_estimate: bool) -> Any:
    """One statement where each takes a journey to the server: the rows are written if the standing moves."""
    moved = (_MOVE_AT_ONCE if at_once else _MOVE_STANDING).cte("moved")
    if_moved = exists(select(moved.c.learner_id))
    response = insert(_response).from_select(list(_RESPONDED), select(*_typed(_RESPONDED)).where(if_moved))
    kept = select(moved.c.learner_id).add_cte(response.cte("response_added"))
    if not with_estimate:
        return kept
    estimate = insertion("postgresql")(_estimate).from_select(list(_ESTIMATED), select(*_typed(_ESTIMATED)).where(if_moved))
    return kept.add_cte(_in_place(estimate).cte("estimate_put"))


def standing(database: Database, learner_id: int) -> StandingRow | None:
    """Where a learner stands at this moment, outside of any transaction; None before they did anything."""
    rows = database.select(FIND_STANDING, {"learner": learner_id})
    return StandingRow(*rows[0]) if rows else None


def sheet(database: Database, learner_id: int, number: int) -> Sheet | None:
    """A learner's attempt at this moment, in one query outside of any transaction; None where they have none of that number."""
    rows = database.select(_SHEET[database.engine.dialect.name], {"learner": learner_id, "attempt": number})
    return _sheet_of(rows[0]) if rows else None


def sheet_within(session: Session, learner_id: int, number: int) -> Sheet | None:
    """The same within a transaction."""
    connection = session.connection()
    rows = run(connection, _SHEET[connection.dialect.name], {"learner": learner_id, "attempt": number})
    return _sheet_of(rows[0]) if rows else None


def _sheet_of(row: Any) -> Sheet:
    cut = len(AttemptRow._fields)
    return Sheet(AttemptRow._make(row[:cut]), frozenset(row[cut] or ()), StandingRow(*row[cut + 1 :]))


def moment(database: Database, learner_id: int, course_id: str, item_id: str, key_version: str) -> Moment:
    """All that decides what an answer means, in one query outside of any transaction."""
    return _moment_of(database.select(_MOMENT, _asked(learner_id, course_id, item_id, key_version)))


def moment_within(session: Session, learner_id: int, course_id: str, item_id: str, key_version: str) -> Moment:
    """The same within a transaction."""
    return _moment_of(run(session.connection(), _MOMENT, _asked(learner_id, course_id, item_id, key_version)))


def _asked(learner_id: int, course_id: str, item_id: str, key_version: str) -> dict[str, object]:
    return {"learner": learner_id, "course": course_id, "item": item_id, "key_version": key_version}


def _moment_of(rows: Any) -> Moment:
    target, newest, met = rows[0][:3]
    return Moment(target, newest or 0, bool(met), {row[4]: EstimateRow._make(row[3:]) for row in rows if row[4] is not None})


def keep(database: Database, response: ResponseRow, standing: StandingRow, estimate: EstimateRow | None, *, calibration: int) -> bool:
    """Append a response, with where its learner stands then and what is known of the skill that it moved, if it moved any.

    standing: as the response leaves it, its revision still the one that was read. calibration: the number of the one that measured.
    False, and nothing is written, where one of them is not the present one any more, where the submission was recorded or waits to
    be marked, or where the database refuses.
    """
    moved: dict[str, object] = {"s_submission": response.submission, "s_calibration": calibration}
    return database.store(*_steps(database.engine.dialect.name, response, standing, estimate, moved))


def keep_within(session: Session, response: ResponseRow, standing: StandingRow, estimate: EstimateRow | None) -> None:
    """The same within a transaction in which the standing is locked; its revision is then the present one."""
    connection = session.connection()
    found = [run(connection, *step) for step in _steps(connection.dialect.name, response, standing, estimate, {})]
    assert found[0], "a standing that is locked can be moved"
    standing.revision += 1


def _steps(
    dialect: str, response: ResponseRow, standing: StandingRow, estimate: EstimateRow | None, at_once: Mapping[str, object]
) -> list[Step]:
    """at_once: what must be as it was where nothing is locked; empty where the standing is."""
    moved: dict[str, object] = {f"s_{name}": getattr(standing, name) for name in STANDING} | dict(at_once)
    moved |= {"s_before": standing.revision, "s_revision": standing.revision + 1}
    added = {f"r_{name}": value for name, value in zip(ResponseRow._fields, response, strict=True)}
    known = {f"e_{name}": value for name, value in zip(EstimateRow._fields, estimate, strict=True)} if estimate else {}
    if dialect == "postgresql":
        return [(_all_in_one(at_once=bool(at_once), with_estimate=bool(known)), {**moved, **added, **known})]
    steps: list[Step] = [(_MOVE_AT_ONCE if at_once else _MOVE_STANDING, moved), (_ADD_RESPONSE, added)]
    return [*steps, (_put_estimate(), known)] if known else steps
