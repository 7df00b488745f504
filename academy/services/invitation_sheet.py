"""Lines of a CSV file turned into people to invite to a cohort, and what is wrong with each of the others."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from academy.config import LANGUAGES
from academy.services import email_addresses
from academy.services.form_errors import FormError

MOST_LINES = 2_000
_HEADS = MappingProxyType(
    {
        "email": ("email", "e-mail", "correo", "correo electrónico", "correo electronico"),
        "name": ("name", "nombre"),
        "language": ("language", "idioma", "lengua"),
    }
)
"""What each column may be called."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """One good line: whom to invite. name may be empty."""

    line: int
    email: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class LineError:
    """One line that cannot be used: why, and the address as it was written."""

    line: int
    code: str
    email: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole file, judged."""

    good: tuple[Invitee, ...]
    errors: tuple[LineError, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """What a cohort's lines are judged against: addresses inside, addresses already invited, and how many seats are free."""

    members: Collection[str]
    invited: Collection[str]
    free: int


def text_of(data: bytes) -> str:
    """A file's text: UTF-8, or what older spreadsheets on Windows write."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read(text: str, room: Room, language: str) -> Sheet:
    """Judge every line. language: of those whose line names none. Raises FormError(sheet=…) where it is no such table at all."""
    good: list[Invitee] = []
    errors: list[LineError] = []
    seen: set[str] = set()
    for line, cells in _lines(text):
        email = cells["email"].strip().lower()
        spoken = cells["language"].strip().lower() or language
        code = _fault(email, cells["name"].strip(), spoken, seen, room)
        if not code and len(good) >= room.free:
            code = "seats"
        if code:
            errors.append(LineError(line, code, cells["email"].strip()[:80]))
        else:
            good.append(Invitee(line, email, cells["name"].strip(), spoken))
        seen.add(email)
    return Sheet(tuple(good), tuple(errors))


def _fault(email: str, name: str, language: str, seen: Collection[str], room: Room) -> str:
    checks = (
        (not email_addresses.fits(email), "email"),
        (len(name) > 80 or (name != "" and not name.isprintable()), "name"),
        (language not in LANGUAGES, "language"),
        (email in seen, "duplicate"),
        (email in room.members, "member"),
        (email in room.invited, "invited"),
    )
    return next((code for found, code in checks if found), "")


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line that is not empty, by the columns we know, with the line of the file at which it ends."""
    if not text.strip():
        raise FormError(sheet="sheet-empty")
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    places: dict[str, int] | None = None
    try:
        for count, row in enumerate(row for row in reader if any(cell.strip() for cell in row)):
            if places is None:
                places = _places(row)
            elif count > MOST_LINES:
                raise FormError(sheet="sheet-long")
            else:
                yield reader.line_num, {name: row[at] if (at := places.get(name, -1)) in range(len(row)) else "" for name in _HEADS}
    except csv.Error:
        raise FormError(sheet="sheet-head") from None


def _places(head: list[str]) -> dict[str, int]:
    cells = [cell.strip().lower() for cell in head]
    found = {name: at for name, known in _HEADS.items() for at, cell in enumerate(cells) if cell in known}
    if "email" not in found:
        raise FormError(sheet="sheet-head")
    return found
