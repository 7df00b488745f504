"""Countries side by side: the modelled one from a publication, the others from their packs, each number with what it counts there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from academy.core.framework import Claim, Country, Figure, Names, Provenance
from academy.core.workforce.gap import market_ratio, openings_per_year
from academy.services.gap import Row, View
from academy.services.outlook import ASSUMED
from academy.services.site import Site

METRICS = ("workforce", "need", "shortage", "openings", "market_ratio")


def N_(message: str) -> str:  # noqa: N802  # the customary mark for text that is translated later
    """Mark a message for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a country [persons, posts per year, or - for a ratio], what it counts and where it is from.

    definition: an English msgid of ours, or words of a pack in every language. provenance None: worked out here.
    """

    value: float
    low: float | None
    high: float | None
    ratio: bool
    definition: str | Names
    grade: str
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """A country and its numbers by metric; a metric without any is not known there."""

    country: Country
    numbers: Mapping[str, tuple[Number, ...]]


def sides(site: Site, view: View) -> list[Side]:
    """Every country with its numbers, the modelled one first, under the view's scenario."""
    return [
        Side(country, {metric: tuple(_modelled(view, metric) if country.modelled else _published(country, metric)) for metric in METRICS})
        for country in site.framework.countries.values()
    ]


def former_ratios(site: Site) -> list[Figure]:
    """Ratios that countries published under a definition that no longer holds."""
    return [figure for country in site.framework.countries.values() for figure in country.figures if figure.metric == "former_ratio"]


def beliefs(view: View) -> list[Claim]:
    """The claims that the view's scenario rests on, and the workforce."""
    scenario = view.scenarios.get(view.scenario)
    believed = [view.claims[key] for key in scenario.claim_ids if key in view.claims] if scenario else []
    return [*believed, view.report.inputs.workforce]


def _published(country: Country, metric: str) -> Iterator[Number]:
    for figure in country.figures:
        if figure.metric == metric:
            came = figure.provenance
            yield Number(figure.mode, figure.low, figure.high, metric == "market_ratio", figure.counts, came.grade, came)


def _modelled(view: View, metric: str) -> Iterator[Number]:
    rows = view.nation.numbers
    if metric == "workforce":
        yield from _of_row(rows.get("workforce"), N_("The published national workforce that the model spreads."))
    elif metric == "need":
        yield from _of_row(rows.get("need_top_down"), N_("People in the field plus people missing under the scenario."))
        yield from _of_row(rows.get("need_bottom_up"), N_("People employed in each sector times the security staff it needs per 1,000."))
    elif metric == "shortage":
        yield from _of_row(rows.get("shortage"), N_("The scenario's published figures, their budgeted part. They are not vacancies."))
    else:
        yield from _assumed(rows, metric)


def _of_row(row: Row | None, definition: str) -> Iterator[Number]:
    if row is not None and row.value is not None:
        yield Number(float(row.value), row.lo, row.hi, ratio=False, definition=definition, grade=row.source_grade)


def _assumed(rows: Mapping[str, Row], metric: str) -> Iterator[Number]:
    """Openings and the market ratio, from assumed growth and attrition: nobody counts openings in the country."""
    workforce, ready = rows.get("workforce"), rows.get("ready")
    if workforce is None or not workforce.value:
        return
    people, able = float(workforce.value), float(ready.value or 0.0) if ready is not None else 0.0
    mode, low, high = (
        openings_per_year(people, growth=getattr(ASSUMED["growth"], end), attrition=getattr(ASSUMED["attrition"], end))
        for end in ("mode", "low", "high")
    )
    if metric == "openings":
        definition = N_("Not counted by anybody: people in the field times the growth and the attrition that are assumed.")
        yield Number(mode, low, high, ratio=False, definition=definition, grade="D")
        return
    typical, most, least = (market_ratio(people + able, people + openings) or 0.0 for openings in (mode, low, high))
    definition = N_(
        "CyberSeek's present definition with what is known: people in the field and people ready, over people in the field and the "
        "assumed openings of a year. People who look for work are not known and left out."
    )
    yield Number(typical, least, most, ratio=True, definition=definition, grade="D")
