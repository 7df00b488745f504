"""Published ranges and assumed doubts turned into draws; chance comes in as a generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LOW, HIGH = 0.10, 0.90
"""The quantiles between which an 80 % interval lies."""


@dataclass(frozen=True, slots=True)
class Range:
    """A number with its doubt: `low` and `high` enclose 80 % of the draws, `value` comes from the most likely inputs."""

    value: float
    low: float
    high: float


def triangular(rng: np.random.Generator, low: float, mode: float, high: float, draws: int) -> FloatArray:
    """Draws of a triangular distribution; a constant where low = high. Raises ValueError when out of order."""
    if not low <= mode <= high:
        raise ValueError(f"low, mode and high must ascend, not {low}, {mode}, {high}")
    return np.full(draws, float(mode)) if low == high else rng.triangular(low, mode, high, draws)


def log_triangular(rng: np.random.Generator, low: float, mode: float, high: float, draws: int) -> FloatArray:
    """Draws that are triangular on the log scale, for counts above 0; a constant where low = high."""
    if low == mode == high:
        return np.full(draws, float(mode))
    if low <= 0:
        raise ValueError(f"a range on the log scale begins above 0, not at {low}")
    return np.exp(triangular(rng, float(np.log(low)), float(np.log(mode)), float(np.log(high)), draws))


def log_triangular_at(uniform: FloatArray, low: float, mode: float, high: float) -> FloatArray:
    """`log_triangular` at given quantiles in [0, 1), so that several figures may share their chance. Source: inverse distribution."""
    if low == mode == high:
        return np.full(uniform.shape, float(mode))
    if not 0 < low <= mode <= high:
        raise ValueError(f"low, mode and high must ascend from above 0, not {low}, {mode}, {high}")
    least, middle, most = np.log((low, mode, high))
    rising = least + np.sqrt(uniform * (most - least) * (middle - least))
    falling = most - np.sqrt((1.0 - uniform) * (most - least) * (most - middle))
    return np.asarray(np.exp(np.where(uniform * (most - least) < middle - least, rising, falling)), dtype=np.float64)


def gamma(rng: np.random.Generator, mean: FloatArray, cv: float, draws: int) -> FloatArray:
    """Draws with these means and one coefficient of variation. Shape (draws, len(mean))."""
    shape = 1.0 / cv**2
    return rng.gamma(shape, 1.0, (draws, mean.size)) / shape * mean


def dirichlet(rng: np.random.Generator, shares: FloatArray, kappa: float, draws: int) -> FloatArray:
    """Draws of shares that sum to 1, around `shares`, as sure as `kappa` observations. Shape (draws, len(shares))."""
    return rng.dirichlet(kappa * shares, draws)


def summary(value: float, draws: FloatArray) -> Range:
    """A value with the 80 % interval of its draws, widened where the value itself lies outside."""
    low, high = np.quantile(draws, (LOW, HIGH))
    return Range(value, min(value, float(low)), max(value, float(high)))


def summaries(values: FloatArray, draws: FloatArray) -> list[Range]:
    """Several values, each with the 80 % interval of its column of draws; draws: shape (draws, len(values))."""
    low, high = np.quantile(draws, (LOW, HIGH), axis=0)
    return [
        Range(float(value), min(float(value), float(least)), max(float(value), float(most)))
        for value, least, most in zip(values, low, high, strict=True)
    ]


def scaled(found: Range, factor: float) -> Range:
    """A range times a factor that is known, at least 0."""
    return Range(found.value * factor, found.low * factor, found.high * factor)


def rank_correlation(here: FloatArray, there: FloatArray) -> float:
    """Spearman's rank correlation with mean ranks for ties, in [-1, 1]; 0 where either is constant."""
    first, second = ranks(here), ranks(there)
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / size) if size > 0 else 0.0


def ranks(values: FloatArray | Sequence[float]) -> FloatArray:
    """Ranks from 1, equal values sharing their mean rank."""
    _, inverse, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[inverse], dtype=np.float64)
