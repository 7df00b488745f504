"""Programs and cohorts: made and changed by managers, and found by who answers for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from academy.core.framework import Framework
from academy.core.workforce import suppression
from academy.core.workforce.suppression import Published
from academy.services import audit, form_errors
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.store import accounts as account_rows
from academy.store import cohorts as rows
from academy.store.tables.cohorts import Cohort, CohortStaff, Program

CURRENCIES = ("MXN", "USD")
MOST_SEATS = 2_000
DEAREST = 2_000_000_000


def N_(message: str) -> str:  # noqa: N802  # the customary mark for text that is translated later
    """Mark a message for translation."""
    return message


MESSAGES = MappingProxyType(
    {
        "text-length": N_("Write 1 to 80 characters."),
        "text-long": N_("Write 80 characters at most."),
        "seats-range": N_("Write a whole number from 1 to 2,000."),
        "seats-taken": N_("More people than that are in this cohort already."),
        "date-form": N_("Choose a date."),
        "date-order": N_("The end comes before the start."),
        "cost-range": N_("Write a whole amount of money, or nothing."),
        "program-unknown": N_("Choose a program."),
        "program-open": N_("Archive its cohorts first."),
        "program-archived": N_("Its program is archived. Bring that back first."),
        "role-fixed": N_("People are in this cohort already, and who was added is counted for this work role. Make another cohort."),
        "cohort-archived": N_("This cohort is archived, so nobody can join it. Bring it back first."),
        "course-unknown": N_("Choose a course or a module."),
        "person-unknown": N_("Nobody with this role has that email address."),
        "last-manager": N_("Somebody must stay responsible. Name another manager first."),
        "uses-range": N_("Write how many people may use it: from 1 to the number of seats."),
        "days-range": N_("Write a number of days from 1 to 90."),
        "agree-missing": N_("Mark that you agree. Without it nobody may see your progress, so you cannot join."),
        "leave-missing": N_("Mark that you want to leave."),
        "invitation-spent": N_("This invitation no longer works. Ask whoever sent it for another."),
        "invitation-other": N_("This invitation was made for another email address."),
        "cohort-full": N_("All seats are taken. Ask whoever invited you."),
        "sheet-empty": N_("Choose a file or paste its lines."),
        "sheet-head": N_("The first line must name the columns: email, name, language."),
        "sheet-long": N_("That is more than 2,000 lines. Divide it."),
        "work-early": N_("Write a day of the last 60 years that is not in the future."),
    }
)
"""What each further code of a FormError says. English msgids."""


def explain(code: str, translate: Callable[[str], str] = str) -> str:
    """What a code says, in the reader's language."""
    return translate(MESSAGES[code]) if code in MESSAGES else form_errors.explain(code, translate)


@dataclass(frozen=True, slots=True)
class Details:
    """What a manager says of a cohort. cost: whole units of the currency, None where nobody said."""

    name: str
    partner: str
    state: str
    sector: str
    target_role: str
    seats: int
    starts_on: date
    ends_on: date
    cost: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A cohort and its program as pages see them."""

    id: int
    program_id: int
    program: str
    details: Details
    archived: bool


@dataclass(frozen=True, slots=True)
class Scheme:
    """A program as pages see it."""

    id: int
    name: str
    partner: str
    archived: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A cohort in the managers' list. size: exact for who answers for it, else hidden where small and rounded. duties: the reader's."""

    cohort: Outline
    size: Published
    duties: frozenset[str]


def checked_details(framework: Framework, typed: Mapping[str, str]) -> Details:
    """The fields of a form as a cohort's details. Raises FormError with a code for each field that cannot be used."""
    text = {name: typed.get(name, "").strip() for name in (*Details.__slots__,)}
    seats, cost = _whole(text["seats"]), _whole(text["cost"])
    starts, ends = as_date(text["starts_on"]), as_date(text["ends_on"])
    currency = text["currency"] or CURRENCIES[0]
    errors = {
        "name": _text_error(text["name"], needed=True),
        "partner": _text_error(text["partner"]),
        "state": "choice-unknown" if text["state"] and text["state"] not in framework.states else "",
        "sector": "choice-unknown" if text["sector"] and text["sector"] not in framework.sectors else "",
        "target_role": "choice-unknown" if text["target_role"] and text["target_role"] not in measurable(framework) else "",
        "seats": "" if seats is not None and 1 <= seats <= MOST_SEATS else "seats-range",
        "starts_on": "" if starts else "date-form",
        "ends_on": "date-form" if not ends else "date-order" if starts and ends < starts else "",
        "cost": "" if not text["cost"] or (cost is not None and cost <= DEAREST) else "cost-range",
        "currency": "" if currency in CURRENCIES else "choice-unknown",
    }
    if found := {field: code for field, code in errors.items() if code}:
        raise FormError(**found)
    assert seats, "checked above"
    assert starts, "checked above"
    assert ends, "checked above"
    place = text["state"], text["sector"], text["target_role"]
    return Details(text["name"], text["partner"], *place, seats, starts, ends, cost, currency if cost is not None else "")


def measurable(framework: Framework) -> list[str]:
    """The work roles that a cohort can be prepared for: those whose skills can be measured."""
    return [role.id for role in framework.roles.values() if role.requirements]


