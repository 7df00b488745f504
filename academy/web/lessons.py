"""Reading a lesson and answering its knowledge checks."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from weakref import WeakKeyDictionary

from flask import Blueprint, abort, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from academy.core.content.model import Course, Item, Lesson, Module
from academy.core.content.render import RenderedLesson, render_lesson
from academy.core.grading import read_answer
from academy.core.items.protocol import AnswerError
from academy.services import assess, open_answers, progress, reports
from academy.services.accounts import Person
from academy.services.assess import Given, Waiting
from academy.services.open_answers import NotWaiting
from academy.services.progress import NOTHING_DONE, CourseProgress, Facts, LessonState, Step
from academy.services.sessions import Visit
from academy.web.auth import public, role_required, signed_in, viewer
from academy.web.items import item_view
from academy.web.kept_pages import State, kept_page, submission_token
from academy.web.learn import course_or_404, step_url
from academy.web.rendering import asset
from academy.web.requests import current_language, current_site

bp = Blueprint("lessons", __name__)
PREFIX = ""
_rendered: WeakKeyDictionary[object, dict[tuple[str, str, str, str], RenderedLesson]] = WeakKeyDictionary()
"""Lessons as HTML, by the library they come from: rendered once, forgotten when files are read again."""


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
    site, checks = current_site(), [check.id for check in place.lesson.checks]

    def state(person: Person | None, seen: LessonState | None = None) -> Hashable:
        learner_id = _as_learner(person)
        return None if learner_id is None else progress.open_lesson(site, learner_id, course_id, module_id, slug, checks, seen).key

    def find(token: str) -> tuple[Visit, State] | None:
        found = progress.find_with_state(site, token, course_id, checks)
        return None if found is None else (found[0], lambda person: state(person, found[1]))

    def page() -> str:
        learner_id = _learner_id()
        if learner_id is None:
            return _render(place, NOTHING_DONE)
        found = progress.lesson_state(site, learner_id, course_id, checks)
        return _render(place, found.done, answered=found.answered)

    return kept_page(state, page, find=find)


@bp.post("/courses/<course_id>/<module_id>/<slug>")
@role_required("learner")
def submit_lesson(course_id: str, module_id: str, slug: str) -> ResponseReturnValue:
    """Finish the lesson and go on to the next step."""
    place = _lesson_or_404(course_id, module_id, slug)
    person = signed_in()
    progress.finish_lesson(current_site(), person.id, course_id, module_id, slug)
    way = progress.course_progress(place.course, current_language(), progress.facts(current_site(), person.id))
    following = _after(way, module_id, slug)
    return redirect(step_url(course_id, following) if following else url_for("learn.show_course", course_id=course_id), code=303)


@bp.get("/courses/<course_id>/<module_id>/<slug>/checks/<item_id>")
@public
def show_check(course_id: str, module_id: str, slug: str, item_id: str) -> ResponseReturnValue:
    """The lesson at one of its knowledge checks, for whoever reloads or shares the address of an answer."""
    return redirect(url_for("lessons.show_lesson", course_id=course_id, module_id=module_id, slug=slug, _anchor=item_id), code=302)


@bp.post("/courses/<course_id>/<module_id>/<slug>/checks/<item_id>")
@role_required("learner")
def submit_check(course_id: str, module_id: str, slug: str, item_id: str) -> ResponseReturnValue:
    """Grade and record the answer to a knowledge check, or mark one's own, then show the lesson at that place."""
    place = _lesson_or_404(course_id, module_id, slug)
    item = next((check for check in place.lesson.checks if check.id == item_id), None)
    if item is None:
        abort(404)
    here = url_for("lessons.show_lesson", course_id=course_id, module_id=module_id, slug=slug, _anchor=item_id)
    if request.form.get("mark"):
        _mark_own(course_id, item_id)
        return redirect(here, code=303)
    try:
        answer = None if request.form.get("skip") else read_answer(item, request.form.to_dict(flat=False))
    except AnswerError as error:
        g.page = "lessons.show_lesson", {"course_id": course_id, "module_id": module_id, "slug": slug}
        return _render(place, progress.facts(current_site(), signed_in().id), wrong={item_id: error.code}), 422
    assess.answer_check(
        current_site(),
        signed_in().id,
        item,
        course_id=course_id,
        language=place.lesson.language,
        answer=answer,
        submission=(request.form.get("submission") or secrets.token_hex(16))[:64],
    )
    return redirect(here, code=303)


