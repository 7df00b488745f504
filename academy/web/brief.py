"""The brief: what is published of a state or the nation, on one page made for printing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.services import brief, gap
from academy.services.gap import Query
from academy.services.skill_gaps import PREFIX as SKILL
from academy.web.auth import role_required
from academy.web.kept_pages import kept_page
from academy.web.programs import query_or_400, tile_map
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("brief", __name__)
PREFIX = "/programs/brief"


@bp.get("/")
@bp.get("/<state>")
@role_required("manager")
def show_brief(state: str = "") -> ResponseReturnValue:
    """One place on one page: the sentence, map, coverage, people and posts, skills, sources."""
    site = current_site()
    if state and state not in site.framework.states:
        abort(404)
    query = replace(query_or_400(), state=state or None)
    return kept_page(lambda _person: gap.newest(site, query.as_of), lambda: _page(query), with_query=True)  # a snapshot never changes


def _page(query: Query) -> str:
    site = current_site()
    found = brief.brief(site, query)
    if found is None:
        return render_template("programs/gap_empty.html", as_of=query.as_of)
    choices: dict[str, Any] = {"scenario": found.view.scenario, "as_of": query.as_of}
    return render_template(
        "programs/brief.html",
        brief=found,
        view=found.view,
        here=found.place,
        query=query,
        framework=site.framework,
        tiles=tile_map(found.view, "shortage", lambda state: url_for("brief.show_brief", state=state, **choices)),
        top=max([1.0, *(float(row.hi or 0) for row in found.coverage)]),
        weakest=[(name_of(site.framework.skills[row.metric.removeprefix(SKILL)].name), row) for row in found.weakest],
        choices=choices,
        state_choices=[(each.iso, each.name) for each in site.framework.states.values()],
    )
