"""The cohorts that a learner is in, as they see them: what is to be done by when, and who sees what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from academy.core.content.model import Language
from academy.services import cohort_plan, cohorts
from academy.services.cohort_members import assigned_progress
from academy.services.cohort_plan import Assignment, Responsible
from academy.services.cohorts import Outline
from academy.services.progress import Facts
from academy.services.site import Site
from academy.store import cohorts as rows


@dataclass(frozen=True, slots=True)
class Todo:
    """A course or module to be done for a cohort. share: the done part, in [0, 1]; days: until it is due, negative after that."""

    group: str
    course_id: str
    module_id: str
    course: Mapping[Language, str]
    module: Mapping[Language, str] | None
    due_on: date | None
    days: int | None
    share: float


@dataclass(frozen=True, slots=True)
class Group:
    """A cohort that a learner is in."""

    cohort: Outline
    joined_at: datetime
    staff: tuple[Responsible, ...]
    todos: tuple[Todo, ...]


def listing(site: Site, learner_id: int, language: Language, done: Facts) -> list[Group]:
    """Every cohort that a learner is in, the one joined last first; nothing is to be done for one that is archived."""
    with site.database.reading() as session:
        found = rows.memberships(session, learner_id)
        numbers = [cohort.id for _row, cohort, _program in found if cohort.id is not None]
        staff = rows.staff(session, numbers) if numbers else ()
        courses = rows.courses(session, numbers) if numbers else ()
    groups = []
    for row, cohort, program in found:
        assigned = [] if cohort.archived_at else cohort_plan.known_assignments(site, [one for one in courses if one.cohort_id == cohort.id])
        people = tuple(cohort_plan.as_responsible(held, account) for held, account in staff if held.cohort_id == cohort.id)
        todos = tuple(_todo(site, cohort.name, one, language, done) for one in assigned)
        groups.append(Group(cohorts.outline(cohort, program), row.joined_at, people, todos))
    return groups


def next_todos(groups: list[Group], most: int = 5) -> list[Todo]:
    """What is still to be done, what is due first before the rest, without a date last."""
    open_ = [todo for group in groups for todo in group.todos if todo.share < 1.0]
    return sorted(open_, key=lambda todo: (todo.days is None, todo.days or 0))[:most]


def _todo(site: Site, group: str, one: Assignment, language: Language, done: Facts) -> Todo:
    course = site.courses.current.courses[one.course_id]
    module = next((module for module in course.modules if module.id == one.module_id), None)
    days = (one.due_on - site.today()).days if one.due_on else None
    share = assigned_progress(site, [one], language, done) or 0.0
    return Todo(group, one.course_id, one.module_id, course.title, module.title if module else None, one.due_on, days, share)
