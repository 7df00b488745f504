"""Accounts: sign-up, sign-in, passwords, profiles, roles and one-time links."""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from academy.config import LANGUAGES
from academy.services import audit, rebuild, throttle
from academy.services.mail import later
from academy.services.site import Site
from academy.store import accounts as rows
from academy.store import sessions
from academy.store.tables import Account, OneTimeLink, RoleGrant

ROLES = ("learner", "educator", "manager", "admin")
THEMES = ("", "light", "dark")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
LINK_LIFETIME = timedelta(hours=24)
_JUDGED = 72  # characters; longer ones cost time and gain nothing
_CONTEXT = ("academy", "academia", "ciberseguridad", "cybersecurity", "contraseña", "contrasena")
MAIL_LINK_LIFETIME = timedelta(hours=1)
_EMAIL = re.compile(r"""[^@\s,;:<>()[\]\\"]{1,64}@[^@\s.,;:<>()[\]\\"]+(\.[^@\s.,;:<>()[\]\\"]+)+""")
_hasher = PasswordHasher()  # argon2id with the library's present parameters; slow, so never within a transaction


def _of_nobody() -> str:
    """The hash of a password that nobody has, made without the work that hashing one would be."""
    salt, result = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (_hasher.salt_len, _hasher.hash_len))
    return f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}${salt}${result}"


_DUMMY = _of_nobody()


def N_(message: str) -> str:  # noqa: N802  # the customary mark for text that is translated later
    """Mark a message for translation."""
    return message


MESSAGES = MappingProxyType(
    {
        "name-length": N_("Write a name of 1 to 80 characters."),
        "email-form": N_("Write an email address such as name@example.org."),
        "email-other": N_("This link was sent to another address. Write the one at which you received it."),
        "email-taken": N_("There is already an account with this email address."),
        "password-short": N_("Use %(shortest)s characters or more for the password."),
        "password-long": N_("Use at most %(longest)s characters for the password."),
        "password-easy": N_("This password is too easy to guess. Join several words that have nothing to do with you."),
        "password-breached": N_("This password was stolen somewhere before, so it is among the first that are tried. Choose another one."),
        "password-wrong": N_("That is not your present password."),
        "sign-in-failed": N_("The email address and the password do not match an account."),
        "language-unknown": N_("Choose one of the languages offered."),
        "choice-unknown": N_("Choose an entry of the list."),
        "last-admin": N_("Nobody else can grant roles. Make somebody else an administrator first."),
        "confirm-missing": N_("Mark that you want to disable this account."),
        "confirm-sessions": N_("Mark that you want to end these sessions."),
        "confirm-erasure": N_("Mark that you want to be erased."),
        "disable-self": N_("You cannot disable your own account."),
        "code-wrong": N_("This code does not fit, or it was used already. Wait for the next one."),
        "factor-present": N_("You have a second factor already."),
        "factor-missing": N_("There is no second factor to confirm. Begin again."),
        "account-disabled": N_("This account is disabled, so it gets no link."),
    }
)
"""What each code of a FormError says. English msgids."""


