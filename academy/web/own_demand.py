"""Own demand for managers: counts by CSV looked at before they are applied, undone, and both ways of estimating side by side."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.core.content.model import Problem
from academy.core.workforce.effect import Change
from academy.core.workforce.overrides import KINDS
from academy.services import audit, gap, inputs, ledger, own_demand, publish
from academy.services.ledger import Refused
from academy.services.own_demand import Preview
from academy.web.auth import role_required, signed_in
from academy.web.requests import current_site
from academy.web.uploads import said, uploaded

bp = Blueprint("own_demand", __name__)
PREFIX = "/programs"
SHOWN = 8
"""How many of the further numbers that move are listed, of each kind."""


@bp.get("/demand")
@role_required("manager")
def show_demand() -> ResponseReturnValue:
    """The counts in force, need from above beside need from below, and a file to look at."""
    return _page()


@bp.post("/demand")
@role_required("manager")
def submit_demand() -> ResponseReturnValue:
    """Show what a file would change; with `action=apply`, do it."""
    action = request.form.get("action", "preview")
    if action not in ("preview", "apply"):
        abort(400)
    name, text = uploaded()
    if isinstance(text, Problem):
        return _page(Preview((text,), (), None, "")), 422
    if action == "preview":
        found = own_demand.preview(current_site(), text, name)
        return _page(found, name, text), 200 if found.applicable else 422
    try:
        found = own_demand.apply(current_site(), signed_in().id, text, name, basis=request.form.get("basis", ""))
    except Refused as error:
        flash(" ".join(ledger.explain(code, _) for code in error.errors.values()), "error")
        return _page(own_demand.preview(current_site(), text, name), name, text), 409
    if not found.applicable:
        return _page(found, name, text), 422
    flash(_("Applied. The numbers below are the new ones; the gap's pages follow when they are published."), "ok")
    return redirect(url_for("own_demand.show_demand"), code=303)


@bp.post("/demand/<int(max=2147483647):import_id>")
@role_required("manager")
def submit_switch(import_id: int) -> ResponseReturnValue:
    """Undo a file that was applied, or apply it again."""
    action = request.form.get("action", "")
    if action not in ("undo", "redo"):
        abort(400)
    if not own_demand.switch(current_site(), signed_in().id, import_id, undone=action == "undo"):
        abort(404)
    flash(_("Undone: the numbers are as they were without this file.") if action == "undo" else _("This file counts again."), "ok")
    return redirect(url_for("own_demand.show_demand"), code=303)


@bp.get("/demand.csv")
@role_required("manager")
def show_demand_csv() -> ResponseReturnValue:
    """The counts in force as a file that can be imported again."""
    audit.note(current_site(), "exported", actor=signed_in().id, what="own demand")
    headers = {"Content-Disposition": 'attachment; filename="demand.csv"'}
    return Response(own_demand.as_csv(current_site()), mimetype="text/csv", headers=headers)


def _largest(found: Preview | None) -> list[Change]:
    changes = found.effect.others if found and found.effect else ()
    return [change for kind in KINDS for change in [each for each in changes if each.place[0] == kind][:SHOWN]]


def _page(found: Preview | None = None, name: str = "", text: str = "") -> str:
    site = current_site()
    present = inputs.present(site)
    scenario = request.args.get("scenario") or gap.usual_scenario(present)
    if scenario not in present.scenarios:
        abort(400)
    return render_template(
        "programs/demand.html",
        preview=found,
        name=name,
        text=text,
        said=said,
        others=_largest(found),
        inputs=present,
        scenario=scenario,
        framework=site.framework,
        compared=own_demand.side_by_side(site, present, scenario),
        imports=own_demand.imports(site),
        stale=publish.stale(site),
    )
