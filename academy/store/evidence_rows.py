"""Rows of the evidence as plain values: each answer reads and writes several, for which entities would take too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, SQLModel

from academy.store import tables as _tables
from academy.store.db import Database
from academy.store.prepared import run

assert _tables, "the tables register themselves"
_named = SQLModel.metadata.tables
_standing, _estimate, _response = _named["standing"], _named["skillestimate"], _named["response"]
_attempt, _written, _account, _calibration = _named["attempt"], _named["openanswer"], _named["account"], _named["calibration"]


class ResponseRow(NamedTuple):
    """A graded response; what its fields mean stands at the table `Response`."""

    learner_id: int
    sequence: int
    submission: str
    attempt: int | None
    course_id: str
    item_id: str
    key_version: str
    text_version: str
    language: str
    answer: Any
    score: float
    answered_at: datetime
    purpose: str = "practice"
    session: int | None = None
    seconds: int | None = None
    effort: str = ""


class EstimateRow(NamedTuple):
    """What is known of a skill; what its fields mean stands at the table `SkillEstimate`."""

    learner_id: int
    skill_id: str
    weights: bytes
    answers: int
    theta: float
    se: float
    last_answer_at: datetime
    stability: float | None
    difficulty: float | None
    reviewed_at: datetime | None
    due_at: datetime | None
    retained_until: datetime | None


@dataclass(slots=True)
class StandingRow:
    """Where a learner stands; what its fields mean stands at the table `Standing`."""

    learner_id: int
    sequence: int = 0
    attempts: int = 0
    role_id: str = ""
    readiness: float | None = None
    assessed_share: float = 0.0
    proficient: bool = False
    ready_until: datetime | None = None
    first_ready_at: datetime | None = None
    first_answer_at: datetime | None = None
    last_answer_at: datetime | None = None
    placed_at: datetime | None = None


class AttemptRow(NamedTuple):
    """What answering needs to know of an attempt."""

    course_id: str
    item_ids: list[str]
    finished_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """What an answer meets: the role aimed for, the newest calibration's number, whether this version of the item was met
    before, and all that is known of the learner by skill."""

    target_role: str
    calibration: int
    met: bool
    estimates: Mapping[str, EstimateRow]


_STANDING = tuple(field.name for field in fields(StandingRow))
_ESTIMATED = tuple(name for name in EstimateRow._fields if name not in ("learner_id", "skill_id"))
_OWN: BindParameter[int] = bindparam("learner")


def _columns(table: Any, names: Iterable[str]) -> list[Any]:
    return [table.c[name] for name in names]


_RESPONSES = select(*_columns(_response, ResponseRow._fields)).where(_response.c.learner_id == _OWN).order_by(_response.c.sequence)
_OF_ATTEMPT = _RESPONSES.where(_response.c.attempt == bindparam("attempt"))
_FIND_STANDING = select(*_columns(_standing, _STANDING)).where(_standing.c.learner_id == _OWN)
_LOCK_STANDING = _FIND_STANDING.with_for_update()
_FIRST: dict[str, Any] = {"learner_id": _OWN, "sequence": 0, "attempts": 0, "assessed_share": 0.0, "proficient": False}
_FIRST |= {"role_id": select(_account.c.target_role).where(_account.c.id == _OWN).scalar_subquery()}
_ADD_STANDING = {
    "sqlite": sqlite_insert(_standing).values(_FIRST).on_conflict_do_nothing(),
    "postgresql": postgresql_insert(_standing).values(_FIRST).on_conflict_do_nothing(),
}
_FIND_ATTEMPT = select(*_columns(_attempt, AttemptRow._fields)).where(
    _attempt.c.learner_id == _OWN, _attempt.c.number == bindparam("attempt")
)
_ALL_ESTIMATES = select(*_columns(_estimate, EstimateRow._fields))
_ESTIMATES = _ALL_ESTIMATES.where(_estimate.c.learner_id == _OWN)
_ANSWERED = union_all(
    *(select(table.c.item_id).where(table.c.learner_id == _OWN, table.c.attempt == bindparam("attempt")) for table in (_response, _written))
).subquery()
_AS_LIST = {"sqlite": func.json_group_array, "postgresql": func.json_agg}
_ATTEMPT_WITH_ANSWERED = {
    dialect: _FIND_ATTEMPT.add_columns(select(as_list(_ANSWERED.c.item_id, type_=JSON)).scalar_subquery().label("answered"))
    for dialect, as_list in _AS_LIST.items()
}
_MET = exists(literal_column("1")).where(
    _response.c.learner_id == _OWN,
    _response.c.course_id == bindparam("course"),
    _response.c.item_id == bindparam("item"),
    _response.c.key_version == bindparam("key_version"),
)
_MOMENT = (
    select(_account.c.target_role, select(func.max(_calibration.c.id)).scalar_subquery(), _MET, *_columns(_estimate, EstimateRow._fields))
    .select_from(_account.outerjoin(_estimate, _estimate.c.learner_id == _account.c.id))
    .where(_account.c.id == _OWN)
)
_ADD_ESTIMATE = insert(_estimate).values({name: bindparam(name) for name in EstimateRow._fields})


def _given(prefix: str, names: Iterable[str]) -> dict[str, BindParameter[Any]]:
    """A parameter for each column, of a name that no other statement uses."""
    return {name: bindparam(f"{prefix}_{name}") for name in names}


def _put_estimate(add: Any) -> Any:
    made = add(_estimate).values(_given("e", EstimateRow._fields))
    kept = {name: made.excluded[name] for name in _ESTIMATED}
    return made.on_conflict_do_update(index_elements=list(_estimate.primary_key), set_=kept)


_ADD_RESPONSE = insert(_response).values(_given("r", ResponseRow._fields))
_KEEP_STANDING = (
    update(_standing)
    .where(_standing.c.learner_id == bindparam("s_learner_id"))
    .values(_given("s", [name for name in _STANDING if name != "learner_id"]))
)
_PUT_ESTIMATE = {"sqlite": _put_estimate(sqlite_insert), "postgresql": _put_estimate(postgresql_insert)}
# One statement where each takes a journey to the server.
_KEEP_ANSWER = _PUT_ESTIMATE["postgresql"].add_cte(_ADD_RESPONSE.cte("response_added"), _KEEP_STANDING.cte("standing_kept"))
_KEEP_ESTIMATE = (
    update(_estimate)
    .where(and_(_estimate.c.learner_id == bindparam("own"), _estimate.c.skill_id == bindparam("skill")))
    .values({name: bindparam(name) for name in _ESTIMATED})
)


def standing(session: Session, learner_id: int) -> StandingRow | None:
    """Where a learner stands; None before they did anything."""
    rows = run(session.connection(), _FIND_STANDING, {"learner": learner_id})
    return StandingRow(*rows[0]) if rows else None


def lock_standing(session: Session, learner_id: int) -> StandingRow:
    """The learner's standing, made on first use and locked until the transaction ends: it orders their answers."""
    connection = session.connection()
    rows = run(connection, _LOCK_STANDING, {"learner": learner_id})
    if not rows:
        connection.execute(_ADD_STANDING[connection.dialect.name], {"learner": learner_id})
        rows = run(connection, _LOCK_STANDING, {"learner": learner_id})
    return StandingRow(*rows[0])


