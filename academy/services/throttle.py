"""Attempts counted in the database, for all workers together: per account and per network address, slowed down past a burst.

Each kind has room for `burst` attempts, of which one becomes free again every `seconds_each`. Kept is the moment at which all of the
room will be free, one row for each kind and name, so that an attempt costs one short write whether it succeeds or not. What is
refused leaves an event in the audit log, and room for events is counted in the same way: nobody fills the log by being refused.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from academy.services import audit
from academy.services.site import Site
from academy.store import accounts, throttles
from academy.store.tables.accounts import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts may come at once, and after how many seconds each is forgotten."""

    burst: int
    seconds_each: int


LIMITS = MappingProxyType(
    {
        # An account: 1,900 guesses a day at most; its person waits 45 seconds at worst, once the guessing stops.
        ("sign-in", "account"): Limit(10, 45),
        # An address: a whole class may sit behind one.
        ("sign-in", "address"): Limit(120, 4),
        ("sign-up", "address"): Limit(60, 60),
        # Mails to an address, where sign-up goes by mail.
        ("sign-up", "account"): Limit(3, 1200),
        ("reset", "account"): Limit(3, 1200),
        ("reset", "address"): Limit(20, 120),
        ("password", "account"): Limit(10, 45),
        # Six digits, three codes valid at a time: 65 guesses a day find one with a chance of 1 in 5,100.
        ("code", "account"): Limit(5, 1440),
        ("code", "address"): Limit(120, 4),
    }
)
"""The room for each kind of attempt, by account and by network address."""
EVENTS = MappingProxyType(
    {
        # A person: what they try first, then one an hour while they go on.
        "access-refused": Limit(10, 3600),
        # A kind of attempt at an account or from an address that is slowed down: once an hour.
        "throttled": Limit(1, 3600),
    }
)
"""The room in the audit log for each kind of event that comes of being refused, by whom or what is refused."""


class Throttled(Exception):
    """Too many attempts. `seconds`: how long to wait until the next may be made; `part`: of what, "account" or "address"."""

    def __init__(self, seconds: int, part: str) -> None:
        """Keep how long to wait, and for what."""
        super().__init__(f"wait {seconds} s")
        self.seconds, self.part = seconds, part


def charge(site: Site, kind: str, *, account: str = "", address: str = "", whose: int | str = "") -> None:
    """Count an attempt against an account, by any name for it, and a network address. Raises Throttled, which counts nothing.

    It is counted before it is known whether it succeeds, so that attempts made at the same time do not slip through.
    whose: the account's number, or the e-mail address that was typed, which may be nobody's: whom the audit log names.
    """
    names = {part: name for part, name in (("account", account), ("address", address)) if name}
    try:
        _count(site, kind, names)
    except Throttled as refused:
        name = f"{kind} {refused.part} {names[refused.part]}"
        details = {"kind": kind, "by": refused.part}
        _note(site, "throttled", name, lambda session: _account_id(session, whose), actor=audit.STRANGER, address=address, details=details)
        raise


def note_refused_access(site: Site, person_id: int, *, page: str, status: int, address: str = "") -> None:
    """Keep in the audit log, where there is room, that somebody signed in asked for what is not for them. page: its endpoint."""
    details = {"page": page, "status": status}
    _note(site, "access-refused", str(person_id), lambda _session: None, actor=person_id, address=address, details=details)


def _count(site: Site, kind: str, names: Mapping[str, str]) -> None:
    """Use up room for one attempt by each of these names. Raises Throttled."""
    now = site.now()
    with site.database.writing() as session:
        limits = [(part, LIMITS[kind, part], _name(site, kind, part, name)) for part, name in names.items()]
        counts = [(part, limit, throttles.locked(session, name, now)) for part, limit, name in limits]
        waits = [(_wait(_free_at(count.free_at, now, limit), now, limit), part) for part, limit, count in counts]
        wait, part = max(waits, default=(0, ""), key=lambda found: found[0])
        if wait:
            raise Throttled(wait, part)
        for _part, limit, count in counts:
            _use(session, count, now, limit)


def _note(
    site: Site,
    action: str,
    name: str,
    subject: Callable[[Session], int | None],
    *,
    actor: int | str,
    address: str,
    details: Mapping[str, Any],
) -> None:
    """Keep an event if there is room for one more of its kind by this name; most who are refused again and again only read."""
    now, limit, name = site.now(), EVENTS[action], _name(site, action, "event", name)
    with site.database.reading() as session:
        kept = throttles.free_at(session, name)
        if kept is not None and _wait(_free_at(kept, now, limit), now, limit):
            return
    with site.database.writing() as session:
        count = throttles.locked(session, name, now)
        if _wait(_free_at(count.free_at, now, limit), now, limit):  # somebody was faster
            return
        _use(session, count, now, limit)
        audit.record_refusal(site, session, action, actor=actor, account_id=subject(session), address=address, details=details)


def _account_id(session: Session, whose: int | str) -> int | None:
    """The number of an account; the same work whether or not an e-mail address has one."""
    if isinstance(whose, int):
        return whose
    account = accounts.by_email(session, whose if whose.isprintable() else "")
    return account.id if account else None


def _use(session: Session, count: Throttle, now: datetime, limit: Limit) -> None:
    count.free_at = max(_free_at(count.free_at, now, limit), now) + timedelta(seconds=limit.seconds_each)
    session.add(count)


def forgive(site: Site, session: Session, kind: str, account: str) -> None:
    """Forget an account's attempts: it was its person. The address keeps its count, for it may be guessing at others."""
    throttles.forget(session, _name(site, kind, "account", account))


def _free_at(kept: datetime, now: datetime, limit: Limit) -> datetime:
    """When all will be free; now, where the moment kept is further off than all of the room: the clock was set back since."""
    return kept if kept <= now + timedelta(seconds=limit.burst * limit.seconds_each) else now


def _wait(free_at: datetime, now: datetime, limit: Limit) -> int:
    """Seconds until there is room for one more attempt; 0 when there is."""
    used = (free_at - now).total_seconds() - (limit.burst - 1) * limit.seconds_each
    return max(0, math.ceil(used))


def _name(site: Site, kind: str, part: str, name: str) -> str:
    """A digest: neither network addresses nor what strangers typed are kept readable."""
    return hmac.new(site.key_for("throttle"), f"{kind} {part} {name}".encode(), hashlib.sha256).hexdigest()
