"""Everything derived made again from the responses, their regrades and the work on record, or compared with what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from academy.core.measurement import ability
from academy.services import derivation
from academy.services.required import required_items
from academy.services.scales import Scales, scales
from academy.services.site import Site
from academy.store import derivations, evidence
from academy.store.derivations import Derived, Grounds
from academy.store.evidence_rows import EstimateRow, StandingRow

TOLERANCE = 1e-9
_MEMORY = ("stability", "difficulty", "reviewed_at", "due_at", "retained_until")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that its responses do not give."""

    learner_id: int
    what: str


def rebuild_all(site: Site, progress: Progress = lambda _done, _all: None) -> int:
    """Derive every learner again; returns how many learners."""
    with site.database.reading() as session:
        learners = evidence.learners_with_responses(session)
    rebuild_by_portions(site, learners, progress)
    return len(learners)


def rebuild_by_portions(site: Site, learners: Sequence[int], progress: Progress = lambda _done, _all: None) -> None:
    """Derive these learners again, some in each transaction.

    All is read and worked out before anything is locked. A standing's revision says whether that still holds when it is written;
    whoever changed meanwhile is derived again under the lock.
    """
    done = 0
    while done < len(learners):
        done += _rebuild_some(site, learners[done : done + derivations.LEARNERS_AT_ONCE])
        progress(done, len(learners))


def _rebuild_some(site: Site, learners: Sequence[int]) -> int:
    """Derive the first of these learners again, in one transaction; returns how many."""
    with site.database.reading(steady=True) as session:
        chosen = derivations.portion(session, learners)
        derived = list(_derived(site, session, chosen, scales(site, session)))
    with site.database.writing() as session:
        present = derivations.lock(session, chosen)
        unchanged = {one.grounds.learner_id: one for one in derived if _revision(one.grounds) == present.get(one.grounds.learner_id)}
        derivations.keep(session, unchanged.values())
        rebuild_learners(site, session, [learner for learner in chosen if learner not in unchanged])
    return len(chosen)


def _revision(grounds: Grounds) -> int:
    return grounds.standing.revision if grounds.standing else 0


def differences(site: Site, progress: Progress = lambda _done, _all: None) -> list[Difference]:
    """Where stored estimates and standings differ from what the responses give; changes nothing."""
    found: list[Difference] = []
    with site.database.reading(steady=True) as session:
        known = scales(site, session)
        learners = evidence.learners_with_responses(session)
        each = (one for chosen in derivations.portions(session, learners) for one in _derived(site, session, chosen, known))
        for done, one in enumerate(each, start=1):
            found += _compare_estimates(one.grounds.learner_id, one.grounds.estimates, one.estimates)
            found += _compare_standing(one.grounds.standing, one.standing)
            progress(done, len(learners))
    return found


def rebuild_learners(site: Site, session: Session, learners: Iterable[int]) -> None:
    """Derive these learners again within the caller's transaction."""
    session.flush()
    known = scales(site, session)
    for chosen in derivations.portions(session, sorted(learners)):
        derivations.lock(session, chosen)
        derivations.keep(session, _derived(site, session, chosen, known))


def _derived(site: Site, session: Session, learners: Sequence[int], known: Scales) -> Iterator[Derived]:
    """What these learners' grounds give, by learner."""
    required = required_items(site)
    for found in derivations.grounds(session, learners):
        learner, regraded = found.learner_id, found.regraded
        estimates, standing = derivation.replay(learner, found.responses, found.target_role, known, site.framework, required, regraded)
        standing.placed_at = found.placed_at
        yield Derived(found, estimates, standing)


def _compare_estimates(learner_id: int, stored: Mapping[str, EstimateRow], derived: Mapping[str, EstimateRow]) -> list[Difference]:
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
        for name in derivations.DERIVED
        if not _same_value(getattr(stored, name), getattr(derived, name))
    ]


def _same_value(here: object, there: object) -> bool:
    if isinstance(here, float) and isinstance(there, float):
        return abs(here - there) <= TOLERANCE
    return here == there
