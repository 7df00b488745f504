"""The funnel: how many learners of a work role and place are at each stage, and where most are lost."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import funnels, gap, stalls
from academy.services.gap import Query
from academy.services.publish import UNKNOWN
from academy.web.auth import role_required
from academy.web.programs import query_or_400
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("funnels", __name__)
PREFIX = "/programs"


@bp.get("/funnel")
@role_required("manager")
def show_funnel() -> ResponseReturnValue:
    """Stages as published: a sentence, the funnel, what is lost between stages, every work role."""
    site, query = current_site(), query_or_400()
    found, view = funnels.funnels(site, query), gap.view(site, Query(scenario=query.scenario, as_of=query.as_of))
    if found is None or view is None:
        return render_template("programs/gap_empty.html", as_of=query.as_of)
    facts = site.framework
    chosen = {"role": query.role, "state": query.state, "sector": query.sector, "scenario": view.scenario, "as_of": query.as_of}
    return render_template(
        "programs/funnel.html",
        view=view,
        query=query,
        framework=facts,
        funnel=found.chosen,
        roles=found.roles,
        stalls=None if query.role or query.state or query.sector else stalls.of(site, view.nation.numbers),
        whole=max([1.0, *(float(row.value or 0) for row in found.chosen.counts.values())]),
        choices={name: value for name, value in chosen.items() if value},
        stage_names=stage_names(),
        role_choices=[(role.id, name_of(role.name)) for role in facts.roles.values()],
        state_choices=[*((state.iso, state.name) for state in facts.states.values()), (UNKNOWN, _("Not given"))],
        sector_choices=[*((sector.id, name_of(sector.name)) for sector in facts.sectors.values()), (UNKNOWN, _("Not given"))],
    )


def stage_names() -> dict[str, str]:
    """What the stages are called: first those of which each holds the next, then those beside them."""
    return {
        "enrolled": _("Enrolled"),
        "proficient": _("Proficient"),
        "ready": _("Ready today"),
        "active": _("Active"),
        "ever_ready": _("Ever ready"),
    }
