"""A learner's estimates and answers turned into where they stand for the work role that a cohort prepares for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from academy.services import derivation
from academy.services.derivation import Learner
from academy.services.required import Place, required_items
from academy.services.scales import Scales
from academy.services.site import Site
from academy.store.evidence_rows import EstimateRow, StandingRow
from academy.store.tables.cohorts import Cohort


def role_for(cohort: Cohort, target_role: str) -> str:
    """The role against which a member is held: the cohort's, else the one they aim for."""
    return cohort.target_role or target_role


def standing_for(
    site: Site,
    known: Scales,
    learner_id: int,
    role_id: str,
    estimates: Mapping[str, EstimateRow],
    answered: Callable[[], Collection[Place]],
) -> StandingRow:
    """The standing that the one rule of readiness gives for a role; without a role, for the one of highest readiness.

    It is not the stored row, which is for the learner's own role. answered: course and item of everything they answered.
    """
    learner = Learner(role_id, known, site.framework, derivation.known_skills(estimates), required_items(site))
    learner.answered = answered
    found = StandingRow(learner_id, role_id=role_id)
    learner.place(found)
    return found
