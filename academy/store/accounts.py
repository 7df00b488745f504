"""Queries on accounts, their roles and one-time links."""

from __future__ import annotations

from collections import defaultdict

from sqlmodel import Session, col, delete, func, or_, select

from academy.store.tables.accounts import Account, OneTimeLink, RoleGrant, SecondFactor


def by_email(session: Session, email: str) -> Account | None:
    """The account with this address, given in lower case."""
    return session.exec(select(Account).where(Account.email == email)).one_or_none()


def by_id(session: Session, account_id: int, *, lock: bool = False) -> Account:
    """The account with this number, locked until the transaction ends if asked. Raises ValueError when there is none."""
    # FOR NO KEY UPDATE: an answer refers to its account while its standing is locked, and must not wait for us
    account = session.get(Account, account_id, with_for_update={"key_share": True} if lock else None)
    if account is None:
        raise ValueError(f"there is no account {account_id}")
    return account


def roles_of(session: Session, account_id: int) -> frozenset[str]:
    """The kinds of user that an account may act as."""
    return frozenset(session.exec(select(RoleGrant.role).where(RoleGrant.account_id == account_id)))


def with_roles(session: Session, account_id: int) -> tuple[Account, frozenset[str]] | None:
    """The account and its roles in one query; None when there is no such account."""
    found = session.exec(
        select(Account, RoleGrant.role)
        .join(RoleGrant, col(RoleGrant.account_id) == col(Account.id), isouter=True)
        .where(Account.id == account_id)
    ).all()
    return (found[0][0], frozenset(role for _, role in found if role)) if found else None


def has_second_factor(session: Session, account_id: int) -> bool:
    """Whether signing in to an account takes a code too."""
    query = select(SecondFactor.account_id).where(SecondFactor.account_id == account_id, col(SecondFactor.confirmed_at).is_not(None))
    return session.exec(query).one_or_none() is not None


def count_admins(session: Session) -> int:
    """How many enabled accounts can grant roles."""
    query = (
        select(func.count())
        .select_from(RoleGrant)
        .join(Account, col(RoleGrant.account_id) == col(Account.id))
        .where(RoleGrant.role == "admin", col(Account.disabled_at).is_(None))
    )
    return session.exec(query).one()


def lock_admins(session: Session) -> list[int]:
    """The enabled accounts that can grant roles; the grants stay locked until the transaction ends."""
    grants = select(RoleGrant.account_id).where(RoleGrant.role == "admin").order_by(col(RoleGrant.account_id))
    held = session.exec(grants.with_for_update()).all()  # first, so that the next query sees what others did meanwhile
    enabled = select(Account.id).where(col(Account.id).in_(held), col(Account.disabled_at).is_(None))
    return [found for found in session.exec(enabled) if found is not None]


def is_last_admin(session: Session, account_id: int) -> bool:
    """Whether this account alone can grant roles; until the transaction ends nobody else may stop being an admin."""
    return lock_admins(session) == [account_id]


def count_synthetic(session: Session) -> int:
    """How many accounts are a demonstration's learners."""
    return session.exec(select(func.count()).select_from(Account).where(col(Account.synthetic).is_(True))).one()


def drop_unused_links(session: Session, purpose: str, account_id: int | None) -> None:
    """Make earlier unused links of a purpose for an account stop working."""
    owner = col(OneTimeLink.account_id).is_(None) if account_id is None else col(OneTimeLink.account_id) == account_id
    session.exec(delete(OneTimeLink).where(col(OneTimeLink.purpose) == purpose, owner, col(OneTimeLink.used_at).is_(None)))


def search(session: Session, query: str, *, offset: int, limit: int) -> tuple[list[tuple[Account, frozenset[str]]], int]:
    """One page of accounts with their roles, newest first, and the number of all that match.

    SQLite folds only English letters, so names are also compared as typed and with capital initials.
    """
    folded = query.lower()
    match = or_(
        col(Account.email).contains(folded, autoescape=True),
        func.lower(Account.name).contains(folded, autoescape=True),
        *(col(Account.name).contains(form, autoescape=True) for form in {query, query.title()}),
    )
    where = (match, col(Account.synthetic).is_(False))
    total = session.exec(select(func.count()).select_from(Account).where(*where)).one()
    accounts = session.exec(select(Account).where(*where).order_by(col(Account.id).desc()).offset(offset).limit(limit)).all()
    roles: dict[int, set[str]] = defaultdict(set)
    for grant in session.exec(select(RoleGrant).where(col(RoleGrant.account_id).in_([account.id for account in accounts]))):
        roles[grant.account_id].add(grant.role)
    return [(account, frozenset(roles[account.id or 0])) for account in accounts], total
