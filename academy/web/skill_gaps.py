"""Skill gaps: which skills and competency areas people lack, of the nation, a state or a work role, as published."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from academy.core.framework import Names
from academy.core.workforce.skill_gap import fewest_for
from academy.services import gap
from academy.services.gap import Query, Row
from academy.services.publish import UNKNOWN
from academy.services.skill_gaps import PREFIX as METRIC
from academy.web.auth import role_required
from academy.web.programs import query_or_400
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("skill_gaps", __name__)
PREFIX = "/programs"
AI_SECURITY = "NF-COM-002"


@dataclass(frozen=True, slots=True)
class Line:
    """One skill, area, state or role and the share of its assessed people who lack the skill."""

    id: str
    name: str
    row: Row


@bp.get("/skills")
@role_required("manager")
def show_skill_gaps() -> ResponseReturnValue:
    """The areas and skills of one place or role, weakest first; with `?skill=`, that one everywhere."""
    site, query = current_site(), query_or_400()
    facts = site.framework
    known: dict[str, Names] = {key: area.name for key, area in facts.areas.items()}
    known |= {key: skill.name for key, skill in facts.skills.items()}
    chosen = request.args.get("skill", "")
    if chosen and chosen not in known:
        abort(400)
    view = gap.view(site, Query(role=query.role or "", as_of=query.as_of))
    if view is None:
        return render_template("programs/gap_empty.html", as_of=query.as_of)
    here = view.nation if query.role else view.here(Query(state=query.state))
    rows = {name: here.numbers[f"{METRIC}{name}"] for name in known if f"{METRIC}{name}" in here.numbers}
    return render_template(
        "programs/skill_gaps.html",
        view=view,
        query=query,
        areas=_weakest([Line(key, name_of(known[key]), row) for key, row in rows.items() if key in facts.areas]),
        skills=_weakest([Line(key, name_of(known[key]), row) for key, row in rows.items() if key in facts.skills]),
        ai_security=rows.get(AI_SECURITY),
        ai_name=name_of(facts.areas[AI_SECURITY].name),
        chosen=chosen,
        fewest=fewest_for(view.report.min_cell),
        chosen_name=name_of(known[chosen]) if chosen else "",
        everywhere=_everywhere(chosen, query) if chosen else [],
        role_choices=[(role.id, name_of(role.name)) for role in facts.roles.values() if role.requirements],
        state_choices=[*((state.iso, state.name) for state in facts.states.values())],
    )


def _everywhere(chosen: str, query: Query) -> list[Line]:
    """One skill in every state and every role that asks for it."""
    site = current_site()
    report = gap.read(site, Query(as_of=query.as_of, metrics=(f"{METRIC}{chosen}",)))
    rows = report.rows if report else ()
    states = {state.iso: state.name for state in site.framework.states.values()} | {UNKNOWN: ""}
    named = [Line(row.state, states[row.state], row) for row in rows if row.state and not row.role]
    named += [Line(row.role, name_of(site.framework.roles[row.role].name), row) for row in rows if row.role]
    return _weakest([line for line in named if line.name])


def _weakest(lines: list[Line]) -> list[Line]:
    """Those with the largest gap first, hidden ones last."""
    return sorted(lines, key=lambda line: (line.row.value is None, -(line.row.value or 0.0), line.name))
