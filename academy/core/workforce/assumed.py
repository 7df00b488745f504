"""What a forecast assumes where nobody says otherwise, and published numbers turned into its inputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from academy.core.workforce.forecast import Assumed, Inputs, Months, closing_month, draw, gap_path, months_of, stocks

DRAWS = 2000
HORIZON = 120
"""Months beyond which a gap counts as open."""

RATES: Mapping[str, Assumed] = {
    "placement": Assumed(0.5, 0.7, 0.9),
    "growth": Assumed(0.0, 0.04, 0.10),
    "attrition": Assumed(0.05, 0.10, 0.15),
}
"""Shares placed, and shares per year that are added and that leave (grade D)."""


def published(value: float, low: float | None, high: float | None) -> Assumed:
    """A published number with its interval, on a scale that has no 0."""
    if low is None or high is None or low == high:
        return Assumed(value, value, value)
    least = max(float(low), 0.01)
    return Assumed(least, max(float(value), least), max(float(high), least))


def starting(
    missing: Assumed,
    people: Assumed,
    flow: Assumed,
    *,
    seed: int,
    rates: Mapping[str, Assumed] = RATES,
    targets: tuple[int, ...] = (24, 60),
) -> Inputs:
    """The inputs of a place's forecast: persons missing and in the field, and persons ready per month."""
    need = people.mode + missing.mode
    return Inputs(
        demand=Assumed(need, need, need),  # the gap stands for its doubt
        workforce=people,
        throughput_per_month=flow,
        placement=rates["placement"],
        demand_growth_per_year=rates["growth"],
        attrition_per_year=rates["attrition"],
        gap=missing,
        horizon_months=HORIZON,
        targets_months=targets,
        draws=DRAWS,
        seed=seed,
    )


def closing(inputs: Inputs, rng: np.random.Generator) -> tuple[Months | None, float]:
    """When a gap closes [months], as the whole forecast says it, and the share of draws in which it is open at the horizon."""
    closed = closing_month(gap_path(stocks(draw(inputs, rng)), inputs.horizon_months))
    within = np.where(closed <= inputs.horizon_months, closed, np.inf)
    return months_of(within), float(np.isinf(within).mean())
