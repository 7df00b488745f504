"""The password of an account: used to sign in, asked for again, and changed."""

from __future__ import annotations

from sqlmodel import Session

from academy.services import audit, passwords, throttle
from academy.services.accounts import Person, person_of
from academy.services.email_addresses import fold
from academy.services.form_errors import FormError, refuse
from academy.services.site import Site
from academy.store import accounts as rows
from academy.store import sessions
from academy.store.tables.accounts import Account


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
        stored = account.password_hash if account is not None and usable else passwords.OF_NOBODY
    matches = passwords.matches(stored, password) and usable
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
    return person_of(session, account)


def check_password(site: Site, person_id: int, password: str) -> None:
    """Make sure that it is still its person who acts. Raises Throttled, FormError(present="password-wrong")."""
    throttle.charge(site, "password", account=str(person_id), whose=person_id)
    with site.database.reading() as session:
        stored = rows.by_id(session, person_id).password_hash
    if stored and not passwords.matches(stored, password):  # who signs in elsewhere has none to give
        raise FormError(present="password-wrong")
    with site.database.writing() as session:
        throttle.forgive(site, session, "password", str(person_id))


def change_password(site: Site, person_id: int, *, present: str, new: str) -> Person:
    """Set a new password after checking the present one; all sessions end. Raises Throttled, FormError(present=…, password=…)."""
    throttle.charge(site, "password", account=str(person_id), whose=person_id)
    with site.database.reading() as session:
        account = rows.by_id(session, person_id)
        email, stored, version = account.email, account.password_hash, account.password_version
    if not passwords.matches(stored or passwords.OF_NOBODY, present):
        raise FormError(present="password-wrong")
    refuse(passwords.password_errors(site, new, email))
    new_hash = passwords.hashed(new)
    with site.database.writing() as session:
        account = rows.by_id(session, person_id, lock=True)
        if account.password_version != version:  # it was changed or the account disabled in the meantime
            raise FormError(present="password-wrong")
        throttle.forgive(site, session, "password", str(person_id))
        audit.record(site, session, "password-changed", actor=person_id, subject=person_id, details={"by": "password"})
        return set_password(session, account, new_hash)


def set_password(session: Session, account: Account, password_hash: str) -> Person:
    """Give an account another password within the caller's transaction; all sessions end."""
    account.password_hash = password_hash
    account.password_version += 1
    session.add(account)
    assert account.id is not None
    sessions.end(session, account.id)
    return person_of(session, account)
