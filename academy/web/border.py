"""Both sides of the border: need, workforce, openings and market ratio of each country, with what each counts there."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import border, gap
from academy.services.gap import Query
from academy.web.auth import role_required
from academy.web.programs import query_or_400
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("border", __name__)
PREFIX = "/programs"


@bp.get("/border")
@role_required("manager")
def show_border() -> ResponseReturnValue:
    """The countries side by side, under one scenario."""
    asked = query_or_400()
    view = gap.view(current_site(), Query(role="", scenario=asked.scenario, as_of=asked.as_of))
    if view is None:
        return render_template("programs/gap_empty.html", as_of=asked.as_of)
    return render_template(
        "programs/border.html",
        view=view,
        as_of=asked.as_of,
        sides=border.sides(current_site(), view),
        claims=border.beliefs(view),
        former=border.former_ratios(current_site()),
        metric_names={
            "workforce": _("In the field"),
            "need": _("People needed"),
            "shortage": _("People missing"),
            "openings": _("Openings in a year"),
            "market_ratio": _("Market ratio"),
        },
        said=lambda definition: _(definition) if isinstance(definition, str) else name_of(definition),
    )
