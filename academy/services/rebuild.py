"""Everything derived made again from the responses, their regrades and the work on record, or compared with what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from academy.core.measurement import ability
from academy.services import derivation
from academy.services.required import required_items
from academy.services.scales import Scales, scales
from academy.services.site import Site
from academy.store import employments, evidence, evidence_rows, regrades
from academy.store.evidence_rows import EstimateRow, StandingRow

TOLERANCE = 1e-9
_LEARNERS_AT_ONCE = 25  # a transaction: answers wait for it
_DERIVED = (
    "sequence", "role_id", "readiness", "assessed_share", "proficient", "ready_until", "first_ready_at",
    "first_answer_at", "last_answer_at", "placed_at",
)  # fmt: skip
_MEMORY = ("stability", "difficulty", "reviewed_at", "due_at", "retained_until")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that its responses do not give."""

    learner_id: int
    what: str


def rebuild_all(site: Site, progress: Progress = lambda _done, _all: None) -> int:
    """Derive every learner again, a few in each transaction; returns how many learners."""
    with site.database.reading() as session:
        learners = evidence.learners_with_responses(session)
    for start in range(0, len(learners), _LEARNERS_AT_ONCE):
        chosen = learners[start : start + _LEARNERS_AT_ONCE]
        with site.database.writing() as session:
            rebuild_learners(site, session, chosen)
        progress(start + len(chosen), len(learners))
    return len(learners)


def differences(site: Site, progress: Progress = lambda _done, _all: None) -> list[Difference]:
    """Where stored estimates and standings differ from what the responses give; changes nothing."""
    found: list[Difference] = []
    with site.database.reading(steady=True) as session:
        known = scales(site, session)
        learners = evidence.learners_with_responses(session)
        for done, learner_id in enumerate(learners, start=1):
            estimates, standing = _derive(site, session, learner_id, known)
            found += _compare_estimates(learner_id, evidence_rows.estimates(session, learner_id), estimates)
            found += _compare_standing(evidence_rows.standing(session, learner_id), standing)
            progress(done, len(learners))
    return found


def rebuild_learners(site: Site, session: Session, learners: Iterable[int]) -> None:
    """Derive these learners again within the caller's transaction."""
    known = scales(site, session)
    for learner_id in learners:
        stored = evidence_rows.lock_standing(session, learner_id)
        estimates, standing = _derive(site, session, learner_id, known)
        present = evidence_rows.estimates(session, learner_id)
        evidence_rows.drop_estimates(session, learner_id, present.keys() - estimates.keys())
        evidence_rows.keep_estimates(session, estimates.values(), present)
        for name in _DERIVED:
            setattr(stored, name, getattr(standing, name))
        evidence_rows.keep_standing(session, stored)


def _derive(site: Site, session: Session, learner_id: int, known: Scales) -> tuple[dict[str, EstimateRow], StandingRow]:
    target = evidence.target_role(session, learner_id)
    responses, regraded = evidence_rows.responses(session, learner_id), regrades.scores(session, learner_id)
    estimates, standing = derivation.replay(learner_id, responses, target, known, site.framework, required_items(site), regraded)
    standing.placed_at = employments.placed_at(session, learner_id)
    return estimates, standing


def _compare_estimates(learner_id: int, stored: dict[str, EstimateRow], derived: dict[str, EstimateRow]) -> list[Difference]:
    found = []
    for skill in sorted(stored.keys() | derived.keys()):
        here, there = stored.get(skill), derived.get(skill)
        if here is None or there is None or here.answers != there.answers or not _same_weights(here, there):
            found.append(Difference(learner_id, f"estimate of {skill}"))
        elif not all(_same_value(getattr(here, name), getattr(there, name)) for name in _MEMORY):
            found.append(Difference(learner_id, f"retention of {skill}"))
    return found


def _same_weights(here: EstimateRow, there: EstimateRow) -> bool:
    weights = np.abs(ability.from_bytes(here.weights) - ability.from_bytes(there.weights)).max()
    return bool(weights <= TOLERANCE) and abs(here.theta - there.theta) <= TOLERANCE and abs(here.se - there.se) <= TOLERANCE


def _compare_standing(stored: StandingRow | None, derived: StandingRow) -> list[Difference]:
    if stored is None:
        return [Difference(derived.learner_id, "standing")]
    return [
        Difference(derived.learner_id, f"standing: {name}")
        for name in _DERIVED
        if not _same_value(getattr(stored, name), getattr(derived, name))
    ]


def _same_value(here: object, there: object) -> bool:
    if isinstance(here, float) and isinstance(there, float):
        return abs(here - there) <= TOLERANCE
    return here == there
