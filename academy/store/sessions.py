"""Queries on sign-in sessions: the one that each request makes, and those that begin and end them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, CompoundSelect, ScalarSelect, Select, bindparam, cast, literal_column, null, select, union_all
from sqlmodel import Session, col, delete, update

from academy.store.db import Database
from academy.store.tables.accounts import Account, RoleGrant, UserSession

_session: Any = UserSession.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
_account: Any = Account.__table__  # type: ignore[attr-defined]  # likewise
_grant: Any = RoleGrant.__table__  # type: ignore[attr-defined]  # likewise
# Columns, not entities: this runs at every request.
FIND = (
    select(
        _account.c.id, _account.c.email, _account.c.name, _account.c.language, _account.c.theme, _account.c.state, _account.c.sector,
        _account.c.target_role, _account.c.password_version, _grant.c.role,
        _session.c.second_factor, _session.c.stale, _session.c.created_at, _session.c.seen_at,
    )
    .select_from(_session.join(_account, _account.c.id == _session.c.account_id).outerjoin(_grant, _grant.c.account_id == _account.c.id))
    .where(_session.c.password_version == _account.c.password_version, _account.c.disabled_at.is_(None))
    .where(_session.c.token_digest == bindparam("token_digest"))
)  # fmt: skip
_EMPTY: ColumnElement[Any] = literal_column("NULL")
"""Not `null()`, which is given a name each time: psycopg reads a statement of over 4,096 bytes anew at every call."""
FOUND = FIND.cte("found")
"""FIND as `and_more` takes it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A session's row with its account, and the account's roles."""

    row: Any  # columns of FIND
    roles: frozenset[str]


def find(database: Database, token_digest: str) -> Found | None:
    """The session of this token and who it is for, in one query; None when it ended, its password changed or its account is closed."""
    rows = database.select(FIND, {"token_digest": token_digest})
    return found_of(rows) if rows else None


def found_of(rows: Sequence[Any]) -> Found:
    """What rows of FIND, one for each role, say of a session."""
    return Found(rows[0], frozenset(row.role for row in rows if row.role))


def who(found: CTE) -> ScalarSelect[int]:
    """The account of the session asked for, in the queries of `and_more`."""
    return select(found.c.id).limit(1).scalar_subquery()


def and_more(found: CTE, *queries: Select[Any]) -> CompoundSelect[Any]:
    """FIND and other queries as one, for a journey to the server takes longer than what they ask.

    found: FIND, or with columns after its own. queries: of columns alike. Each row has columns of `found` or, after as many that
    are empty, those of another query: `parted` tells which.
    """
    own, others = list(found.c), list(queries[0].selected_columns)
    first = select(*own, *(cast(null(), column.type) for column in others))
    return union_all(first, *(query.with_only_columns(*(_EMPTY for _ in own), *query.selected_columns) for query in queries))


def parted(rows: Sequence[Any], width: int) -> tuple[Sequence[Any], list[Sequence[Any]]]:
    """The session's rows of `and_more`, and the other queries'; none at all where there is no such session. width: of `found`."""
    return [row for row in rows if row.id is not None], [row[width:] for row in rows if row.id is None]


def of_account(session: Session, account_id: int) -> Sequence[UserSession]:
    """An account's sessions, the one used last first."""
    query = select(UserSession).where(_session.c.account_id == account_id).order_by(_session.c.seen_at.desc())
    return session.execute(query).scalars().all()


def see(session: Session, token_digest: str, now: datetime) -> None:
    """Keep that a session is in use."""
    session.exec(update(UserSession).where(col(UserSession.token_digest) == token_digest).values(seen_at=now))


def mark_stale(session: Session, account_id: int) -> None:
    """Let every session of an account get another token at its next request."""
    session.exec(update(UserSession).where(col(UserSession.account_id) == account_id).values(stale=True))


def end(session: Session, account_id: int, *, only: str = "", but: str = "") -> int:
    """End an account's sessions: the one with the digest `only`, all but the one with the digest `but`, or all. How many ended."""
    query = delete(UserSession).where(col(UserSession.account_id) == account_id)
    if only:
        query = query.where(col(UserSession.token_digest) == only)
    return session.exec(query.where(col(UserSession.token_digest) != but)).rowcount


def drop(session: Session, token_digest: str) -> None:
    """End the session of a token, whosever it is: a browser that signs in anew holds one at most."""
    session.exec(delete(UserSession).where(col(UserSession.token_digest) == token_digest))


def drop_idle(session: Session, unseen_since: datetime, begun_before: datetime) -> None:
    """Drop sessions that have ended by themselves."""
    session.exec(delete(UserSession).where((col(UserSession.seen_at) < unseen_since) | (col(UserSession.created_at) < begun_before)))
