"""A gap and the flow of people into it turned into when it closes, how sure that is, and what would close it in time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from academy.core.workforce.draws import HIGH, LOW, FloatArray, log_triangular, rank_correlation, triangular

CLOSED = 1e-6
"""Persons missing at or under which a gap counts as closed."""

COUNTS = ("gap", "demand", "workforce", "throughput_per_month")
RATES = ("placement", "demand_growth_per_year", "attrition_per_year")
INPUTS = COUNTS + RATES


@dataclass(frozen=True, slots=True)
class Assumed:
    """An input with its doubt; low = mode = high where it is a plain number."""

    low: float
    mode: float
    high: float

    @property
    def uncertain(self) -> bool:
        """Whether draws of it differ."""
        return self.low < self.high


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a forecast starts from: persons, ready persons per month, shares in [0, 1], and shares per year.

    gap: None means demand - workforce; where given, demand is workforce + gap in every draw.
    """

    demand: Assumed
    workforce: Assumed
    throughput_per_month: Assumed
    placement: Assumed
    demand_growth_per_year: Assumed
    attrition_per_year: Assumed
    gap: Assumed | None = None
    horizon_months: int = 120
    targets_months: tuple[int, ...] = (24, 60)
    draws: int = 0
    seed: int = 1

    def assumptions(self) -> dict[str, Assumed]:
        """The inputs that may be in doubt, by name."""
        found = {name: getattr(self, name) for name in INPUTS}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Months:
    """Months until closed; a percentile is None where it lies beyond the horizon."""

    median: float | None
    p10: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Persons missing at a moment."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Required:
    """Ready persons per month that would close the gap by a date; None where no flow can."""

    lower_bound: float
    exact: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a gap closes. `closes_in` None: in no draw within the horizon. `path` has month 0 first."""

    linear_months: float | None
    closes_in: Months | None
    p_closed_by: Mapping[int, float]
    p_not_closed_by_horizon: float
    required: Mapping[int, Required]
    variance_share: Mapping[str, float]
    path: tuple[Spread, ...]


@dataclass(frozen=True, slots=True)
class Stocks:
    """Aligned draws of what a stock-flow needs: persons, placed persons per month, and shares per month."""

    gap: FloatArray
    workforce: FloatArray
    placed: FloatArray
    growth: FloatArray
    attrition: FloatArray


def forecast(inputs: Inputs, rng: np.random.Generator) -> Forecast:
    """The forecast under the inputs' doubt; with no draws, their most likely values once."""
    drawn = draw(inputs, rng)
    months = max((inputs.horizon_months, *inputs.targets_months))
    gaps = gap_path(stocks(drawn), months)
    closed = closing_month(gaps)
    typical = {name: value.mode for name, value in inputs.assumptions().items()}
    within = np.where(closed <= inputs.horizon_months, closed, np.inf)
    return Forecast(
        linear_months=linear_months(typical),
        closes_in=months_of(within),
        p_closed_by={target: float((closed <= target).mean()) for target in inputs.targets_months},
        p_not_closed_by_horizon=float(np.isinf(within).mean()),
        required={target: required_throughput(typical, target) for target in inputs.targets_months},
        variance_share=variance_share(inputs, drawn, gaps[inputs.horizon_months]),
        path=tuple(Spread(*map(float, np.quantile(at, (LOW, 0.5, HIGH)))) for at in gaps[: inputs.horizon_months + 1]),
    )


