"""What a cohort is to do by when, and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from academy.services import accounts, audit
from academy.services.cohorts import as_date
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.store import cohorts as rows
from academy.store.tables.accounts import Account
from academy.store.tables.cohorts import CohortCourse, CohortStaff

DUTIES = ("manager", "educator")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A course, or one of its modules ("": all of it), that a cohort is to do by a day."""

    course_id: str
    module_id: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Responsible:
    """Somebody who answers for a cohort, and as what."""

    account_id: int
    name: str
    email: str
    duty: str


def assignments(site: Site, cohort_id: int) -> list[Assignment]:
    """What a cohort is to do, what is due first before the rest. What the courses have no more is left out."""
    with site.database.reading() as session:
        return known_assignments(site, rows.courses(session, [cohort_id]))


def known_assignments(site: Site, found: Sequence[CohortCourse]) -> list[Assignment]:
    """Rows as assignments, without those of courses and modules that are no more."""
    given = [Assignment(row.course_id, row.module_id, row.due_on) for row in found]
    return [one for one in given if _assignable(site, one.course_id, one.module_id)]


def assign(site: Site, cohort_id: int, *, course_id: str, module_id: str, due_on: str, by: int) -> None:
    """Let a cohort do a course or a module, or move its date. Raises FormError(course=…, due_on=…)."""
    due = as_date(due_on)
    errors = {
        "course": "" if _assignable(site, course_id, module_id) else "course-unknown",
        "due_on": "" if due or not due_on.strip() else "date-form",
    }
    if found := {field: code for field, code in errors.items() if code}:
        raise FormError(**found)
    with site.database.writing() as session:
        session.merge(CohortCourse(cohort_id=cohort_id, course_id=course_id, module_id=module_id, due_on=due))
        _note_plan(site, session, cohort_id, by, course=course_id, module=module_id, due=due.isoformat() if due else "")


def unassign(site: Site, cohort_id: int, *, course_id: str, module_id: str, by: int) -> None:
    """Take a course or a module off what a cohort is to do; twice is the same as once."""
    if not (course_id + module_id).isprintable():  # no key holds it, and PostgreSQL takes no NUL
        return
    with site.database.writing() as session:
        if (row := session.get(CohortCourse, (cohort_id, course_id, module_id))) is not None:
            session.delete(row)
            _note_plan(site, session, cohort_id, by, course=course_id, module=module_id, removed=True)


def responsible(site: Site, cohort_id: int) -> list[Responsible]:
    """Who answers for a cohort: its managers first, by name."""
    with site.database.reading() as session:
        return [as_responsible(row, account) for row, account in rows.staff(session, [cohort_id])]


def name(site: Site, cohort_id: int, *, email: str, duty: str, by: int) -> None:
    """Let somebody answer for a cohort. Raises FormError(email="person-unknown"), ValueError for an unknown duty."""
    if duty not in DUTIES:
        raise ValueError(f"unknown duty {duty}; choose from {', '.join(DUTIES)}")
    person = accounts.find_by_email(site, email)
    if person is None or person.disabled or duty not in person.roles:
        raise FormError(email="person-unknown")
    with site.database.writing() as session:
        rows.lock_cohort(session, cohort_id)
        if session.get(CohortStaff, (person.id, cohort_id, duty)) is None:
            session.add(CohortStaff(account_id=person.id, cohort_id=cohort_id, duty=duty, named_at=site.now(), named_by=by))
            audit.record(site, session, "duty-given", actor=by, subject=person.id, details={"cohort": cohort_id, "duty": duty})


def release(site: Site, cohort_id: int, account_id: int, duty: str, *, by: int) -> None:
    """Let somebody no longer answer for a cohort. Raises FormError(staff="last-manager") for the only manager."""
    with site.database.writing() as session:
        rows.lock_cohort(session, cohort_id)
        row = session.get(CohortStaff, (account_id, cohort_id, duty))
        if row is None:
            return
        managers = [held.account_id for held, _account in rows.staff(session, [cohort_id]) if held.duty == "manager"]
        if duty == "manager" and managers == [account_id]:
            raise FormError(staff="last-manager")
        session.delete(row)
        audit.record(site, session, "duty-taken", actor=by, subject=account_id, details={"cohort": cohort_id, "duty": duty})


def as_responsible(row: CohortStaff, account: Account) -> Responsible:
    """A duty's rows as pages see them."""
    return Responsible(row.account_id, account.name, account.email, row.duty)


def _assignable(site: Site, course_id: str, module_id: str) -> bool:
    course = site.courses.current.courses.get(course_id)
    return course is not None and (not module_id or any(module.id == module_id for module in course.modules))


def _note_plan(site: Site, session: Session, cohort_id: int, by: int, **details: object) -> None:
    audit.record(site, session, "cohort-planned", actor=by, details={"cohort": cohort_id, **details})
