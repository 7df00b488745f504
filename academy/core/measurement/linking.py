"""Difficulties of the same items on two scales, turned into the line that leads from one scale to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from academy.core.measurement.irt import FloatArray
from academy.core.measurement.responses import BoolArray

FEWEST_ANSWERS = 200
"""Answers on both scales from which an item may link them."""
FEWEST_ITEMS = 3
"""Items below which the scales are left as they are: a line through fewer says more of the items than of the scales."""
FARTHEST = 0.3
"""Distance [logits], beside two standard errors, from which an item has moved and no longer links."""

_ROUNDS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """b on the old scale = slope × b on the new one + shift; a divides by the slope. kept: which items carry it, moved: which do not."""

    slope: float
    shift: float
    kept: BoolArray
    moved: BoolArray


def mean_sigma(old: FloatArray, new: FloatArray, se: FloatArray, usable: BoolArray) -> Link:
    """The mean/sigma link through the usable items, found again (at most twice) without those that lie far from it.

    old, new: difficulties [logits] of the same items; se: standard errors of the new ones; usable: unedited items with
    enough answers. With fewer than three items left the scales count as the same.
    Sources: Marco (1977); Kolen & Brennan (2014), ch. 6.
    """
    kept = usable.copy()
    slope, shift = _line(old[kept], new[kept])
    for _ in range(_ROUNDS):
        near = usable & (np.abs(slope * new + shift - old) <= FARTHEST + 2.0 * slope * se)
        if kept.sum() < FEWEST_ITEMS or (near == kept).all():
            break
        kept = near
        slope, shift = _line(old[kept], new[kept])
    if kept.sum() < FEWEST_ITEMS:
        kept = np.zeros_like(usable)
    moved = usable & (np.abs(slope * new + shift - old) > FARTHEST + 2.0 * slope * se)
    return Link(slope, shift, kept, moved)


def _line(old: FloatArray, new: FloatArray) -> tuple[float, float]:
    if old.size < FEWEST_ITEMS or not (np.ptp(old) > 0.0 and np.ptp(new) > 0.0):
        return 1.0, 0.0
    slope = float(old.std() / new.std())
    return slope, float(old.mean() - slope * new.mean())
