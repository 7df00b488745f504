"""Counts and coefficients turned into intervals that hold the truth with 95 % certainty, and test values into p."""

from __future__ import annotations

import math

Z = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution."""

Z_80 = 1.2815515655446004
"""The 90th percentile, for intervals that hold the truth with 80 % certainty, as all of the gap's do."""

_TINY = 1e-300
_TERMS = 10_000


def wilson(share: float, n: float, *, z: float = Z) -> tuple[float, float] | None:
    """95 % interval (or that of another z) of a proportion seen among n, both in [0, 1]; None without observations or for another share.

    Source: Wilson (1927), without continuity correction; Newcombe (1998), method 3.
    """
    if n <= 0 or not 0.0 <= share <= 1.0:
        return None
    spread = z * z / n
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = z * math.sqrt(share * (1.0 - share) / n + spread / (4.0 * n)) / (1.0 + spread)
    low = 0.0 if share == 0.0 else max(0.0, middle - half)
    return low, 1.0 if share == 1.0 else min(1.0, middle + half)


def fisher(correlation: float, n: float) -> tuple[float, float] | None:
    """95 % interval of a correlation in [-1, 1] among n people; None for n of 3 or fewer.

    tanh(atanh r ± 1.96 / sqrt(n - 3)). Source: Fisher (1921).
    """
    if n <= 3:
        return None
    if abs(correlation) >= 1.0:
        return correlation, correlation
    middle, half = math.atanh(correlation), Z / math.sqrt(n - 3.0)
    return math.tanh(middle - half), math.tanh(middle + half)


def feldt(alpha: float, people: int, items: int) -> tuple[float, float] | None:
    """95 % interval of Cronbach's alpha (at most 1); None with fewer than 2 people or items. Source: Feldt (1965)."""
    if people < 2 or items < 2:
        return None
    first, second = people - 1, (people - 1) * (items - 1)
    return 1.0 - (1.0 - alpha) * f_quantile(0.975, first, second), 1.0 - (1.0 - alpha) * f_quantile(0.025, first, second)


def f_quantile(probability: float, first: float, second: float) -> float:
    """The value that Fisher's F with these degrees of freedom (> 0) stays below with a probability in (0, 1).

    By bisection of the regularised incomplete beta function: F = (d2/d1) x/(1 - x) where I_x(d1/2, d2/2) is the probability.
    """
    if not 0.0 < probability < 1.0 or first <= 0 or second <= 0:
        raise ValueError("a probability must be in (0, 1), degrees of freedom above 0")
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if incomplete_beta(middle, first / 2.0, second / 2.0) < probability else (low, middle)
    return second * middle / (first * (1.0 - middle)) if middle < 1.0 else math.inf


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), in [0, 1], by Lentz's continued fraction (DLMF 8.17.22)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1.0 - x, b, a) / b


def chi_square_p(value: float) -> float:
    """P(chi-square with one degree of freedom > value), value from 0."""
    return math.erfc(math.sqrt(value / 2.0))


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _nonzero(1.0 - (a + b) * x / (a + 1.0))
    result = d
    for m in range(1, _TERMS):
        for term in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1.0 / _nonzero(1.0 + term * d)
            c = _nonzero(1.0 + term / c)
            result *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return result


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
