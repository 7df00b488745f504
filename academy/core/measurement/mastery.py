"""A posterior set against a skill's items: the share of its questions, the cut of a level, and what may be said."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from academy.core.measurement import ability
from academy.core.measurement.ability import Estimate, Posterior
from academy.core.measurement.irt import GRID, FloatArray, ItemParameters, expected_response, probability_correct

CUT_SHARE = 0.80
"""Expected score on a level's items from which the level counts as shown."""
SURE = 0.90
"""Probability from which a skill counts as demonstrated."""
SURELY_NOT = 0.10
"""Probability down to which a skill counts as not yet there."""
MOST_ANSWERS = 60
"""Answers beyond which we do not say how many more would decide."""

_PARTS, _ROUNDS = 256, 7  # 12 logits / 256^7: as exact as the numbers are
_LOWEST, _HIGHEST = float(GRID[0]), float(GRID[-1])


class Status(StrEnum):
    """What the evidence allows to say about a skill at a level."""

    UNKNOWN = "unknown"
    NOT_ENOUGH = "not-enough"
    NOT_YET = "not-yet"
    DEMONSTRATED = "demonstrated"


def domain_score(theta: float, items: Sequence[ItemParameters]) -> float:
    """Expected share of these items answered right at an ability, in [0, 1]. Raises ValueError without items.

    Source: Bock, Thissen & Zimowski (1997), domain scores.
    """
    return float(domain_scores(np.array([theta]), items)[0])


def domain_scores(thetas: FloatArray, items: Sequence[ItemParameters]) -> FloatArray:
    """The domain score at each of these abilities [logits], same shape. Raises ValueError without items."""
    if not items:
        raise ValueError("a domain score needs at least one item")
    return np.asarray(np.mean([probability_correct(thetas, item) for item in items], axis=0), dtype=np.float64)


def domain_interval(estimate: Estimate, items: Sequence[ItemParameters]) -> tuple[float, float, float]:
    """(point, low, high) of the domain score: it rises with ability, so the ends of the interval carry over."""
    return domain_score(estimate.theta, items), domain_score(estimate.low, items), domain_score(estimate.high, items)


def cut_score(items: Sequence[ItemParameters]) -> float:
    """The ability [logits] at which the expected share of a level's items is 0.80, within the grid.

    Found by looking where it is crossed among 256 parts, and again within that part; guessing cannot lift the cut below the grid,
    where everyone counts.
    """
    low, high = _LOWEST, _HIGHEST
    if domain_score(low, items) >= CUT_SHARE:
        return low
    if domain_score(high, items) <= CUT_SHARE:
        return high
    for _ in range(_ROUNDS):
        nodes = np.linspace(low, high, _PARTS + 1)
        crossed = min(max(int(domain_scores(nodes, items).searchsorted(CUT_SHARE)), 1), _PARTS)
        low, high = float(nodes[crossed - 1]), float(nodes[crossed])
    return (low + high) / 2.0


def status(above: float, answers: int) -> Status:
    """What P(theta > cut) allows to say after this many answers."""
    if answers == 0:
        return Status.UNKNOWN
    if above >= SURE:
        return Status.DEMONSTRATED
    return Status.NOT_YET if above <= SURELY_NOT else Status.NOT_ENOUGH


def answers_to_decide(posterior: Posterior, item: ItemParameters, cut: float) -> int | None:
    """About how many more answers to items like this one would decide; None where no reasonable number would.

    The learner is taken at the present estimate, each answer at its expected score. What the walk adds is left out: it
    can keep doubt alive for ever near the cut.
    """
    estimate = ability.summarise(posterior)
    probability = probability_correct(np.array([estimate.theta]), expected_response(item))[0]
    curve = probability_correct(GRID, expected_response(item))
    step = probability * np.log(curve) + (1.0 - probability) * np.log1p(-curve)
    logs = np.log(np.maximum(posterior.weights, 1e-300))
    for count in range(1, MOST_ANSWERS + 1):
        weights = np.exp(logs + count * step - np.max(logs + count * step))
        above = ability.probability_above(Posterior(weights / weights.sum()), cut)
        if status(above, 1) is not Status.NOT_ENOUGH:
            return count
    return None
