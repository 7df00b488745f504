"""The pages of signing up: at once, or where mail can be sent, by a mailed link."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from academy.services import accounts, sign_up
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.sign_up import Mails
from academy.web.account_forms import form_page, spent_link, typed_account, wanted_path
from academy.web.auth import public
from academy.web.entering import renew_session
from academy.web.requests import address, current_language, current_site, local_path

bp = Blueprint("sign_up", __name__)
PREFIX = ""


@bp.get("/sign-up")
@public
def show_sign_up() -> ResponseReturnValue:
    """The form that makes a learner's account, or where mail can be sent, asks for a link to it."""
    return _sign_up_page()


@bp.post("/sign-up")
@public
def submit_sign_up() -> ResponseReturnValue:
    """Make the account and sign in to it; where mail can be sent, mail what comes next, and answer the same to everybody."""
    if not current_app.config["SIGN_UP_OPEN"]:
        return _sign_up_page()
    try:
        if current_site().mailer is not None:
            _ask()
            return _sign_up_page(asked=True)
        person = accounts.sign_up(current_site(), **typed_account(), address=address())
    except FormError as error:
        return _sign_up_page(error)
    return _enter(person, wanted_path())


@bp.get("/sign-up/<token>")
@public
def show_new_account(token: str) -> ResponseReturnValue:
    """The form that a mailed link opens, to make a learner's account."""
    return _new_account_page(token)


@bp.post("/sign-up/<token>")
@public
def submit_new_account(token: str) -> ResponseReturnValue:
    """Make the account, for the address that the link was mailed to, and sign in to it."""
    if not current_app.config["SIGN_UP_OPEN"]:
        return _sign_up_page()
    try:
        made = sign_up.use_link(current_site(), token, **typed_account(), address=address())
    except FormError as error:
        return _new_account_page(token, error)
    if made is None:
        return _new_account_page(token)
    person, wanted = made
    return _enter(person, local_path(wanted))


def _ask() -> None:
    """Have a mail sent that says how to go on, and holds the page that was wanted."""
    site, email, wanted = current_site(), request.form.get("email", ""), wanted_path() or ""
    sign_up.ask(site, email=email, language=current_language(), mails=_mails(), wanted=wanted, address=address())


def _enter(person: Person, wanted: str | None) -> ResponseReturnValue:
    """Sign in to a new account, and go to the page wanted, else to the profile."""
    renew_session(person)
    flash(_("Your account is ready.") if wanted else _("Your account is ready. What follows is optional."), "ok")
    return redirect(wanted or url_for("account.show_profile"), code=303)


def _sign_up_page(error: FormError | None = None, *, asked: bool = False) -> ResponseReturnValue:
    if not current_app.config["SIGN_UP_OPEN"]:
        return render_template("account/sign_up_closed.html"), 403
    return form_page("account/sign_up.html", error, by_mail=current_site().mailer is not None, asked=asked)


def _new_account_page(token: str, error: FormError | None = None) -> ResponseReturnValue:
    if not current_app.config["SIGN_UP_OPEN"]:
        return _sign_up_page()
    if not sign_up.link_works(current_site(), token):
        return spent_link(for_sign_up=True)
    return form_page("account/sign_up.html", error, by_mail=False, asked=False, by_link=True)


def _mails() -> dict[str, Mails]:
    """Both mails in every language: which one its reader gets is found out later."""
    found, brand = {}, current_app.config["BRAND"]
    for language in current_app.config["LANGUAGES"]:
        with force_locale(language):
            new = _(
                "Somebody, probably you, wants to create an account with this address. Create it here, within 24 hours:\n\n"
                "%(link)s\n\nIf it was not you, do nothing: there is no account.",
                link="%(link)s",  # put in when it is made
            )
            known = _(
                "Somebody, probably you, wanted to create an account with this address. You have one already. Sign in:\n\n"
                "%(sign_in)s\n\nIf you do not know your password any more, set a new one:\n\n"
                "%(forgotten)s\n\nIf it was not you, do nothing: your account stays as it is.",
                sign_in="%(sign_in)s",
                forgotten="%(forgotten)s",
            )
            subject = _("Your account at %(brand)s", brand=brand)
            found[language] = Mails(new=(subject, new), known=(subject, known))
    return found
