"""An open sign-up by mail: whose address it is learns whether it has an account, and nobody else does.

The link for a new account holds a moment, the page that was wanted, and the seal of both with the address. Nothing is kept before the
account is made, and the link neither tells the address nor makes a second account. Anybody may ask for a mail to anybody, so what was
wanted stands in it in hexadecimal: no words of a stranger's can be read there.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from academy.services import accounts, email_addresses, throttle
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.mail import later
from academy.services.site import Site

LINK_LIFETIME = timedelta(hours=24)
LONGEST_WANTED = 200
"""Bytes of the address of a page that a link can hold."""
_TOKEN = re.compile(r"([0-9]{1,11})-([0-9a-f]{64})(?:-((?:[0-9a-f]{2})+))?")


@dataclass(frozen=True, slots=True)
class Mails:
    """Subject and text for an address without an account, with %(link)s, and for one that has an account: %(sign_in)s, %(forgotten)s."""

    new: tuple[str, str]
    known: tuple[str, str]


def ask(site: Site, *, email: str, language: str, mails: Mapping[str, Mails], wanted: str = "", address: str = "") -> None:
    """Mail what comes next to this address. Raises Throttled, FormError(email="email-form"), ValueError without a mailer.

    Whether it has an account is found out after the answer, so that neither words nor time tell. language: of the mail, where the
    account's is not offered. wanted: the page to go to in the end. address: the network address.
    """
    if site.mailer is None:
        raise ValueError("no mail can be sent")
    if not email_addresses.fits(email):
        raise FormError(email="email-form")
    folded = email_addresses.fold(email)
    throttle.charge(site, "sign-up", account=folded, address=address, whose=folded)
    later.do(lambda: _mail(site, folded, language, mails, wanted))


def link_token(site: Site, email: str, wanted: str = "") -> str:
    """What makes an account with this address within 24 hours. wanted: the page to go to then, forgotten where it is too long."""
    until = int((site.now() + LINK_LIFETIME).timestamp())
    place = wanted.encode().hex() if len(wanted.encode()) <= LONGEST_WANTED else ""
    token = f"{until}-{_seal(site, until, email, place)}"
    return f"{token}-{place}" if place else token


def link_works(site: Site, token: str) -> bool:
    """Whether a link is not over; whether it was made here is found out with the address."""
    return _read(site, token) is not None


def use_link(
    site: Site, token: str, *, email: str, password: str, name: str, language: str, address: str = ""
) -> tuple[Person, str] | None:
    """Create the learner whose address the link was mailed to, and say which page was wanted, "" for none; None where it is over.

    Raises Throttled, FormError(email="email-other") for another address, FormError as `accounts.sign_up` does.
    """
    found = _read(site, token)
    if found is None:
        return None
    until, seal, place = found
    if not hmac.compare_digest(seal, _seal(site, until, email, place)):
        raise FormError(email="email-other")
    person = accounts.sign_up(site, email=email, password=password, name=name, language=language, address=address)
    return person, bytes.fromhex(place).decode()


def _mail(site: Site, email: str, language: str, mails: Mapping[str, Mails], wanted: str) -> None:
    person = accounts.find_by_email(site, email)
    if site.mailer is None or (person is not None and person.disabled):
        return
    language = person.language if person is not None and person.language in mails else language
    start = f"{site.mailer.site_url}/{language}"
    subject, text = mails[language].new if person is None else mails[language].known
    link = f"{start}/sign-up/{link_token(site, email, wanted)}" if person is None else ""
    site.mailer.send(email, subject, text % {"link": link, "sign_in": f"{start}/sign-in", "forgotten": f"{start}/forgotten"})


def _read(site: Site, token: str) -> tuple[int, str, str] | None:
    """Until when a link works, its seal, and the page wanted in hexadecimal; None where it is over or no link."""
    match = _TOKEN.fullmatch(token)
    if match is None or datetime.fromtimestamp(int(match[1]), UTC) <= site.now():
        return None
    return int(match[1]), match[2], match[3] or ""


def _seal(site: Site, until: int, email: str, place: str) -> str:
    return hmac.new(site.key_for("sign-up"), f"{until} {place} {email_addresses.fold(email)}".encode(), hashlib.sha256).hexdigest()