@bp.get("/courses/<course_id>/<module_id>/img/<name>")
@public
def show_image(course_id: str, module_id: str, name: str) -> ResponseReturnValue:
    """A picture of a lesson."""
    found = current_site().courses.current.image(course_id, f"{module_id}/img/{name}")
    if found is None:
        abort(404)
    path, media_type = found
    response = send_file(path, mimetype=media_type, conditional=True, max_age=86_400)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"  # an SVG may style itself
    return response


def _mark_own(course_id: str, item_id: str) -> None:
    """Mark one's own answer; one that was marked already stays as it is."""
    found = assess.check_answers(current_site(), signed_in().id, course_id, [item_id]).get(item_id)
    if found is None:
        abort(404)
    if isinstance(found, Waiting):
        try:
            open_answers.mark_own(current_site(), signed_in().id, found.number, met=request.form.getlist("met"))
        except NotWaiting:
            abort(404)


def _lesson_or_404(course_id: str, module_id: str, slug: str) -> _Place:
    course = course_or_404(course_id)
    module = next((module for module in course.modules if module.id == module_id), None)
    if module is None:
        abort(404)
    lesson = module.lessons.get((slug, current_language())) or module.lessons.get((slug, course.source_language))
    if lesson is None:
        abort(404)
    return _Place(course, module, lesson)


def _learner_id() -> int | None:
    """The learner who reads; None for strangers and for those who only read along."""
    return _as_learner(viewer())


def _as_learner(person: Person | None) -> int | None:
    return person.id if person and "learner" in person.roles else None


def _render(place: _Place, done: Facts, wrong: Mapping[str, str] = MappingProxyType({}), *, answered: bool = True) -> str:
    """The page. Where nobody `answered`, no answers are looked for: others share the page."""
    learner_id = _learner_id()
    course, module, lesson = place.course, place.module, place.lesson
    given: dict[str, Given | Waiting] = {}
    again = request.args.get("again")
    if learner_id is not None and answered:
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
    way = progress.course_progress(course, current_language(), done)
    sequences = [view.given.sequence for view in views.values() if view.given]
    rendered = _html(place)
    return render_template(
        "learn/lesson.html",
        course=course,
        module=module,
        lesson=lesson,
        way=way,
        steps=way.of_module(module.id),
        before=_before(way, module.id, lesson.slug),
        after=_after(way, module.id, lesson.slug),
        can_answer=learner_id is not None,
        segments=[views[part.id] if isinstance(part, Item) else Markup(part) for part in rendered.parts],  # noqa: S704  # sanitised
        sources=Markup(rendered.sources),  # noqa: S704  # sanitised
        submission=submission_token(),
        reports=reports.of_answers(current_site(), learner_id, sequences) if learner_id is not None else {},
        step_url=step_url,
    )


def _html(place: _Place) -> RenderedLesson:
    """The lesson as HTML for a page in the reader's language."""
    library, course, module, lesson = current_site().courses.current, place.course, place.module, place.lesson
    kept = _rendered.setdefault(library, {})
    key = (course.id, lesson.path, lesson.language, current_language())
    if key not in kept:
        kept[key] = render_lesson(
            lesson,
            base_url=url_for("lessons.show_image", course_id=course.id, module_id=module.id, name="-").removesuffix("img/-"),
            icons=asset("icons.svg"),
            label=_("Table or log; scroll sideways to see it all"),
            back=_("Back to the text"),
            figures=module.figures,
            glossary=library.glossary,
            glossary_url=url_for("lookup.show_glossary"),
        )
    return kept[key]


def _position(way: CourseProgress, module_id: str, slug: str) -> int:
    return next(i for i, step in enumerate(way.steps) if (step.module_id, step.slug) == (module_id, slug))


def _before(way: CourseProgress, module_id: str, slug: str) -> Step | None:
    position = _position(way, module_id, slug)
    return way.steps[position - 1] if position else None


def _after(way: CourseProgress, module_id: str, slug: str) -> Step | None:
    position = _position(way, module_id, slug)
    return way.steps[position + 1] if position + 1 < len(way.steps) else None
