"""A module's quiz: one question a page, each answer kept as it is given, then the result."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.core.content.model import Course, Item, Module, Quiz
from academy.core.grading import read_answer
from academy.core.items.protocol import AnswerError
from academy.services import assess, open_answers, progress, reports, skills, timing
from academy.services.assess import NotOpen, Sitting, TimeOver
from academy.services.open_answers import NotWaiting
from academy.services.timing import NoMoreAttempts
from academy.web.auth import public, role_required, signed_in, viewer
from academy.web.items import item_view
from academy.web.learn import course_or_404, step_url
from academy.web.requests import current_language, current_site

bp = Blueprint("quizzes", __name__)
PREFIX = ""


@bp.get("/courses/<course_id>/<module_id>/quiz")
@public
def show_quiz(course_id: str, module_id: str) -> ResponseReturnValue:
    """What the quiz is about, how it works, and a button to begin or resume."""
    course, module, quiz = _quiz_or_404(course_id, module_id)
    person = viewer()
    done = progress.facts(current_site(), person.id) if person else progress.NOTHING_DONE
    names = current_site().framework.skills
    measured = [names[skill] for skill in dict.fromkeys(item.measured or "" for item in quiz.items) if skill in names]
    return render_template(
        "learn/quiz.html",
        course=course,
        module=module,
        quiz=quiz,
        skills=measured,
        resumes=(course_id, module_id) in done.open_quizzes,
        taken=(course_id, module_id) in done.finished_quizzes,
        terms=timing.terms(current_site(), person.id if person and "learner" in person.roles else None, course_id, quiz),
    )


@bp.post("/courses/<course_id>/<module_id>/quiz")
@role_required("learner")
def create_attempt(course_id: str, module_id: str) -> ResponseReturnValue:
    """Begin an attempt, or go on with the open one."""
    _course, _module, quiz = _quiz_or_404(course_id, module_id)
    if not quiz.items:
        abort(404)
    try:
        number = assess.start_attempt(current_site(), signed_in().id, course_id, module_id, quiz)
    except NoMoreAttempts:
        flash(_("You have used every attempt that this quiz allows."), "warn")
        return redirect(url_for("quizzes.show_quiz", course_id=course_id, module_id=module_id), code=303)
    return redirect(url_for("quizzes.show_attempt", number=number), code=303)


@bp.get("/attempts/<int(max=2147483647):number>")
@role_required("learner")
def show_attempt(number: int) -> ResponseReturnValue:
    """The result of a finished attempt; an open one goes on at its first unanswered question."""
    attempt = _attempt_or_404(number)
    if attempt.finished_at is None and attempt.next_item:
        return redirect(url_for("quizzes.show_item", number=number, item_id=attempt.next_item), code=302)
    if attempt.passed is None and not attempt.to_be_graded:
        assess.settle(current_site(), signed_in().id, number)
        attempt = _attempt_or_404(number)
    return _result(attempt)


@bp.get("/attempts/<int(max=2147483647):number>/<item_id>")
@role_required("learner")
def show_item(number: int, item_id: str) -> ResponseReturnValue:
    """One question of an attempt: open, or answered and explained. What was not answered in time is not asked any more."""
    attempt = _attempt_or_404(number)
    _item_or_404(attempt.course_id, attempt.item_ids, item_id)
    if attempt.ends_at and attempt.finished_at and item_id not in attempt.answers and item_id not in attempt.waiting:
        return redirect(url_for("quizzes.show_attempt", number=number), code=302)
    return _item_page(attempt, item_id)


@bp.post("/attempts/<int(max=2147483647):number>/<item_id>")
@role_required("learner")
def submit_item(number: int, item_id: str) -> ResponseReturnValue:
    """Grade and record one answer, then redirect: a reload must not answer twice. `mark` marks one's own open answer."""
    seen = assess.sheet(current_site(), signed_in().id, number)
    if seen is None:
        abort(404)
    course_id = seen.attempt.course_id
    item, language = _item_or_404(course_id, seen.attempt.item_ids, item_id)
    if request.form.get("mark"):
        _mark_own(_attempt_or_404(number), item_id)
        return redirect(url_for("quizzes.show_item", number=number, item_id=item_id), code=303)
    try:
        answer = None if request.form.get("skip") else read_answer(item, request.form.to_dict(flat=False))
        assess.answer_item(current_site(), signed_in().id, number, item, course_id=course_id, language=language, answer=answer, seen=seen)
    except AnswerError as error:
        return _item_page(_attempt_or_404(number), item_id, wrong=error.code), 422
    except TimeOver:
        assess.settle(current_site(), signed_in().id, number)
        return _refuse_late(number)
    except NotOpen:
        if _attempt_or_404(number).ends_at is None:
            abort(404)
        return _refuse_late(number)
    return redirect(url_for("quizzes.show_item", number=number, item_id=item_id), code=303)


