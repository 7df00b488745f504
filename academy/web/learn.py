"""The learner's pages: home, catalogue, course and skills."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.core.content.model import Course
from academy.services import groups, placement, progress, review, skills, skipping
from academy.services.accounts import Person
from academy.services.progress import CourseProgress, Facts, Step
from academy.services.skills import Suggestion
from academy.web.auth import public, role_required, signed_in, viewer
from academy.web.entering import start_of
from academy.web.requests import current_language, current_site

bp = Blueprint("learn", __name__)
PREFIX = ""


@bp.get("/")
@public
def show_home() -> ResponseReturnValue:
    """Where a learner left off and what to do next; what the product is, for a stranger."""
    person = viewer()
    if person is None:
        return render_template("learn/welcome.html", courses=current_site().courses.current.courses.values())
    start = start_of(person)  # educators and managers have places of their own
    return _home(person) if start == url_for("learn.show_home") else redirect(start)


@bp.get("/courses")
@public
def show_catalogue() -> ResponseReturnValue:
    """Every course, with a learner's progress."""
    done = _facts()
    courses = current_site().courses.current.courses.values()
    return render_template("learn/catalogue.html", ways=[_way(course, done) for course in courses])


@bp.get("/courses/<course_id>")
@public
def show_course(course_id: str) -> ResponseReturnValue:
    """One course: its modules, lessons and quizzes, with a learner's progress."""
    course = course_or_404(course_id)
    framework = current_site().framework
    taught = [framework.skills[skill] for skill in course.skills if skill in framework.skills]
    done = _facts()
    return render_template(
        "learn/course.html", course=course, way=_way(course, done), skills=taught, offers=_offers(course, done), step_url=step_url
    )


@bp.get("/skills")
@role_required("learner")
def show_skills() -> ResponseReturnValue:
    """What the learner's answers allow to be said, and how sure that is."""
    person, site = signed_in(), current_site()
    report = skills.report(site, person.id, person.target_role)
    done = progress.facts(site, person.id)
    steps = skills.suggestions(site, current_language(), done, report)
    lessons = {step.skill.id: step for step in reversed(steps) if step.skill}
    fading = review.overview(site, person.id, current_language())
    return render_template(
        "learn/skills.html",
        report=report,
        steps=steps,
        lessons=lessons,
        step_url=step_url,
        fading=fading,
        kept={one.skill.id: one for one in fading.fading},
        test=placement.overview(site, person.id, person.target_role, current_language()),
        ready=skills.ready(site, person.id),
    )


def step_url(course_id: str, step: Step) -> str:
    """Address of a step: a lesson, or the quiz's first page."""
    if step.is_quiz:
        return url_for("quizzes.show_quiz", course_id=course_id, module_id=step.module_id)
    return url_for("lessons.show_lesson", course_id=course_id, module_id=step.module_id, slug=step.slug)


def course_or_404(course_id: str) -> Course:
    """The course, or the end of the request."""
    course = current_site().courses.current.courses.get(course_id)
    if course is None:
        abort(404)
    return course


def _home(person: Person) -> ResponseReturnValue:
    site = current_site()
    done = progress.facts(site, person.id)
    report = skills.report(site, person.id, person.target_role)
    ways = [_way(course, done) for course in site.courses.current.courses.values()]
    begun = [way for way in ways if way.last_seen_at or any(step.state != "todo" for step in way.steps)]
    begun.sort(key=lambda way: str(way.last_seen_at or ""), reverse=True)
    suggestions = skills.suggestions(site, current_language(), done, report)
    resume = next((way for way in begun if any(step.state == "now" for step in way.steps)), None)
    way, step = (resume, resume.next_step) if resume else _suggested(ways, suggestions)
    weeks = progress.recent_weeks(site, person.id)
    mine = groups.listing(site, person.id, current_language(), done)
    return render_template(
        "learn/home.html",
        person=person,
        way=way,
        step=step,
        resume=resume is not None,
        begun=begun,
        suggestions=suggestions,
        role=report.role,
        weeks=weeks,
        todos=groups.next_todos(mine),
        groups=mine,
        step_url=step_url,
        fading=review.overview(site, person.id, current_language()),
        test=placement.overview(site, person.id, person.target_role, current_language()),
    )


def _offers(course: Course, done: Facts) -> dict[str, skipping.Offer]:
    """The modules of a course that a learner may skip or skipped, by id."""
    person, site = viewer(), current_site()
    if person is None or "learner" not in person.roles:
        return {}
    report = skills.report(site, person.id, person.target_role)
    return {offer.module.id: offer for offer in skipping.offers(site, report, done) if offer.course is course}


def _suggested(ways: list[CourseProgress], suggestions: list[Suggestion]) -> tuple[CourseProgress | None, Step | None]:
    """The way and step that are best to go on with; nothing when all is done."""
    if not suggestions:
        return None, None
    return next(way for way in ways if way.course.id == suggestions[0].course_id), suggestions[0].step


def _facts() -> Facts:
    person = viewer()
    return progress.facts(current_site(), person.id) if person else progress.NOTHING_DONE


def _way(course: Course, done: Facts) -> CourseProgress:
    return progress.course_progress(course, current_language(), done)