def explain(code: str, translate: Callable[[str], str] = str) -> str:
    """What a code says, in the reader's language."""
    return translate(MESSAGES[code]) % {"shortest": SHORTEST_PASSWORD, "longest": LONGEST_PASSWORD}


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
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person may say about themselves; all of it optional but the name."""

    name: str
    language: str
    state: str
    sector: str
    target_role: str


def sign_up(site: Site, *, email: str, password: str, name: str, language: str, address: str = "") -> Person:
    """Create a learner. address: the network address. Raises Throttled, FormError(email=…, password=…, name=…)."""
    return sign_up_and(site, lambda _session, _person: None, email=email, password=password, name=name, language=language, address=address)


def sign_up_and(
    site: Site, also: Callable[[Session, Person], object], *, email: str, password: str, name: str, language: str, address: str = ""
) -> Person:
    """Create a learner as `sign_up` does and do more within the same transaction; where that raises, no account is made."""
    throttle.charge(site, "sign-up", address=address)
    _refuse(_name_errors(name) | _email_errors(email) | _password_errors(site, password, email))
    account = _new_account(site, email, name, language, _hasher.hash(password))
    with site.database.writing() as session:
        person = _create(session, account, ("learner",))
        also(session, person)
        _note_made(site, session, person, actor=person.id, address=address)  # the log last: everybody waits in the same order
    return person


def sign_in(site: Site, *, email: str, password: str, address: str = "", device: str = "") -> Person | None:
    """The person with these credentials, or None. Does the same work for an unknown address as for a wrong password.

    address: the network address. device: a name for a browser in which this account has signed in before; its attempts are
    counted apart, so that nobody is kept out by those who guess at their password. Raises Throttled.
    """
    room = f"device {device}" if device else fold(email)
    throttle.charge(site, "sign-in", account=room, address=address, whose=fold(email))
    with site.database.reading() as session:
        account = rows.by_email(session, fold(email) if email.isprintable() else "")
        usable = account is not None and bool(account.password_hash) and account.disabled_at is None
        stored = account.password_hash if account is not None and usable else _DUMMY
    matches = _verified(stored, password) and usable
    with site.database.writing() as session:
        if not matches or account is None or account.id is None:
            audit.record_refusal(site, session, "sign-in-failed", account_id=account.id if account else None, address=address)
            return None
        present = rows.by_id(session, account.id, lock=True)
        if present.password_version != account.password_version:  # it was changed or the account disabled in the meantime
            return None
        throttle.forgive(site, session, "sign-in", room)
        return enter(site, session, account.id, by="password", address=address)


def enter(site: Site, session: Session, account_id: int, *, by: str, address: str) -> Person | None:
    """Keep, within the caller's transaction, that somebody showed by one factor who they are; None where the account is closed."""
    account = rows.by_id(session, account_id, lock=True)
    if account.disabled_at is not None:
        return None
    account.signed_in_at = site.now()
    session.add(account)
    action = "password-accepted" if rows.has_second_factor(session, account_id) else "signed-in"
    audit.record(site, session, action, actor=account_id, subject=account_id, address=address, details={"by": by})
    return _person(session, account)


def check_password(site: Site, person_id: int, password: str) -> None:
    """Make sure that it is still its person who acts. Raises Throttled, FormError(present="password-wrong")."""
    throttle.charge(site, "password", account=str(person_id), whose=person_id)
    with site.database.reading() as session:
        stored = rows.by_id(session, person_id).password_hash
    if stored and not _verified(stored, password):  # who signs in elsewhere has none to give
        raise FormError(present="password-wrong")
    with site.database.writing() as session:
        throttle.forgive(site, session, "password", str(person_id))


def change_password(site: Site, person_id: int, *, present: str, new: str) -> Person:
    """Set a new password after checking the present one; all sessions end. Raises Throttled, FormError(present=…, password=…)."""
    throttle.charge(site, "password", account=str(person_id), whose=person_id)
    with site.database.reading() as session:
        account = rows.by_id(session, person_id)
        email, stored, version = account.email, account.password_hash, account.password_version
    if not _verified(stored or _DUMMY, present):
        raise FormError(present="password-wrong")
    _refuse(_password_errors(site, new, email))
    new_hash = _hasher.hash(new)
    with site.database.writing() as session:
        account = rows.by_id(session, person_id, lock=True)
        if account.password_version != version:  # it was changed or the account disabled in the meantime
            raise FormError(present="password-wrong")
        throttle.forgive(site, session, "password", str(person_id))
        audit.record(site, session, "password-changed", actor=person_id, subject=person_id, details={"by": "password"})
        return _set_password(session, account, new_hash)


def change_profile(site: Site, person_id: int, profile: Profile) -> None:
    """Keep what a person says about themselves. Raises FormError(name=…, language=…, state=…, sector=…, target_role=…).

    A new target role places the learner anew, in the same transaction.
    """
    known = (
        ("state", profile.state, site.framework.states),
        ("sector", profile.sector, site.framework.sectors),
        ("target_role", profile.target_role, site.framework.roles),
    )
    unknown = {field: "choice-unknown" for field, value, choices in known if value and value not in choices}
    _refuse(_name_errors(profile.name) | _language_errors(profile.language) | unknown)
    with site.database.writing() as session:
        account = rows.by_id(session, person_id, lock=True)
        moved = account.target_role != profile.target_role
        account.name, account.language = profile.name.strip(), profile.language
        account.state, account.sector, account.target_role = profile.state, profile.sector, profile.target_role
        session.add(account)
        session.flush()
        if moved:
            rebuild.rebuild_learners(site, session, [person_id])


