"""Invitations to a cohort: made as a link or from a CSV, mailed, shown and taken back."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from academy.services import audit
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.invitation_sheet import Invitee, LineError, Room, Sheet, read
from academy.services.mail import later
from academy.services.site import Site
from academy.store import cohorts as rows
from academy.store.tables.cohorts import Cohort, Invitation

LONGEST_DAYS = 90
PERSONAL_LIFETIME = timedelta(days=30)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Open:
    """An invitation that can still be used. email is "" where anybody may use it."""

    id: int
    email: str
    name: str
    uses: int
    most_uses: int
    expires_at: datetime
    sent: bool


@dataclass(frozen=True, slots=True)
class Made:
    """Somebody who was invited, and the token of their link, which nothing keeps."""

    invitee: Invitee
    token: str


def make_link(site: Site, cohort_id: int, *, uses: str, days: str, by: int) -> str:
    """A token for a link that anybody may use. Raises FormError(uses=…, days=…)."""
    with site.database.writing() as session:
        cohort = rows.lock_cohort(session, cohort_id)
        if cohort.archived_at is not None:
            raise FormError(uses="cohort-archived")
        errors = {
            "uses": "" if _within(uses, cohort.seats) else "uses-range",
            "days": "" if _within(days, LONGEST_DAYS) else "days-range",
        }
        if found := {field: code for field, code in errors.items() if code}:
            raise FormError(**found)
        token, row = _new(site, cohort_id, by, timedelta(days=int(days)))
        row.most_uses = int(uses)
        session.add(row)
        session.flush()
        audit.record(site, session, "invited", actor=by, details={"cohort": cohort_id, "invitation": row.id, "uses": row.most_uses})
        return token


def check(site: Site, cohort_id: int, text: str, language: str, *, by: Person) -> Sheet:
    """What inviting these lines would do; nothing is changed, and the look is in the log. Raises FormError(sheet=…).

    Who may not see the cohort's people is not told either whether somebody is in it or only invited.
    """
    with site.database.writing() as session:
        found = rows.cohort(session, cohort_id)
        assert found is not None, "the page looked it up"
        sheet = _judge(site, session, found[0], text, language)
        audit.record(site, session, "cohort-viewed", actor=by.id, details={"cohort": cohort_id, "shown": "dry run"})
        named = cohort_id in rows.duties(session, by.id)
    return sheet if named else replace(sheet, errors=tuple(_without_people(one) for one in sheet.errors))


def invite(site: Site, cohort_id: int, text: str, language: str, *, by: int) -> list[Made]:
    """Invite everybody whose line is good, judged anew. Raises FormError(sheet=…)."""
    with site.database.writing() as session:
        cohort = rows.lock_cohort(session, cohort_id)
        sheet = _judge(site, session, cohort, text, language)
        made = []
        for invitee in sheet.good:
            token, row = _new(site, cohort_id, by, PERSONAL_LIFETIME)
            row.email, row.name, row.language = invitee.email, invitee.name, invitee.language
            session.add(row)
            made.append(Made(invitee, token))
        if made:
            audit.record(site, session, "invited", actor=by, details={"cohort": cohort_id, "people": len(made)})
    return made


def send(site: Site, made: Sequence[Made], words: Mapping[str, tuple[str, str]]) -> None:
    """Mail each link after the answer to the request; an invitation says whether its mail went out. Raises ValueError without a mailer.

    words: subject and text by language, with %(link)s.
    """
    if site.mailer is None:
        raise ValueError("no mail can be sent")
    later.do(lambda: _send(site, made, words))


def waiting(site: Site, cohort_id: int) -> list[Open]:
    """The invitations of a cohort that can still be used, newest first."""
    with site.database.reading() as session:
        return [_as_open(row) for row in rows.invitations(session, cohort_id, site.now())]


def revoke(site: Site, cohort_id: int, invitation_id: int, *, by: int) -> bool:
    """Take an invitation back; False where the cohort has none of that number to take back."""
    with site.database.writing() as session:
        row = session.get(Invitation, invitation_id)
        if row is None or row.cohort_id != cohort_id or row.revoked_at is not None:
            return False
        row.revoked_at = site.now()
        session.add(row)
        audit.record(site, session, "invitation-revoked", actor=by, details={"cohort": cohort_id, "invitation": invitation_id})
        return True


def digest_of(token: str) -> str:
    """What is kept of an invitation's token: who reads the database cannot join by it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _judge(site: Site, session: Session, cohort: Cohort, text: str, language: str) -> Sheet:
    if cohort.archived_at is not None:
        raise FormError(sheet="cohort-archived")
    return read(text, _room(site, session, cohort), language)


def _without_people(error: LineError) -> LineError:
    return replace(error, code="known") if error.code in ("member", "invited") else error


def _room(site: Site, session: Session, cohort: Cohort) -> Room:
    assert cohort.id is not None
    inside = [account.email for _member, account in rows.members(session, cohort.id)]
    invited = [row.email for row in rows.invitations(session, cohort.id, site.now()) if row.email]
    return Room(frozenset(inside), frozenset(invited), cohort.seats - rows.count_members(session, cohort.id) - len(invited))


def _new(site: Site, cohort_id: int, by: int, lifetime: timedelta) -> tuple[str, Invitation]:
    token, now = secrets.token_urlsafe(32), site.now()
    row = Invitation(token_digest=digest_of(token), cohort_id=cohort_id, created_at=now, created_by=by, expires_at=now + lifetime)
    return token, row


def _send(site: Site, made: Sequence[Made], words: Mapping[str, tuple[str, str]]) -> None:
    assert site.mailer is not None
    for one in made:
        language = one.invitee.language if one.invitee.language in words else next(iter(words))
        subject, text = words[language]
        try:
            link = f"{site.mailer.site_url}/{language}/join/{one.token}"
            site.mailer.send(one.invitee.email, subject, text % {"link": link})
        except Exception as error:  # noqa: BLE001  # whatever one address brings about, the next is sent; who it was for is not logged
            _log.error("an invitation could not be mailed: %s", type(error).__name__)
            continue
        with site.database.writing() as session:
            row = rows.invitation(session, digest_of(one.token))
            if row is not None:
                row.sent_at = site.now()
                session.add(row)


def _as_open(row: Invitation) -> Open:
    assert row.id is not None
    return Open(row.id, row.email, row.name, row.uses, row.most_uses, row.expires_at, row.sent_at is not None)


def _within(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= most
