"""A second factor by time-based codes (RFC 6238) that each work once, and recovery codes that stand in for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlmodel import Session, col, delete, func, select

from academy.services import audit, credentials, throttle
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.store import sessions
from academy.store.tables.accounts import RecoveryCode, SecondFactor

STEP_SECONDS = 30
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is mistaken for something else
_LETTERS = 10


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a person has a second factor, and how many recovery codes are left."""

    is_on: bool
    recovery_codes: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the key as text, and as the address that a QR code holds."""

    key: str
    uri: str


def status(site: Site, person_id: int) -> Status:
    """Whether a person has a second factor."""
    with site.database.reading() as session:
        row = session.get(SecondFactor, person_id)
        codes = session.exec(select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == person_id)).one()
    return Status(row is not None and row.confirmed_at is not None, codes)


def begin(site: Site, person_id: int, *, password: str) -> None:
    """Make a new key, to be confirmed by a code of it. Raises Throttled, FormError(present=…), FormError(code="factor-present")."""
    credentials.check_password(site, person_id, password)
    with site.database.writing() as session:
        row = session.get(SecondFactor, person_id, with_for_update=True)
        if row is not None and row.confirmed_at is not None:
            raise FormError(code="factor-present")
        row = row or SecondFactor(account_id=person_id, salt="", begun_at=site.now())
        row.salt, row.begun_at, row.last_step = secrets.token_hex(32), site.now(), 0
        session.add(row)


def enrolment(site: Site, person: Person, issuer: str) -> Enrolment | None:
    """The key of a person who has begun and not confirmed; None for others: a key in use is never shown again."""
    import pyotp  # few requests need it

    with site.database.reading() as session:
        row = session.get(SecondFactor, person.id)
    if row is None or row.confirmed_at is not None:
        return None
    key = _key(site, row)
    return Enrolment(key, pyotp.TOTP(key).provisioning_uri(name=person.email, issuer_name=issuer))


def confirm(site: Site, person_id: int, code: str) -> tuple[str, ...]:
    """Turn the second factor on; returns the recovery codes, which are never shown again. All sessions end.

    Raises Throttled, FormError(code="code-wrong") or FormError(code="factor-missing").
    """
    throttle.charge(site, "code", account=str(person_id), whose=person_id)
    with site.database.writing() as session:
        row = session.get(SecondFactor, person_id, with_for_update=True)
        if row is None or row.confirmed_at is not None:
            raise FormError(code="factor-missing")
        if not _use_code(site, session, row, code):
            raise FormError(code="code-wrong")
        row.confirmed_at = site.now()
        throttle.forgive(site, session, "code", str(person_id))
        sessions.end(session, person_id)
        audit.record(site, session, "second-factor-on", actor=person_id, subject=person_id)
        return _renew_recovery_codes(site, session, person_id)


def check(site: Site, person_id: int, code: str, *, address: str = "") -> bool:
    """Whether this code, or recovery code, completes the sign-in now. Either works once. Raises Throttled."""
    throttle.charge(site, "code", account=str(person_id), address=address, whose=person_id)
    with site.database.writing() as session:
        row = session.get(SecondFactor, person_id, with_for_update=True)
        by = ""
        if row is not None and row.confirmed_at is not None:
            by = "code" if _use_code(site, session, row, code) else "recovery" if _use_recovery_code(site, session, person_id, code) else ""
        if by:
            throttle.forgive(site, session, "code", str(person_id))
            audit.record(site, session, "signed-in", actor=person_id, subject=person_id, address=address, details={"by": by})
        else:
            audit.record(site, session, "code-refused", actor=audit.STRANGER, subject=person_id, address=address)
    return bool(by)


def renew_recovery_codes(site: Site, person_id: int, *, password: str) -> tuple[str, ...]:
    """New recovery codes in place of all others. Raises Throttled, FormError(present=…), FormError(code="factor-missing")."""
    credentials.check_password(site, person_id, password)
    with site.database.writing() as session:
        row = session.get(SecondFactor, person_id, with_for_update=True)
        if row is None or row.confirmed_at is None:
            raise FormError(code="factor-missing")
        audit.record(site, session, "recovery-codes-made", actor=person_id, subject=person_id)
        return _renew_recovery_codes(site, session, person_id)


def turn_off(site: Site, person_id: int, *, password: str) -> None:
    """Do without the second factor. All sessions end. Raises Throttled, FormError(present=…)."""
    credentials.check_password(site, person_id, password)
    reset(site, person_id, by=person_id)


def reset(site: Site, person_id: int, *, by: int | None) -> bool:
    """Take a person's second factor away, for one who lost it; all sessions end. False where there is none."""
    with site.database.writing() as session:
        row = session.get(SecondFactor, person_id, with_for_update=True)
        if row is None:
            return False
        session.delete(row)
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == person_id))
        sessions.end(session, person_id)
        audit.record(site, session, "second-factor-off", actor=by, subject=person_id)
    return True


def _key(site: Site, row: SecondFactor) -> str:
    """The secret that the app and we share, in base 32: who reads the database alone does not learn it."""
    return base64.b32encode(hmac.new(site.key_for("second factor"), row.salt.encode(), hashlib.sha256).digest()[:20]).decode()


def _use_code(site: Site, session: Session, row: SecondFactor, code: str) -> bool:
    """Whether the code is of this step, the one before or the one after, and of a step not used yet; it is used then."""
    import pyotp  # few requests need it

    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return False
    now = int(site.now().timestamp()) // STEP_SECONDS
    valid = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(pyotp.HOTP(_key(site, row)).at(step), typed)]
    if not valid or valid[-1] <= row.last_step:
        return False
    row.last_step = valid[-1]
    session.add(row)
    return True


def _use_recovery_code(site: Site, session: Session, person_id: int, code: str) -> bool:
    row = session.get(RecoveryCode, (person_id, _digest(site, code)), with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    return True


def _renew_recovery_codes(site: Site, session: Session, person_id: int) -> tuple[str, ...]:
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == person_id))
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=person_id, digest=_digest(site, code)) for code in codes)
    return tuple(f"{code[:5]}-{code[5:]}" for code in codes)


def _digest(site: Site, code: str) -> str:
    plain = "".join(code.split()).replace("-", "").lower()
    return hmac.new(site.key_for("recovery"), plain.encode(), hashlib.sha256).hexdigest()
