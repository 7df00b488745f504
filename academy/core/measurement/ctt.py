"""Marks on a quiz's questions turned into the statistics of each question and of the whole, each with its doubt.

Definitions and divisors (people - 1) are those of Moodle, docs.moodle.org/dev/Quiz_statistics_calculations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from academy.core.measurement import intervals
from academy.core.measurement.irt import FloatArray

Interval = tuple[float, float]

FEWEST_FOR_STATISTICS = 10
"""Answers below which only the count and the interval of the facility should be shown."""
FEWEST_FOR_VERDICTS = 30
"""Answers below which a question is not judged."""
DUBIOUS_EFFICIENCY = 15.0
"""Discriminative efficiency [percent] below which Moodle marks a question as dubious."""
GROUP_SHARE = 0.27
"""Share of people in the upper and in the lower group. Source: Kelley (1939)."""

_ROUNDING = 1e-12


class Evidence(StrEnum):
    """How much the number of answers allows to show."""

    COUNTS = "counts"
    STATISTICS = "statistics"
    VERDICTS = "verdicts"


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One question. Percent, except sd [marks] and n; intervals hold with 95 %; None where undefined.

    upper_lower: facility of the upper group less that of the lower. evidence: what n allows to show.
    """

    n: int
    facility: float | None
    facility_interval: Interval | None
    sd: float | None
    discrimination: float | None
    discrimination_interval: Interval | None
    efficiency: float | None
    effective_weight: float | None
    intended_weight: float | None
    upper_lower: float | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class QuizStatistics:
    """The whole quiz, over the people who met all its questions.

    mean, sd, standard_error [marks]; consistency (Cronbach's alpha), its 95 % interval and error_ratio [percent].
    """

    n: int
    mean: float | None = None
    sd: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    consistency: float | None = None
    consistency_interval: Interval | None = None
    error_ratio: float | None = None
    standard_error: float | None = None


def evidence(n: float) -> Evidence:
    """What this many answers allow to show."""
    if n < FEWEST_FOR_STATISTICS:
        return Evidence.COUNTS
    return Evidence.STATISTICS if n < FEWEST_FOR_VERDICTS else Evidence.VERDICTS


def rest_scores(marks: FloatArray) -> FloatArray:
    """Each person's marks on the other questions, people × questions, where everybody met every question."""
    return np.asarray(marks.sum(axis=1, keepdims=True) - marks)


def item_statistics(marks: FloatArray, highest: FloatArray, matching: FloatArray, *, complete: bool | None = None) -> list[ItemStatistics]:
    """Statistics of each question.

    marks: people × questions, NaN where not administered. highest: marks each question can give. matching: what stands for
    the rest of a person's work, people × questions: `rest_scores`, or an ability where people met different questions;
    in that case nothing that needs the total is defined. complete: whether matching is a rest score (default: no gaps).
    Raises ValueError when shapes differ or a mark is too high.
    """
    if matching.shape != marks.shape or highest.shape != marks.shape[1:]:
        raise ValueError("marks, highest marks and matching variable have different shapes")
    if (marks > highest).any():
        raise ValueError("a mark is above the highest that its question gives")
    complete = not np.isnan(marks).any() if complete is None else complete
    effective = _effective_weights(marks) if complete else [None] * len(highest)
    total = float(highest.sum())
    return [
        _one(column[seen], float(top), rest[seen], weight, total, complete)
        for column, top, rest, weight, seen in zip(marks.T, highest, matching.T, effective, ~np.isnan(marks.T), strict=True)
    ]


def quiz_statistics(marks: FloatArray) -> QuizStatistics:
    """Statistics of the whole quiz, from the people without a gap. None where too few people or no spread define them."""
    marks = marks[~np.isnan(marks).any(axis=1)]
    n, items = marks.shape
    if n == 0 or items == 0:
        return QuizStatistics(n)
    totals = marks.sum(axis=1)
    mean, sd = float(totals.mean()), standard_deviation(totals)
    skewness, kurtosis = _shape(totals)
    consistency = _consistency(marks, totals)
    if consistency is None or sd is None:
        return QuizStatistics(n, mean, sd, skewness, kurtosis)
    interval = intervals.feldt(consistency / 100.0, n, items)
    ratio = 100.0 * math.sqrt(max(0.0, 1.0 - consistency / 100.0))
    return QuizStatistics(n, mean, sd, skewness, kurtosis, consistency, _percent(interval), ratio, ratio * sd / 100.0)


def standard_deviation(values: FloatArray) -> float | None:
    """Standard deviation with divisor n - 1; None for fewer than 2."""
    return float(values.std(ddof=1)) if values.size > 1 else None


def correlation(first: FloatArray, second: FloatArray) -> float | None:
    """Pearson's correlation in [-1, 1]; None for fewer than 2 people or without spread."""
    if first.size < 2 or not (_spread(first) and _spread(second)):
        return None
    return min(1.0, max(-1.0, _covariance(first, second) / math.sqrt(_covariance(first, first) * _covariance(second, second))))