def change_preferences(site: Site, person_id: int, *, theme: str | None = None, language: str | None = None) -> None:
    """Keep the appearance ("", light or dark) or the language a person chose."""
    if (theme is not None and theme not in THEMES) or (language is not None and language not in LANGUAGES):
        raise ValueError("there is no such appearance or language")
    with site.database.writing() as session:
        account = rows.by_id(session, person_id)
        account.theme = account.theme if theme is None else theme
        account.language = account.language if language is None else language
        session.add(account)


def create_account(
    site: Site, *, email: str, name: str, roles: tuple[str, ...], language: str = "es", password: str = "", by: int | str | None = None
) -> Person:
    """Create an account with any roles, by default from the command line. Raises FormError or ValueError for an unknown role."""
    _refuse_unknown(roles)
    _refuse(_name_errors(name) | _email_errors(email) | (_password_errors(site, password, email) if password else {}))
    account = _new_account(site, email, name, language, _hasher.hash(password) if password else "")
    with site.database.writing() as session:
        person = _create(session, account, roles)
        _note_made(site, session, person, actor=by)
    return person


def create_synthetic(site: Site, *, number: int, name: str, language: str) -> Person:
    """Create the demonstration's learner of this number: counted like anyone, never listed, nobody can sign in as them."""
    account = _new_account(site, f"learner-{number}@synthetic.example", name, language, "")
    account.synthetic = True
    with site.database.writing() as session:
        return _create(session, account, ("learner",))


def count_synthetic(site: Site) -> int:
    """How many learners are the demonstration's."""
    with site.database.reading() as session:
        return rows.count_synthetic(session)


def grant(site: Site, account_id: int, role: str, *, by: int | None) -> None:
    """Let an account act as a kind of user. Granting twice is the same as once. Raises ValueError for an unknown role."""
    _refuse_unknown((role,))
    with site.database.writing() as session:
        rows.by_id(session, account_id, lock=True)
        if session.get(RoleGrant, (account_id, role)) is None:
            session.add(RoleGrant(account_id=account_id, role=role, granted_at=site.now(), granted_by=by))
            sessions.mark_stale(session, account_id)
            audit.record(site, session, "role-granted", actor=by, subject=account_id, details={"role": role})


def revoke(site: Site, account_id: int, role: str, *, by: int | None = None) -> None:
    """Take a role back. Raises ValueError for an unknown role, FormError(role="last-admin") when nobody could grant roles."""
    _refuse_unknown((role,))
    with site.database.writing() as session:
        if role == "admin" and _is_last_admin(session, account_id):
            raise FormError(role="last-admin")
        if (held := session.get(RoleGrant, (account_id, role))) is not None:
            session.delete(held)
            sessions.mark_stale(session, account_id)
            audit.record(site, session, "role-revoked", actor=by, subject=account_id, details={"role": role})


def reset_link(site: Site, account_id: int, *, by: int | None = None) -> str:
    """A token that sets a new password once within 24 hours; earlier unused ones stop working.

    Raises FormError(account="account-disabled").
    """
    return _make_reset_link(site, account_id, by=by, lifetime=LINK_LIFETIME)


def _make_reset_link(site: Site, account_id: int, *, by: int | str | None, lifetime: timedelta) -> str:
    with site.database.writing() as session:
        if rows.by_id(session, account_id).disabled_at is not None:
            raise FormError(account="account-disabled")
        rows.drop_unused_links(session, "reset", account_id)
        audit.record(site, session, "link-made", actor=by, subject=account_id, details={"purpose": "reset"})
        return _new_link(site, session, "reset", account_id, lifetime)


