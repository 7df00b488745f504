"""Views of the gap that a manager keeps by name, to come back to them or to send their address on."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from academy.services import saved_views
from academy.services.form_errors import FormError
from academy.web.auth import role_required, signed_in
from academy.web.requests import current_language, current_site, local_path

bp = Blueprint("saved_views", __name__)
PREFIX = "/programs/views"
KEPT = frozenset({
    "programs.show_gap", "forecasts.show_forecast", "compare.show_comparison", "funnels.show_funnel", "skill_gaps.show_skill_gaps",
    "brief.show_brief", "border.show_border", "overview.show_overview", "fairness.show_fairness",
})  # fmt: skip
"""The pages of which views are kept."""
_REMOVED = "removed_view"
"""In the session: name and address of a view that was just removed."""


@bp.get("/")
@role_required("manager")
def show_views() -> ResponseReturnValue:
    """One's own views, each to open, rename or remove; one that was just removed, to put back."""
    return _page(removed=session.pop(_REMOVED, None))


@bp.post("/")
@role_required("manager")
def create_view() -> ResponseReturnValue:
    """Keep a page of the gap, as it was chosen, under a name."""
    address = _kept_address(request.form.get("address", ""))
    if address is None:
        abort(400)
    try:
        view = saved_views.save(current_site(), signed_in().id, name=request.form.get("name", ""), address=address)
    except FormError as error:
        return _page(error, unsaved=address), 422
    flash(_("“%(name)s” is saved.", name=view.name), "ok")
    return redirect(url_for("saved_views.show_views"), code=303)


@bp.post("/<int(max=2147483647):view_id>")
@role_required("manager")
def submit_view(view_id: int) -> ResponseReturnValue:
    """Rename a view, or remove it, which can be undone at once."""
    site, person = current_site(), signed_in()
    if request.form.get("remove"):
        removed = saved_views.remove(site, person.id, view_id)
        if removed is None:
            abort(404)
        session[_REMOVED] = [removed.name, f"/{current_language()}{removed.address}"]
        return redirect(url_for("saved_views.show_views"), code=303)
    try:
        if not saved_views.rename(site, person.id, view_id, request.form.get("name", "")):
            abort(404)
    except FormError as error:
        return _page(error, renamed=view_id), 422
    flash(_("Saved."), "ok")
    return redirect(url_for("saved_views.show_views"), code=303)


def _page(error: FormError | None = None, *, unsaved: str = "", renamed: int = 0, removed: list[str] | None = None) -> str:
    errors = {field: _explain(code) for field, code in error.errors.items()} if error else {}
    return render_template(
        "programs/views.html",
        views=saved_views.listing(current_site(), signed_in().id),
        errors=errors,
        unsaved=f"/{current_language()}{unsaved}" if unsaved else "",
        renamed=renamed,
        removed=removed,
        open_address=lambda view: f"/{current_language()}{view.address}",
    )


def _explain(code: str) -> str:
    said: dict[str, str] = {
        "empty": _("Write a name."),
        "too-long": _("That is too long: %(most)s characters at most.", most=saved_views.LONGEST_NAME),
        "address-too-long": _("So much is chosen on this page that it cannot be kept. Choose less and save it again."),
        "taken": _("Another of your views has this name."),
        "too-many": _("You keep %(most)s views, which is the most. Remove one first.", most=saved_views.MOST),
    }
    return said[code]


def _kept_address(target: str) -> str | None:
    """A page's path and query from the language on, if views are kept of it."""
    path = local_path(target)
    if path is None:
        return None
    parts = urlsplit(path)
    try:
        endpoint, values = current_app.url_map.bind("").match(parts.path)
    except HTTPException:  # a redirect of the map is one, too
        return None
    if endpoint not in KEPT:
        return None
    bare = parts.path.removeprefix(f"/{values['language']}")
    return f"{bare}?{parts.query}" if parts.query else bare
