"""Accounts: sign-up, sign-in, passwords, profiles, roles and one-time links."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlmodel import Session

from academy.services.site import Site
from academy.store import accounts as rows
from academy.store.tables import Account, OneTimeLink, RoleGrant

ROLES = ("learner", "educator", "manager", "admin")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
LINK_LIFETIME = timedelta(hours=24)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_hasher = PasswordHasher()  # argon2id with the library's present parameters
_DUMMY = _hasher.hash("nobody has this password")


class FormError(ValueError):
    """What a person typed cannot be used. `errors` maps a field to a message code."""

    def __init__(self, **errors: str) -> None:
        """Keep one code a field."""
        super().__init__(", ".join(f"{field}: {code}" for field, code in errors.items()))
        self.errors = errors


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


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person may say about themselves; all of it optional but the name."""

    name: str
    language: str
    state: str
    sector: str
    target_role: str


def sign_up(site: Site, *, email: str, password: str, name: str, language: str) -> Person:
    """Create a learner. Raises FormError(email=…, password=…, name=…)."""
    errors = _name_errors(name) | _email_errors(email) | _password_errors(password, email)
    if errors:
        raise FormError(**errors)
    password_hash = _hasher.hash(password)
    with site.database.writing() as session:
        if rows.by_email(session, _fold(email)) is not None:
            raise FormError(email="email-taken")
        account = Account(
            email=_fold(email), name=name.strip(), password_hash=password_hash, language=language, created_at=site.now()
        )
        return _create(session, account, ("learner",))


def sign_in(site: Site, *, email: str, password: str) -> Person | None:
    """The person with these credentials, or None. Takes as long for an unknown address as for a wrong password."""
    with site.database.reading() as session:
        account = rows.by_email(session, _fold(email))
        usable = account is not None and bool(account.password_hash) and account.disabled_at is None
        try:
            _hasher.verify(account.password_hash if account is not None and usable else _DUMMY, password)
        except VerificationError:
            return None
        return _person(session, account) if account is not None and usable else None


def person(site: Site, account_id: int, password_version: int) -> Person | None:
    """The person of a session: None when disabled or when the password has changed since."""
    with site.database.reading() as session:
        found = rows.with_roles(session, account_id)
        if found is None or found[0].disabled_at is not None or found[0].password_version != password_version:
            return None
        return _as_person(*found)


def change_password(site: Site, person_id: int, *, present: str, new: str) -> Person:
    """Set a new password after checking the present one; other sessions end. Raises FormError(present=…, password=…)."""
    with site.database.writing() as session:
        account = rows.by_id(session, person_id)
        try:
            _hasher.verify(account.password_hash or _DUMMY, present)
        except VerificationError:
            raise FormError(present="password-wrong") from None
        if errors := _password_errors(new, account.email):
            raise FormError(**errors)
        return _set_password(session, account, new)


def change_profile(site: Site, person_id: int, profile: Profile) -> None:
    """Keep what a person says about themselves. Raises FormError(name=…, state=…, sector=…, target_role=…)."""
    errors = _name_errors(profile.name)
    known = (
        ("state", profile.state, site.framework.states),
        ("sector", profile.sector, site.framework.sectors),
        ("target_role", profile.target_role, site.framework.roles),
    )
    errors |= {field: "choice-unknown" for field, value, choices in known if value and value not in choices}
    if errors:
        raise FormError(**errors)
    with site.database.writing() as session:
        account = rows.by_id(session, person_id)
        account.name, account.language = profile.name.strip(), profile.language
        account.state, account.sector, account.target_role = profile.state, profile.sector, profile.target_role
        session.add(account)


def change_preferences(site: Site, person_id: int, *, theme: str | None = None, language: str | None = None) -> None:
    """Keep the appearance ("", light or dark) or the language a person chose."""
    with site.database.writing() as session:
        account = rows.by_id(session, person_id)
        account.theme = account.theme if theme is None else theme
        account.language = account.language if language is None else language
        session.add(account)


