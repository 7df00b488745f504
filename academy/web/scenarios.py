"""The scenarios' pages: which published figures each believes, and which part is budgeted posts."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import ledger, publish, scenarios
from academy.services.ledger import Refused
from academy.services.scenarios import Version
from academy.web.auth import role_required, signed_in
from academy.web.requests import current_site

bp = Blueprint("scenarios", __name__)
PREFIX = "/programs/scenarios"


@bp.get("/")
@role_required("manager")
def show_scenarios() -> ResponseReturnValue:
    """Every scenario with the claims that it believes and the number that follows."""
    site = current_site()
    claims = {entry.claim.id: entry.claim for entry in ledger.entries(site)}
    return render_template("programs/scenarios.html", versions=scenarios.newest(site), claims=claims, stale=publish.stale(site))


@bp.get("/new")
@role_required("manager")
def show_new_scenario() -> ResponseReturnValue:
    """An empty form for a scenario."""
    return _page(None)


@bp.post("/new")
@role_required("manager")
def create_scenario() -> ResponseReturnValue:
    """Add a scenario."""
    try:
        scenarios.save(current_site(), signed_in().id, request.form.to_dict(), request.form.getlist("claims"))
    except Refused as error:
        return _page(None, error), 422
    flash(_("The scenario is added. It stands on the gap's pages from the next publication."), "ok")
    return redirect(url_for("scenarios.show_scenarios"), code=303)


@bp.get("/<scenario_id>")
@role_required("manager")
def show_scenario(scenario_id: str) -> ResponseReturnValue:
    """One scenario: the form to change it, and every version."""
    return _page(_version_or_404(scenario_id))


@bp.post("/<scenario_id>")
@role_required("manager")
def submit_scenario(scenario_id: str) -> ResponseReturnValue:
    """Change, retire or bring back a scenario."""
    version, action = _version_or_404(scenario_id), request.form.get("action", "")
    if action not in ("save", "retire", "restore"):
        abort(400)
    site, manager = current_site(), signed_in().id
    try:
        if action == "save":
            number = request.form.get("number", -1, type=int)
            chosen = request.form.getlist("claims")
            scenarios.save(site, manager, request.form.to_dict(), chosen, scenario_id=scenario_id, number=number)
        else:
            scenarios.retire(site, manager, scenario_id, retired=action == "retire")
    except Refused as error:
        return _page(version, error), 422
    flash(_("The scenario is changed, from the next publication on."), "ok")
    return redirect(url_for("scenarios.show_scenarios"), code=303)


def _page(version: Version | None, error: Refused | None = None) -> str:
    site = current_site()
    errors = {field: ledger.explain(code, _) for field, code in error.errors.items()} if error else {}
    typed: Mapping[str, str] = request.form
    choice = version.choice if version else None
    names = {language: typed.get(f"name_{language}", choice.name.get(language, "") if choice else "") for language in ("es", "en")}
    share = typed.get("budgeted", f"{choice.budgeted_share * 100:g}" if choice else "100")
    believed = request.form.getlist("claims") if error and "name_es" in typed else (choice.claim_ids if choice else ())
    return render_template(
        "programs/scenario.html",
        version=version,
        names=names,
        share=share,
        believed=set(believed),
        errors=errors,
        claims=scenarios.believable_claims(site),
        history=scenarios.history(site, version.choice.id) if version else [],
    )


def _version_or_404(scenario_id: str) -> Version:
    found = next((version for version in scenarios.newest(current_site()) if version.choice.id == scenario_id), None)
    if found is None:
        abort(404)
    return found