def keep_standing(session: Session, row: StandingRow) -> None:
    """Keep where a learner stands, whose standing is locked."""
    run(session.connection(), _KEEP_STANDING, _of_standing(row))


def keep_answer(session: Session, response: ResponseRow, standing: StandingRow, estimate: EstimateRow | None) -> None:
    """Append a response, and keep where its learner stands and what is known of the skill that it moved, if it moved any.

    standing: locked.
    """
    connection = session.connection()
    added = {f"r_{name}": value for name, value in zip(ResponseRow._fields, response, strict=True)}
    known = {f"e_{name}": value for name, value in zip(EstimateRow._fields, estimate, strict=True)} if estimate else {}
    if known and connection.dialect.name == "postgresql":
        run(connection, _KEEP_ANSWER, {**added, **_of_standing(standing), **known})
        return
    run(connection, _ADD_RESPONSE, added)
    run(connection, _KEEP_STANDING, _of_standing(standing))
    if known:
        run(connection, _PUT_ESTIMATE[connection.dialect.name], known)


def _of_standing(row: StandingRow) -> dict[str, object]:
    return {f"s_{name}": getattr(row, name) for name in _STANDING}


def find_attempt(database: Database, learner_id: int, number: int) -> AttemptRow | None:
    """A learner's attempt, outside of any transaction; None where they have none of that number."""
    rows = database.select(_FIND_ATTEMPT, {"learner": learner_id, "attempt": number})
    return AttemptRow._make(rows[0]) if rows else None


