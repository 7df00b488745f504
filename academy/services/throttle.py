"""Attempts counted in the database, for all workers together: per account and per network address, slowed down past a burst.

Each kind has room for `burst` attempts, of which one becomes free again every `seconds_each`. Kept is the moment at which all of the
room will be free, one row for each kind and name, so that an attempt costs one short write whether it succeeds or not.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlmodel import Session

from academy.services.site import Site
from academy.store import throttles


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
        ("reset", "account"): Limit(3, 1200),
        ("reset", "address"): Limit(20, 120),
        ("password", "account"): Limit(10, 45),
        # Six digits, three codes valid at a time: 65 guesses a day find one with a chance of 1 in 5,100.
        ("code", "account"): Limit(5, 1440),
        ("code", "address"): Limit(120, 4),
    }
)
"""The room for each kind of attempt, by account and by network address."""


class Throttled(Exception):
    """Too many attempts. `seconds`: how long to wait until the next may be made."""

    def __init__(self, seconds: int) -> None:
        """Keep how long to wait."""
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


def charge(site: Site, kind: str, *, account: str = "", address: str = "") -> None:
    """Count an attempt against an account, by any name for it, and a network address. Raises Throttled, which counts nothing.

    It is counted before it is known whether it succeeds, so that attempts made at the same time do not slip through.
    """
    now = site.now()
    with site.database.writing() as session:
        parts = [(part, name) for part, name in (("account", account), ("address", address)) if name]
        limits = [(LIMITS[kind, part], _name(site, kind, part, name)) for part, name in parts]
        counts = [(limit, throttles.locked(session, name, now)) for limit, name in limits]
        if wait := max((_wait(_free_at(count.free_at, now, limit), now, limit) for limit, count in counts), default=0):
            raise Throttled(wait)
        for limit, count in counts:
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
