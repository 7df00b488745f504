"""What a learner lacks for a work role turned into the few modules that would bring most of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from academy.core.framework import Requirement


@dataclass(frozen=True, slots=True)
class Teaching:
    """A module that is open to a learner: the skills that it teaches, and whether the role cannot be reached without it."""

    course_id: str
    module_id: str
    skills: frozenset[str]
    required: bool


def missing(requirements: Sequence[Requirement], mastery: Mapping[str, float | None]) -> dict[str, float]:
    """By skill: the share of the role's weight that is not shown yet, in [0, 1]. What was not assessed is all missing here."""
    total = sum(need.weight for need in requirements)
    return {need.skill_id: need.weight * (1.0 - (mastery.get(need.skill_id) or 0.0)) / total for need in requirements}


def finishing(lacking: Mapping[str, float], modules: Sequence[Teaching], *, most: int = 3) -> list[Teaching]:
    """The modules to do next: those that are required first, and of either kind the one that brings most beyond those before it.

    A module that brings nothing new comes only where it is required. Ties keep the order given.
    """
    left, open_, chosen = dict(lacking), list(modules), list[Teaching]()
    while open_ and len(chosen) < most:
        best = max(open_, key=lambda module: (module.required, _brings(left, module)))  # the first of equals
        if not best.required and _brings(left, best) <= 0.0:
            break
        chosen.append(best)
        open_.remove(best)
        left = {skill: part for skill, part in left.items() if skill not in best.skills}
    return chosen


def _brings(left: Mapping[str, float], module: Teaching) -> float:
    return sum(part for skill, part in left.items() if skill in module.skills)
