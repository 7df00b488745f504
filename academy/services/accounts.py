"""Accounts: found, made and closed, and a person as pages see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from academy.config import LANGUAGES
from academy.services import audit, throttle
from academy.services.email_addresses import fits, fold
from academy.services.form_errors import FormError, refuse
from academy.services.passwords import hashed, password_errors
from academy.services.site import Site
from academy.store import accounts as rows
from academy.store import sessions
from academy.store.tables.accounts import Account, RoleGrant

ROLES = ("learner", "educator", "manager", "admin")


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in account as pages see it."""

    id: int
    email: str
    name: str
    roles: frozenset[str]
    language: str
    theme: str
    state: str
    sector: str
    target_role: str
    password_version: int
    disabled: bool = False


def find(site: Site, account_id: int) -> Person | None:
    """An account by number."""
    with site.database.reading() as session:
        found = rows.with_roles(session, account_id)
        return _as_person(*found) if found else None


def find_by_email(site: Site, email: str) -> Person | None:
    """An account by address."""
    with site.database.reading() as session:
        account = rows.by_email(session, fold(email)) if email.isprintable() else None
        return person_of(session, account) if account else None


def listing(site: Site, *, query: str = "", page: int = 1, per_page: int = 50) -> tuple[list[Person], int]:
    """Accounts whose name or address contains the query, newest first, and how many there are; synthetic ones left out."""
    wanted = "".join(letter for letter in query if letter.isprintable()).strip()
    with site.database.reading() as session:
        found, total = rows.search(session, wanted, offset=(page - 1) * per_page, limit=per_page)
        return [_as_person(account, roles) for account, roles in found], total


def sign_up(site: Site, *, email: str, password: str, name: str, language: str, address: str = "") -> Person:
    """Create a learner. address: the network address. Raises Throttled, FormError(email=…, password=…, name=…)."""
    return sign_up_and(site, lambda _session, _person: None, email=email, password=password, name=name, language=language, address=address)


def sign_up_and(
    site: Site, also: Callable[[Session, Person], object], *, email: str, password: str, name: str, language: str, address: str = ""
) -> Person:
    """Create a learner as `sign_up` does and do more within the same transaction; where that raises, no account is made."""
    throttle.charge(site, "sign-up", address=address)
    account = draft(site, email=email, name=name, language=language, password=password)
    with site.database.writing() as session:
        person = add(session, account, ("learner",))
        also(session, person)
        note_made(site, session, person, actor=person.id, address=address)  # the log last: everybody waits in the same order
    return person


def create_account(
    site: Site, *, email: str, name: str, roles: tuple[str, ...], language: str = "es", password: str = "", by: int | str | None = None
) -> Person:
    """Create an account with any roles, by default from the command line. Raises FormError or ValueError for an unknown role."""
    refuse_unknown_roles(roles)
    account = draft(site, email=email, name=name, language=language, password=password or None)
    with site.database.writing() as session:
        person = add(session, account, roles)
        note_made(site, session, person, actor=by)
    return person


def create_synthetic(site: Site, *, number: int, name: str, language: str) -> Person:
    """Create the demonstration's learner of this number: counted like anyone, never listed, nobody can sign in as them."""
    account = draft(site, email=f"learner-{number}@synthetic.example", name=name, language=language, password=None)
    account.synthetic = True
    with site.database.writing() as session:
        return add(session, account, ("learner",))


def count_synthetic(site: Site) -> int:
    """How many learners are the demonstration's."""
    with site.database.reading() as session:
        return rows.count_synthetic(session)


def draft(site: Site, *, email: str, name: str, language: str, password: str | None) -> Account:
    """An account of somebody new, not kept yet; hashing makes it slow. password: None where there is none. Raises FormError."""
    bad_email = {} if fits(email) else {"email": "email-form"}
    bad_password = {} if password is None else password_errors(site, password, email)
    refuse(name_errors(name) | bad_email | bad_password | language_errors(language))
    password_hash = "" if password is None else hashed(password)
    return Account(email=fold(email), name=name.strip(), password_hash=password_hash, language=language, created_at=site.now())


def add(session: Session, account: Account, roles: tuple[str, ...]) -> Person:
    """Keep a new account within the caller's transaction. Raises FormError(email="email-taken")."""
    if rows.by_email(session, account.email) is not None:
        raise FormError(email="email-taken")
    session.add(account)
    try:
        session.flush()
    except IntegrityError:  # another transaction was faster
        raise FormError(email="email-taken") from None
    assert account.id is not None
    for role in dict.fromkeys(roles):
        session.add(RoleGrant(account_id=account.id, role=role, granted_at=account.created_at))
    return _as_person(account, frozenset(roles))


def note_made(site: Site, session: Session, person: Person, *, actor: int | str | None = None, address: str = "") -> None:
    """Log within the caller's transaction that an account was made."""
    roles = [role for role in ROLES if role in person.roles]
    audit.record(site, session, "account-made", actor=actor, subject=person.id, address=address, details={"roles": roles})


def disable(site: Site, account_id: int, *, by: int | None = None) -> None:
    """Close an account at once: its sessions and links end and nobody can sign in to it.

    Raises FormError(confirm="disable-self") or FormError(confirm="last-admin").
    """
    if account_id == by:
        raise FormError(confirm="disable-self")
    with site.database.writing() as session:
        close(site, session, account_id)
        audit.record(site, session, "account-disabled", actor=by, subject=account_id)


def close(site: Site, session: Session, account_id: int) -> Account:
    """Block an account within the caller's transaction: sessions and links end. Raises FormError(confirm="last-admin")."""
    if rows.is_last_admin(session, account_id):
        raise FormError(confirm="last-admin")
    account = rows.by_id(session, account_id, lock=True)
    account.disabled_at = account.disabled_at or site.now()
    account.password_version += 1
    session.add(account)
    sessions.end(session, account_id)
    rows.drop_unused_links(session, "reset", account_id)
    return account


def person_of(session: Session, account: Account) -> Person:
    """The person of an account, with the roles it has within the caller's transaction."""
    assert account.id is not None
    return _as_person(account, rows.roles_of(session, account.id))


def refuse_unknown_roles(roles: tuple[str, ...]) -> None:
    """Raise ValueError where one of these is no kind of user."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"unknown role {', '.join(sorted(unknown))}; choose from {', '.join(ROLES)}")


def name_errors(name: str) -> dict[str, str]:
    """What keeps a name from being used, as FormError takes it."""
    return {} if 1 <= len(name.strip()) <= 80 and name.isprintable() else {"name": "name-length"}


def language_errors(language: str) -> dict[str, str]:
    """What keeps a language from being used, as FormError takes it."""
    return {} if language in LANGUAGES else {"language": "language-unknown"}


def _as_person(account: Account, roles: frozenset[str]) -> Person:
    assert account.id is not None
    return Person(
        id=account.id,
        email=account.email,
        name=account.name,
        roles=roles,
        language=account.language,
        theme=account.theme,
        state=account.state,
        sector=account.sector,
        target_role=account.target_role,
        password_version=account.password_version,
        disabled=account.disabled_at is not None,
    )
