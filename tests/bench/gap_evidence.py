"""`python -m tests.bench.gap_evidence`: the throughput model held against series that it did not make, as docs/gap-evidence.md.

Series come from single people: cohorts start on dates of a school year, each person needs a log-normal time to become ready or gives
up before, December waits for January, and half of the programmes grow, shrink or jump. The model knows none of this.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from academy.core.workforce.draws import HIGH, LOW, FloatArray
from academy.core.workforce.throughput import WINDOW, pinball, predicted, throughput, unsteadiness

SERIES, MONTHS, HELD_OUT = 240, 24, 6
TARGET = Path(__file__).resolve().parents[2] / "docs" / "gap-evidence.md"


@dataclass(frozen=True, slots=True)
class Scores:
    """What a backtest found; errors in people per month."""

    points: int
    covered: float
    error: float
    error_last: float
    loss: float
    unsteadiness: float
    covered_by_level: tuple[tuple[str, int, float], ...]


def series(rng: np.random.Generator) -> list[int]:
    """One programme's people becoming ready, by month."""
    every = int(rng.choice([1, 2, 3, 4]))
    seats = float(np.exp(rng.uniform(np.log(4), np.log(90)))) * every
    pace, spread, gives_up = rng.uniform(3, 9), rng.uniform(0.3, 0.7), rng.uniform(0.03, 0.12)
    course = rng.choice(["steady", "steady", "trend", "jump"])
    yearly, jump_at, warm_up, first_month = rng.uniform(-0.3, 0.5), int(rng.integers(8, 20)), 30, int(rng.integers(12))
    ready = np.zeros(warm_up + MONTHS)
    for start in range(0, warm_up + MONTHS, every):
        grown = (1 + yearly) ** ((start - warm_up) / 12) if course == "trend" and start > warm_up else 1.0
        grown = 1.5 if course == "jump" and start - warm_up >= jump_at else grown
        people = rng.poisson(seats * grown)
        takes = rng.lognormal(np.log(pace), spread, people)
        takes = takes[takes < rng.exponential(1 / gives_up, people)]
        months = np.floor(start + rng.uniform(0, 1, takes.size) + takes).astype(int)
        months += (((months + first_month) % 12 == 11) & (rng.uniform(0, 1, takes.size) < 0.3)).astype(int)  # December waits
        np.add.at(ready, months[months < ready.size], 1)
    return [int(count) for count in ready[warm_up:]]


def backtest(seed: int = 7, count: int = SERIES) -> Scores:
    """Forecast the held-out months of each series from those before."""
    rng = np.random.default_rng(seed)
    everything = [series(rng) for _ in range(count)]
    known = [months[:-HELD_OUT] for months in everything]
    unsteady = unsteadiness(known)
    errors, lasts, losses, levels, inside = [], [], [], [], []
    for months in everything:
        before, after = months[:-HELD_OUT], months[-HELD_OUT:]
        found = throughput(sum(before[-WINDOW:]), unsteadiness=unsteady)
        month = predicted(found, 1, rng)
        for actual in after:
            errors.append(abs(actual - month.value))
            lasts.append(abs(actual - before[-1]))
            losses.append(sum(pinball(actual, at, value) for at, value in ((LOW, month.low), (HIGH, month.high))) / 2)
            inside.append(month.low <= actual <= month.high)
            levels.append(found.mean)
    return Scores(
        len(inside), float(np.mean(inside)), float(np.mean(errors)), float(np.mean(lasts)), float(np.mean(losses)), unsteady,
        _by_level(np.array(levels), np.array(inside, dtype=np.bool_)),
    )  # fmt: skip


def report(scores: Scores) -> str:
    """The scores as a page."""
    rows = "\n".join(f"| {name} | {size} | {share:.1%} |" for name, size, share in scores.covered_by_level)
    return f"""# How well the forecast forecasts

Made by `python -m tests.bench.gap_evidence`; the same numbers for the same seed.

{SERIES} series of {MONTHS} months were made person by person: cohorts of 4 to 90 seats a month start every one to four months, each person
needs a log-normal time to become ready or gives up before, a third of what falls into December waits for January, series begin in
any month, and half of the programmes grow, shrink or jump by half at once. The model knows none of that: it takes the mean of the last
{WINDOW} months as a Poisson-Gamma rate, and one unsteadiness for all series from how wrong such means were before. It saw the first
{MONTHS - HELD_OUT} months and forecast each of the {HELD_OUT} held out.

| | |
| --- | --- |
| points forecast | {scores.points:,} |
| within the 80 % interval | {scores.covered:.1%} (asked for: 75 to 88 %) |
| mean absolute error | {scores.error:.2f} people a month |
| the same, repeating the last month | {scores.error_last:.2f} people a month |
| pinball loss at 10 and 90 % | {scores.loss:.2f} people |
| relative variance beyond chance | {scores.unsteadiness:.3f} |

| people a month | points | within the interval |
| --- | --- | --- |
{rows}

What this does not show: whether real programmes are like these. Published forecasts are kept with their snapshot and scored on the forecast
page
once their six months have passed.
"""


def _by_level(levels: FloatArray, inside: npt.NDArray[np.bool_]) -> tuple[tuple[str, int, float], ...]:
    bands = (("under 5", 0.0, 5.0), ("5 to 20", 5.0, 20.0), ("20 and more", 20.0, np.inf))
    found = []
    for name, low, high in bands:
        within = (levels >= low) & (levels < high)
        found.append((name, int(within.sum()), float(inside[within].mean()) if within.any() else 0.0))
    return tuple(found)


if __name__ == "__main__":
    TARGET.write_text(report(backtest()), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name} written\n")