def create_account(site: Site, *, email: str, name: str, roles: tuple[str, ...], language: str = "es", password: str = "") -> Person:
    """Create an account with any roles, for the command line and the demo. Raises FormError or ValueError for an unknown role."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"unknown role {', '.join(sorted(unknown))}; choose from {', '.join(ROLES)}")
    errors = _name_errors(name) | _email_errors(email) | (_password_errors(password, email) if password else {})
    if errors:
        raise FormError(**errors)
    with site.database.writing() as session:
        if rows.by_email(session, _fold(email)) is not None:
            raise FormError(email="email-taken")
        account = Account(
            email=_fold(email),
            name=name.strip(),
            password_hash=_hasher.hash(password) if password else "",
            language=language,
            created_at=site.now(),
        )
        return _create(session, account, roles)


def grant(site: Site, account_id: int, role: str, *, by: int | None) -> None:
    """Let an account act as a kind of user. Granting twice is the same as once. Raises ValueError for an unknown role."""
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}; choose from {', '.join(ROLES)}")
    with site.database.writing() as session:
        if session.get(RoleGrant, (account_id, role)) is None:
            session.add(RoleGrant(account_id=account_id, role=role, granted_at=site.now(), granted_by=by))


def revoke(site: Site, account_id: int, role: str) -> None:
    """Take a role back. Raises FormError(role="last-admin") when nobody would be left to grant roles."""
    with site.database.writing() as session:
        held = session.get(RoleGrant, (account_id, role))
        if held is None:
            return
        if role == "admin" and rows.count_admins(session) == 1:
            raise FormError(role="last-admin")
        session.delete(held)


def reset_link(site: Site, account_id: int) -> str:
    """A token that sets a new password once within 24 hours. Earlier unused ones stop working."""
    with site.database.writing() as session:
        rows.by_id(session, account_id)
        rows.drop_unused_links(session, "reset", account_id)
        return _new_link(site, session, "reset", account_id)


def set_up_link(site: Site) -> str | None:
    """A token that makes the first admin; None once there is one."""
    with site.database.writing() as session:
        if rows.count_admins(session):
            return None
        rows.drop_unused_links(session, "set-up", None)
        return _new_link(site, session, "set-up", None)


def link_works(site: Site, purpose: str, token: str) -> bool:
    """Whether a one-time link can still be used."""
    with site.database.reading() as session:
        return _usable(site, session, purpose, token) is not None


def use_reset_link(site: Site, token: str, *, password: str) -> Person | None:
    """Set a new password by a one-time link; None where the link no longer works. Raises FormError(password=…)."""
    with site.database.writing() as session:
        link = _usable(site, session, "reset", token)
        if link is None or link.account_id is None:
            return None
        account = rows.by_id(session, link.account_id)
        if errors := _password_errors(password, account.email):
            raise FormError(**errors)
        link.used_at = site.now()
        session.add(link)
        return _set_password(session, account, password)


def use_set_up_link(site: Site, token: str, *, email: str, password: str, name: str, language: str) -> Person | None:
    """Create the first admin by the one-time set-up link; None where it no longer works. Raises FormError."""
    errors = _name_errors(name) | _email_errors(email) | _password_errors(password, email)
    if errors:
        raise FormError(**errors)
    with site.database.writing() as session:
        link = _usable(site, session, "set-up", token)
        if link is None or rows.count_admins(session):
            return None
        if rows.by_email(session, _fold(email)) is not None:
            raise FormError(email="email-taken")
        link.used_at = site.now()
        session.add(link)
        account = Account(
            email=_fold(email), name=name.strip(), password_hash=_hasher.hash(password), language=language, created_at=site.now()
        )
        return _create(session, account, ROLES)


def listing(site: Site, *, query: str = "", page: int = 1, per_page: int = 50) -> tuple[list[Person], int]:
    """Accounts whose name or address contains the query, newest first, and how many there are; synthetic ones left out."""
    with site.database.reading() as session:
        found, total = rows.search(session, query.strip().lower(), offset=(page - 1) * per_page, limit=per_page)
        return [_as_person(account, roles) for account, roles in found], total


def find(site: Site, account_id: int) -> Person | None:
    """An account by number."""
    with site.database.reading() as session:
        found = rows.with_roles(session, account_id)
        return _as_person(*found) if found else None


def find_by_email(site: Site, email: str) -> Person | None:
    """An account by address."""
    with site.database.reading() as session:
        account = rows.by_email(session, _fold(email))
        return _person(session, account) if account else None


def disable(site: Site, account_id: int) -> None:
    """Close an account at once: its sessions end and nobody can sign in to it."""
    with site.database.writing() as session:
        account = rows.by_id(session, account_id)
        account.disabled_at = site.now()
        account.password_version += 1
        session.add(account)


def _create(session: Session, account: Account, roles: tuple[str, ...]) -> Person:
    session.add(account)
    session.flush()
    assert account.id is not None
    for role in roles:
        session.add(RoleGrant(account_id=account.id, role=role, granted_at=account.created_at))
    return _as_person(account, frozenset(roles))


def _set_password(session: Session, account: Account, password: str) -> Person:
    account.password_hash = _hasher.hash(password)
    account.password_version += 1
    session.add(account)
    return _person(session, account)


def _person(session: Session, account: Account) -> Person:
    assert account.id is not None
    return _as_person(account, rows.roles_of(session, account.id))


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
    )


def _new_link(site: Site, session: Session, purpose: str, account_id: int | None) -> str:
    token = secrets.token_urlsafe(32)
    now = site.now()
    session.add(
        OneTimeLink(
            token_digest=_digest(token), purpose=purpose, account_id=account_id, created_at=now, expires_at=now + LINK_LIFETIME
        )
    )
    return token


def _usable(site: Site, session: Session, purpose: str, token: str) -> OneTimeLink | None:
    link = session.get(OneTimeLink, _digest(token))
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= site.now():
        return None
    return link


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _fold(email: str) -> str:
    return email.strip().lower()


def _name_errors(name: str) -> dict[str, str]:
    return {} if 1 <= len(name.strip()) <= 80 else {"name": "name-length"}


def _email_errors(email: str) -> dict[str, str]:
    return {} if len(email) <= 254 and _EMAIL.fullmatch(_fold(email)) else {"email": "email-form"}


def _password_errors(password: str, email: str) -> dict[str, str]:
    if len(password) < SHORTEST_PASSWORD:
        return {"password": "password-short"}
    if len(password) > LONGEST_PASSWORD:
        return {"password": "password-long"}
    if password.lower() == _fold(email) or len(set(password)) < 4:
        return {"password": "password-easy"}
    return {}
