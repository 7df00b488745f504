"""When the gap closes: the forecast of one place, what if, and the same as a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.core.workforce.forecast import Spread
from academy.services import audit, outlook
from academy.services.gap import ALL, ChoiceError, Query
from academy.services.outlook import Outlook
from academy.services.publish import UNKNOWN
from academy.web.auth import role_required, signed_in
from academy.web.programs import query_or_400
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("forecasts", __name__)
PREFIX = "/programs"


@dataclass(frozen=True, slots=True)
class Fan:
    """The path of a gap as drawn in a square of 100: its band and its median, and the number at the top."""

    band: str
    median: str
    top: float


@bp.get("/forecast")
@role_required("manager")
def show_forecast() -> ResponseReturnValue:
    """When the gap closes at this rate, how sure that is, and what would close it in time."""
    site, query = current_site(), query_or_400()
    found = _outlook_or_400(query)
    if found is None:
        return render_template("programs/gap_empty.html", as_of=query.as_of)
    asked = {name: value for name, value in asdict(found.what_if).items() if value is not None}
    chosen = {"role": query.role, "state": query.state, "sector": query.sector, "scenario": found.view.scenario, "as_of": query.as_of}
    choices = {name: value for name, value in chosen.items() if value} | asked
    return render_template(
        "programs/forecast.html",
        outlook=found,
        view=found.view,
        here=found.place,
        query=query,
        framework=site.framework,
        fan=fan(found.found.path) if found.found else None,
        shares=sorted(found.found.variance_share.items(), key=lambda pair: -pair[1]) if found.found else [],
        choices=choices,
        asked=asked,
        assumed=outlook.ASSUMED,
        role_choices=[(role.id, name_of(role.name)) for role in site.framework.roles.values()],
        state_choices=[(state.iso, state.name) for state in site.framework.states.values()],
        sector_choices=[(sector.id, name_of(sector.name)) for sector in site.framework.sectors.values()],
        csv_here=url_for("forecasts.show_forecast_csv", **{**choices, "role": found.view.role or ALL}),
        unknown=UNKNOWN,
        input_names=input_names(),
    )


@bp.get("/forecast.csv")
@role_required("manager")
def show_forecast_csv() -> ResponseReturnValue:
    """The fan's numbers, one month a line."""
    found = _outlook_or_400(query_or_400())
    if found is None or found.found is None:
        abort(404)
    audit.note(current_site(), "exported", actor=signed_in().id, what="forecast", as_of=found.view.report.as_of.isoformat())
    name = f"forecast-{found.view.report.as_of.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(outlook.as_csv(found), mimetype="text/csv", headers=headers)


def fan(path: tuple[Spread, ...]) -> Fan:
    """The band and the median of a path in a square of 100, 0 at the bottom."""
    top = max(*(at.p90 for at in path), 1.0)
    step = 100 / max(1, len(path) - 1)

    def points(values: list[float]) -> list[str]:
        return [f"{month * step:.2f},{100 - 100 * value / top:.2f}" for month, value in enumerate(values)]

    upper, lower = points([at.p90 for at in path]), points([at.p10 for at in path])
    return Fan(" ".join([*upper, *reversed(lower)]), " ".join(points([at.p50 for at in path])), top)


def _outlook_or_400(query: Query) -> Outlook | None:
    try:
        return outlook.outlook(current_site(), query, outlook.checked_what_if(request.args))
    except ChoiceError as error:
        abort(400, str(error))


def input_names() -> dict[str, str]:
    """What the inputs of a forecast are called."""
    return {
        "gap": _("Which national figure is believed"),
        "demand": _("People needed"),
        "workforce": _("People in the field"),
        "throughput_per_month": _("People ready per month"),
        "placement": _("Share of them who are placed"),
        "demand_growth_per_year": _("Growth of need per year"),
        "attrition_per_year": _("People who leave per year"),
    }