def draw(inputs: Inputs, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Draws of each input by name: log-triangular counts, triangular rates; one of the modes where none are asked for."""
    found = {}
    for name, assumed in inputs.assumptions().items():
        if inputs.draws == 0:
            found[name] = np.array([assumed.mode])
        else:
            law = log_triangular if name in COUNTS else triangular
            found[name] = law(rng, assumed.low, assumed.mode, assumed.high, inputs.draws)
    return found


def stocks(drawn: Mapping[str, FloatArray]) -> Stocks:
    """Drawn inputs as stocks and monthly flows: a yearly rate is divided by 12."""
    gap = drawn["gap"] if "gap" in drawn else drawn["demand"] - drawn["workforce"]
    return Stocks(
        gap=gap,
        workforce=drawn["workforce"],
        placed=drawn["throughput_per_month"] * drawn["placement"],
        growth=drawn["demand_growth_per_year"] / 12.0,
        attrition=drawn["attrition_per_year"] / 12.0,
    )


def gap_path(start: Stocks, months: int) -> FloatArray:
    """Persons missing after 0 … `months` months, shape (months + 1, draws); never below 0.

    Each month as many are placed as are ready and missing, some leave the field, and demand grows:
    H = min(placed, G + gD + qW), W' = W(1 - q) + H, D' = D(1 + g). Source: docs/gap-model §2.5.
    """
    workforce, demand = start.workforce, start.workforce + start.gap
    path = [np.maximum(0.0, start.gap)]
    for _ in range(months):
        open_posts = demand - workforce + start.growth * demand + start.attrition * workforce
        placed = np.clip(open_posts, 0.0, start.placed)
        workforce = workforce * (1.0 - start.attrition) + placed
        demand = demand * (1.0 + start.growth)
        path.append(np.maximum(0.0, demand - workforce))
    return np.array(path)


def closing_month(gaps: FloatArray) -> FloatArray:
    """The first month at which a draw's gap is closed, by draw; infinite where it is not within the path."""
    closed = gaps <= CLOSED
    return np.where(closed.any(axis=0), closed.argmax(axis=0).astype(np.float64), np.inf)


def months_of(closed: FloatArray) -> Months | None:
    """The closing months of all draws as a median with an 80 % interval; None where none closes."""
    if np.isinf(closed).all():
        return None
    found = np.quantile(closed, (0.5, LOW, HIGH), method="inverted_cdf")
    return Months(*(float(month) if np.isfinite(month) else None for month in found))


def linear_months(typical: Mapping[str, float]) -> float | None:
    """Gap over today's net flow [months]: optimistic, for comparison. None where the flow does not shrink the gap."""
    gap, flow = _start(typical), _outflow(typical)
    net = typical["throughput_per_month"] * typical["placement"] - flow
    return gap / net if net > 0 else None


def required_throughput(typical: Mapping[str, float], months: int) -> Required:
    """Ready persons per month that close the gap within `months`: (G/T + gD + qW)/placement, and by bisection.

    The bound ignores that those placed later leave, and that demand compounds. Exact to 1e-6 of itself.
    """
    if typical["placement"] <= 0:
        return Required(math.inf, None)
    bound = max(0.0, (_start(typical) / months + _outflow(typical)) / typical["placement"])
    low, high = 0.0, max(1.0, bound)
    while not _closes(typical, high, months):
        if high > 1e12:
            return Required(bound, None)
        low, high = high, 2.0 * high
    if _closes(typical, 0.0, months):
        return Required(bound, 0.0)
    while high - low > 1e-7 * high:
        middle = (low + high) / 2.0
        low, high = (low, middle) if _closes(typical, middle, months) else (middle, high)
    return Required(bound, high)


def variance_share(inputs: Inputs, drawn: Mapping[str, FloatArray], outcome: FloatArray) -> dict[str, float]:
    """Each doubtful input's share of the outcome's doubt: squared rank correlations, summing to 1; empty without doubt."""
    doubtful = [name for name, assumed in inputs.assumptions().items() if assumed.uncertain] if inputs.draws else []
    squares = {name: rank_correlation(drawn[name], outcome) ** 2 for name in doubtful}
    total = sum(squares.values())
    return {name: square / total for name, square in squares.items()} if total > 0 else {}


def _start(typical: Mapping[str, float]) -> float:
    return max(0.0, typical["gap"] if "gap" in typical else typical["demand"] - typical["workforce"])


def _outflow(typical: Mapping[str, float]) -> float:
    """People per month that growth and attrition add to the gap."""
    demand = typical["workforce"] + typical["gap"] if "gap" in typical else typical["demand"]
    return (typical["demand_growth_per_year"] * demand + typical["attrition_per_year"] * typical["workforce"]) / 12.0


def _closes(typical: Mapping[str, float], throughput: float, months: int) -> bool:
    drawn = {name: np.array([value]) for name, value in {**typical, "throughput_per_month": throughput}.items()}
    return bool(closing_month(gap_path(stocks(drawn), months))[0] <= months)
