"""Numbers of many places turned into a few classes of about equal size, for a map."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Class:
    """One class: its step from 1 (least) to `count`, and the least and the largest number in it."""

    step: int
    low: float
    high: float


def classify(values: Mapping[str, float], count: int = 5) -> tuple[dict[str, int], list[Class]]:
    """Each place's step in 1 … `count`, and the classes that occur, ascending. Equal numbers share a step."""
    if not values:
        return {}, []
    numbers = list(values.values())
    edges = _edges(numbers, count)
    steps = {place: bisect_left(edges, value) + 1 for place, value in values.items()}
    found = []
    for step in sorted(set(steps.values())):
        members = [value for place, value in values.items() if steps[place] == step]
        found.append(Class(step, min(members), max(members)))
    return steps, found


def _edges(numbers: Sequence[float], count: int) -> list[float]:
    """The largest number of each class but the last; all alike fall into the first."""
    quantiles = [part / count for part in range(1, count)]
    return [float(edge) for edge in np.quantile(numbers, quantiles, method="inverted_cdf")]
