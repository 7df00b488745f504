"""The learner's side of cohorts: an invitation, the groups one is in, leaving, and work that one found."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import employment, groups, joining, passwords, progress
from academy.services.form_errors import FormError
from academy.web.auth import public, role_required, signed_in, viewer
from academy.web.cohorts import messages_of
from academy.web.entering import renew_session
from academy.web.rendering import name_of
from academy.web.requests import address, current_language, current_site

bp = Blueprint("groups", __name__)
PREFIX = ""


@bp.get("/join/<token>")
@public
def show_join(token: str) -> ResponseReturnValue:
    """What an invitation offers and who would see what; nothing happens before one agrees."""
    return _join_page(token)


@bp.post("/join/<token>")
@role_required("learner")
def submit_join(token: str) -> ResponseReturnValue:
    """Join, after agreeing to be seen."""
    try:
        if "agree" not in request.form:
            raise FormError(agree="agree-missing")
        joining.join(current_site(), token, signed_in())
    except FormError as error:
        return _join_page(token, error)
    flash(_("You are in. What was set for you is on this page."), "ok")
    return redirect(url_for("learn.show_home"), code=303)


@bp.post("/join/<token>/account")
@public
def create_account(token: str) -> ResponseReturnValue:
    """Make an account and join with it, both or neither; also where nobody may sign up alone."""
    if viewer() is not None:
        return redirect(url_for("groups.show_join", token=token), code=303)
    typed = {field: request.form.get(field, "") for field in ("email", "password", "name")}
    try:
        if "agree" not in request.form:
            raise FormError(agree="agree-missing")
        person = joining.sign_up(current_site(), token, **typed, language=current_language(), address=address())
    except FormError as error:
        return _join_page(token, error)
    renew_session(person)
    flash(_("You are in. What was set for you is on this page."), "ok")
    return redirect(url_for("learn.show_home"), code=303)


@bp.get("/groups")
@role_required("learner")
def show_groups() -> ResponseReturnValue:
    """The groups one is in: what is to be done, who sees what, and the way out."""
    return _groups_page()


@bp.post("/groups/<int(max=2147483647):cohort_id>/leave")
@role_required("learner")
def submit_leave(cohort_id: int) -> ResponseReturnValue:
    """Leave a group, after confirmation; from then on nobody there sees one."""
    if "confirm" not in request.form:
        return _groups_page(FormError(**{f"confirm-{cohort_id}": "leave-missing"}))
    if not joining.leave(current_site(), cohort_id, signed_in().id, by=signed_in().id):
        abort(404)
    flash(_("You left. Nobody there sees you any more; your answers stay yours."), "ok")
    return redirect(url_for("groups.show_groups"), code=303)


@bp.get("/account/work")
@role_required("learner")
def show_work() -> ResponseReturnValue:
    """Work in the field that one found."""
    return _work_page()


@bp.post("/account/work")
@role_required("learner")
def create_work() -> ResponseReturnValue:
    """Record that one works in the field."""
    typed, person = request.form.get, signed_in()
    try:
        employment.record(
            current_site(),
            person.id,
            role_id=typed("role", ""),
            started_on=typed("started_on", ""),
            sector=typed("sector", ""),
            by=person.id,
        )
    except FormError as error:
        return _work_page(error)
    flash(_("Recorded. You can take it back at any time."), "ok")
    return redirect(url_for("groups.show_work"), code=303)


@bp.post("/account/work/<int(max=2147483647):number>/withdraw")
@role_required("learner")
def submit_withdraw(number: int) -> ResponseReturnValue:
    """Take an entry back, whoever made it."""
    if not employment.withdraw(current_site(), signed_in().id, number, by=signed_in().id):
        abort(404)
    flash(_("Taken back."), "ok")
    return redirect(url_for("groups.show_work"), code=303)


def work_choices() -> dict[str, list[tuple[str, str]]]:
    """Work roles and sectors to choose from when work is recorded."""
    framework = current_site().framework
    roles = sorted(framework.roles.values(), key=lambda role: (not role.requirements, name_of(role.name)))
    sectors = [(sector.id, name_of(sector.name)) for sector in framework.sectors.values()]
    return {"roles": [(role.id, name_of(role.name)) for role in roles], "sectors": sectors}


def _join_page(token: str, error: FormError | None = None) -> ResponseReturnValue:
    site, person = current_site(), viewer()
    offer = joining.find_offer(site, token, person)
    if offer is None:
        return render_template("groups/spent.html"), 410
    if offer.joined:
        return redirect(url_for("groups.show_groups"), code=303)
    page = render_template(
        "groups/join.html",
        offer=offer,
        token=token,
        errors=messages_of(error),
        typed={field: request.form.get(field, "") for field in ("email", "name")} | ({"email": offer.email} if offer.email else {}),
        shortest=passwords.SHORTEST_PASSWORD,
        role=site.framework.roles.get(offer.cohort.details.target_role),
        other_address=person is not None and bool(offer.email) and person.email != offer.email,
        here=url_for("groups.show_join", token=token),
    )
    return page, 422 if error else 200, {"Cache-Control": "no-store"}


def _groups_page(error: FormError | None = None) -> ResponseReturnValue:
    site, person = current_site(), signed_in()
    found = groups.listing(site, person.id, current_language(), progress.facts(site, person.id))
    return render_template("groups/groups.html", groups=found, errors=messages_of(error)), 422 if error else 200


def _work_page(error: FormError | None = None) -> ResponseReturnValue:
    site, person = current_site(), signed_in()
    typed = {"role": person.target_role, "sector": person.sector, "started_on": ""}
    page = render_template(
        "groups/work.html",
        works=employment.listing(site, person.id),
        typed={name: request.form.get(name, value) for name, value in typed.items()},
        errors=messages_of(error),
        framework=site.framework,
        **work_choices(),
    )
    return page, 422 if error else 200