def keep_program(site: Site, program_id: int | None, *, name: str, partner: str, archived: bool, by: int) -> int:
    """Make a program, or change it; its number. Raises FormError(name=…, partner=…, archived="program-open")."""
    errors = {"name": _text_error(name.strip(), needed=True), "partner": _text_error(partner.strip())}
    if found := {field: code for field, code in errors.items() if code}:
        raise FormError(**found)
    with site.database.writing() as session:
        row = Program(name="", created_at=site.now(), created_by=by) if program_id is None else session.get_one(Program, program_id)
        if archived and program_id is not None and rows.open_cohorts(session, program_id):
            raise FormError(archived="program-open")
        row.name, row.partner = name.strip(), partner.strip()
        row.archived_at = (row.archived_at or site.now()) if archived else None
        session.add(row)
        session.flush()
        assert row.id is not None
        audit.record(site, session, "program-kept", actor=by, details={"program": row.id, "archived": archived})
        return row.id


def programs(site: Site) -> list[Scheme]:
    """Every program that is not archived, by name."""
    with site.database.reading() as session:
        return [_scheme(row) for row in rows.programs(session)]


def program(site: Site, program_id: int) -> Scheme | None:
    """One program."""
    with site.database.reading() as session:
        row = session.get(Program, program_id)
        return _scheme(row) if row else None


def create(site: Site, program_id: int, details: Details, *, by: int) -> int:
    """Make a cohort; whoever makes it is responsible for it. Its number. Raises FormError(program="program-unknown")."""
    with site.database.writing() as session:
        scheme = session.get(Program, program_id)
        if scheme is None or scheme.archived_at is not None:
            raise FormError(program="program-unknown")
        row = Cohort(program_id=program_id, created_at=site.now(), created_by=by, **_columns(details))
        session.add(row)
        session.flush()
        assert row.id is not None
        if "manager" in account_rows.roles_of(session, by):  # an admin names somebody
            session.add(CohortStaff(account_id=by, cohort_id=row.id, duty="manager", named_at=site.now(), named_by=by))
        audit.record(site, session, "cohort-kept", actor=by, details={"cohort": row.id, "archived": False})
        return row.id


def change(site: Site, cohort_id: int, details: Details, *, archived: bool, by: int) -> None:
    """Change a cohort's details. Raises FormError(seats=…, target_role=…, archived=…), ValueError where there is none."""
    with site.database.writing() as session:
        row = rows.lock_cohort(session, cohort_id)
        inside = rows.count_members(session, cohort_id)
        reopened = row.archived_at is not None and not archived
        errors = {
            "seats": "seats-taken" if inside > details.seats else "",
            "target_role": "role-fixed" if inside and details.target_role != row.target_role else "",
            "archived": "program-archived" if reopened and session.get_one(Program, row.program_id).archived_at is not None else "",
        }
        if found := {field: code for field, code in errors.items() if code}:
            raise FormError(**found)
        for name, value in _columns(details).items():
            setattr(row, name, value)
        row.archived_at = (row.archived_at or site.now()) if archived else None
        session.add(row)
        audit.record(site, session, "cohort-kept", actor=by, details={"cohort": cohort_id, "archived": archived})


def listing(site: Site, person: Person) -> list[Line]:
    """Every cohort. Who does not answer for one sees how many are in it as published counts are shown: small ones hidden."""
    with site.database.reading() as session:
        mine, counts = rows.duties(session, person.id), rows.member_counts(session)
        found = [outline(row, scheme) for row, scheme in rows.cohorts(session)]
    return [
        Line(one, _size(site, counts.get(one.id, 0), exact=one.id in mine), frozenset(mine.get(one.id, ())))
        for one in found
        if not one.archived or one.id in mine
    ]


def find(site: Site, cohort_id: int, person: Person, *, managing: bool = False) -> tuple[Outline, frozenset[str]] | None:
    """A cohort and the reader's duties in it; None where they have none.

    managing: to change the cohort itself, not to see its people, which admins may too.
    """
    with site.database.reading() as session:
        found = rows.cohort(session, cohort_id)
        held = frozenset(rows.duties(session, person.id).get(cohort_id, ()))
    allowed = ("manager" in held or "admin" in person.roles) if managing else bool(held)
    return (outline(*found), held) if found and allowed else None


def outline(row: Cohort, scheme: Program) -> Outline:
    """A cohort's rows as pages see them."""
    assert row.id is not None
    details = Details(**{field: getattr(row, field) for field in Details.__slots__})
    return Outline(row.id, row.program_id, scheme.name, details, row.archived_at is not None)


def as_date(text: str) -> date | None:
    """A day written as 2026-10-31; None where it is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _size(site: Site, count: int, *, exact: bool) -> Published:
    return Published(float(count)) if exact else suppression.publish_count(count, min_cell=site.min_cell)


def _scheme(row: Program) -> Scheme:
    assert row.id is not None
    return Scheme(row.id, row.name, row.partner, row.archived_at is not None)


def _columns(details: Details) -> dict[str, Any]:
    return {field: getattr(details, field) for field in Details.__slots__}


def _whole(text: str) -> int | None:
    plain = text.replace(",", "").replace(" ", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 12 else None


def _text_error(text: str, *, needed: bool = False) -> str:
    if len(text) > 80 or (text and not text.isprintable()):
        return "text-length" if needed else "text-long"
    return "text-length" if needed and not text else ""
