"""The administrator's pages: find an account, give and take roles, make a link, end sessions, disable."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from academy.services import accounts, audit, one_time_links, role_grants, second_factor, sessions, timing
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.web.account_forms import messages_of
from academy.web.auth import role_required, signed_in
from academy.web.requests import current_site

bp = Blueprint("admin", __name__)
PREFIX = "/admin"

PER_PAGE = 50
LONGEST_QUERY = 100
MAX_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class RoleName:
    """A kind of user: its id, its name and what it may do."""

    id: str
    name: str
    may: str


@bp.get("/accounts")
@role_required("admin")
def show_accounts() -> ResponseReturnValue:
    """Accounts by name or address, newest first."""
    query, page = request.args.get("q", "").strip()[:LONGEST_QUERY], _page_or_404()
    people, total = accounts.listing(current_site(), query=query, page=page, per_page=PER_PAGE)
    if not people and page > 1:
        abort(404)
    return render_template(
        "admin/accounts.html", people=people, total=total, query=query, page=page, pages=-(-total // PER_PAGE), role_names=_role_names()
    )


@bp.get("/accounts/<int(max=2147483647):account_id>")
@role_required("admin")
def show_account(account_id: int) -> ResponseReturnValue:
    """One account: its roles, a link for a new password, where its person is signed in, disabling."""
    person = _account_or_404(account_id)
    audit.note(current_site(), "account-viewed", actor=signed_in().id, subject=person.id)
    return _account_page(person)


@bp.post("/accounts/<int(max=2147483647):account_id>/role")
@role_required("admin")
def submit_role(account_id: int) -> ResponseReturnValue:
    """Grant or revoke one role."""
    person, role = _account_or_404(account_id), request.form.get("role", "")
    if role not in accounts.ROLES or request.form.get("action") not in ("grant", "revoke"):
        abort(400)
    try:
        if request.form["action"] == "grant":
            role_grants.grant(current_site(), person.id, role, by=signed_in().id)
        else:
            role_grants.revoke(current_site(), person.id, role, by=signed_in().id)
    except FormError as error:
        return _account_page(person, error)
    flash(_("The roles are changed, from the next page that they open."), "ok")
    return redirect(url_for("admin.show_account", account_id=person.id), code=303)


@bp.post("/accounts/<int(max=2147483647):account_id>/reset-link")
@role_required("admin")
def create_reset_link(account_id: int) -> ResponseReturnValue:
    """Make a one-time link and show it, once: only its digest is kept."""
    person = _account_or_404(account_id)
    try:
        token = one_time_links.reset_link(current_site(), person.id, by=signed_in().id)
    except FormError as error:
        return _account_page(person, error)
    link = url_for("account.show_reset", token=token, language=person.language, _external=True)
    page = render_template("admin/reset_link.html", person=person, link=link)
    return page, 200, {"Cache-Control": "no-store"}


@bp.post("/accounts/<int(max=2147483647):account_id>/disable")
@role_required("admin")
def submit_disable(account_id: int) -> ResponseReturnValue:
    """Disable an account after confirmation."""
    person = _account_or_404(account_id)
    try:
        if "confirm" not in request.form:
            raise FormError(confirm="confirm-missing")
        accounts.disable(current_site(), person.id, by=signed_in().id)
    except FormError as error:
        return _account_page(person, error)
    flash(_("The account of %(name)s is disabled.", name=person.name), "ok")
    return redirect(url_for("admin.show_account", account_id=person.id), code=303)


@bp.post("/accounts/<int(max=2147483647):account_id>/sessions")
@role_required("admin")
def submit_end_sessions(account_id: int) -> ResponseReturnValue:
    """End all of a person's sessions after confirmation."""
    person = _account_or_404(account_id)
    if "confirm_sessions" not in request.form:
        return _account_page(person, FormError(confirm_sessions="confirm-sessions"))
    ended = sessions.end_all(current_site(), person.id, by=signed_in().id)
    flash(ngettext("%(num)s session is ended.", "%(num)s sessions are ended.", ended), "ok")
    return redirect(url_for("admin.show_account", account_id=person.id), code=303)


@bp.post("/accounts/<int(max=2147483647):account_id>/extra-time")
@role_required("admin")
def submit_extra_time(account_id: int) -> ResponseReturnValue:
    """Give a learner more time in timed quizzes."""
    person, typed = _account_or_404(account_id), request.form.get("per_cent", "").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 3 and int(typed) <= timing.MOST_EXTRA):
        abort(400)
    timing.set_extra(current_site(), person.id, int(typed), by=signed_in().id)
    flash(_("The extra time is set, for quizzes that are open now too."), "ok")
    return redirect(url_for("admin.show_account", account_id=person.id), code=303)


@bp.post("/accounts/<int(max=2147483647):account_id>/second-factor")
@role_required("admin")
def submit_second_factor(account_id: int) -> ResponseReturnValue:
    """Take a second factor away from somebody who lost it."""
    person = _account_or_404(account_id)
    if second_factor.reset(current_site(), person.id, by=signed_in().id):
        flash(_("The second factor is taken away and %(name)s is signed out.", name=person.name), "ok")
    return redirect(url_for("admin.show_account", account_id=person.id), code=303)


def _account_page(person: Person, error: FormError | None = None) -> ResponseReturnValue:
    page = render_template(
        "admin/account.html",
        person=person,
        role_names=_role_names(),
        has_second_factor=second_factor.status(current_site(), person.id).is_on,
        extra_time=timing.extra_of(current_site(), person.id),
        most_extra=timing.MOST_EXTRA,
        devices=sessions.listing(current_site(), person.id),
        is_self=person.id == signed_in().id,
        errors=messages_of(error),
    )
    return page, 422 if error else 200


def _account_or_404(account_id: int) -> Person:
    found = accounts.find(current_site(), account_id) if account_id < 2**31 else None
    if found is None:
        abort(404)
    return found


def _page_or_404() -> int:
    typed = request.args.get("page", "1")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 7 and 1 <= int(typed) <= MAX_PAGE):
        abort(404)
    return int(typed)


def _role_names() -> list[RoleName]:
    """The kinds of user in words."""
    return [
        RoleName("learner", _("Learner"), _("Learns, answers and sees their own skills.")),
        RoleName("educator", _("Educator"), _("Sees the course files and their problems.")),
        RoleName("manager", _("Program manager"), _("Sees and exports the talent gap.")),
        RoleName("admin", _("Administrator"), _("Gives roles and links, disables accounts, sees all of the above but learning.")),
    ]
