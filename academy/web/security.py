"""The security of one's own account: where one is signed in, and the second factor."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from academy.services import accounts, second_factor, sessions
from academy.services.form_errors import FormError
from academy.web.account_forms import messages_of, wanted_path
from academy.web.auth import public, role_required, session_token, signed_in, verified_twice
from academy.web.devices import remember_device
from academy.web.entering import awaited, renew_session, start_of
from academy.web.requests import address, current_site

bp = Blueprint("security", __name__)
PREFIX = ""

OTHERS = "others"
ONCE = {"Cache-Control": "no-store"}


@bp.get("/account/security")
@role_required(*accounts.ROLES, one_factor=True)
def show_security() -> ResponseReturnValue:
    """Where one is signed in, and whether by a second factor."""
    return _security_page()


@bp.post("/account/security/sessions")
@role_required(*accounts.ROLES, one_factor=True)
def submit_revoke() -> ResponseReturnValue:
    """End one session, or all but this one."""
    site, person, which = current_site(), signed_in(), request.form.get("session", "")
    if which == OTHERS:
        ended = sessions.revoke_others(site, person.id, session_token())
        flash(ngettext("%(num)s other device is signed out.", "%(num)s other devices are signed out.", ended), "ok")
    elif sessions.revoke(site, person.id, which):
        flash(_("That device is signed out."), "ok")
    else:
        abort(404)
    return redirect(url_for("security.show_security"), code=303)


@bp.post("/account/security/second-factor/begin")
@role_required(*accounts.ROLES, one_factor=True)
def create_second_factor() -> ResponseReturnValue:
    """Make a key, after the password, and go on to show it."""
    try:
        second_factor.begin(current_site(), signed_in().id, password=request.form.get("present", ""))
    except FormError as error:
        return _security_page(error)
    return redirect(url_for("security.show_second_factor"), code=303)


@bp.get("/account/security/second-factor")
@role_required(*accounts.ROLES, one_factor=True)
def show_second_factor() -> ResponseReturnValue:
    """The key as a QR code and as text, until it is confirmed."""
    return _enrolment_page()


@bp.post("/account/security/second-factor")
@role_required(*accounts.ROLES, one_factor=True)
def submit_second_factor() -> ResponseReturnValue:
    """Confirm the key by a code of it, and show the recovery codes, once."""
    person = signed_in()
    try:
        codes = second_factor.confirm(current_site(), person.id, request.form.get("code", ""))
    except FormError as error:
        return _enrolment_page(error)
    renew_session(person, second_factor=True)
    return render_template("security/recovery_codes.html", codes=codes, just_turned_on=True), 200, ONCE


@bp.post("/account/security/recovery-codes")
@role_required(*accounts.ROLES, one_factor=True)
def create_recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes, after the password, and show them, once."""
    try:
        codes = second_factor.renew_recovery_codes(current_site(), signed_in().id, password=request.form.get("present", ""))
    except FormError as error:
        return _security_page(error)
    return render_template("security/recovery_codes.html", codes=codes, just_turned_on=False), 200, ONCE


@bp.post("/account/security/second-factor/off")
@role_required(*accounts.ROLES)
def submit_second_factor_off() -> ResponseReturnValue:
    """Do without the second factor, after the password."""
    person = signed_in()
    try:
        second_factor.turn_off(current_site(), person.id, password=request.form.get("present", ""))
    except FormError as error:
        return _security_page(error)
    renew_session(person)
    flash(_("The second factor is off. You were signed out everywhere else."), "ok")
    return redirect(url_for("security.show_security"), code=303)


@bp.get("/sign-in/code")
@public
def show_code() -> ResponseReturnValue:
    """The form for the code, after the right password."""
    return _code_page() if awaited() else redirect(url_for("account.show_sign_in"), code=302)


@bp.post("/sign-in/code")
@public
def submit_code() -> ResponseReturnValue:
    """Complete the sign-in by a code that was not used before, or by a recovery code."""
    site, person = current_site(), awaited()
    if person is None:
        flash(_("That took too long. Sign in again."), "warn")
        return redirect(url_for("account.show_sign_in"), code=303)
    if not second_factor.check(site, person.id, request.form.get("code", ""), address=address()):
        return _code_page(FormError(code="code-wrong"))
    renew_session(person, second_factor=True)
    return remember_device(redirect(wanted_path() or start_of(person), code=303), person)


def _code_page(error: FormError | None = None) -> ResponseReturnValue:
    return render_template("security/code.html", errors=messages_of(error), wanted=wanted_path()), 422 if error else 200


def _enrolment_page(error: FormError | None = None) -> ResponseReturnValue:
    found = second_factor.enrolment(current_site(), signed_in(), current_app.config["BRAND"])
    if found is None:
        return redirect(url_for("security.show_security"), code=303)
    key = " ".join(found.key[start : start + 4] for start in range(0, len(found.key), 4))
    page = render_template("security/second_factor.html", qr=_qr(found.uri), key=key, errors=messages_of(error))
    return page, 422 if error else 200, ONCE


def _security_page(error: FormError | None = None) -> ResponseReturnValue:
    site, person = current_site(), signed_in()
    page = render_template(
        "security/security.html",
        devices=sessions.listing(site, person.id, session_token()),
        factor=second_factor.status(site, person.id),
        must=current_app.config["SECOND_FACTOR_REQUIRED"] and not person.roles.isdisjoint(sessions.STAFF),
        verified=verified_twice(),
        provider=current_app.config["OPENID"],
        errors=messages_of(error),
    )
    return page, 422 if error else 200


def _qr(text: str) -> Markup:
    """A QR code as SVG with colours of its own: a camera wants dark on light."""
    import segno  # few requests need it

    svg = segno.make(text, error="m", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None, title=_("QR code with the key")
    )
    return Markup(svg)  # noqa: S704  # made by the library from an address that it encodes as modules, not as text
