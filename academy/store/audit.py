"""Audit events appended to a chain that is sealed by a key outside the database, and the chain walked again."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, Session, SQLModel, col, select

HEAD = 1
"""The number of the one row in AuditHead."""


class AuditEvent(SQLModel, table=True):
    """Something that people must be able to account for: who did what to whom, when. Append-only, without gaps.

    `actor` and `subject` are a person's random key, or the name of what acted: a command, the system. `mac` seals the
    row together with the `mac` before it; rows from before there was a seal have none and are sealed by the next.
    """

    __table_args__ = (Index("audit_event_action", "action", "id"), Index("audit_event_subject", "subject", "id"))

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str = Field(max_length=64)
    action: str = Field(max_length=32)
    subject: str = Field(default="", max_length=64)
    origin: str = Field(default="", max_length=16)  # a keyed digest of the network address and the month
    details: Any = Field(sa_column=Column(JSON, nullable=False))
    mac: str = Field(default="", max_length=64)


class AuditHead(SQLModel, table=True):
    """Where the chain ends: the last event's number and seal. Its row lock orders those who append."""

    id: int = Field(default=HEAD, primary_key=True)
    position: int = 0
    mac: str = Field(default="", max_length=64)


class AuditPerson(SQLModel, table=True):
    """The random key under which a person stands in the log. Destroyed on erasure; the events stay."""

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    key: str = Field(max_length=32, unique=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the chain, at the number of an event."""

    position: int
    what: str


def append(session: Session, key: bytes, event: AuditEvent) -> int:
    """Seal an event to the end of the chain within the caller's transaction; returns its number."""
    head = session.get(AuditHead, HEAD, with_for_update=True)
    if head is None:  # somebody removed it: `verify` tells what is missing
        last = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(1)).first()
        head = AuditHead(position=last.id or 0, mac=last.mac) if last else AuditHead()
    event.id = head.position + 1
    event.details = json.loads(json.dumps(event.details))  # as it will be read
    event.mac = _seal(key, head.mac or _unsealed(session, key), event)
    head.position, head.mac = event.id, event.mac
    session.add_all([event, head])
    session.flush()
    return event.id


def person_key(session: Session, account_id: int) -> str:
    """The random key of a person, made on first use."""
    key = find_key(session, account_id)
    if key is None:
        key = secrets.token_hex(16)
        session.add(AuditPerson(account_id=account_id, key=key))
        session.flush()
    return key


def find_key(session: Session, account_id: int) -> str | None:
    """The random key of a person, if they ever came to stand in the log."""
    return session.exec(select(AuditPerson.key).where(AuditPerson.account_id == account_id)).one_or_none()


def head(session: Session) -> tuple[int, str]:
    """The last event's number and seal."""
    found = session.get(AuditHead, HEAD)
    return (found.position, found.mac) if found else (0, "")


def faults(session: Session, key: bytes, noted: tuple[int, str] | None = None) -> Iterator[Fault]:
    """Everything that was edited, dropped, put in, reordered or cut off. `noted`: a head written down elsewhere."""
    previous, position, sealed, noted_mac = "", 0, False, ""
    for event in _events(session):
        assert event.id is not None
        if event.id != position + 1:
            yield Fault(position + 1, f"events {position + 1} to {event.id - 1} are missing")
        expected = _seal(key, previous, event)
        if event.mac or sealed:
            if not hmac.compare_digest(expected, event.mac) and event.id == position + 1:
                yield Fault(event.id, f"event {event.id} is not as it was written, or not in its place")
            sealed, previous = True, event.mac
        else:
            previous = expected
        position = event.id
        if noted and position == noted[0]:
            noted_mac = event.mac
    yield from _end_faults(head(session), position, previous if sealed else "", noted, noted_mac)


def _end_faults(kept: tuple[int, str], position: int, mac: str, noted: tuple[int, str] | None, noted_mac: str) -> Iterator[Fault]:
    if kept[0] > position:
        yield Fault(position + 1, f"events {position + 1} to {kept[0]} are missing at the end")
    elif kept != (position, mac):
        yield Fault(position, "the end of the chain is not the one that was kept")
    if noted and noted[0] and not hmac.compare_digest(noted_mac, noted[1]):
        yield Fault(noted[0], f"event {noted[0]} is not the one whose seal was noted")


def _events(session: Session) -> Iterator[AuditEvent]:
    yield from session.exec(select(AuditEvent).order_by(col(AuditEvent.id)).execution_options(yield_per=1000))


def _unsealed(session: Session, key: bytes) -> str:
    """The seal that events from before there was a key would have; "" where there are none."""
    previous = ""
    for event in _events(session):
        previous = _seal(key, previous, event)
    return previous


def _seal(key: bytes, previous: str, event: AuditEvent) -> str:
    words = [previous, event.id, event.at.isoformat(), event.actor, event.action, event.subject, event.origin, event.details]
    return hmac.new(key, json.dumps(words, sort_keys=True, separators=(",", ":")).encode(), hashlib.sha256).hexdigest()