def set_up_link(site: Site) -> str | None:
    """A token that makes the first admin; None once there is one."""
    with site.database.writing() as session:
        if rows.count_admins(session):
            return None
        rows.drop_unused_links(session, "set-up", None)
        audit.record(site, session, "link-made", details={"purpose": "set-up"})
        return _new_link(site, session, "set-up", None)


def link_works(site: Site, purpose: str, token: str) -> bool:
    """Whether a one-time link can still be used."""
    with site.database.reading() as session:
        return _usable(site, session, purpose, token) is not None


def ask_reset(site: Site, *, email: str, language: str, words: Mapping[str, tuple[str, str]], address: str = "") -> None:
    """Mail a one-time link to this address if it has an account, valid for an hour. Raises Throttled, ValueError without a mailer.

    words: subject and text by language, with %(link)s. Whether there is an account is found out after the answer, so that neither
    words nor time tell. language: of the mail, where the person's is not offered.
    """
    if site.mailer is None:
        raise ValueError("no mail can be sent")
    throttle.charge(site, "reset", account=fold(email), address=address, whose=fold(email))
    later.do(lambda: _mail_reset(site, email, language, words))


def _mail_reset(site: Site, email: str, language: str, words: Mapping[str, tuple[str, str]]) -> None:
    person = find_by_email(site, email)
    if person is None or person.disabled or site.mailer is None:
        return
    token = _make_reset_link(site, person.id, by=audit.STRANGER, lifetime=MAIL_LINK_LIFETIME)
    language = person.language if person.language in words else language
    subject, text = words[language]
    site.mailer.send(person.email, subject, text % {"link": f"{site.mailer.site_url}/{language}/reset/{token}"})


def use_reset_link(site: Site, token: str, *, password: str) -> Person | None:
    """Set a new password by a one-time link; None where the link no longer works. Raises FormError(password=…)."""
    with site.database.reading() as session:
        link = _usable(site, session, "reset", token)
        email = rows.by_id(session, link.account_id).email if link is not None and link.account_id is not None else None
    if email is None:
        return None
    _refuse(_password_errors(site, password, email))
    password_hash = _hasher.hash(password)
    with site.database.writing() as session:
        link = _usable(site, session, "reset", token, lock=True)
        if link is None or link.account_id is None:  # somebody else was faster
            return None
        _use(site, session, link)
        audit.record(site, session, "link-used", actor=link.account_id, subject=link.account_id, details={"purpose": "reset"})
        audit.record(site, session, "password-changed", actor=link.account_id, subject=link.account_id, details={"by": "link"})
        return _set_password(session, rows.by_id(session, link.account_id, lock=True), password_hash)


def use_set_up_link(site: Site, token: str, *, email: str, password: str, name: str, language: str) -> Person | None:
    """Create the first admin by the one-time set-up link; None where it no longer works. Raises FormError."""
    if not link_works(site, "set-up", token):
        return None
    _refuse(_name_errors(name) | _email_errors(email) | _password_errors(site, password, email))
    account = _new_account(site, email, name, language, _hasher.hash(password))
    with site.database.writing() as session:
        link = _usable(site, session, "set-up", token, lock=True)
        if link is None or rows.count_admins(session):
            return None
        _use(site, session, link)
        person = _create(session, account, ROLES)
        audit.record(site, session, "link-used", actor=person.id, subject=person.id, details={"purpose": "set-up"})
        _note_made(site, session, person, actor=person.id)
    return person


def listing(site: Site, *, query: str = "", page: int = 1, per_page: int = 50) -> tuple[list[Person], int]:
    """Accounts whose name or address contains the query, newest first, and how many there are; synthetic ones left out."""
    wanted = "".join(letter for letter in query if letter.isprintable()).strip()
    with site.database.reading() as session:
        found, total = rows.search(session, wanted, offset=(page - 1) * per_page, limit=per_page)
        return [_as_person(account, roles) for account, roles in found], total


def find(site: Site, account_id: int) -> Person | None:
    """An account by number."""
    with site.database.reading() as session:
        found = rows.with_roles(session, account_id)
        return _as_person(*found) if found else None


