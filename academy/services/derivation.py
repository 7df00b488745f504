"""Responses turned into estimates and standing: the one rule that answering and rebuilding share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from academy.core.framework import Framework, WorkRole
from academy.core.measurement import ability, readiness
from academy.core.measurement.ability import Posterior
from academy.core.measurement.irt import ItemParameters
from academy.core.measurement.readiness import Readiness
from academy.services.scales import Scales
from academy.store.tables import Response, SkillEstimate, Standing

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Ready until then: retention counts as full until it is measured."""

_DAY = 86_400.0


def posterior_of(row: SkillEstimate | None) -> Posterior:
    """The posterior kept in an estimate row; the prior where there is none."""
    if row is None:
        return ability.prior()
    return Posterior(ability.from_bytes(row.weights), row.answers, row.last_answer_at)


def advance(posterior: Posterior, item: ItemParameters, response: Response) -> Posterior:
    """The posterior after one more counted response."""
    last = posterior.last_time
    idle_days = 0.0 if last is None else (response.answered_at - last).total_seconds() / _DAY
    moved = ability.update(posterior, item, response.score, idle_days=idle_days, feedback=True)
    return Posterior(moved.weights, moved.answers, response.answered_at)


def estimate_row(learner_id: int, skill_id: str, posterior: Posterior) -> SkillEstimate:
    """The row that keeps a posterior and its summary."""
    summary = ability.summarise(posterior)
    assert posterior.last_time is not None, "a row is kept from the first answer on"
    return SkillEstimate(
        learner_id=learner_id,
        skill_id=skill_id,
        weights=ability.to_bytes(posterior.weights),
        answers=posterior.answers,
        theta=summary.theta,
        se=summary.se,
        last_answer_at=posterior.last_time,
    )


def replay(learner_id: int, responses: Sequence[Response], scales: Scales) -> dict[str, SkillEstimate]:
    """All of a learner's estimates from their responses, in order. The first meeting with an item version counts."""
    met: set[tuple[str, str, str]] = set()
    posteriors: dict[str, Posterior] = {}
    for response in responses:
        key = (response.course_id, response.item_id, response.key_version)
        skill, parameters = scales.items.get(key, ("", None))
        if key not in met and skill and parameters is not None:
            posteriors[skill] = advance(posteriors.get(skill, ability.prior()), parameters, response)
        met.add(key)
    return {skill: estimate_row(learner_id, skill, posterior) for skill, posterior in posteriors.items()}


def role_readiness(role: WorkRole, estimates: Mapping[str, SkillEstimate], scales: Scales) -> Readiness:
    """How far the evidence says that a learner can do a role's work."""
    mastery = {
        need.skill_id: None
        if need.skill_id not in estimates
        else ability.probability_above(posterior_of(estimates[need.skill_id]), scales.of(need.skill_id).cuts[need.level])
        for need in role.requirements
    }
    return readiness.mastery_of_role(role.requirements, mastery)


def place(
    standing: Standing, target_role: str, estimates: Mapping[str, SkillEstimate], scales: Scales, framework: Framework
) -> None:
    """Bring readiness, its role and `ready_until` in a standing up to date with the estimates."""
    by_role = {
        role.id: role_readiness(role, estimates, scales) for role in _candidates(framework, target_role, estimates)
    }
    values = {role_id: found.value for role_id, found in by_role.items()}
    standing.role_id = readiness.counted_role(target_role or None, values) or target_role
    found = by_role.get(standing.role_id)
    standing.readiness = found.value if found else None
    standing.assessed_share = found.assessed_share if found else 0.0
    standing.proficient = found is not None and found.value is not None and found.value >= readiness.READY_AT
    # Paths name required modules once roles have enough content; until then none are missing.
    is_ready = found is not None and readiness.ready(found, modules_done=True, retained=True)
    standing.ready_until = FOREVER if is_ready else None


def _candidates(framework: Framework, target_role: str, estimates: Mapping[str, SkillEstimate]) -> Iterable[WorkRole]:
    if target_role in framework.roles:
        return [framework.roles[target_role]]
    return [
        role for role in framework.roles.values() if any(need.skill_id in estimates for need in role.requirements)
    ]
