"""What must be accounted for, recorded within the transaction that does it, read by admins and checked for tampering."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from academy.services.site import Site
from academy.store import audit as chain
from academy.store.audit import AuditEvent, AuditPerson, Fault
from academy.store.tables.accounts import Account

COMMAND, SYSTEM, STRANGER = "command", "system", "stranger"
_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64}|)")


def N_(message: str) -> str:  # noqa: N802  # the customary mark for text that is translated later
    """Mark a message for translation."""
    return message


ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "signed-in": N_("Signed in"),
        "sign-in-failed": N_("Sign-in failed"),
        "signed-out": N_("Signed out"),
        "sessions-ended": N_("Sessions ended"),
        "password-accepted": N_("Password accepted, code awaited"),
        "code-refused": N_("Code refused"),
        "throttled": N_("Attempts slowed down"),
        "access-refused": N_("Access refused"),
        "second-factor-on": N_("Second factor turned on"),
        "second-factor-off": N_("Second factor taken away"),
        "recovery-codes-made": N_("Recovery codes made"),
        "identity-linked": N_("Account at another site linked"),
        "account-made": N_("Account made"),
        "account-disabled": N_("Account disabled"),
        "account-viewed": N_("Account looked at"),
        "role-granted": N_("Role granted"),
        "role-revoked": N_("Role taken back"),
        "link-made": N_("One-time link made"),
        "link-used": N_("One-time link used"),
        "password-changed": N_("Password changed"),
        "extra-time-set": N_("Extra time set"),
        "erasure-asked": N_("Erasure asked for"),
        "erasure-cancelled": N_("Erasure cancelled"),
        "erased": N_("Person erased"),
        "exported": N_("Data exported"),
        "backed-up": N_("Backup made"),
        "restored": N_("Backup restored"),
        "published": N_("Gap published"),
        "claim-added": N_("Published figure added"),
        "claim-corrected": N_("Published figure corrected"),
        "claim-retired": N_("Published figure retired"),
        "claim-restored": N_("Published figure brought back"),
        "claims-imported": N_("Published figures imported"),
        "claims-undone": N_("Import of published figures undone"),
        "scenario-saved": N_("Scenario saved"),
        "scenario-retired": N_("Scenario retired"),
        "scenario-restored": N_("Scenario brought back"),
        "demand-imported": N_("Own demand imported"),
        "demand-undone": N_("Import of own demand undone"),
        "demand-redone": N_("Import of own demand applied again"),
        "keys-changed": N_("Answer keys changed"),
        "regrade": N_("Answers graded again"),
        "report-resolved": N_("Report on a question settled"),
        "report-reopened": N_("Report on a question taken up again"),
        "log-read": N_("Audit log read"),
        "program-kept": N_("Program made or changed"),
        "cohort-kept": N_("Cohort made or changed"),
        "cohort-planned": N_("Course assigned to a cohort or taken off"),
        "duty-given": N_("Person named to answer for a cohort"),
        "duty-taken": N_("Person no longer answers for a cohort"),
        "cohort-viewed": N_("Cohort's people looked at"),
        "invited": N_("Invitation to a cohort made"),
        "invitation-revoked": N_("Invitation to a cohort taken back"),
        "cohort-joined": N_("Cohort joined"),
        "cohort-left": N_("Cohort left"),
        "placed": N_("Work in the field recorded"),
        "placement-withdrawn": N_("Record of work taken back"),
    }
)
"""Every action and what people call it. English msgids."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as an admin reads it: people by their key, and by their name where the key still leads to one."""

    number: int
    at: datetime
    action: str
    actor: str
    actor_name: str
    subject: str
    subject_name: str
    subject_id: int | None
    origin: str
    details: Mapping[str, Any]


