"""Two cells side by side: two states, work roles, sectors or dates, chosen by address."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import gap
from academy.services.gap import ChoiceError, Place, Query, Row, View
from academy.web.auth import role_required
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("compare", __name__)
PREFIX = "/programs"
FIELDS = ("role", "state", "sector", "as_of")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two cells: its letter, what was asked for, and what is published of it."""

    letter: str
    query: Query
    view: View
    place: Place


@dataclass(frozen=True, slots=True)
class Pair:
    """A metric on both sides. top: the right end of its drawing.

    apart: the intervals do not meet; None where one is missing or has no width.
    """

    metric: str
    title: str
    rows: tuple[Row | None, Row | None]
    top: float
    apart: bool | None


@bp.get("/compare")
@role_required("manager")
def show_comparison() -> ResponseReturnValue:
    """Every metric of two cells with its interval, and which of them clearly differ."""
    site = current_site()
    queries = [_query_or_400(letter) for letter in "ab"]
    views = [gap.view(site, query) for query in queries]
    for query, view in zip(queries, views, strict=True):
        if view is None:
            return render_template("programs/gap_empty.html", as_of=query.as_of)
    sides = [Side(letter, query, view, view.here(query)) for letter, query, view in zip("ab", queries, views, strict=True) if view]
    facts, scenario = site.framework, sides[0].view.scenario
    chosen = {f"{side.letter}_{name}": getattr(side.query, name) for side in sides for name in FIELDS}
    return render_template(
        "programs/compare.html",
        sides=sides,
        view=sides[0].view,
        pairs=[pair(metric, title, sides[0].place, sides[1].place) for metric, title in _metrics().items()],
        choices={name: value for name, value in chosen.items() if value} | {"scenario": scenario},
        framework=facts,
        role_choices=[(role.id, name_of(role.name)) for role in facts.roles.values()],
        state_choices=[(state.iso, state.name) for state in facts.states.values()],
        sector_choices=[(sector.id, name_of(sector.name)) for sector in facts.sectors.values()],
    )


def pair(metric: str, title: str, one: Place, other: Place) -> Pair:
    """A metric of two places, set against each other."""
    rows = one.numbers.get(metric), other.numbers.get(metric)
    ends = [float(end) for row in rows if row for end in (row.value, row.hi) if end is not None]
    return Pair(metric, title, rows, max([*ends, 1e-9]), _apart(*rows))


def _apart(one: Row | None, other: Row | None) -> bool | None:
    if one is None or other is None or None in (one.lo, one.hi, other.lo, other.hi):
        return None
    if one.lo == one.hi or other.lo == other.hi:  # published without a range: how sure it is nobody knows
        return None
    return one.hi < other.lo or other.hi < one.lo  # type: ignore[operator]  # looked at above


def _query_or_400(letter: str) -> Query:
    given = {name: request.args.get(f"{letter}_{name}") for name in FIELDS}
    try:
        return gap.asked(current_site(), scenario=request.args.get("scenario"), **given)
    except ChoiceError as error:
        abort(400, str(error))


def _metrics() -> dict[str, str]:
    return {
        "shortage": _("People missing"),
        "need_top_down": _("People needed"),
        "workforce": _("In the field"),
        "coverage": _("Coverage"),
        "need_bottom_up": _("Needed, from employment"),
        "coverage_bottom_up": _("Coverage of that need"),
        "vacancies": _("Open posts"),
        "enrolled": _("Enrolled"),
        "proficient": _("Proficient"),
        "ready": _("Ready today"),
        "ever_ready": _("Ever ready"),
    }
