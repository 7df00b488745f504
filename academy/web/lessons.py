"""Reading a lesson and answering its knowledge checks."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.content.model import Course, Item, Lesson, Module
from academy.core.grading import read_answer
from academy.core.items.protocol import AnswerError
from academy.services import assess, progress
from academy.services.assess import Given
from academy.services.progress import CourseProgress, Step
from academy.web.auth import public, role_required, signed_in, viewer
from academy.web.items import item_view
from academy.web.learn import course_or_404
from academy.web.requests import current_language, current_site

bp = Blueprint("lessons", __name__)
PREFIX = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A lesson and where it stands."""

    course: Course
    module: Module
    lesson: Lesson


@bp.get("/courses/<course_id>/<module_id>/<slug>")
@public
def show_lesson(course_id: str, module_id: str, slug: str) -> ResponseReturnValue:
    """A lesson with its knowledge checks; a stranger can read it, a learner can answer."""
    place = _lesson_or_404(course_id, module_id, slug)
    person = viewer()
    if person and "learner" in person.roles:
        progress.open_lesson(current_site(), person.id, course_id, module_id, slug)
    return _render(place, wrong={})


@bp.post("/courses/<course_id>/<module_id>/<slug>")
@role_required("learner")
def submit_lesson(course_id: str, module_id: str, slug: str) -> ResponseReturnValue:
    """Finish the lesson and go on to the next step."""
    place = _lesson_or_404(course_id, module_id, slug)
    person = signed_in()
    progress.finish_lesson(current_site(), person.id, course_id, module_id, slug)
    following = _after(_way(place.course, person.id), module_id, slug)
    return redirect(step_url(course_id, following) if following else url_for("learn.show_course", course_id=course_id), code=303)


@bp.post("/courses/<course_id>/<module_id>/<slug>/checks/<item_id>")
@role_required("learner")
def submit_check(course_id: str, module_id: str, slug: str, item_id: str) -> ResponseReturnValue:
    """Grade and record the answer to a knowledge check, then show the lesson at that place."""
    place = _lesson_or_404(course_id, module_id, slug)
    item = next((check for check in place.lesson.checks if check.id == item_id), None)
    if item is None:
        abort(404)
    try:
        answer = None if request.form.get("skip") else read_answer(item, request.form.to_dict(flat=False))
    except AnswerError as error:
        return _render(place, wrong={item_id: error.code}), 422
    assess.answer_check(
        current_site(),
        signed_in().id,
        item,
        course_id=course_id,
        language=place.lesson.language,
        answer=answer,
        submission=(request.form.get("submission") or secrets.token_hex(16))[:64],
    )
    return redirect(url_for("lessons.show_lesson", course_id=course_id, module_id=module_id, slug=slug, _anchor=item_id), code=303)


def step_url(course_id: str, step: Step) -> str:
    """Address of a step: a lesson, or the quiz's first page."""
    if step.is_quiz:
        return url_for("quizzes.show_quiz", course_id=course_id, module_id=step.module_id)
    return url_for("lessons.show_lesson", course_id=course_id, module_id=step.module_id, slug=step.slug)


def _lesson_or_404(course_id: str, module_id: str, slug: str) -> _Place:
    course = course_or_404(course_id)
    module = next((module for module in course.modules if module.id == module_id), None)
    if module is None:
        abort(404)
    lesson = module.lessons.get((slug, current_language())) or module.lessons.get((slug, course.source_language))
    if lesson is None:
        abort(404)
    return _Place(course, module, lesson)


def _render(place: _Place, wrong: dict[str, str]) -> str:
    person = viewer()
    learner_id = person.id if person and "learner" in person.roles else None
    course, module, lesson = place.course, place.module, place.lesson
    given: dict[str, Given] = {}
    again = request.args.get("again")
    if learner_id is not None:
        given = assess.check_answers(current_site(), learner_id, course.id, [check.id for check in lesson.checks])
    views = {
        check.id: item_view(
            course.id,
            check,
            None if check.id == again else given.get(check.id),
            seed=f"{course.id}/{lesson.slug}",
            wrong=wrong.get(check.id),
        )
        for check in lesson.checks
    }
    way = _way(course, learner_id)
    return render_template(
        "learn/lesson.html",
        course=course,
        module=module,
        lesson=lesson,
        views=views,
        way=way,
        steps=way.of_module(module.id),
        before=_before(way, module.id, lesson.slug),
        after=_after(way, module.id, lesson.slug),
        can_answer=learner_id is not None,
        submission=secrets.token_hex(16),
        step_url=step_url,
        is_item=lambda segment: isinstance(segment, Item),
    )


def _way(course: Course, learner_id: int | None) -> CourseProgress:
    done = progress.facts(current_site(), learner_id) if learner_id is not None else progress.NOTHING_DONE
    return progress.course_progress(course, current_language(), done)


def _position(way: CourseProgress, module_id: str, slug: str) -> int:
    return next(i for i, step in enumerate(way.steps) if (step.module_id, step.slug) == (module_id, slug))


def _before(way: CourseProgress, module_id: str, slug: str) -> Step | None:
    position = _position(way, module_id, slug)
    return way.steps[position - 1] if position else None


def _after(way: CourseProgress, module_id: str, slug: str) -> Step | None:
    position = _position(way, module_id, slug)
    return way.steps[position + 1] if position + 1 < len(way.steps) else None
