"""Lessons about what a learner has demonstrated, passed over and taken up again; nothing of it counts as done."""

from __future__ import annotations

from dataclasses import dataclass

from academy.core.content.model import Course, Module
from academy.core.measurement.mastery import Status
from academy.services.progress import Facts
from academy.services.site import Site
from academy.services.skills import SkillsReport
from academy.store import evidence
from academy.store.tables.learning import LessonSkip


class NotDemonstrated(ValueError):
    """The module is about something that the learner has not shown yet."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A module whose skills are demonstrated: its lessons that may be skipped, and those that were."""

    course: Course
    module: Module
    open: tuple[str, ...]
    skipped: tuple[str, ...]


def offers(site: Site, report: SkillsReport, done: Facts) -> tuple[Offer, ...]:
    """Every module that may be skipped or was: demonstrated, with lessons that are not finished."""
    demonstrated = _demonstrated(report)
    found = []
    for course in site.courses.current.courses.values():
        for module in course.modules:
            places = {slug: (course.id, module.id, slug) for slug in module.slugs}
            skipped = tuple(slug for slug, place in places.items() if place in done.skipped)
            may = bool(skills := module_skills(module)) and skills <= demonstrated
            still_open = tuple(slug for slug, place in places.items() if may and slug not in skipped and not _finished(done, place))
            if still_open or skipped:
                found.append(Offer(course, module, still_open, skipped))
    return tuple(found)


def skip(site: Site, learner_id: int, report: SkillsReport, done: Facts, course_id: str, module_id: str) -> int:
    """Pass over the module's unfinished lessons; returns how many. Raises NotDemonstrated."""
    offer = next((one for one in offers(site, report, done) if (one.course.id, one.module.id) == (course_id, module_id)), None)
    if offer is None or not (offer.open or module_skills(offer.module) <= _demonstrated(report)):
        raise NotDemonstrated(f"{course_id}/{module_id}")
    with site.database.writing() as session:
        for slug in offer.open:
            row = LessonSkip(learner_id=learner_id, course_id=course_id, module_id=module_id, slug=slug, skipped_at=site.now())
            session.merge(row)
    return len(offer.open)


def take_up(site: Site, learner_id: int, course_id: str, module_id: str) -> int:
    """Undo: the module's lessons are to do again; returns how many."""
    with site.database.writing() as session:
        rows = [row for row in evidence.skips(session, learner_id) if (row.course_id, row.module_id) == (course_id, module_id)]
        for row in rows:
            session.delete(row)
    return len(rows)


def module_skills(module: Module) -> set[str]:
    """The skills that a module's questions measure."""
    items = [item for quiz in module.quizzes.values() for item in quiz.items]
    items += [item for lesson in module.lessons.values() for item in lesson.checks]
    return {item.measured for item in items if item.measured}


def _demonstrated(report: SkillsReport) -> set[str]:
    return {line.skill.id for line in report.lines + report.other_lines if line.status is Status.DEMONSTRATED}


def _finished(done: Facts, place: tuple[str, str, str]) -> bool:
    visit = done.visits.get(place)
    return visit is not None and visit.finished_at is not None