def _refuse_late(number: int) -> ResponseReturnValue:
    flash(_("The time was over before this answer arrived, so it does not count. What you had answered before does."), "warn")
    return redirect(url_for("quizzes.show_attempt", number=number), code=303)


def _mark_own(attempt: Sitting, item_id: str) -> None:
    """Mark one's own answer; one that does not wait any more stays as it is."""
    waiting = attempt.waiting.get(item_id)
    if waiting is None and item_id not in attempt.answers:
        abort(404)
    if waiting is not None:
        try:
            open_answers.mark_own(current_site(), signed_in().id, waiting.number, met=request.form.getlist("met"))
        except NotWaiting:
            abort(404)


def _quiz_or_404(course_id: str, module_id: str) -> tuple[Course, Module, Quiz]:
    course = course_or_404(course_id)
    module = next((module for module in course.modules if module.id == module_id), None)
    quiz = (module.quizzes.get(current_language()) or module.quizzes.get(course.source_language)) if module else None
    if module is None or quiz is None:
        abort(404)
    return course, module, quiz


def _attempt_or_404(number: int) -> Sitting:
    """One's own attempt, finished where its time is over."""
    attempt = assess.sitting(current_site(), signed_in().id, number)
    if attempt is not None and attempt.finished_at is None and request.method == "GET" and timing.is_over(current_site(), attempt.ends_at):
        assess.settle(current_site(), signed_in().id, number)
        attempt = assess.sitting(current_site(), signed_in().id, number)
    if attempt is None:
        abort(404)
    return attempt


def _item_or_404(course_id: str, item_ids: Collection[str], item_id: str) -> tuple[Item, str]:
    """The item in the page's language, else in the course's own, and which of them it is."""
    found = current_site().courses.current.item_nearest(course_id, item_id, current_language()) if item_id in item_ids else None
    return found or abort(404)


def _item_page(attempt: Sitting, item_id: str, wrong: str | None = None) -> str:
    item, _language = _item_or_404(attempt.course_id, attempt.item_ids, item_id)
    site = current_site()
    given = attempt.answers.get(item_id)
    view = item_view(attempt.course_id, item, given or attempt.waiting.get(item_id), seed=attempt.seed, wrong=wrong)
    line = None
    if given is not None and item.measured in site.framework.skills:
        person = signed_in()
        known = skills.report(site, person.id, person.target_role)
        line = next((line for line in known.lines + known.other_lines if line.skill.id == item.skill), None)
    report = reports.of_answers(site, signed_in().id, [given.sequence]).get(given.sequence) if given else None
    _course, _module, quiz = _quiz_or_404(attempt.course_id, attempt.module_id)
    return render_template(
        "learn/item.html",
        attempt=attempt,
        quiz=quiz,
        course=_course,
        view=view,
        line=line,
        report=report,
        skill=site.framework.skills.get(item.skill or ""),
        position=attempt.item_ids.index(item_id) + 1,
        seconds_left=_seconds_left(attempt),
    )


def _seconds_left(attempt: Sitting) -> int | None:
    """Until a timed attempt is over; None where it is finished or may take as long as it likes."""
    if attempt.ends_at is None or attempt.finished_at is not None:
        return None
    return max(0, int((attempt.ends_at - current_site().now()).total_seconds()))


def _result(attempt: Sitting) -> str:
    site, person = current_site(), signed_in()
    course, _module, quiz = _quiz_or_404(attempt.course_id, attempt.module_id)
    rows = [
        (item_id, _item_or_404(attempt.course_id, attempt.item_ids, item_id)[0], attempt.answers.get(item_id))
        for item_id in attempt.item_ids
    ]
    report = skills.report(site, person.id, person.target_role)
    touched = {item.measured for _, item, _ in rows}
    lines = [line for line in report.lines + report.other_lines if line.skill.id in touched]
    way = progress.course_progress(course, current_language(), progress.facts(site, person.id))
    return render_template(
        "learn/result.html", attempt=attempt, quiz=quiz, course=course, rows=rows, lines=lines, way=way, step_url=step_url
    )
