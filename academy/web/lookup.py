"""Looking things up: search over lessons and terms, the glossary, work roles and the paths to them."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from academy.services import gap, progress, roles, search, skills
from academy.services.gap import Query
from academy.services.progress import Facts
from academy.web.auth import public, viewer
from academy.web.learn import step_url
from academy.web.requests import current_language, current_site

bp = Blueprint("lookup", __name__)
PREFIX = ""
LONGEST_QUERY = 100


@bp.get("/search")
@public
def show_search() -> ResponseReturnValue:
    """Lessons and terms that hold the words asked for."""
    query = _query()
    found = search.find(current_site(), query, current_language()) if query else None
    return render_template("lookup/search.html", query=query, found=found)


@bp.get("/glossary")
@public
def show_glossary() -> ResponseReturnValue:
    """Every term with its meaning and its name in the other language."""
    query = _query()
    return render_template("lookup/glossary.html", query=query, terms=search.terms(current_site(), current_language(), query))


@bp.get("/roles")
@public
def show_roles() -> ResponseReturnValue:
    """Every work role, those that can be learned and measured here first."""
    return render_template("lookup/roles.html", outlines=roles.outlines(current_site(), current_language(), progress.NOTHING_DONE))


@bp.get("/roles/<role_id>")
@public
def show_role(role_id: str) -> ResponseReturnValue:
    """One work role: what one can do at the end, the path, the skills, and the published need for it."""
    site = current_site()
    outline = roles.outline(site, role_id, current_language(), _facts())
    if outline is None:
        abort(404)
    person = viewer()
    report = skills.report(site, person.id, role_id) if person and "learner" in person.roles else None
    return render_template(
        "lookup/role.html",
        outline=outline,
        lines={line.skill.id: line for line in report.lines + report.other_lines} if report else {},
        published=gap.view(site, Query(role=role_id)),
        framework=site.framework,
        step_url=step_url,
    )


def _facts() -> Facts:
    person = viewer()
    return progress.facts(current_site(), person.id) if person else progress.NOTHING_DONE


def _query() -> str:
    return " ".join(request.args.get("q", "").split())[:LONGEST_QUERY]
