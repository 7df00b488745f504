"""Scores turned into a posterior of ability in one skill, and the posterior into an estimate with its doubt."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from academy.core.measurement.irt import GRID, FloatArray, ItemParameters, expected_response, probability_correct

WALK_PER_ANSWER = 0.08
"""Standard deviation [logits] by which ability may move with one practice answer that is explained."""
WALK_PER_DAY = 0.03
"""Standard deviation [logits] by which ability may move in a day without answers."""
LONGEST_IDLE = 365.0
"""Days after which further waiting adds no more doubt."""

_STEP = float(GRID[1] - GRID[0])
_LARGEST_SHARE = 0.25  # of a node's weight that one sub-step may move to each neighbour
_INTERVAL = (0.05, 0.95)
_SQUARES: FloatArray = GRID**2


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is believed about one learner's ability in one skill: 61 weights on GRID that sum to 1."""

    weights: FloatArray
    answers: int = 0
    last_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Expected ability theta and its standard deviation se, with a 90 % interval [logits]."""

    theta: float
    se: float
    low: float
    high: float


_NORMAL: FloatArray = np.exp(-0.5 * _SQUARES)
_PRIOR = Posterior(_NORMAL / _NORMAL.sum())
_PRIOR.weights.setflags(write=False)


def prior() -> Posterior:
    """The standard normal distribution, before any answer."""
    return _PRIOR


def update(posterior: Posterior, item: ItemParameters, score: float, *, idle_days: float, feedback: bool) -> Posterior:
    """The posterior after one score in [0, 1]; ability may have moved since the last answer.

    feedback: the answer is explained afterwards, so that one learns from it. idle_days: since the last answer.
    A partial score enters as a tempered likelihood P^x (1 - P)^(1 - x). Raises ValueError for a score outside [0, 1].
    Source: temporal item response theory, Wilson, Karklin, Han & Ekanadham (2016).
    """
    if not 0.0 <= score <= 1.0:
        raise ValueError(f"score {score} is not in [0, 1]")
    variance = WALK_PER_ANSWER**2 * feedback + WALK_PER_DAY**2 * min(max(idle_days, 0.0), LONGEST_IDLE)
    weights = _diffuse(posterior.weights, variance) * _likelihood(item, score)
    return Posterior(weights / weights.sum(), posterior.answers + 1, posterior.last_time)


def eap(scored: Iterable[tuple[ItemParameters, float]]) -> Estimate:
    """The estimate from scores given at one time, without any movement of ability between them."""
    logs = np.log(prior().weights)
    for item, score in scored:
        logs = logs + np.log(_likelihood(item, score))
    weights = np.exp(logs - logs.max())
    return summarise(Posterior(weights / weights.sum()))


def summarise(posterior: Posterior) -> Estimate:
    """Mean, standard deviation and 90 % interval of a posterior."""
    theta, se = moments(posterior)
    cumulative = posterior.weights.cumsum() - 0.5 * posterior.weights
    low, high = (_quantile(cumulative, level) for level in _INTERVAL)
    return Estimate(theta, se, low, high)


def moments(posterior: Posterior) -> tuple[float, float]:
    """Mean and standard deviation of a posterior [logits]."""
    theta = float(posterior.weights @ GRID)
    variance = float(posterior.weights @ _SQUARES) - theta * theta
    return theta, math.sqrt(max(variance, 0.0))


def probability_above(posterior: Posterior, cut: float) -> float:
    """P(theta > cut), in [0, 1]: each node's weight is spread evenly over its cell, so that the cut may lie anywhere."""
    return min(1.0, float(posterior.weights @ _share_above(cut)))


@functools.lru_cache(maxsize=4_096)
def _share_above(cut: float) -> FloatArray:
    """The part of each node's cell that lies above a cut."""
    return np.clip((GRID + _STEP / 2.0 - cut) / _STEP, 0.0, 1.0)


def to_bytes(weights: FloatArray) -> bytes:
    """The weights as little-endian float64."""
    return weights.astype("<f8").tobytes()


def from_bytes(data: bytes) -> FloatArray:
    """The weights kept by `to_bytes`. Raises ValueError for another number of nodes."""
    weights = np.frombuffer(data, dtype="<f8").astype(np.float64)
    if weights.size != GRID.size:
        raise ValueError(f"{weights.size} weights instead of {GRID.size}")
    return weights


def curve(item: ItemParameters) -> FloatArray:
    """P(right) on GRID as an item is scored: by its expected response function."""
    return _curves(item)[0]


@functools.lru_cache(maxsize=16_384)
def _curves(item: ItemParameters) -> tuple[FloatArray, FloatArray]:
    right = probability_correct(GRID, expected_response(item))
    return right, 1.0 - right


def _quantile(cumulative: FloatArray, level: float) -> float:
    """Where the cumulative weight reaches a level, read between two nodes on the logit scale.

    There a narrow posterior is nearly straight; on the plain scale its intervals would come out too wide.
    """
    above = int(cumulative.searchsorted(level))
    if above in (0, cumulative.size):
        return float(GRID[min(above, cumulative.size - 1)])
    low, high = float(cumulative[above - 1]), float(cumulative[above])
    share = (level - low) / (high - low)
    if low > 0.0 and high < 1.0:
        share = (_logit(level) - _logit(low)) / (_logit(high) - _logit(low))
    return float(GRID[above - 1]) + share * _STEP


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))


def _likelihood(item: ItemParameters, score: float) -> FloatArray:
    right, wrong = _curves(item)
    if score == 1.0:
        return right
    if score == 0.0:
        return wrong
    return np.asarray(right**score * wrong ** (1.0 - score), dtype=np.float64)


def _diffuse(weights: FloatArray, variance: float) -> FloatArray:
    """A random walk of this variance [logits²] on the grid, in equal sub-steps, reflected at the ends."""
    total = variance / (2.0 * _STEP * _STEP)
    steps = math.ceil(total / _LARGEST_SHARE)
    for _ in range(steps):
        moved = total / steps * weights
        weights = weights - 2.0 * moved
        weights[1:] += moved[:-1]
        weights[:-1] += moved[1:]
        weights[0] += moved[0]
        weights[-1] += moved[-1]
    return weights
