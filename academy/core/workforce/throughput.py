"""People who became ready, counted over months, turned into how many will a month, with the doubt of few people and of unsteady months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from academy.core.workforce.draws import HIGH, LOW, FloatArray, Range

WINDOW = 6
"""Months that are averaged, and fewer than which are no history."""

PRIOR_COUNT = 0.5
"""Added to the count, so that a window without anybody still leaves a little possible. Source: Jeffreys' prior of a Poisson rate."""

_STEADY = 20.0
"""People per month at which chance and unsteadiness are taken to matter alike (for weights only)."""

_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Throughput:
    """People per month as a gamma distribution with this mean; `shape` 25 means a fifth of the mean as standard deviation."""

    mean: float
    shape: float

    def draws(self, rng: np.random.Generator, size: int = _DRAWS) -> FloatArray:
        """Rates [people per month]."""
        return rng.gamma(self.shape, self.mean / self.shape, size)


def throughput(count: float, *, months: int = WINDOW, unsteadiness: float = 0.0) -> Throughput:
    """The rate behind a count of people over some months: Poisson-Gamma, its relative variance raised by `unsteadiness`."""
    if months < 1 or count < 0 or unsteadiness < 0:
        raise ValueError("months are at least 1, the count and the unsteadiness at least 0")
    people = count + PRIOR_COUNT
    return Throughput(people / months, 1.0 / (1.0 / people + unsteadiness))


def unsteadiness(series: Sequence[Sequence[float]], *, ahead: int = WINDOW) -> float:
    """How much months differ beyond chance: the relative variance [-] of a month around the mean of the 6 before; 0 is chance alone.

    series: monthly counts, one list for each role, oldest first. By moments, from the errors of each window's mean on each of
    the `ahead` months that follow, so that trends and seasons count as doubt; small means, mostly chance, weigh less.
    """
    beyond, scale = 0.0, 0.0
    for months in series:
        counts = np.asarray(months, dtype=np.float64)
        for end in range(WINDOW, counts.size):
            mean = (counts[end - WINDOW : end].sum() + PRIOR_COUNT) / WINDOW
            following = counts[end : end + ahead]
            weight = (mean / (mean + _STEADY)) ** 2
            beyond += weight * float(((following / mean - 1.0) ** 2 - (1.0 + 1.0 / WINDOW) / mean).sum())
            scale += weight * following.size
    return max(0.0, beyond / scale) if scale > 0 else 0.0


def predicted(found: Throughput, months: int, rng: np.random.Generator) -> Range:
    """How many people in all over the next `months`: mean and 80 % interval, over the rate's doubt and each month's chance."""
    people = rng.poisson(found.draws(rng) * months)
    low, high = np.quantile(people, (LOW, HIGH), method="inverted_cdf")
    mean = found.mean * months
    return Range(mean, min(mean, float(low)), max(mean, float(high)))


def pinball(actual: float, quantile: float, forecast: float) -> float:
    """The loss of one forecast quantile [same unit]: misses cost as much as the quantile says they should be rare."""
    return max(quantile * (actual - forecast), (quantile - 1.0) * (actual - forecast))
