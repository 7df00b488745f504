"""The learner's pages: home, catalogue, course and skills."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from academy.core.content.model import Course
from academy.services import progress, skills
from academy.services.accounts import Person
from academy.services.progress import CourseProgress, Facts
from academy.web.auth import public, role_required, signed_in, viewer
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
    return _home(person)


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
    return render_template("learn/course.html", course=course, way=_way(course, _facts()), skills=taught)


@bp.get("/skills")
@role_required("learner")
def show_skills() -> ResponseReturnValue:
    """What the learner's answers allow to be said, and how sure that is."""
    person, site = signed_in(), current_site()
    report = skills.report(site, person.id, person.target_role)
    done = progress.facts(site, person.id)
    steps = skills.suggestions(site, current_language(), done, report)
    lessons = {step.skill.id: step for step in reversed(steps) if step.skill}
    return render_template("learn/skills.html", report=report, steps=steps, lessons=lessons)


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
    begun = sorted((way for way in ways if way.last_seen_at), key=lambda way: str(way.last_seen_at), reverse=True)
    weeks = progress.weekly_answers(progress.answer_times(site, person.id), site.now())
    return render_template(
        "learn/home.html",
        person=person,
        resume=next((way for way in begun if way.next_step), None),
        begun=begun,
        first=next((way for way in ways if way.next_step), None),
        suggestions=skills.suggestions(site, current_language(), done, report),
        role=report.role,
        weeks=weeks,
    )


def _facts() -> Facts:
    person = viewer()
    return progress.facts(current_site(), person.id) if person else progress.NOTHING_DONE


def _way(course: Course, done: Facts) -> CourseProgress:
    return progress.course_progress(course, current_language(), done)
