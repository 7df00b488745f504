"""Going in: a session begun anew, a second factor awaited, and the page that a kind of user begins with."""

from __future__ import annotations

from flask import redirect, session, url_for
from flask.typing import ResponseReturnValue

from academy.services import accounts
from academy.services.accounts import Person
from academy.web.auth import begin_session, session_token
from academy.web.requests import current_site

SECONDS_FOR_CODE = 600
_PENDING = "pending"
"""Where the cookie says whose second factor is awaited: account, password version, since when."""


def renew_session(person: Person, *, second_factor: bool = False) -> None:
    """Begin a session that holds nothing of the one before, which ends."""
    before = session_token()
    session.clear()
    begin_session(person, replaces=before, second_factor=second_factor)


def await_code(person: Person, wanted: str | None) -> ResponseReturnValue:
    """The password was right: ask for the second factor, for a few minutes and nothing else."""
    session.clear()
    session[_PENDING] = [person.id, person.password_version, int(current_site().now().timestamp())]
    return redirect(url_for("security.show_code", next=wanted), code=303)


def awaited() -> Person | None:
    """Whose code is awaited: the password was right a few minutes ago at most and is the same still."""
    match session.get(_PENDING):
        case [int(person_id), int(version), int(since)]:
            person = accounts.find(current_site(), person_id)
            recent = current_site().now().timestamp() - since < SECONDS_FOR_CODE
            return person if person and recent and not person.disabled and person.password_version == version else None
    return None


def start_of(person: Person) -> str:
    """The page that a kind of user begins with."""
    starts = (
        ("learner", "learn.show_home"),
        ("manager", "programs.show_gap"),
        ("educator", "author.show_courses"),
        ("admin", "admin.show_accounts"),
    )
    return url_for(next((endpoint for role, endpoint in starts if role in person.roles), "learn.show_home"))
