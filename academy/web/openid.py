"""Sign-in by an OpenID Connect provider, and joining one's account there with the one here."""

from __future__ import annotations

from dataclasses import astuple
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import openid, second_factor
from academy.services.openid import Identity, Journey, Provider, Refused
from academy.web.auth import public, viewer
from academy.web.entering import await_code, renew_session, start_of
from academy.web.requests import address, current_language, current_site, local_path

bp = Blueprint("openid", __name__)

JOURNEY = "openid"


@bp.get("/openid/start")
@public
def show_start() -> ResponseReturnValue:
    """Send the browser to the provider; whoever is signed in joins the two accounts."""
    _speak(request.args.get("language"))
    try:
        url, journey = openid.begin(_provider_or_404())
    except Refused as refused:
        return _refuse(refused)
    person = viewer()
    session[JOURNEY] = [*astuple(journey), local_path(request.args.get("next")), person.id if person else None, current_language()]
    return redirect(url, code=302)


@bp.get("/openid/return")
@public
def show_return() -> ResponseReturnValue:
    """Take in who the provider says it is. What was kept of the way there is good for one return."""
    site, provider, kept = current_site(), _provider_or_404(), session.pop(JOURNEY, None)
    person = viewer()
    try:
        if not isinstance(kept, list) or len(kept) != 6 or kept[4] != (person.id if person else None):
            raise Refused("answer")
        _speak(kept[5])
        url = f"{provider.redirect_uri}?{urlsplit(request.url).query}"
        identity = openid.finish(site, provider, Journey(*kept[:3]), url)
        if person is not None:
            openid.link(site, person.id, identity)
            flash(_("From now on you can sign in with %(provider)s.", provider=provider.name), "ok")
            return redirect(url_for("security.show_security"), code=302)
        return _enter(identity, kept[3])
    except Refused as refused:
        return _refuse(refused)


def _speak(language: str | None) -> None:
    """Go on in the language of the page that one came from: these addresses name none."""
    if language in current_app.config["LANGUAGES"]:
        g.language = language


def _enter(identity: Identity, wanted: str | None) -> ResponseReturnValue:
    site = current_site()
    sign_up_open = current_app.config["SIGN_UP_OPEN"]
    person = openid.enter(site, identity, language=current_language(), sign_up_open=sign_up_open, address=address())
    if second_factor.status(site, person.id).is_on:
        return await_code(person, wanted)
    renew_session(person)
    return redirect(wanted or start_of(person), code=302)


def _refuse(refused: Refused) -> ResponseReturnValue:
    """Back to where one came from, with the reason."""
    reasons = {
        "provider": _("The other site cannot be reached now. Try again later, or sign in with your password."),
        "answer": _("That did not work, or took too long. Try again."),
        "email": _("The other site does not vouch for your email address, so no account can be made."),
        "taken": _(
            "There is already an account with your address. Sign in with its password, then join the two under “Security of your account”."
        ),
        "closed": _("On this site nobody signs up alone. Ask the person who runs your program for an account."),
        "disabled": _("This account is disabled."),
        "linked": _("That account belongs to somebody else here."),
    }
    flash(reasons[refused.reason], "warn")
    return redirect(url_for("security.show_security" if viewer() else "account.show_sign_in"), code=302)


def _provider_or_404() -> Provider:
    provider: Provider | None = current_app.config["OPENID"]
    if provider is None:
        abort(404)
    return provider