def find_by_email(site: Site, email: str) -> Person | None:
    """An account by address."""
    with site.database.reading() as session:
        account = rows.by_email(session, fold(email)) if email.isprintable() else None
        return _person(session, account) if account else None


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
    if _is_last_admin(session, account_id):
        raise FormError(confirm="last-admin")
    account = rows.by_id(session, account_id, lock=True)
    account.disabled_at = account.disabled_at or site.now()
    account.password_version += 1
    session.add(account)
    sessions.end(session, account_id)
    rows.drop_unused_links(session, "reset", account_id)
    return account


def _new_account(site: Site, email: str, name: str, language: str, password_hash: str) -> Account:
    _refuse(_language_errors(language))
    return Account(email=fold(email), name=name.strip(), password_hash=password_hash, language=language, created_at=site.now())


def _create(session: Session, account: Account, roles: tuple[str, ...]) -> Person:
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


def _note_made(site: Site, session: Session, person: Person, *, actor: int | str | None = None, address: str = "") -> None:
    roles = [role for role in ROLES if role in person.roles]
    audit.record(site, session, "account-made", actor=actor, subject=person.id, address=address, details={"roles": roles})


def _set_password(session: Session, account: Account, password_hash: str) -> Person:
    account.password_hash = password_hash
    account.password_version += 1
    session.add(account)
    assert account.id is not None
    sessions.end(session, account.id)
    return _person(session, account)


def _verified(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except VerificationError:
        return False


def _is_last_admin(session: Session, account_id: int) -> bool:
    """Whether this account alone can grant roles; until the transaction ends nobody else may stop being an admin."""
    return rows.lock_admins(session) == [account_id]


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
        disabled=account.disabled_at is not None,
    )


def _new_link(site: Site, session: Session, purpose: str, account_id: int | None, lifetime: timedelta = LINK_LIFETIME) -> str:
    token = secrets.token_urlsafe(32)
    now = site.now()
    session.add(OneTimeLink(token_digest=_digest(token), purpose=purpose, account_id=account_id, created_at=now, expires_at=now + lifetime))
    return token


def _usable(site: Site, session: Session, purpose: str, token: str, *, lock: bool = False) -> OneTimeLink | None:
    link = session.get(OneTimeLink, _digest(token), with_for_update=lock or None)
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= site.now():
        return None
    return link


def _use(site: Site, session: Session, link: OneTimeLink) -> None:
    link.used_at = site.now()
    session.add(link)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def fold(email: str) -> str:
    """An email address as accounts are kept under it."""
    return email.strip().lower()


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise FormError(**errors)


def _refuse_unknown(roles: tuple[str, ...]) -> None:
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"unknown role {', '.join(sorted(unknown))}; choose from {', '.join(ROLES)}")


def _name_errors(name: str) -> dict[str, str]:
    return {} if 1 <= len(name.strip()) <= 80 and name.isprintable() else {"name": "name-length"}


def fits_email(email: str) -> bool:
    """Whether this can be an email address of an account."""
    return len(email) <= 254 and email.isprintable() and _EMAIL.fullmatch(fold(email)) is not None


def _email_errors(email: str) -> dict[str, str]:
    return {} if fits_email(email) else {"email": "email-form"}


def _language_errors(language: str) -> dict[str, str]:
    return {} if language in LANGUAGES else {"language": "language-unknown"}


def _password_errors(site: Site, password: str, email: str) -> dict[str, str]:
    if len(password) < SHORTEST_PASSWORD:
        return {"password": "password-short"}
    if len(password) > LONGEST_PASSWORD:
        return {"password": "password-long"}
    if password.lower() == fold(email) or len(set(password)) < 4 or _easy(password, email):
        return {"password": "password-easy"}
    if site.breached is not None and site.breached.holds(password):
        return {"password": "password-breached"}
    return {}


def _easy(password: str, email: str) -> bool:
    """Whether a million guesses by an attacker who knows the product and the address would find it: zxcvbn's judgement."""
    from zxcvbn import zxcvbn  # few requests need its lists of words and of 30,000 known passwords

    known = [*_CONTEXT, fold(email), *fold(email).replace("@", ".").split(".")]
    found = zxcvbn(password[:_JUDGED], user_inputs=known, max_length=_JUDGED)
    return int(found["score"]) < 2
