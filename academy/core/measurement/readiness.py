"""Mastery of skills turned into readiness for a work role: one definition, used everywhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from academy.core.framework import Requirement

READY_AT = 0.80
"""Readiness from which a learner may count as ready."""
ASSESSED_AT = 0.60
"""Share of the role's weight that must have been assessed."""
ACTIVE_DAYS = 90
"""Days after an answer during which a learner counts as active."""
LAPSED_DAYS = 180
"""Days without an answer after which a learner no longer counts as proficient."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Weighted mastery over the assessed skills of a role, in [0, 1]; None where nothing was assessed.

    low, high: if every skill that was not assessed were missing, or were mastered. assessed_share: part of the weight
    that was assessed. assessed, skills: how many of the role's skills.
    """

    value: float | None
    low: float
    high: float
    assessed_share: float
    assessed: int
    skills: int


def mastery_of_role(requirements: Sequence[Requirement], mastery: Mapping[str, float | None]) -> Readiness:
    """Readiness for a role from P(theta > cut) by skill. A skill that is None or absent was not assessed, not failed."""
    total = sum(need.weight for need in requirements)
    known = [(need.weight, found) for need in requirements if (found := mastery.get(need.skill_id)) is not None]
    weight = sum(part for part, _ in known)
    earned = sum(part * found for part, found in known)
    if not known:
        return Readiness(None, 0.0, 1.0, 0.0, 0, len(requirements))
    return Readiness(earned / weight, earned / total, (earned + total - weight) / total, weight / total, len(known), len(requirements))


def assessed_share(requirements: Sequence[Requirement], assessed: Collection[str]) -> float:
    """Part of a role's weight that asks for assessed skills, in [0, 1]; 0 where it asks for nothing."""
    weight = sum(need.weight for need in requirements if need.skill_id in assessed)
    return weight / sum(need.weight for need in requirements) if weight else 0.0


def ready(readiness: Readiness, *, modules_done: bool, retained: bool) -> bool:
    """Whether a learner counts as ready for the role: able, assessed widely enough, taught, and not rusty."""
    able = readiness.value is not None and readiness.value >= READY_AT and readiness.assessed_share >= ASSESSED_AT
    return able and modules_done and retained


def counted_role(target: str | None, readiness_by_role: Mapping[str, float | None]) -> str | None:
    """The one role under which a learner counts: the target, else that of highest readiness, ties by id."""
    if target:
        return target
    known = [(-value, role) for role, value in readiness_by_role.items() if value is not None]
    return min(known)[1] if known else None
