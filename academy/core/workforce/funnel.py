"""Published counts of learners by stage turned into a funnel: how many of those at one stage are not at the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from academy.core.workforce.suppression import FEWEST_FOR_A_RATE, Published

STEPS = (("enrolled", "active"), ("enrolled", "proficient"), ("proficient", "ready"), ("ever_ready", "ready"))
"""Each stage and one within it: whoever is at the second is at the first. Active and proficient overlap, neither holds the other."""


@dataclass(frozen=True, slots=True)
class Step:
    """The share [0, 1] of those at a stage who are not at the one within it; hidden with its counts or for fewer than 20 people."""

    before: str
    after: str
    lost: Published


def steps(counts: Mapping[str, Published]) -> tuple[Step, ...]:
    """The steps of one place and role, of published counts alone [persons], so that they tell nothing about hidden ones."""
    unknown = Published(None)
    return tuple(Step(one, two, _lost(counts.get(one, unknown), counts.get(two, unknown))) for one, two in STEPS)


def stall(found: tuple[Step, ...]) -> Step | None:
    """The step on the way to ready at which the largest share is lost; None where none is published."""
    way = [step for step in found if (step.before, step.after) in (("enrolled", "proficient"), ("proficient", "ready"))]
    return max((step for step in way if step.lost.value is not None), key=lambda step: step.lost.value or 0.0, default=None)


def _lost(before: Published, after: Published) -> Published:
    if before.suppressed or after.suppressed:
        return Published(None, suppressed=True)
    if before.value is None or after.value is None or before.value == 0:
        return Published(None)
    if before.value < FEWEST_FOR_A_RATE:
        return Published(None, suppressed=True)
    return Published(max(0.0, 1.0 - after.value / before.value))