def attempt(session: Session, learner_id: int, number: int) -> tuple[AttemptRow, frozenset[str]] | None:
    """A learner's attempt, and its items that were answered, those that wait to be marked among them; None where there is none."""
    connection = session.connection()
    rows = run(connection, _ATTEMPT_WITH_ANSWERED[connection.dialect.name], {"learner": learner_id, "attempt": number})
    return (AttemptRow._make(rows[0][:-1]), frozenset(rows[0][-1] or ())) if rows else None


def moment(session: Session, learner_id: int, course_id: str, item_id: str, key_version: str) -> Moment:
    """All that decides what an answer means, in one statement."""
    given = {"learner": learner_id, "course": course_id, "item": item_id, "key_version": key_version}
    rows = run(session.connection(), _MOMENT, given)
    target, newest, met = rows[0][:3]
    estimates = {row[4]: EstimateRow._make(row[3:]) for row in rows if row[4] is not None}
    return Moment(target, newest or 0, bool(met), estimates)


def estimates(session: Session, learner_id: int) -> dict[str, EstimateRow]:
    """A learner's estimates by skill."""
    rows = run(session.connection(), _ESTIMATES, {"learner": learner_id})
    return {row[1]: EstimateRow._make(row) for row in rows}


def estimates_of(session: Session, learners: Any) -> Iterator[EstimateRow]:
    """The estimates of the learners that a subquery finds."""
    return map(EstimateRow._make, session.connection().execute(_ALL_ESTIMATES.where(_estimate.c.learner_id.in_(learners))))


def keep_estimates(session: Session, rows: Iterable[EstimateRow], present: Mapping[str, EstimateRow]) -> None:
    """Keep estimates, in place of the present ones of their skills where there are any."""
    for row in rows:
        if row.skill_id not in present:
            run(session.connection(), _ADD_ESTIMATE, row._asdict())
        elif row != present[row.skill_id]:
            values = {name: getattr(row, name) for name in _ESTIMATED}
            run(session.connection(), _KEEP_ESTIMATE, {"own": row.learner_id, "skill": row.skill_id, **values})


def drop_estimates(session: Session, learner_id: int, skills: Iterable[str]) -> None:
    """Drop what is no longer known."""
    for skill in skills:
        session.connection().execute(delete(_estimate).where(_estimate.c.learner_id == learner_id, _estimate.c.skill_id == skill))


def responses(session: Session, learner_id: int) -> list[ResponseRow]:
    """All responses of a learner, in the order given."""
    return [ResponseRow._make(row) for row in run(session.connection(), _RESPONSES, {"learner": learner_id})]


def attempt_responses(session: Session, learner_id: int, number: int) -> dict[str, ResponseRow]:
    """An attempt's responses by item."""
    rows = run(session.connection(), _OF_ATTEMPT, {"learner": learner_id, "attempt": number})
    return {found.item_id: found for found in map(ResponseRow._make, rows)}


def narrowed(session: Session, *conditions: ColumnElement[bool]) -> Iterator[ResponseRow]:
    """Responses under these conditions, in the order given by each learner."""
    query = select(*_columns(_response, ResponseRow._fields)).where(*conditions).order_by(_response.c.sequence)
    return map(ResponseRow._make, session.connection().execute(query))
