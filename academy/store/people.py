"""Everything that the tables hold about one person, found by following references to their account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, delete, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, func, select

from academy.store.audit import AuditEvent, find_key
from academy.store.tables.accounts import Account, Erasure, OneTimeLink, RoleGrant, SecondFactor, UserSession
from academy.store.tables.cohorts import Invitation

_OWNERS = ("account_id", "learner_id")
_SECRET = frozenset({"password_hash", "token_digest", "digest", "salt", "weights", "mac"})
"""Columns that nobody is shown: what lets somebody in, and posterior weights, of which the summary stands beside them."""


def references() -> Iterator[tuple[Table, Column[Any], bool]]:
    """Every column that leads to an account, children first, and whether its row is about that person.

    It is where it could not be without them; other columns say who did something, and are emptied on erasure.
    """
    accounts: Table = Account.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    leading, found = {accounts.c.id}, list[tuple[Table, Column[Any], bool]]()
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column in leading for key in column.foreign_keys):
                leading.add(column)
                found.append((table, column, not column.nullable or column.name in _OWNERS))
    yield from reversed(found)


def held(session: Session, account_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row about a person, by table, without secrets; and the audit events by or about them."""
    accounts: Table = Account.__table__  # type: ignore[attr-defined]  # likewise
    found = {"account": _rows(session, accounts, accounts.c.id == account_id)}
    for table, column, about in references():
        if about:
            found.setdefault(table.name, []).extend(_rows(session, table, column == account_id))
    invitations: Table = Invitation.__table__  # type: ignore[attr-defined]  # likewise
    found["invitation"] = _rows(session, invitations, invitations.c.email == _address(session, account_id))
    if key := find_key(session, account_id):
        events: Table = AuditEvent.__table__  # type: ignore[attr-defined]  # likewise
        found["auditevent"] = _rows(session, events, or_(events.c.actor == key, events.c.subject == key))
    return {name: rows for name, rows in sorted(found.items()) if rows}


def erase(session: Session, account_id: int) -> None:
    """Delete every row about a person, empty every other column that leads to them, and delete their account."""
    session.execute(delete(Invitation).where(col(Invitation.email) == _address(session, account_id)))
    for table, column, about in references():
        statement = delete(table) if about else update(table).values({column.name: None})
        session.connection().execute(statement.where(column == account_id))
    accounts: Table = Account.__table__  # type: ignore[attr-defined]  # likewise
    session.connection().execute(delete(accounts).where(accounts.c.id == account_id))
    session.expire_all()


def due(session: Session, now: datetime) -> list[Erasure]:
    """Erasures whose term is over."""
    query = select(Erasure).where(col(Erasure.done_at).is_(None), col(Erasure.due_at) <= now)
    return list(session.exec(query))


def pending(session: Session, account_id: int) -> Erasure | None:
    """The erasure that a person asked for and that is not done."""
    query = select(Erasure).where(col(Erasure.account_id) == account_id, col(Erasure.done_at).is_(None))
    return session.exec(query).one_or_none()


def inactive(session: Session, since: datetime) -> list[int]:
    """Open accounts of real people, admins aside, that nobody has used since."""
    seen = select(UserSession.account_id).where(col(UserSession.seen_at) >= since)
    admins = select(RoleGrant.account_id).where(col(RoleGrant.role) == "admin")
    query = select(Account.id).where(
        func.coalesce(Account.signed_in_at, Account.created_at) < since,
        col(Account.disabled_at).is_(None),
        col(Account.synthetic).is_(False),
        col(Account.id).not_in(seen),
        col(Account.id).not_in(admins),
    )
    return [number for number in session.exec(query) if number is not None]


def drop_spent(session: Session, before: datetime) -> None:
    """Drop one-time links, invitations and keys of second factors that came to nothing before this moment."""
    session.execute(delete(Invitation).where(col(Invitation.expires_at) < before))
    session.execute(delete(OneTimeLink).where(col(OneTimeLink.expires_at) < before))
    session.execute(delete(SecondFactor).where(col(SecondFactor.confirmed_at).is_(None), col(SecondFactor.begun_at) < before))


def _address(session: Session, account_id: int) -> str:
    """The address that invitations name a person by; it is never the empty one of a link for anybody."""
    return session.get_one(Account, account_id).email


def _rows(session: Session, table: Table, where: Any) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name not in _SECRET]
    query = select_columns(*columns).where(where).order_by(*table.primary_key.columns)
    return [dict(row) for row in session.connection().execute(query).mappings()]
