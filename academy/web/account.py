"""The pages of one's own account: sign in and out, profile, password, one-time links and appearance."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from academy.core.framework import WorkRole
from academy.services import accounts, credentials, one_time_links, profiles, second_factor
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.profiles import Profile
from academy.web.account_forms import form_page, spent_link, typed_account, wanted_path
from academy.web.auth import end_session, public, role_required, signed_in, verified_twice, viewer
from academy.web.devices import known_device, remember_device
from academy.web.entering import await_code, renew_session, start_of
from academy.web.rendering import name_of
from academy.web.requests import address, current_language, current_site

bp = Blueprint("account", __name__)
PREFIX = ""

THEME_SECONDS = 365 * 24 * 3600
LANGUAGE_NAMES = {"es": "Español", "en": "English"}
"""Each language as its speakers call it."""


@dataclass(frozen=True, slots=True)
class RoleGroup:
    """The work roles of one NICE category, to choose from."""

    name: str
    roles: list[WorkRole]


@bp.get("/sign-in")
@public
def show_sign_in() -> ResponseReturnValue:
    """The form to sign in."""
    person = viewer()
    return redirect(wanted_path() or start_of(person), code=302) if person else _sign_in_page()


@bp.post("/sign-in")
@public
def submit_sign_in() -> ResponseReturnValue:
    """Sign in, then go where the person wanted to go."""
    typed = request.form.get
    person = credentials.sign_in(
        current_site(), email=typed("email", ""), password=typed("password", ""), address=address(), device=known_device(typed("email", ""))
    )
    if person is None:
        return _sign_in_page(FormError(email="sign-in-failed"))
    if second_factor.status(current_site(), person.id).is_on:
        return await_code(person, wanted_path())
    renew_session(person)
    return remember_device(redirect(wanted_path() or start_of(person), code=303), person)


@bp.post("/sign-out")
@public
def submit_sign_out() -> ResponseReturnValue:
    """End the session."""
    end_session()
    session.clear()
    flash(_("You are signed out."), "ok")
    response = redirect(url_for("learn.show_home"), code=303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'  # pages seen before are gone too
    return response


@bp.get("/account")
@role_required(*accounts.ROLES)
def show_profile() -> ResponseReturnValue:
    """What the account says about its person, with the reason for each question."""
    person = signed_in()
    return _profile_page(Profile(person.name, person.language, person.state, person.sector, person.target_role))


@bp.post("/account")
@role_required(*accounts.ROLES)
def submit_profile() -> ResponseReturnValue:
    """Keep the profile; a new language shows at once."""
    person = signed_in()
    profile = _typed_profile(person)
    try:
        profiles.change_profile(current_site(), person.id, profile)
    except FormError as error:
        return _profile_page(profile, error)
    flash(_("Saved."), "ok")
    chosen = profile.language if profile.language != person.language else current_language()
    return redirect(url_for("account.show_profile", language=_offered(chosen)), code=303)


@bp.get("/account/password")
@role_required(*accounts.ROLES)
def show_password() -> ResponseReturnValue:
    """The form to change one's password."""
    return form_page("account/password.html")


@bp.post("/account/password")
@role_required(*accounts.ROLES)
def submit_password() -> ResponseReturnValue:
    """Change the password; every other session of the account ends."""
    form = request.form
    try:
        person = credentials.change_password(current_site(), signed_in().id, present=form.get("present", ""), new=form.get("password", ""))
    except FormError as error:
        return form_page("account/password.html", error)
    renew_session(person, second_factor=verified_twice())
    flash(_("Your password is changed. You were signed out everywhere else."), "ok")
    return redirect(url_for("account.show_profile"), code=303)


@bp.get("/forgotten")
@public
def show_forgotten() -> ResponseReturnValue:
    """The form to ask for a new password by mail, where mail can be sent."""
    return _forgotten_page(asked=False)


@bp.post("/forgotten")
@public
def submit_forgotten() -> ResponseReturnValue:
    """Mail a link, if there is such an account; the answer is the same if there is none."""
    if current_site().mailer is None:
        abort(404)
    email = request.form.get("email", "")
    one_time_links.ask_reset(current_site(), email=email, language=current_language(), words=_reset_mail(), address=address())
    return _forgotten_page(asked=True)


@bp.get("/reset/<token>")
@public
def show_reset(token: str) -> ResponseReturnValue:
    """The form that a one-time link opens, to set a new password."""
    works = one_time_links.link_works(current_site(), "reset", token)
    return form_page("account/reset.html") if works else spent_link()


@bp.post("/reset/<token>")
@public
def submit_reset(token: str) -> ResponseReturnValue:
    """Set the password and sign in."""
    try:
        person = one_time_links.use_reset_link(current_site(), token, password=request.form.get("password", ""))
    except FormError as error:
        return form_page("account/reset.html", error)
    return _enter(person, _("Your new password works from now on."))


