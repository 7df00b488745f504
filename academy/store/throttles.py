"""Queries on attempts counted: a row locked, made on first use, forgotten, and those that are full again dropped."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, delete, select

from academy.store.insertion import insertion
from academy.store.tables.accounts import Throttle


def locked(session: Session, name: str, now: datetime) -> Throttle:
    """The count of this name, made on first use and locked until the transaction ends."""
    found = session.get(Throttle, name, with_for_update=True)
    if found is not None:
        return found
    session.execute(insertion(session.get_bind().dialect.name)(Throttle).values({"name": name, "free_at": now}).on_conflict_do_nothing())
    return session.get_one(Throttle, name, with_for_update=True)


def free_at(session: Session, name: str) -> datetime | None:
    """When all of the room for this name will be free; None where nothing is counted."""
    return session.exec(select(Throttle.free_at).where(Throttle.name == name)).one_or_none()


def forget(session: Session, name: str) -> None:
    """Drop a count."""
    session.exec(delete(Throttle).where(col(Throttle.name) == name))


def drop_free(session: Session, now: datetime) -> None:
    """Drop every count that says nothing any more."""
    session.exec(delete(Throttle).where(col(Throttle.free_at) <= now))
