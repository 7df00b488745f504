"""The programme manager's pages: the gap, its numbers as a file, and the sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.core.framework import Claim
from academy.core.workforce.classes import Class, classify
from academy.services import audit, gap, inputs, ledger, publish
from academy.services.gap import ALL, Query, Row, View
from academy.services.publish import UNKNOWN
from academy.web.auth import role_required, signed_in
from academy.web.kept_pages import kept_page
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("programs", __name__)
PREFIX = "/programs"

MAP_METRICS = ("shortage", "coverage_bottom_up", "ready")
ALIKE = 0.02
"""Coverages nearer than this are shown as one class."""
AREAS = ("MX", "LATAM", "LAC", "US", "WORLD")
GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class TileMap:
    """A metric on the map of states: title, published row, address and step (1 least to 5) by state, and its classes."""

    metric: str
    title: str
    rows: Mapping[str, Row | None]
    links: Mapping[str, str]
    steps: Mapping[str, int]
    classes: list[Class]


@bp.get("/gap")
@role_required("manager")
def show_gap() -> ResponseReturnValue:
    """What is missing where: a sentence, numbers with their doubt, the map, the tables."""
    query, metric = query_or_400(), request.args.get("map") or MAP_METRICS[0]
    if metric not in MAP_METRICS:
        abort(400)
    site = current_site()
    return kept_page(
        lambda _person: gap.newest(site, query.as_of), lambda: _gap_page(query, metric), with_query=True
    )  # a snapshot never changes


@bp.get("/gap.csv")
@role_required("manager")
def show_gap_csv() -> ResponseReturnValue:
    """The page's numbers in the long form, one a line."""
    report = gap.read(current_site(), query_or_400())
    if report is None:
        abort(404)
    audit.note(current_site(), "exported", actor=signed_in().id, what="gap", as_of=report.as_of.isoformat())
    return Response(
        gap.as_csv(report),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="gap-{report.as_of.isoformat()}.csv"'},
    )


@bp.get("/sources")
@role_required("manager")
def show_sources() -> ResponseReturnValue:
    """Every published figure we know, what it counts, and what our own numbers rest on."""
    site = current_site()
    present = inputs.present(site)
    area, grade = request.args.get("area", ""), request.args.get("grade", "")
    entries = ledger.entries(site)
    areas = sorted({entry.claim.area for entry in entries}, key=_area_order)
    if (area and area not in areas) or (grade and grade not in GRADES):
        abort(400)
    claims = [claim for claim in present.claims.values() if area in ("", claim.area) and grade in ("", claim.provenance.grade)]
    by_area = {key: [claim for claim in claims if claim.area == key] for key in areas}
    return render_template(
        "programs/sources.html",
        by_area={key: sorted(found, key=_newest_first) for key, found in by_area.items() if found},
        retired=[entry.claim for entry in entries if entry.retired],
        framework=present.within(site.framework),
        stale=publish.stale(site),
        areas=areas,
        grades=GRADES,
        area=area,
        grade=grade,
    )


def query_or_400() -> Query:
    """The request's filters; a filter that names nothing ends the request."""
    given = request.args
    try:
        return gap.asked(
            current_site(),
            role=given.get("role"),
            state=given.get("state"),
            sector=given.get("sector"),
            scenario=given.get("scenario"),
            as_of=given.get("as_of"),
        )
    except gap.ChoiceError as error:
        abort(400, str(error))


def tile_map(view: View, metric: str, address: Callable[[str], str]) -> TileMap:
    """A metric of a view's states as a map, each tile with the address of its state."""
    rows = {place.id: place.numbers.get(metric) for place in view.states if place.id != UNKNOWN}
    sign = -1.0 if metric == "coverage_bottom_up" else 1.0  # more intense is more missing
    values = {state: sign * round(row.value, 2) for state, row in rows.items() if row is not None and row.value is not None}
    alike = metric.startswith("coverage") and bool(values) and max(values.values()) - min(values.values()) < ALIKE
    steps, classes = classify(dict.fromkeys(values, 0.0) if alike else values)
    if alike:  # what rounding makes of equal numbers is no contrast
        classes = [Class(1, min(values.values()), max(values.values()))]
    names = [] if alike else [current_site().framework.states[state].name for state in _leaders(values)]
    return TileMap(
        metric,
        _map_title(metric, names),
        rows,
        {state: address(state) for state in rows},
        steps,
        [Class(one.step, *sorted((sign * one.low, sign * one.high))) for one in classes],
    )


def _gap_page(query: Query, metric: str) -> str:
    site = current_site()
    view = gap.view(site, query)
    if view is None:
        return render_template("programs/gap_empty.html", as_of=query.as_of)
    choices = _choices(query, view, metric)
    return render_template(
        "programs/gap.html",
        view=view,
        query=query,
        here=view.here(query),
        worst=gap.worst(site, view, query),
        framework=site.framework,
        tiles=tile_map(view, metric, lambda state: _address(choices, state)),
        map_metrics=MAP_METRICS,
        choices=choices,
        role_choices=[(role.id, name_of(role.name)) for role in site.framework.roles.values()],
        state_choices=[*((state.iso, state.name) for state in site.framework.states.values()), (UNKNOWN, _("Not given"))],
        sector_choices=[*((sector.id, name_of(sector.name)) for sector in site.framework.sectors.values()), (UNKNOWN, _("Not given"))],
        csv_here=url_for("programs.show_gap_csv", role=view.role or ALL, scenario=view.scenario, as_of=query.as_of),
        csv_all=url_for("programs.show_gap_csv", as_of=query.as_of),
        unknown=UNKNOWN,
    )


def _choices(query: Query, view: View, metric: str) -> dict[str, str | date]:
    """The present choices as an address carries them."""
    chosen = {
        "role": query.role,
        "state": query.state,
        "sector": query.sector,
        "scenario": view.scenario,
        "as_of": query.as_of,
        "map": metric if metric != MAP_METRICS[0] else None,
    }
    return {name: value for name, value in chosen.items() if value}


def _leaders(values: Mapping[str, float]) -> list[str]:
    """The three places with the largest numbers, as shown; none where the fourth is level with the third."""
    ordered = sorted(values, key=lambda place: -values[place])
    return ordered[:3] if len(ordered) > 3 and values[ordered[2]] > values[ordered[3]] else []


def _address(choices: Mapping[str, str | date], state: str) -> str:
    values: dict[str, Any] = {**choices, "state": state}
    return url_for("programs.show_gap", **values)


def _map_title(metric: str, names: list[str]) -> str:
    if len(names) < 3:
        return str(_("No state stands out"))
    first, second, third = names
    if metric == "coverage_bottom_up":
        return str(_("%(first)s, %(second)s and %(third)s are covered least", first=first, second=second, third=third))
    if metric == "ready":
        return str(_("Most ready people are in %(first)s, %(second)s and %(third)s", first=first, second=second, third=third))
    return str(_("Most people are missing in %(first)s, %(second)s and %(third)s", first=first, second=second, third=third))


def _area_order(area: str) -> tuple[int, str]:
    return (AREAS.index(area) if area in AREAS else len(AREAS), area)


def _newest_first(claim: Claim) -> tuple[int, float]:
    return (-claim.provenance.year, -(claim.mode or 0.0))