def record(
    site: Site,
    session: Session,
    action: str,
    *,
    actor: int | str | None = None,
    subject: int | None = None,
    address: str = "",
    details: Mapping[str, Any] | None = None,
) -> int:
    """Keep an event within the caller's transaction; returns its number.

    actor: an account, or the name of what acted; None is the command line. address: the network address it came from.
    """
    assert action in ACTIONS, action
    event = AuditEvent(
        at=site.now(),
        actor=COMMAND if actor is None else actor if isinstance(actor, str) else chain.person_key(session, actor),
        action=action,
        subject="" if subject is None else chain.person_key(session, subject),
        origin=_origin(site, address),
        details=dict(details or {}),
    )
    return chain.append(session, site.key_for("audit"), event)


def record_refusal(
    site: Site,
    session: Session,
    action: str,
    *,
    actor: int | str = STRANGER,
    account_id: int | None,
    address: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Keep that somebody was refused, with the same work for an account that is there and one that is not."""
    if account_id is None:
        chain.find_key(session, 0)
    record(site, session, action, actor=actor, subject=account_id, address=address, details=details)


def note(site: Site, action: str, *, actor: int | str | None = None, subject: int | None = None, **details: Any) -> None:
    """Record, in a transaction of its own, what changes nothing else: that something was looked at or taken along."""
    with site.database.writing() as session:
        record(site, session, action, actor=actor, subject=subject, details=details)


def verify(site: Site, noted: str = "") -> tuple[list[Fault], str]:
    """What was tampered with, and the present head. Raises ValueError where `noted` is not a head."""
    with site.database.reading(steady=True) as session:
        found = list(chain.faults(session, site.key_for("audit"), _read_head(noted) if noted else None))
        position, mac = chain.head(session)
    return found, f"{position}:{mac}"


def listing(
    site: Site, *, action: str = "", person_id: int | None = None, before: int | None = None, limit: int = 50
) -> tuple[list[Event], int | None]:
    """Events, newest first: of one action, by or about one person, older than a number; and where the next page begins."""
    query = select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(limit + 1)
    if action:
        query = query.where(AuditEvent.action == action)
    if before is not None:
        query = query.where(col(AuditEvent.id) < before)
    with site.database.reading() as session:
        if person_id is not None:
            mapping = session.get(AuditPerson, person_id)
            if mapping is None:
                return [], None
            query = query.where((AuditEvent.actor == mapping.key) | (AuditEvent.subject == mapping.key))
        rows = list(session.exec(query))
        names = _names(session, {key for row in rows for key in (row.actor, row.subject)})
    events = [_as_event(row, names) for row in rows[:limit]]
    return events, events[-1].number if len(rows) > limit else None


def names(session: Session, keys: Collection[str]) -> dict[str, str]:
    """The names of people by their key, where the key still leads to one."""
    return {key: name for key, (_, name) in _names(session, set(keys)).items()}


def explain(action: str, translate: Callable[[str], str] = str) -> str:
    """What an action is called, in the reader's language."""
    return translate(ACTIONS[action]) if action in ACTIONS else action


def _names(session: Session, keys: set[str]) -> dict[str, tuple[int, str]]:
    query = select(AuditPerson.key, Account.id, Account.name).join(Account, col(Account.id) == col(AuditPerson.account_id))
    return {key: (number or 0, name) for key, number, name in session.exec(query.where(col(AuditPerson.key).in_(keys)))}


def _as_event(row: AuditEvent, names: Mapping[str, tuple[int, str]]) -> Event:
    assert row.id is not None
    number, name = names.get(row.subject, (None, ""))
    return Event(
        number=row.id,
        at=row.at,
        action=row.action,
        actor=row.actor,
        actor_name=names.get(row.actor, (0, ""))[1],
        subject=row.subject,
        subject_name=name,
        subject_id=number,
        origin=row.origin,
        details=row.details,
    )


def _origin(site: Site, address: str) -> str:
    """The same for one network address within a month: enough to see a pattern, useless afterwards."""
    if not address:
        return ""
    return hmac.new(site.key_for("origin"), f"{site.now():%Y-%m} {address}".encode(), hashlib.sha256).hexdigest()[:16]


def _read_head(noted: str) -> tuple[int, str]:
    match = _HEAD.fullmatch(noted.strip())
    if match is None:
        raise ValueError("a head is a number, a colon and 64 hexadecimal digits, as `academy audit verify` prints it")
    return int(match[1]), match[2]
