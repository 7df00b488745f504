"""What many learners' estimates and standings are derived from, read by a few statements, and what was derived kept by a few."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, delete, func, literal, select, update
from sqlmodel import Session, SQLModel

from academy.store import tables as _tables
from academy.store.evidence_rows import STANDING, EstimateRow, ScoredRow, StandingRow, columns
from academy.store.insertion import insertion

assert _tables, "the tables register themselves"
_named = SQLModel.metadata.tables
_standing, _estimate, _response, _account = _named["standing"], _named["skillestimate"], _named["response"], _named["account"]
_regrade, _employment = _named["regrade"], _named["employment"]

LEARNERS_AT_ONCE = 200
ANSWERS_AT_ONCE = 2_000
"""So much is held in memory, and so much may be written while answers wait."""
DERIVED = (
    "sequence", "role_id", "readiness", "assessed_share", "proficient", "ready_until", "first_ready_at",
    "first_answer_at", "last_answer_at", "placed_at",
)  # fmt: skip
"""A standing's columns that responses and the work on record give."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that a learner's derivation rests on, and what is kept of it, as of one moment.

    regraded: the scores in force of responses that were graded again, by sequence. standing: None before they did anything.
    """

    learner_id: int
    target_role: str
    responses: Sequence[ScoredRow]
    regraded: Mapping[int, float]
    placed_at: datetime | None
    standing: StandingRow | None
    estimates: Mapping[str, EstimateRow]


@dataclass(frozen=True, slots=True)
class Derived:
    """What some grounds give: estimates by skill, and the standing."""

    grounds: Grounds
    estimates: Mapping[str, EstimateRow]
    standing: StandingRow


_CHOSEN: BindParameter[int] = bindparam("learners", expanding=True)
_SIZES = select(*columns(_standing, ("learner_id", "sequence"))).where(_standing.c.learner_id.in_(_CHOSEN))
_STANDINGS = (
    select(_account.c.id, _account.c.target_role, *columns(_standing, STANDING))
    .select_from(_account.outerjoin(_standing, _standing.c.learner_id == _account.c.id))
    .where(_account.c.id.in_(_CHOSEN))
)
_RESPONSES = (
    select(*columns(_response, ScoredRow._fields))
    .where(_response.c.learner_id.in_(_CHOSEN))
    .order_by(_response.c.learner_id, _response.c.sequence)
)
_REGRADES = (
    select(*columns(_regrade, ("learner_id", "sequence", "score"))).where(_regrade.c.learner_id.in_(_CHOSEN)).order_by(_regrade.c.number)
)
_PLACED = (
    select(_employment.c.learner_id, func.min(_employment.c.recorded_at))
    .where(_employment.c.learner_id.in_(_CHOSEN), _employment.c.withdrawn_at.is_(None))
    .group_by(_employment.c.learner_id)
)
_ESTIMATES = select(*columns(_estimate, EstimateRow._fields)).where(_estimate.c.learner_id.in_(_CHOSEN))
_FIRST = select(
    _account.c.id, _account.c.target_role, literal(0), literal(0), literal(0.0), literal(False), literal(0)
).where(_account.c.id.in_(_CHOSEN))  # fmt: skip
_FIRST_COLUMNS = ["learner_id", "role_id", "sequence", "attempts", "assessed_share", "proficient", "revision"]
_LOCK = (
    select(*columns(_standing, ("learner_id", "revision")))
    .where(_standing.c.learner_id.in_(_CHOSEN))
    .order_by(_standing.c.learner_id)
    .with_for_update()
)
_RAISE = update(_standing).where(_standing.c.learner_id.in_(_CHOSEN)).values(revision=_standing.c.revision + 1)
_KEEP_STANDING = update(_standing).where(_standing.c.learner_id == bindparam("own")).values({name: bindparam(name) for name in DERIVED})
_DROP_ESTIMATE = delete(_estimate).where(and_(_estimate.c.learner_id == bindparam("own"), _estimate.c.skill_id == bindparam("skill")))


def portion(session: Session, learners: Sequence[int]) -> Sequence[int]:
    """The first of these learners: as many as are derived at once, at least one if there is any."""
    first = learners[:LEARNERS_AT_ONCE]
    sizes = dict(_rows(session, _SIZES, first))
    answers = 0
    for at, learner in enumerate(first):
        answers += sizes.get(learner, 0)
        if at and answers > ANSWERS_AT_ONCE:
            return first[:at]
    return first


def portions(session: Session, learners: Sequence[int]) -> Iterator[Sequence[int]]:
    """These learners in portions."""
    done = 0
    while done < len(learners):
        chosen = portion(session, learners[done : done + LEARNERS_AT_ONCE])
        done += len(chosen)
        yield chosen


def grounds(session: Session, learners: Sequence[int]) -> list[Grounds]:
    """What these learners' derivations rest on, by learner; nothing of those who have no account any more."""
    responses: dict[int, list[ScoredRow]] = defaultdict(list)
    for row in map(ScoredRow._make, _rows(session, _RESPONSES, learners)):
        responses[row.learner_id].append(row)
    regraded: dict[int, dict[int, float]] = defaultdict(dict)
    for learner, sequence, score in _rows(session, _REGRADES, learners):
        regraded[learner][sequence] = score
    estimates: dict[int, dict[str, EstimateRow]] = defaultdict(dict)
    for found in map(EstimateRow._make, _rows(session, _ESTIMATES, learners)):
        estimates[found.learner_id][found.skill_id] = found
    placed = dict(_rows(session, _PLACED, learners))
    return [
        Grounds(
            learner_id=learner,
            target_role=target,
            responses=responses.get(learner, ()),
            regraded=regraded.get(learner, {}),
            placed_at=placed.get(learner),
            standing=None if standing[0] is None else StandingRow(*standing),
            estimates=estimates.get(learner, {}),
        )
        for learner, target, *standing in _rows(session, _STANDINGS, learners)
    ]


