"""Where a programme manager begins: twelve questions, each with its answer in a line and the page that says more."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from academy.services import gap, outlook, overview
from academy.services.gap import Query
from academy.services.skill_gaps import PREFIX as SKILL
from academy.web.auth import role_required
from academy.web.forecasts import input_names
from academy.web.funnels import stage_names
from academy.web.kept_pages import kept_page
from academy.web.programs import query_or_400
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("overview", __name__)
PREFIX = "/programs"


@bp.get("/")
@role_required("manager")
def show_overview() -> ResponseReturnValue:
    """The twelve questions, answered from the newest publication where it knows."""
    query = query_or_400()
    site = current_site()
    return kept_page(lambda _person: gap.newest(site, query.as_of), lambda: _page(query), with_query=True)  # a snapshot never changes


def _page(query: Query) -> str:
    site = current_site()
    found = overview.overview(site, query)
    if found is None:
        return render_template("programs/gap_empty.html", as_of=query.as_of)
    facts, weakest = site.framework, found.weakest
    return render_template(
        "programs/overview.html",
        overview=found,
        view=found.view,
        of=found.view.nation.numbers,
        framework=facts,
        choices={"scenario": found.view.scenario, "as_of": query.as_of},
        extra=overview.SEATS,
        within=overview.WITHIN,
        placement=outlook.ASSUMED["placement"],
        stage_names=stage_names(),
        input_names=input_names(),
        weakest_name=name_of(facts.areas[weakest.metric.removeprefix(SKILL)].name) if weakest else "",
    )
