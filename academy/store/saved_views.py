"""Queries on views that people keep by name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from academy.store.tables.accounts import Account
from academy.store.tables.gap import SavedView


def lock(session: Session, account_id: int) -> None:
    """Let a person's changes of their views wait for each other until the transaction ends."""
    session.get_one(Account, account_id, with_for_update=True)


def of_account(session: Session, account_id: int) -> Sequence[SavedView]:
    """A person's views, by name."""
    return session.exec(select(SavedView).where(SavedView.account_id == account_id).order_by(col(SavedView.name), col(SavedView.id))).all()


def find(session: Session, account_id: int, view_id: int) -> SavedView | None:
    """One of a person's own views."""
    return session.exec(select(SavedView).where(SavedView.account_id == account_id, SavedView.id == view_id)).one_or_none()
