"""Whether groups are served alike: how many of those enrolled are ready, by the language they learn in and by state."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from academy.services import fairness
from academy.web.auth import role_required
from academy.web.programs import query_or_400
from academy.web.requests import current_site

bp = Blueprint("fairness", __name__)
PREFIX = "/programs"


@bp.get("/fairness")
@role_required("manager")
def show_fairness() -> ResponseReturnValue:
    """The share ready of each language and state with its interval: a sentence, bars and tables."""
    site, query = current_site(), query_or_400()
    found = fairness.fairness(site, query)
    if found is None:
        return render_template("programs/gap_empty.html", as_of=query.as_of)
    chosen = {"scenario": found.view.scenario, "as_of": query.as_of}
    return render_template(
        "programs/fairness.html",
        view=found.view,
        found=found,
        framework=site.framework,
        choices={name: value for name, value in chosen.items() if value},
    )
