"""Published numbers of one place, and what if, turned into a forecast of when its gap closes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from academy.core.workforce import assumed
from academy.core.workforce.forecast import Assumed, Forecast, Inputs, Required, forecast
from academy.services import gap, prospects
from academy.services.gap import ChoiceError, Place, Query, Row, View
from academy.services.prospects import Score
from academy.services.site import Site
from academy.store import snapshots

ASSUMED = assumed.RATES
NOTHING = Assumed(0, 0, 0)
LIMITS: Mapping[str, tuple[float, float]] = {
    "seats": (0, 1_000_000),
    "completion": (0, 100),
    "placement": (0, 100),
    "growth": (-50, 100),
    "attrition": (0, 100),
    "months": (1, 240),
}
"""The smallest and the largest value of every what-if field: seats a month, per cent, months."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a reader supposes: people who start each month, per cent of them who become ready, per cent of those who are placed,
    per cent that need grows and that leave in a year, and by which month it should be closed. None: as assumed or as counted."""

    seats: float | None = None
    completion: float | None = None
    placement: float | None = None
    growth: float | None = None
    attrition: float | None = None
    months: float | None = None

    @property
    def target(self) -> int:
        """Months until the gap should be closed."""
        return 60 if self.months is None else int(self.months)

    @property
    def flow(self) -> float | None:
        """People ready per month that are supposed; None where no seats are."""
        return None if self.seats is None else self.seats * (100.0 if self.completion is None else self.completion) / 100.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """A place's forecast. `inputs` and `found` are None where nothing is known to forecast from: no shortage, or no flow of people.

    counted: the published throughput. required: ready people per month that would close the gap by the target.
    """

    view: View
    place: Place
    what_if: WhatIf
    counted: Row | None
    inputs: Inputs | None
    found: Forecast | None
    required: Required | None
    scores: tuple[Score, ...]

    @property
    def held(self) -> float:
        """The share of scored forecasts whose 80 % interval held."""
        return sum(score.held for score in self.scores) / len(self.scores) if self.scores else 0.0

    @property
    def loss(self) -> float:
        """Mean pinball loss of scored forecasts [persons]."""
        return sum(score.loss for score in self.scores) / len(self.scores) if self.scores else 0.0


def checked_what_if(given: Mapping[str, str]) -> WhatIf:
    """What-if fields as people write them. Raises ChoiceError for the first that is no number or out of range."""
    return WhatIf(**{field.name: _number(field.name, given.get(field.name, "")) for field in fields(WhatIf)})


def outlook(site: Site, query: Query, what_if: WhatIf) -> Outlook | None:
    """The forecast for a query's role and place; None when nothing was published up to then."""
    view = gap.view(site, query)
    if view is None:
        return None
    place = view.here(query)
    counted = place.numbers.get("throughput")
    scores = _scores(site, query, view)
    start = _inputs(place, what_if, counted, view.report.seed)
    if start is None:
        return Outlook(view, place, what_if, counted, None, None, None, scores)
    inputs, known_flow = start
    found = forecast(inputs, np.random.default_rng(inputs.seed))
    required = found.required[what_if.target]
    return Outlook(view, place, what_if, counted, inputs, found if known_flow else None, required, scores)


def as_csv(found: Outlook) -> str:
    """The fan as a CSV file: persons missing by month, with everything that the forecast rests on in each line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    report = found.view.report
    assumed = found.inputs.assumptions() if found.inputs else {}
    names = [f"{name}_{part}" for name in assumed for part in ("low", "mode", "high")]
    writer.writerow(
        ["role", "state", "sector", "scenario", "as_of", "month", "metric", "lo", "value", "hi", "unit", "seed", "model_version", *names]
    )
    here = next((row for row in found.place.numbers.values()), None)
    where = (found.view.role, here.state if here else "", here.sector if here else "", found.view.scenario, report.as_of.isoformat())
    values = [f"{value:g}" for one in assumed.values() for value in (one.low, one.mode, one.high)]
    for month, at in enumerate(found.found.path if found.found else ()):
        spread = [f"{value:.1f}" for value in (at.p10, at.p50, at.p90)]
        writer.writerow([*where, month, "gap_forecast", *spread, "persons", report.seed, report.model_version, *values])
    return out.getvalue()


def _inputs(place: Place, what_if: WhatIf, counted: Row | None, seed: int) -> tuple[Inputs, bool] | None:
    """What the forecast starts from, and whether the flow of people is known; None where the shortage is not."""
    missing, workforce = place.numbers.get("shortage"), place.numbers.get("workforce")
    if missing is None or missing.value is None or workforce is None or workforce.value is None:
        return None
    flow = Assumed(what_if.flow, what_if.flow, what_if.flow) if what_if.flow is not None else _range(counted)
    inputs = assumed.starting(
        _range(missing) or NOTHING,
        _range(workforce) or NOTHING,
        flow or NOTHING,
        seed=seed,
        rates={name: _supposed(name, getattr(what_if, name)) for name in ASSUMED},
        targets=tuple(dict.fromkeys((what_if.target, 24, 60))),
    )
    return inputs, flow is not None


def _scores(site: Site, query: Query, view: View) -> tuple[Score, ...]:
    state = query.state or ""
    sector = "" if state else query.sector or ""
    with site.database.reading() as session:
        course = snapshots.course_of(
            session,
            ("became_ready", "became_ready_next"),
            role=view.role,
            state=state,
            sector=sector,
            until=view.report.as_of,
        )
    return tuple(prospects.scores(course))


def _supposed(name: str, per_cent: float | None) -> Assumed:
    return ASSUMED[name] if per_cent is None else Assumed(per_cent / 100, per_cent / 100, per_cent / 100)


def _range(row: Row | None) -> Assumed | None:
    """A published number with its interval, on a scale that has no 0; None where it is hidden or not known."""
    if row is None or row.value is None:
        return None
    return assumed.published(row.value, row.lo, row.hi)


def _number(name: str, text: str) -> float | None:
    low, high = LIMITS[name]
    if not text.strip():
        return None
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = low - 1
    if not low <= value <= high or (name == "months" and value != int(value)):
        raise ChoiceError(f"{name} must be a number from {low:,.0f} to {high:,.0f}, not {text[:40]!r}")
    return value
