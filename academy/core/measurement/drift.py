"""Answers to an item in the order of time, turned into whether it has become easier than it was: the mark of a leak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from academy.core.measurement.irt import FloatArray

SLACK = 0.25
"""Standardised residual by which answers must be better than expected before they count: half the shift sought."""
LIMIT = 20.0
"""Sum from which a leak is flagged: without one it takes about 300,000 answers to get there (Siegmund 1985)."""

_BEGUN = 2.0  # sum below which a rise may still be chance, so that it has not begun
_SMALLEST_VARIANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Leak:
    """The highest that the sum rose to, and since when it has risen there; since is None below LIMIT."""

    highest: float
    since: datetime | None


def cusum(right: FloatArray, expected: FloatArray, times: Sequence[datetime]) -> Leak:
    """Whether right answers (1 or 0) rise above what was expected of the people, in the order of time.

    The sum of (x - P)/sqrt(P (1 - P)) - SLACK starts again whenever it would fall below 0.
    Sources: Page (1954); Veerkamp & Glas (2000).
    """
    order = sorted(range(len(times)), key=times.__getitem__)
    total = highest = 0.0
    begun = since = times[order[0]] if order else None
    for at in order:
        probability = float(expected[at])
        residual = (float(right[at]) - probability) / np.sqrt(max(probability * (1.0 - probability), _SMALLEST_VARIANCE))
        begun = times[at] if total < _BEGUN else begun
        total = max(0.0, total + float(residual) - SLACK)
        if total > highest:
            highest, since = total, begun
    return Leak(highest, since if highest >= LIMIT else None)
