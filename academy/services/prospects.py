"""Published counts of people who became ready turned into throughput and six-month forecasts that are published with them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from academy.core.workforce.draws import Range, summary
from academy.core.workforce.throughput import WINDOW, Throughput, pinball, predicted, throughput, unsteadiness
from academy.store.snapshots import RECENT_DAYS, CellRow

METRICS = ("throughput", "became_ready_next")
"""What is published here."""

MONTH_DAYS = 30.4375
LATE_DAYS = 15
"""How late a publication may be to score a forecast that was due."""

LONGEST = 24
"""Months of history that unsteadiness is worked out from."""


@dataclass(frozen=True, slots=True)
class History:
    """Months since changes of stage are kept, at most 24, and the relative variance of months beyond chance, in hundredths."""

    months: int
    unsteadiness: float


@dataclass(frozen=True, slots=True)
class Score:
    """A kept forecast [persons in six months] and what came of it, both as published."""

    as_of: date
    forecast: Range
    actual: float

    @property
    def held(self) -> bool:
        """Whether what came lies within the 80 % interval."""
        return self.forecast.low <= self.actual <= self.forecast.high

    @property
    def loss(self) -> float:
        """Mean pinball loss at 10 and 90 % [persons]."""
        return (pinball(self.actual, 0.1, self.forecast.low) + pinball(self.actual, 0.9, self.forecast.high)) / 2


def history(months: int, first_ready: Iterable[tuple[str, int]]) -> History:
    """A history from roles and days since its beginning at which somebody became ready."""
    series: dict[str, list[int]] = {}
    for role, day in first_ready:
        counts = series.setdefault(role, [0] * months)
        if 0 <= (month := int(day / MONTH_DAYS)) < months:
            counts[month] += 1
    # One number for all roles, rounded: it must not say anything about few people.
    return History(months, round(unsteadiness(list(series.values())), 2))


def published(cells: Sequence[CellRow], known: History, seed: int) -> Iterator[CellRow]:
    """Throughput and the next six months of each cell in which enough people became ready; none on less than six months.

    Worked out from published counts alone, so that it tells nothing about hidden ones. Each cell has dice of its own.
    """
    if known.months < WINDOW:
        return
    for cell in cells:
        if cell.metric == "became_ready" and cell.value:
            found = throughput(cell.value, unsteadiness=known.unsteadiness)
            place = f"{cell.role_id}/{cell.state}/{cell.sector}"
            rng = np.random.default_rng([seed, zlib.crc32(place.encode())])
            yield _row(cell, "throughput", "persons per month", _rate(found, rng), 2)
            yield _row(cell, "became_ready_next", "persons", predicted(found, WINDOW, rng), 0)


def scores(course: Iterable[tuple[date, str, float | None, float | None, float | None]]) -> list[Score]:
    """Kept forecasts that can be scored, oldest first: those with a publication six months later that shows what came.

    course: date, metric, value, low and high of one cell's publications, oldest first. Of one date, the last one counts.
    """
    forecasts: dict[date, Range] = {}
    came: dict[date, float] = {}
    for day, metric, value, low, high in course:
        if metric == "became_ready" and value is not None:
            came[day] = value
        elif value is not None and low is not None and high is not None:
            forecasts[day] = Range(value, low, high)
    found = []
    for day, forecast in forecasts.items():
        due = day + timedelta(days=RECENT_DAYS)
        later = [other for other in came if due <= other <= due + timedelta(days=LATE_DAYS)]
        if later:
            found.append(Score(day, forecast, came[min(later)]))
    return found


def _rate(found: Throughput, rng: np.random.Generator) -> Range:
    return summary(found.mean, found.draws(rng))


def _row(cell: CellRow, metric: str, unit: str, found: Range, digits: int) -> CellRow:
    value, low, high = (round(number, digits) for number in (found.value, found.low, found.high))
    n = None if cell.value is None else int(cell.value)
    return CellRow("", cell.role_id, cell.state, cell.sector, metric, unit, value, low, high, n)
