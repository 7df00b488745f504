"""Who is asking: sign-in sessions, and the roles a page is for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from flask import Flask, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from academy.services import accounts
from academy.services.accounts import Person
from academy.web.requests import current_site

P = ParamSpec("P")
VIEWER_ROLES = "_viewer_roles"


class _SessionUser(UserMixin):
    """A person wrapped for Flask-Login; a changed password ends the session."""

    def __init__(self, found: Person) -> None:
        self.person = found

    def get_id(self) -> str:
        return f"{self.person.id}:{self.person.password_version}"


def install(app: Flask) -> None:
    """Load the person of each request's session."""
    manager = LoginManager(app)
    manager.session_protection = None  # addresses of phones change within a lesson

    @manager.user_loader
    def _load(session_id: str) -> _SessionUser | None:
        number, _colon, version = session_id.partition(":")
        if not (number.isdigit() and version.isdigit()):
            return None
        found = accounts.person(current_site(), int(number), int(version))
        return _SessionUser(found) if found else None


def viewer() -> Person | None:
    """The person signed in, or None."""
    user = current_user
    return user.person if user and user.is_authenticated else None


def signed_in() -> Person:
    """The person signed in, on a page that requires one."""
    found = viewer()
    if found is None:
        abort(401)
    return found


def begin_session(person: Person) -> None:
    """Sign a person in."""
    login_user(_SessionUser(person))


def end_session() -> None:
    """Sign out."""
    logout_user()


def public(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Declare that anyone may see this page."""
    setattr(view, VIEWER_ROLES, ("anyone",))
    return view


def role_required(*roles: str) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Declare who may see a page: people with one of these roles. Strangers are asked to sign in; others get 403.

    An admin may see every page that a manager or an educator may.
    """
    allowed = frozenset(roles) | ({"admin"} if {"manager", "educator"} & set(roles) else frozenset())

    def declare(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            person = viewer()
            if person is None:
                return _ask_to_sign_in()
            if not person.roles & allowed:
                abort(403)
            return view(*args, **kwargs)

        setattr(guarded, VIEWER_ROLES, tuple(sorted(allowed)))
        return guarded

    return declare


def _ask_to_sign_in() -> ResponseReturnValue:
    """Remember where a stranger wanted to go; a lost form is said to be lost."""
    if request.method == "GET":
        return redirect(url_for("account.show_sign_in", next=request.full_path.rstrip("?")), code=302)
    flash(_("You were signed out, so this was not saved. Sign in and send it again."), "warn")
    return redirect(url_for("account.show_sign_in", language=g.language), code=303)
