"""Links that work once: one makes the first admin, others set a new password."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import Session

from academy.services import accounts, audit, credentials, throttle
from academy.services.accounts import ROLES, Person
from academy.services.email_addresses import fold
from academy.services.form_errors import FormError, refuse
from academy.services.mail import later
from academy.services.passwords import hashed, password_errors
from academy.services.site import Site
from academy.store import accounts as rows
from academy.store.tables.accounts import OneTimeLink

LINK_LIFETIME = timedelta(hours=24)
MAIL_LINK_LIFETIME = timedelta(hours=1)


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
    person = accounts.find_by_email(site, email)
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
    refuse(password_errors(site, password, email))
    password_hash = hashed(password)
    with site.database.writing() as session:
        link = _usable(site, session, "reset", token, lock=True)
        if link is None or link.account_id is None:  # somebody else was faster
            return None
        _use(site, session, link)
        audit.record(site, session, "link-used", actor=link.account_id, subject=link.account_id, details={"purpose": "reset"})
        audit.record(site, session, "password-changed", actor=link.account_id, subject=link.account_id, details={"by": "link"})
        return credentials.set_password(session, rows.by_id(session, link.account_id, lock=True), password_hash)


def use_set_up_link(site: Site, token: str, *, email: str, password: str, name: str, language: str) -> Person | None:
    """Create the first admin by the one-time set-up link; None where it no longer works. Raises FormError."""
    if not link_works(site, "set-up", token):
        return None
    account = accounts.draft(site, email=email, name=name, language=language, password=password)
    with site.database.writing() as session:
        link = _usable(site, session, "set-up", token, lock=True)
        if link is None or rows.count_admins(session):
            return None
        _use(site, session, link)
        person = accounts.add(session, account, ROLES)
        audit.record(site, session, "link-used", actor=person.id, subject=person.id, details={"purpose": "set-up"})
        accounts.note_made(site, session, person, actor=person.id)
    return person


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
