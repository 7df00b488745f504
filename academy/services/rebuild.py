"""Everything derived made again from the responses, or compared with what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from academy.core.measurement import ability
from academy.services import derivation
from academy.services.scales import Scales, scales
from academy.services.site import Site
from academy.store import evidence
from academy.store.tables import SkillEstimate, Standing

TOLERANCE = 1e-9
_DERIVED = ("sequence", "role_id", "readiness", "assessed_share", "proficient", "ready_until", "first_answer_at", "last_answer_at")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that its responses do not give."""

    learner_id: int
    what: str


def rebuild_all(site: Site, progress: Progress = lambda _done, _all: None) -> int:
    """Derive every learner again, a transaction each; returns how many learners."""
    with site.database.reading() as session:
        learners = evidence.learners_with_responses(session)
    for done, learner_id in enumerate(learners, start=1):
        with site.database.writing() as session:
            rebuild_learners(site, session, [learner_id])
        progress(done, len(learners))
    return len(learners)


def differences(site: Site, progress: Progress = lambda _done, _all: None) -> list[Difference]:
    """Where stored estimates and standings differ from what the responses give; changes nothing."""
    found: list[Difference] = []
    with site.database.reading() as session:
        known = scales(site, session)
        learners = evidence.learners_with_responses(session)
        for done, learner_id in enumerate(learners, start=1):
            estimates, standing = _derive(site, session, learner_id, known)
            found += _compare_estimates(learner_id, evidence.estimates(session, learner_id), estimates)
            found += _compare_standing(session.get(Standing, learner_id), standing)
            session.expunge_all()
            progress(done, len(learners))
    return found


def rebuild_learners(site: Site, session: Session, learners: Iterable[int]) -> None:
    """Derive these learners again within the caller's transaction."""
    known = scales(site, session)
    for learner_id in learners:
        stored = evidence.lock_standing(session, learner_id)
        estimates, standing = _derive(site, session, learner_id, known)
        for skill, row in evidence.estimates(session, learner_id).items():
            if skill not in estimates:
                session.delete(row)
        for row in estimates.values():
            session.merge(row)
        for name in _DERIVED:
            setattr(stored, name, getattr(standing, name))
        session.add(stored)
        session.flush()


def place_learners(site: Site, session: Session, learners: Iterable[int]) -> None:
    """Work out readiness again from stored estimates, for instance after a new target role or new cut scores."""
    known = scales(site, session)
    for learner_id in learners:
        standing = evidence.lock_standing(session, learner_id)
        target = evidence.target_role(session, learner_id)
        derivation.place(standing, target, evidence.estimates(session, learner_id), known, site.framework)
        session.add(standing)


def _derive(site: Site, session: Session, learner_id: int, known: Scales) -> tuple[dict[str, SkillEstimate], Standing]:
    responses = evidence.responses(session, learner_id)
    estimates = derivation.replay(learner_id, responses, known)
    standing = Standing(learner_id=learner_id)
    if responses:
        standing.sequence = responses[-1].sequence
        standing.first_answer_at = responses[0].answered_at
        standing.last_answer_at = responses[-1].answered_at
    derivation.place(standing, evidence.target_role(session, learner_id), estimates, known, site.framework)
    return estimates, standing


def _compare_estimates(
    learner_id: int, stored: dict[str, SkillEstimate], derived: dict[str, SkillEstimate]
) -> list[Difference]:
    found = []
    for skill in sorted(stored.keys() | derived.keys()):
        here, there = stored.get(skill), derived.get(skill)
        if here is None or there is None or here.answers != there.answers or not _same_weights(here, there):
            found.append(Difference(learner_id, f"estimate of {skill}"))
    return found


def _same_weights(here: SkillEstimate, there: SkillEstimate) -> bool:
    weights = np.abs(ability.from_bytes(here.weights) - ability.from_bytes(there.weights)).max()
    return bool(weights <= TOLERANCE) and abs(here.theta - there.theta) <= TOLERANCE and abs(here.se - there.se) <= TOLERANCE


def _compare_standing(stored: Standing | None, derived: Standing) -> list[Difference]:
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
