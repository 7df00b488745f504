"""Sign-in sessions: begun, found at each request, shown to their person, ended one by one or all."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from academy.services import audit
from academy.services.accounts import Person
from academy.services.site import Site
from academy.store import accounts, answering, traces
from academy.store import sessions as rows
from academy.store.answering import Moment, Sheet
from academy.store.tables.accounts import UserSession
from academy.store.traces import Trace

IDLE = timedelta(days=14)
LIFETIME = timedelta(days=30)
STAFF_IDLE = timedelta(hours=2)
STAFF_LIFETIME = timedelta(hours=12)
"""A manager sees everybody's numbers and an admin decides who may: their sessions end the same day."""
STAFF = frozenset({"manager", "admin"})
_SEEN_EVERY = timedelta(minutes=10)
_LONGEST_DEVICE = 60


@dataclass(frozen=True, slots=True)
class Visit:
    """A session at one request: whose it is, whether by a second factor, and whether it must get another token."""

    person: Person
    second_factor: bool
    stale: bool


@dataclass(frozen=True, slots=True)
class Device:
    """A session as its person sees it. `handle` names it and lets nobody in."""

    handle: str
    name: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool


def begin(site: Site, person: Person, *, device: str = "", second_factor: bool = False, replaces: str = "") -> str:
    """Begin a session of this person, as they were when they signed in; returns its token.

    `replaces`: the token that the browser held before, which ends.
    """
    token = secrets.token_urlsafe(32)
    now = site.now()
    with site.database.writing() as session:
        if replaces:
            rows.drop(session, _digest(replaces))
        session.add(
            UserSession(
                token_digest=_digest(token),
                account_id=person.id,
                password_version=person.password_version,
                device=device[:_LONGEST_DEVICE],
                second_factor=second_factor,
                created_at=now,
                seen_at=now,
            )
        )
    return token


def find(site: Site, token: str) -> Visit | None:
    """Whose session this is: one query. None when it ended, by its person, a new password, its age or disuse."""
    found = rows.find(site.database, _digest(token))
    return None if found is None else _visit_of(site, token, found)


def find_with_attempt(site: Site, token: str, number: int, item_id: str) -> tuple[Visit, tuple[Sheet, Moment] | None] | None:
    """The same with the person's attempt of this number, and what an answer to an item of it meets: one query for all."""
    found = answering.visited(site.database, _digest(token), number, item_id)
    visit = None if found is None else _visit_of(site, token, found[0])
    return None if found is None or visit is None else (visit, found[1])


def find_with_traces(site: Site, token: str, course_id: str, item_ids: Collection[str]) -> tuple[Visit, list[Trace]] | None:
    """The same with what the person left in a course, as the page of a lesson meets it: one query for both."""
    found = traces.visited(site.database, _digest(token), course_id, item_ids)
    visit = None if found is None else _visit_of(site, token, found[0])
    return None if found is None or visit is None else (visit, found[1])


def _visit_of(site: Site, token: str, found: rows.Found) -> Visit | None:
    digest, now = _digest(token), site.now()
    if _ended(found.row.created_at, found.row.seen_at, found.roles, now):
        return None
    if now - found.row.seen_at > _SEEN_EVERY:
        with site.database.writing() as session:
            rows.see(session, digest, now)
    return Visit(_as_person(found), found.row.second_factor, found.row.stale)


def renew(site: Site, token: str) -> str:
    """Give a session another token; the one before ends. Where it has ended meanwhile, the token stays as it is."""
    renewed = secrets.token_urlsafe(32)
    with site.database.writing() as session:
        row = session.get(UserSession, _digest(token), with_for_update=True)
        if row is None:
            return token
        session.add(UserSession(**row.model_dump() | {"token_digest": _digest(renewed), "stale": False}))
        session.delete(row)
    return renewed


def listing(site: Site, person_id: int, token: str = "") -> list[Device]:
    """A person's sessions that go on, the one used last first. token: of who asks, where it is that person."""
    with site.database.reading() as session:
        roles, found = accounts.roles_of(session, person_id), rows.of_account(session, person_id)
    here, now = _digest(token), site.now()
    return [
        Device(row.token_digest, row.device, row.created_at, row.seen_at, row.token_digest == here)
        for row in found
        if not _ended(row.created_at, row.seen_at, roles, now)
    ]


def end(site: Site, person_id: int, token: str) -> None:
    """Sign out."""
    with site.database.writing() as session:
        rows.end(session, person_id, only=_digest(token))
        audit.record(site, session, "signed-out", actor=person_id, subject=person_id)


def revoke(site: Site, person_id: int, handle: str) -> bool:
    """End one of a person's own sessions; False when they have no such session."""
    with site.database.writing() as session:
        ended = bool(handle) and rows.end(session, person_id, only=handle) > 0
        if ended:
            audit.record(site, session, "sessions-ended", actor=person_id, subject=person_id, details={"count": 1})
    return ended


def revoke_others(site: Site, person_id: int, token: str) -> int:
    """End all of a person's sessions but the one with this token; how many ended."""
    with site.database.writing() as session:
        ended = rows.end(session, person_id, but=_digest(token))
        audit.record(site, session, "sessions-ended", actor=person_id, subject=person_id, details={"count": ended})
    return ended


def end_all(site: Site, person_id: int, *, by: int | None) -> int:
    """End all of another person's sessions, who may sign in again; how many ended. by: an admin; None is the command line."""
    with site.database.writing() as session:
        ended = rows.end(session, person_id)
        audit.record(site, session, "sessions-ended", actor=by, subject=person_id, details={"count": ended})
    return ended


def _ended(begun_at: datetime, seen_at: datetime, roles: frozenset[str], now: datetime) -> bool:
    idle, lifetime = (STAFF_IDLE, STAFF_LIFETIME) if roles & STAFF else (IDLE, LIFETIME)
    return now - seen_at > idle or now - begun_at > lifetime


def _as_person(found: rows.Found) -> Person:
    row = found.row
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=found.roles,
        language=row.language,
        theme=row.theme,
        state=row.state,
        sector=row.sector,
        target_role=row.target_role,
        password_version=row.password_version,
    )


def _digest(token: str) -> str:
    """Only digests are kept: who reads the database cannot take over a session."""
    return hashlib.sha256(token.encode()).hexdigest()
