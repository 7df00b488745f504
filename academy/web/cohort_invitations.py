"""Managers invite people to a cohort: by a link for anybody, or by CSV with a dry run before anything is done."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from academy.core import csv_files
from academy.services import invitations
from academy.services.cohorts import Outline
from academy.services.form_errors import FormError
from academy.services.invitation_sheet import Sheet, text_of
from academy.web.auth import role_required, signed_in
from academy.web.cohorts import managed_or_404, messages_of
from academy.web.requests import current_language, current_site

bp = Blueprint("cohort_invitations", __name__)
PREFIX = "/programs/cohorts"


@bp.get("/<int(max=2147483647):cohort_id>/invitations")
@role_required("manager")
def show_invitations(cohort_id: int) -> ResponseReturnValue:
    """Both ways to invite, and what is still open."""
    return _page(managed_or_404(cohort_id))


@bp.post("/<int(max=2147483647):cohort_id>/invitations/link")
@role_required("manager")
def create_link(cohort_id: int) -> ResponseReturnValue:
    """Make a link for anybody and show it, once: only its digest is kept."""
    found, form = managed_or_404(cohort_id), request.form
    try:
        token = invitations.make_link(current_site(), found.id, uses=form.get("uses", ""), days=form.get("days", ""), by=signed_in().id)
    except FormError as error:
        return _page(found, error)
    link = url_for("groups.show_join", token=token, _external=True)
    return render_template("cohorts/link.html", cohort=found, link=link), 200, {"Cache-Control": "no-store"}


@bp.post("/<int(max=2147483647):cohort_id>/invitations/check")
@role_required("manager")
def submit_check(cohort_id: int) -> ResponseReturnValue:
    """The dry run: what each line would do. Nothing is changed."""
    found = managed_or_404(cohort_id)
    text = _text()
    try:
        sheet = invitations.check(current_site(), found.id, text, current_language(), by=signed_in())
    except FormError as error:
        return _page(found, error)
    return _dry_run(found, sheet, text)


@bp.post("/<int(max=2147483647):cohort_id>/invitations/apply")
@role_required("manager")
def create_invitations(cohort_id: int) -> ResponseReturnValue:
    """Invite the good lines: by mail where mail can be sent, else with a file of links that is made this once."""
    found, site, text = managed_or_404(cohort_id), current_site(), _text()
    try:
        made = invitations.invite(site, found.id, text, current_language(), by=signed_in().id)
    except FormError as error:
        return _page(found, error)
    if not made:
        flash(_("Nobody was left to invite."), "warn")
    elif site.mailer is None:
        return _links(found, made)
    else:
        invitations.send(site, made, _words(found))
        flash(ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", len(made)), "ok")
    return redirect(url_for("cohort_invitations.show_invitations", cohort_id=found.id), code=303)


@bp.post("/<int(max=2147483647):cohort_id>/invitations/<int(max=2147483647):invitation_id>/revoke")
@role_required("manager")
def submit_revoke(cohort_id: int, invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    found = managed_or_404(cohort_id)
    if not invitations.revoke(current_site(), found.id, invitation_id, by=signed_in().id):
        abort(404)
    flash(_("The invitation is taken back: its link no longer works."), "ok")
    return redirect(url_for("cohort_invitations.show_invitations", cohort_id=found.id), code=303)


def _text() -> str:
    """What was pasted, or else the file that was sent."""
    pasted, file = request.form.get("lines", ""), request.files.get("file")
    return pasted if pasted.strip() or file is None else text_of(file.read())


def _page(found: Outline, error: FormError | None = None) -> ResponseReturnValue:
    typed = {"uses": str(found.details.seats), "days": "30", "lines": ""}
    page = render_template(
        "cohorts/invitations.html",
        cohort=found,
        waiting=invitations.waiting(current_site(), found.id),
        errors=messages_of(error),
        typed={name: request.form.get(name, value) for name, value in typed.items()},
        by_mail=current_site().mailer is not None,
    )
    return page, 422 if error else 200


def _dry_run(found: Outline, sheet: Sheet, text: str) -> ResponseReturnValue:
    reasons = {
        "email": _("This is no email address."),
        "name": _("The name is longer than 80 characters."),
        "language": _("The language must be es or en."),
        "duplicate": _("This address stands above already."),
        "member": _("This person is in the cohort already."),
        "invited": _("This person is invited already."),
        "known": _("This person is in the cohort or invited already."),
        "seats": _("No seat is left for this line."),
    }
    by_mail = current_site().mailer is not None
    page = render_template("cohorts/dry_run.html", cohort=found, sheet=sheet, text=text, reasons=reasons, by_mail=by_mail)
    return page, 200, {"Cache-Control": "no-store"}


def _links(found: Outline, made: list[invitations.Made]) -> ResponseReturnValue:
    rows = [
        (
            one.invitee.email,
            one.invitee.name,
            one.invitee.language,
            url_for("groups.show_join", token=one.token, language=_offered(one.invitee.language), _external=True),
        )
        for one in made
    ]
    headers = {"Content-Disposition": f'attachment; filename="invitations-{found.id}.csv"', "Cache-Control": "no-store"}
    return Response(csv_files.as_csv(("email", "name", "language", "link"), rows), mimetype="text/csv", headers=headers)


def _words(found: Outline) -> dict[str, tuple[str, str]]:
    """Subject and text of the mail in every language offered."""
    words = {}
    for language in current_app.config["LANGUAGES"]:
        with force_locale(language):
            words[language] = (
                _("You are invited to %(cohort)s", cohort=found.details.name),
                _(
                    "You are invited to learn cybersecurity with %(cohort)s (%(program)s) on %(brand)s.\n\n"
                    "This link is yours alone and works once, within 30 days. It says who would see your progress before you agree:"
                    "\n\n%(link)s\n\nIf you do not want to take part, do nothing.",
                    cohort=found.details.name.replace("%", "%%"),
                    program=found.program.replace("%", "%%"),
                    brand=current_app.config["BRAND"].replace("%", "%%"),
                    link="%(link)s",  # put in for each person
                ),
            )
    return words


def _offered(language: str) -> str:
    return language if language in current_app.config["LANGUAGES"] else current_language()
