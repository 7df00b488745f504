"""A publication turned into what one printed page says of one place: its numbers, its largest work roles, its weakest skills."""

from __future__ import annotations

from dataclasses import dataclass

from academy.core.framework import Claim
from academy.services import gap
from academy.services.gap import Place, Query, Row, View, Worst
from academy.services.site import Site
from academy.services.skill_gaps import PREFIX

LARGEST, WEAKEST = 5, 3
"""How many work roles and skills the page names."""


@dataclass(frozen=True, slots=True)
class Brief:
    """One place under one scenario, all work roles together, as published.

    coverage: of the work roles with the largest need, largest first. weakest: published skill gaps, largest first.
    claims: the figures that the scenario believes.
    """

    view: View
    place: Place
    coverage: tuple[Row, ...]
    worst: Worst | None
    weakest: tuple[Row, ...]
    claims: tuple[Claim, ...]


def brief(site: Site, query: Query) -> Brief | None:
    """What is said of a query's state, or of the nation; None when nothing was published up to then."""
    asked = Query(state=query.state, scenario=query.scenario, as_of=query.as_of)
    view = gap.view(site, asked)
    if view is None:
        return None
    place, scenario = view.here(asked), view.scenarios.get(view.scenario)
    return Brief(
        view,
        place,
        _largest(site, query),
        gap.worst(site, view, asked),
        _weakest(site, place),
        tuple(view.claims[key] for key in scenario.claim_ids if key in view.claims) if scenario else (),
    )


def _largest(site: Site, query: Query) -> tuple[Row, ...]:
    """Coverage of the work roles that most people are needed in, also where it is hidden."""
    metrics = ("coverage_bottom_up", "need_bottom_up")
    report = gap.read(site, Query(state=query.state or "", as_of=query.as_of, metrics=metrics))
    rows = [row for row in report.rows if row.role] if report else []
    needs = {row.role: float(row.value or 0) for row in rows if row.metric == "need_bottom_up"}
    covered = [row for row in rows if row.metric == "coverage_bottom_up"]
    return tuple(sorted(covered, key=lambda row: (-needs.get(row.role, 0.0), row.role))[:LARGEST])


def _weakest(site: Site, place: Place) -> tuple[Row, ...]:
    known = [place.numbers.get(f"{PREFIX}{skill}") for skill in site.framework.skills]
    shown = [row for row in known if row is not None and row.value]
    return tuple(sorted(shown, key=lambda row: (-float(row.value or 0), row.metric))[:WEAKEST])
