"""The ledger's pages for managers: add, correct, retire and bring back published figures, import and export them, publish with them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.core.content.model import Problem
from academy.services import audit, ledger, ledger_files, publish
from academy.services.ledger import Entry, Refused
from academy.services.ledger_files import Preview
from academy.web.auth import role_required, signed_in
from academy.web.requests import current_site
from academy.web.uploads import said, uploaded

bp = Blueprint("ledger", __name__)
PREFIX = "/programs"
FIELDS = ("area", "low", "mode", "high", "unit", "counts_es", "counts_en", "source", "year", "grade", "url", "retrieved")


@bp.get("/sources/new")
@role_required("manager")
def show_new_claim() -> ResponseReturnValue:
    """An empty form for a published figure."""
    return _claim_page(None, {"area": "MX", "unit": "persons"})


@bp.post("/sources/new")
@role_required("manager")
def create_claim() -> ResponseReturnValue:
    """Add a published figure."""
    try:
        claim = ledger.save(current_site(), signed_in().id, request.form.to_dict())
    except Refused as error:
        return _claim_page(None, request.form, error), 422
    flash(_("The figure is added. Scenarios that believe it count with it from the next publication."), "ok")
    return redirect(url_for("ledger.show_claim", claim_id=claim.id), code=303)


@bp.get("/sources/claims/<claim_id>")
@role_required("manager")
def show_claim(claim_id: str) -> ResponseReturnValue:
    """One published figure: the form to correct it, and every version."""
    return _claim_page(_entry_or_404(claim_id), None)


@bp.post("/sources/claims/<claim_id>")
@role_required("manager")
def submit_claim(claim_id: str) -> ResponseReturnValue:
    """Correct, retire or bring back a published figure."""
    entry, action = _entry_or_404(claim_id), request.form.get("action", "")
    if action not in ("save", "retire", "restore"):
        abort(400)
    try:
        if action == "save":
            number = request.form.get("number", -1, type=int)
            ledger.save(current_site(), signed_in().id, request.form.to_dict(), claim_id=claim_id, number=number)
        else:
            ledger.retire(current_site(), signed_in().id, claim_id, retired=action == "retire")
    except Refused as error:
        return _claim_page(entry, request.form if action == "save" else None, error), 422
    flash({"save": _("The figure is corrected."), "retire": _("The figure is retired."), "restore": _("The figure is back.")}[action], "ok")
    return redirect(url_for("ledger.show_claim", claim_id=claim_id), code=303)


@bp.get("/sources.csv")
@role_required("manager")
def show_claims_csv() -> ResponseReturnValue:
    """The whole ledger as a file that can be imported again."""
    audit.note(current_site(), "exported", actor=signed_in().id, what="claims")
    headers = {"Content-Disposition": 'attachment; filename="claims.csv"'}
    return Response(ledger_files.as_csv(current_site()), mimetype="text/csv", headers=headers)


@bp.get("/sources/import")
@role_required("manager")
def show_import() -> ResponseReturnValue:
    """A file to look at before it is applied, and those that were."""
    return _import_page()


@bp.post("/sources/import")
@role_required("manager")
def submit_import() -> ResponseReturnValue:
    """Show what a file would do; with `action=apply`, do it; with `action=undo`, undo the last one."""
    action = request.form.get("action", "preview")
    if action not in ("preview", "apply", "undo"):
        abort(400)
    if action == "undo":
        return _undo()
    name, text = uploaded()
    if isinstance(text, Problem):
        return _import_page(Preview((text,), (), (), 0, "")), 422
    if action == "preview":
        found = ledger_files.preview(current_site(), text, name)
        return _import_page(found, name, text), 422 if found.problems and not found.applicable else 200
    try:
        found = ledger_files.apply(current_site(), signed_in().id, text, name, basis=request.form.get("basis", ""))
    except Refused as error:
        flash(" ".join(ledger.explain(code, _) for code in error.errors.values()), "error")
        return _import_page(ledger_files.preview(current_site(), text, name), name, text), 409 if "file" in error.errors else 422
    if not found.applicable:
        return _import_page(found, name, text), 422
    flash(_("Applied: %(added)s added, %(changed)s changed.", added=len(found.added), changed=len(found.changed)), "ok")
    return redirect(url_for("ledger.show_import"), code=303)


@bp.post("/publish")
@role_required("manager")
def submit_publication() -> ResponseReturnValue:
    """Publish the newest numbers again with the present figures, scenarios and own demand."""
    try:
        publish.restate(current_site(), signed_in().id)
    except LookupError:
        flash(_("Nothing is published yet. Whoever runs this site publishes first, with `academy publish`."), "warn")
        return redirect(url_for("programs.show_sources"), code=303)
    except publish.Overtaken:
        flash(_("Others are publishing at the same time. Try again in a minute."), "warn")
        return redirect(url_for("programs.show_sources"), code=303)
    flash(_("Published: the gap now rests on the present figures. Counts of learners are those of the last publication."), "ok")
    return redirect(url_for("programs.show_gap"), code=303)


def _undo() -> ResponseReturnValue:
    try:
        later = ledger_files.undo(current_site(), signed_in().id)
    except LookupError:
        flash(_("There is no import to undo."), "warn")
    except Refused as error:
        flash(" ".join(ledger.explain(code, _) for code in error.errors.values()), "error")
    else:
        if later:
            flash(_("Not undone: %(rows)s changed since. Correct these rows one by one.", rows=", ".join(later[:5])), "error")
        else:
            flash(_("The import is undone: its rows are as they were before."), "ok")
    return redirect(url_for("ledger.show_import"), code=303)


def _import_page(found: Preview | None = None, name: str = "", text: str = "") -> str:
    return render_template(
        "programs/claims_import.html", preview=found, name=name, text=text, said=said, imports=ledger_files.imports(current_site())
    )


def _claim_page(entry: Entry | None, typed: Mapping[str, str] | None, error: Refused | None = None) -> str:
    errors = {field: ledger.explain(code, _) for field, code in error.errors.items()} if error else {}
    values = {name: typed.get(name, "") for name in FIELDS} if typed is not None else _values(entry)
    history = ledger.history(current_site(), entry.claim.id) if entry else []
    return render_template("programs/claim.html", entry=entry, values=values, errors=errors, history=history)


def _values(entry: Entry | None) -> dict[str, str]:
    """What a form shows of a claim."""
    if entry is None:
        return dict.fromkeys(FIELDS, "")
    claim, came = entry.claim, entry.claim.provenance
    figures = {"low": claim.low, "mode": claim.mode, "high": claim.high}
    numbers = {name: "" if value is None else f"{value:.15g}" for name, value in figures.items()}
    words = {f"counts_{language}": text for language, text in claim.counts.items()}
    source = {"source": came.source, "year": str(came.year), "grade": came.grade}
    source |= {"url": came.url or "", "retrieved": came.retrieved or ""}
    return {"area": claim.area, "unit": claim.unit, **numbers, **words, **source}


def _entry_or_404(claim_id: str) -> Entry:
    found = next((entry for entry in ledger.entries(current_site()) if entry.claim.id == claim_id), None)
    if found is None:
        abort(404)
    return found
