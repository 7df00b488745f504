"""Who is asking: sign-in sessions, and the roles a page is for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, ParamSpec

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from academy.services import sessions
from academy.services.accounts import Person
from academy.services.sessions import Visit
from academy.web.devices import device_name
from academy.web.requests import current_site

P = ParamSpec("P")
_GUARD = "_guard"
TOKEN = "_user_id"  # noqa: S105  # not a password: where Flask-Login keeps the token in the session


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may see a page: one of these roles, or "anyone"; with one factor alone even where staff must use two."""

    roles: frozenset[str]
    one_factor: bool = False

    def verdict(self, visit: Visit | None, *, two_factors: bool) -> Literal["", "stranger", "role", "factor"]:
        """Why this visit may not see the page; "" where it may. two_factors: whether staff must use a second factor."""
        if "anyone" in self.roles:
            return ""
        if visit is None:
            return "stranger"
        if not visit.person.roles & self.roles:
            return "role"
        missing = two_factors and not visit.second_factor and not visit.person.roles.isdisjoint(sessions.STAFF)
        return "factor" if missing and not self.one_factor else ""


def guard_of(view: object) -> Guard | None:
    """The guard of a view function; None where nothing is declared."""
    return getattr(view, _GUARD, None)


class _SessionUser(UserMixin):  # type: ignore[misc]  # Flask-Login publishes no types
    """A visit wrapped for Flask-Login, which keeps the session's token in the signed cookie."""

    def __init__(self, token: str, visit: Visit) -> None:
        self.token = token
        self.visit = visit

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    """Load the person of each request's session."""
    manager = LoginManager(app)
    manager.session_protection = None  # addresses of phones change within a lesson

    @manager.user_loader  # type: ignore[untyped-decorator]  # likewise
    def _load(token: str) -> _SessionUser | None:
        found = sessions.find(current_site(), token)
        if found is None:
            return None
        if found.stale:  # roles changed: what was known of this session before is worth nothing now
            token = session[TOKEN] = sessions.renew(current_site(), token)
        return _SessionUser(token, found)


def _visit() -> Visit | None:
    # Looked up once: Flask-Login's proxy asks the request anew at each attribute.
    user = g.get("_login_user") or current_user._get_current_object()
    return user.visit if isinstance(user, _SessionUser) else None


def viewer() -> Person | None:
    """The person signed in, or None."""
    visit = _visit()
    return visit.person if visit else None


def verified_twice() -> bool:
    """Whether this session began with a second factor."""
    visit = _visit()
    return visit is not None and visit.second_factor


def session_token() -> str:
    """The token that the browser holds; "" where it holds none."""
    return str(session.get(TOKEN, ""))


def signed_in() -> Person:
    """The person signed in, on a page that requires one."""
    found = viewer()
    if found is None:
        abort(401)
    return found


def begin_session(person: Person, *, replaces: str = "", second_factor: bool = False) -> None:
    """Sign a person in."""
    token = sessions.begin(
        current_site(), person, device=device_name(request.user_agent.string), second_factor=second_factor, replaces=replaces
    )
    login_user(_SessionUser(token, Visit(person, second_factor, stale=False)))


def end_session() -> None:
    """Sign out."""
    if person := viewer():
        sessions.end(current_site(), person.id, session_token())
    logout_user()


def public(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Declare that anyone may see this page."""
    setattr(view, _GUARD, Guard(frozenset({"anyone"})))
    return view


def role_required(*roles: str, one_factor: bool = False) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Declare who may see a page: people with one of these roles. Strangers are asked to sign in; others get 403.

    An admin may see every page that a manager or an educator may. Where managers and admins must use a second factor, they get
    to the pages that set it up first; those say `one_factor`.
    """
    guard = Guard(frozenset(roles) | ({"admin"} if {"manager", "educator"} & set(roles) else frozenset()), one_factor)

    def declare(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            match guard.verdict(_visit(), two_factors=current_app.config["SECOND_FACTOR_REQUIRED"]):
                case "stranger":
                    return _ask_to_sign_in()
                case "role":
                    abort(403)
                case "factor":
                    return redirect(url_for("security.show_security"), code=303)
            return view(*args, **kwargs)

        setattr(guarded, _GUARD, guard)
        return guarded

    return declare


def _ask_to_sign_in() -> ResponseReturnValue:
    """Remember where a stranger wanted to go; a lost form is said to be lost."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("account.show_sign_in", next=request.full_path.rstrip("?")), code=302)
    flash(_("You were signed out, so this was not saved. Sign in and send it again."), "warn")
    return redirect(url_for("account.show_sign_in", language=g.language), code=303)