@bp.get("/set-up/<token>")
@public
def show_set_up(token: str) -> ResponseReturnValue:
    """The form that makes the first administrator."""
    works = one_time_links.link_works(current_site(), "set-up", token)
    return form_page("account/set_up.html") if works else spent_link()


@bp.post("/set-up/<token>")
@public
def submit_set_up(token: str) -> ResponseReturnValue:
    """Make the first administrator and sign in."""
    try:
        person = one_time_links.use_set_up_link(current_site(), token, **typed_account())
    except FormError as error:
        return form_page("account/set_up.html", error)
    return _enter(person, _("You are the administrator. Here you give others their roles."))


@bp.post("/preferences")
@public
def submit_preferences() -> ResponseReturnValue:
    """Keep the appearance: in the account, or for a stranger in a cookie."""
    theme, person = request.form.get("theme", ""), viewer()
    if theme not in profiles.THEMES:
        abort(400)
    response = redirect(wanted_path() or url_for("learn.show_home"), code=303)
    if person:
        profiles.change_preferences(current_site(), person.id, theme=theme)
    if person or not theme:
        response.delete_cookie("theme")
    else:
        secure = current_app.config["HTTPS"]
        response.set_cookie("theme", theme, max_age=THEME_SECONDS, secure=secure, httponly=True, samesite="Lax")
    return response


def _sign_in_page(error: FormError | None = None) -> ResponseReturnValue:
    config = current_app.config
    ways = {"sign_up_open": config["SIGN_UP_OPEN"], "by_mail": current_site().mailer is not None, "provider": config["OPENID"]}
    return form_page("account/sign_in.html", error, **ways)


def _forgotten_page(*, asked: bool) -> ResponseReturnValue:
    if current_site().mailer is None:
        abort(404)
    return form_page("account/forgotten.html", asked=asked)


def _reset_mail() -> dict[str, tuple[str, str]]:
    """Subject and text in every language: which one its reader wants is found out later."""
    found = {}
    for language in current_app.config["LANGUAGES"]:
        with force_locale(language):
            found[language] = (
                _("Your new password for %(brand)s", brand=current_app.config["BRAND"]),
                _(
                    "Somebody, probably you, asked for a new password. Set it here, once, within an hour:\n\n"
                    "%(link)s\n\nIf it was not you, do nothing: your password stays as it is.",
                    link="%(link)s",  # put in when it is made
                ),
            )
    return found


def _typed_profile(person: Person) -> Profile:
    """The profile as typed; what the form did not ask stays as it was."""
    typed = request.form.get
    return Profile(
        name=typed("name", person.name),
        language=typed("language", person.language),
        state=typed("state", person.state),
        sector=typed("sector", person.sector),
        target_role=typed("target_role", person.target_role),
    )


def _profile_page(profile: Profile, error: FormError | None = None) -> ResponseReturnValue:
    framework, site = current_site().framework, current_site()
    return form_page(
        "account/profile.html",
        error,
        person=signed_in(),
        profile=profile,
        languages=[(code, LANGUAGE_NAMES[code]) for code in current_app.config["LANGUAGES"]],
        states=_by_name((state.iso, state.name) for state in framework.states.values()),
        sectors=_by_name((sector.id, name_of(sector.name)) for sector in framework.sectors.values()),
        role_groups=_role_groups(framework.roles),
        smallest_group=site.min_cell,
    )


def _role_groups(roles: Mapping[str, WorkRole]) -> list[RoleGroup]:
    """Work roles by NICE category, both in the reader's alphabetical order."""
    groups: dict[str, list[WorkRole]] = defaultdict(list)
    for role in roles.values():
        groups[role.category].append(role)
    names = _categories()
    found = [
        RoleGroup(names.get(category, category), sorted(members, key=lambda role: _plain(name_of(role.name))))
        for category, members in groups.items()
    ]
    return sorted(found, key=lambda group: _plain(group.name))


def _categories() -> dict[str, str]:
    """Names of the work role categories of the NICE Framework."""
    return {
        "OG": _("Oversight and Governance"),
        "DD": _("Design and Development"),
        "IO": _("Implementation and Operation"),
        "PD": _("Protection and Defense"),
        "IN": _("Investigation"),
    }


def _by_name(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(choices, key=lambda choice: _plain(choice[1]))


def _plain(name: str) -> str:
    """A name without accents and capitals, to sort by."""
    return "".join(letter for letter in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(letter))


def _enter(person: Person | None, message: str) -> ResponseReturnValue:
    """Go in by a one-time link, or say that it no longer works."""
    if person is None:
        return spent_link()
    if second_factor.status(current_site(), person.id).is_on:
        return await_code(person, None)
    renew_session(person)
    flash(message, "ok")
    return redirect(url_for("admin.show_accounts") if "admin" in person.roles else start_of(person), code=303)


def _offered(language: str) -> str:
    return language if language in current_app.config["LANGUAGES"] else current_language()
