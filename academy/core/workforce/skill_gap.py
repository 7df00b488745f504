"""How likely each assessed person is to have a skill, turned into the share that a group lacks, as it may be published."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from academy.core.workforce.draws import FloatArray
from academy.core.workforce.suppression import FEWEST_FOR_A_RATE, Published

ROUNDED_TO = 0.05
"""A published share is rounded once to this, so that one person more or less seldom moves it."""

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


def publish_gaps(groups: Mapping[K, Group], *, fewest: int = FEWEST_FOR_A_RATE) -> dict[K, Published]:
    """The share lacking a skill in groups that together make one: hidden for fewer than `fewest` people, and never in one group alone.

    Where one group alone would be hidden, whoever knows about how many people there are could take it from the total, so the smallest
    other one is hidden too.
    """
    hidden = {key for key, group in groups.items() if group.people < fewest}
    if len(hidden) == 1 and len(groups) > 1:
        hidden.add(min((key for key in groups if key not in hidden), key=lambda key: (groups[key].people, str(key))))
    return {
        key: Published(None, suppressed=True) if key in hidden else Published(rounded(1.0 - group.mastery)) for key, group in groups.items()
    }


def fewest_for(min_cell: int) -> int:
    """From how many people on a share lacking a skill is published, where counts are from `min_cell` on."""
    return max(FEWEST_FOR_A_RATE, min_cell)


def rounded(share: float) -> float:
    """A share to the nearest 5 points."""
    return round(ROUNDED_TO * float(np.floor(share / ROUNDED_TO + 0.5)), 2)
