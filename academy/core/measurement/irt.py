"""Item parameters turned into probabilities: the three-parameter logistic model and its honest, flatter form."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from academy.core.content.model import Level

FloatArray = npt.NDArray[np.float64]

GRID: FloatArray = np.linspace(-6.0, 6.0, 61)
"""Nodes of the ability scale [logits] on which every posterior is kept."""
GRID.setflags(write=False)

AUTHOR_DIFFICULTY: Mapping[Level, float] = MappingProxyType({"easy": -1.0, "medium": 0.0, "hard": 1.0})
"""Difficulty [logits] that an author's level stands for, before anybody has answered."""

_LOGISTIC_TO_PROBIT = 2.89  # 1.7 squared: a logistic curve is close to a normal one of this scale


@dataclass(frozen=True, slots=True)
class ItemParameters:
    """Discrimination a (> 0), difficulty b [logits], guessing c in [0, 1), and the standard error of b [logits]."""

    discrimination: float
    difficulty: float
    guessing: float
    se_difficulty: float = 0.0


def author_prior(level: Level, guessing: float) -> ItemParameters:
    """Parameters of an item without answers: a = 1, b by the author's level, c as the item's type allows, SE(b) = 1."""
    return ItemParameters(discrimination=1.0, difficulty=AUTHOR_DIFFICULTY[level], guessing=guessing, se_difficulty=1.0)


def probability_correct(theta: FloatArray, item: ItemParameters) -> FloatArray:
    """P(correct | theta) of one item under the three-parameter logistic model.

    theta: logits, any shape. Returns probabilities in (guessing, 1), same shape.
    Source: Birnbaum (1968), in Lord & Novick, ch. 17.
    """
    logistic = 1.0 / (1.0 + np.exp(-item.discrimination * (theta - item.difficulty)))
    return item.guessing + (1.0 - item.guessing) * logistic


def expected_response(item: ItemParameters) -> ItemParameters:
    """The item as it should be scored while its difficulty is uncertain: averaging over b makes the curve flatter.

    a* = a / sqrt(1 + a² SE(b)² / 2.89). Source: Mislevy, Wingersky & Sheehan (1994), expected response functions.
    """
    spread = item.discrimination * item.se_difficulty
    flatter = item.discrimination / float(np.sqrt(1.0 + spread * spread / _LOGISTIC_TO_PROBIT))
    return dataclasses.replace(item, discrimination=flatter, se_difficulty=0.0)
