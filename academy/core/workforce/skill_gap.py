"""How likely each assessed person is to have a skill, turned into the share that a group lacks, as it may be published."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from academy.core.workforce.draws import FloatArray
from academy.core.workforce.suppression import FEWEST_FOR_A_RATE, LEAST_POSSIBLE, Published

ROUNDED_TO = 0.05
"""A published share is rounded once to this, so that one person more or less seldom moves it."""

_NOTHING: Mapping[Any, Published] = MappingProxyType({})

K = TypeVar("K", bound=Hashable)
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """Some assessed people: how many, and their mean mastery [0, 1]."""

    people: int
    mastery: float


def mastery(theta: FloatArray, se: FloatArray, cut: FloatArray) -> FloatArray:
    """P(theta > cut) of normal posteriors, same shape; what `ability.probability_above` gives from the whole posterior."""
    from scipy.special import ndtr  # only publishing needs it, and it is slow to load

    return np.asarray(ndtr((theta - cut) / np.maximum(se, 1e-9)), dtype=np.float64)


def grouped(codes: Codes, values: FloatArray) -> dict[int, Group]:
    """The groups that codes from 0 name, each with its size and mean; empty ones are left out."""
    count = np.bincount(codes)
    total = np.bincount(codes, weights=values)
    return {int(code): Group(int(count[code]), float(total[code] / count[code])) for code in np.flatnonzero(count)}


def averaged(learners: Codes, codes: Codes, values: FloatArray) -> tuple[Codes, Codes, FloatArray]:
    """Several values of a learner under one code turned into their mean: learners, codes and means."""
    width = int(codes.max(initial=0)) + 1
    pairs, inverse = np.unique(learners * width + codes, return_inverse=True)
    means = np.bincount(inverse, weights=values) / np.bincount(inverse)
    return pairs // width, pairs % width, means


def publish_gaps(
    groups: Mapping[K, Group], *, fewest: int = FEWEST_FOR_A_RATE, before: Mapping[K, Published] = _NOTHING
) -> dict[K, Published]:
    """The share lacking a skill in groups that together make one: hidden for fewer than `fewest` people, and never in one group alone.

    Where one group alone would be hidden, whoever knows about how many people there are could take it from the total, so the smallest
    other one is hidden too. So it is where one alone stays hidden of those that were in the publication `before`: what is shown of the
    others today would stand for what was hidden of them then.
    """
    small = {key for key, group in groups.items() if group.people < fewest}
    hidden = _never_alone(small, groups, {key for key, found in before.items() if found.suppressed})
    return {
        key: Published(None, suppressed=True) if key in hidden else Published(rounded(1.0 - group.mastery)) for key, group in groups.items()
    }


def _never_alone(hidden: set[K], groups: Mapping[K, Group], was_hidden: Set[K]) -> set[K]:
    """Groups to hide: `hidden`, with the smallest others as long as one alone is hidden today, or is left of those hidden before."""
    while True:
        shown = groups.keys() - hidden
        since = was_hidden & shown
        more = _smallest(groups, shown) if len(hidden) == 1 else _smallest(groups, since) if len(was_hidden) - len(since) == 1 else set()
        if not more:
            return hidden
        hidden = hidden | more


def told_by_total(groups: Mapping[K, Group], published: Mapping[K, Published], before: Mapping[K, Published]) -> bool:
    """Whether a total tells of the one group that is hidden today and was not shown `before`, if all others are as they were.

    Each share is within half its rounding, so the total leaves 0.05 · (2N - n) people open of those n, of N in all, who lack the skill:
    too few where fewer than 5 whole numbers are possible.
    """
    secret = [key for key, found in published.items() if found.suppressed and (key not in before or before[key].suppressed)]
    if not before or len(secret) != 1:
        return False
    everybody = sum(group.people for group in groups.values())
    return ROUNDED_TO * (2 * everybody - groups[secret[0]].people) < LEAST_POSSIBLE - 1


def _smallest(groups: Mapping[K, Group], keys: Set[K]) -> set[K]:
    return {min(keys, key=lambda key: (groups[key].people, str(key)))} if keys else set()


def fewest_for(min_cell: int) -> int:
    """From how many people on a share lacking a skill is published, where counts are from `min_cell` on."""
    return max(FEWEST_FOR_A_RATE, min_cell)


def rounded(share: float) -> float:
    """A share to the nearest 5 points."""
    return round(ROUNDED_TO * float(np.floor(share / ROUNDED_TO + 0.5)), 2)