def lock(session: Session, learners: Sequence[int]) -> dict[int, int]:
    """These learners' standings, made on first use, are locked until the transaction ends; their revisions before, which rise.

    Nothing of those who have no account any more.
    """
    connection = session.connection()
    found = dict(_rows(session, _LOCK, learners))
    if missing := [learner for learner in learners if learner not in found]:
        first = insertion(connection.dialect.name)(_standing).from_select(_FIRST_COLUMNS, _FIRST).on_conflict_do_nothing()
        connection.execute(first, {"learners": missing})
        found |= dict(_rows(session, _LOCK, missing))
    connection.execute(_RAISE, {"learners": list(found)})
    return found


def keep(session: Session, derived: Iterable[Derived]) -> None:
    """Keep what was derived where it is not what was there, the standings being locked."""
    standings, estimates, dropped = [], [], []
    for one in derived:
        before = one.grounds.standing
        if before is None or any(getattr(before, name) != getattr(one.standing, name) for name in DERIVED):
            standings.append({"own": one.grounds.learner_id, **{name: getattr(one.standing, name) for name in DERIVED}})
        present = one.grounds.estimates
        estimates += [row._asdict() for skill, row in one.estimates.items() if present.get(skill) != row]
        dropped += [{"own": one.grounds.learner_id, "skill": skill} for skill in present.keys() - one.estimates.keys()]
    connection = session.connection()
    for statement, rows in ((_KEEP_STANDING, standings), (_put_estimates(connection.dialect.name), estimates), (_DROP_ESTIMATE, dropped)):
        if rows:
            connection.execute(statement, rows)


@functools.cache
def _put_estimates(dialect: str) -> Any:
    added = insertion(dialect)(_estimate).values({name: bindparam(name) for name in EstimateRow._fields})
    key = [column.name for column in _estimate.primary_key]
    return added.on_conflict_do_update(
        index_elements=key, set_={name: added.excluded[name] for name in EstimateRow._fields if name not in key}
    )


def _rows(session: Session, statement: Any, learners: Iterable[int]) -> Sequence[Any]:
    return session.connection().execute(statement, {"learners": list(learners)}).all()