def upper_lower(marks: FloatArray, matching: FloatArray, *, share: float = GROUP_SHARE) -> float | None:
    """Mean mark of the upper group less that of the lower; None without people. Source: Kelley (1939).

    Ties rule: whoever reaches the score at which the upper share begins belongs to the upper group, whoever does not pass
    the score at which the lower share ends to the lower; equal scores are never parted.
    """
    if marks.size == 0:
        return None
    ordered = np.sort(matching)
    size = max(1, round(share * marks.size))
    upper, lower = matching >= ordered[-size] - _ROUNDING, matching <= ordered[size - 1] + _ROUNDING
    return float(marks[upper].mean() - marks[lower].mean())


def _one(marks: FloatArray, top: float, rest: FloatArray, effective: float | None, total: float, complete: bool) -> ItemStatistics:
    n = int(marks.size)
    share = float(marks.mean()) / top if n and top > 0 else None
    r = correlation(marks, rest)
    apart = upper_lower(marks, rest)
    return ItemStatistics(
        n=n,
        facility=None if share is None else 100.0 * share,
        facility_interval=None if share is None else _percent(intervals.wilson(share, n)),
        sd=standard_deviation(marks),
        discrimination=None if r is None else 100.0 * r,
        discrimination_interval=None if r is None else _percent(intervals.fisher(r, n)),
        efficiency=_efficiency(marks, rest) if complete else None,
        effective_weight=effective,
        intended_weight=100.0 * top / total if total > 0 else None,
        upper_lower=100.0 * apart / top if apart is not None and top > 0 else None,
        evidence=evidence(n),
    )


def _efficiency(marks: FloatArray, rest: FloatArray) -> float | None:
    if marks.size < 2 or not (_spread(marks) and _spread(rest)):
        return None
    highest = _covariance(np.sort(marks), np.sort(rest))
    return 100.0 * _covariance(marks, rest) / highest if highest > 0 else None


def _effective_weights(marks: FloatArray) -> list[float | None]:
    if len(marks) < 2:
        return [None] * marks.shape[1]
    totals = marks.sum(axis=1)
    shares = [_covariance(column, totals) for column in marks.T]
    roots = [math.sqrt(share) if share >= 0.0 else None for share in shares]
    total = sum(root for root in roots if root is not None)
    return [None if root is None or total == 0.0 else 100.0 * root / total for root in roots]


def _consistency(marks: FloatArray, totals: FloatArray) -> float | None:
    n, items = marks.shape
    if items < 2 or n < 3 or not _spread(totals):
        return None
    return float(100.0 * items / (items - 1) * (1.0 - marks.var(axis=0, ddof=1).sum() / totals.var(ddof=1)))


def _shape(values: FloatArray) -> tuple[float | None, float | None]:
    """Skewness and kurtosis by k statistics, as in Moodle."""
    n = values.size
    if n < 3 or not _spread(values):
        return None, None
    away = values - values.mean()
    m2, m3, m4 = (float((away**power).mean()) for power in (2, 3, 4))
    k2, k3 = n * m2 / (n - 1), n * n * m3 / ((n - 1) * (n - 2))
    if n < 4:
        return k3 / k2**1.5, None
    k4 = n * n * ((n + 1) * m4 - 3 * (n - 1) * m2 * m2) / ((n - 1) * (n - 2) * (n - 3))
    return k3 / k2**1.5, k4 / (k2 * k2)


def _spread(values: FloatArray) -> bool:
    return bool(values.size and np.ptp(values) > _ROUNDING * max(1.0, float(np.abs(values).max())))


def _covariance(first: FloatArray, second: FloatArray) -> float:
    return float((first - first.mean()) @ (second - second.mean()) / (first.size - 1))


def _percent(interval: Interval | None) -> Interval | None:
    return None if interval is None else (100.0 * interval[0], 100.0 * interval[1])


def flags(statistics: ItemStatistics, options: Sequence[tuple[float | None, bool, float]] = ()) -> list[str]:
    """What an author should look at: codes, in order. Empty while there are too few answers to judge.

    options: (rest correlation, right, share) of each option. Source of the 5 %: Haladyna & Downing (1993).
    """
    if statistics.evidence is not Evidence.VERDICTS:
        return []
    found = []
    keys = [r for r, right, _ in options if right and r is not None]
    distractors = [(r, share) for r, right, share in options if not right]
    stronger = any(r is not None and r > 0 and all(r > key for key in keys) for r, _ in distractors)
    if (statistics.discrimination is not None and statistics.discrimination < 0) or stronger:
        found.append("check-key")
    if statistics.efficiency is not None and statistics.efficiency < DUBIOUS_EFFICIENCY:
        found.append("dubious")
    if any(share == 0.0 for _, share in distractors):
        found.append("option-unchosen")
    if any(0.0 < share < FEWEST_SHARE for _, share in distractors):
        found.append("option-not-working")
    return found


FEWEST_SHARE = 0.05
"""Share of answers below which a wrong option does no work."""
