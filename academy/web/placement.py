"""The placement test: one question a page without a verdict, then what is decided, what is not, and every explanation."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from academy.core.grading import read_answer
from academy.core.items.protocol import AnswerError
from academy.core.measurement import selection
from academy.services import placement, progress, skills, skipping
from academy.services.placement import Sitting, State
from academy.web.auth import role_required, signed_in
from academy.web.items import item_view, seconds_taken, shown_at
from academy.web.learn import course_or_404
from academy.web.requests import current_language, current_site, local_path

bp = Blueprint("placement", __name__)
PREFIX = "/placement"


@bp.get("")
@role_required("learner")
def show_placement() -> ResponseReturnValue:
    """What the test is about and how it works, and a button to begin or to go on."""
    person = signed_in()
    found = placement.overview(current_site(), person.id, person.target_role, current_language())
    return render_template("learn/placement.html", found=found, most=selection.MOST, fewest=selection.FEWEST)


@bp.post("")
@role_required("learner")
def create_placement() -> ResponseReturnValue:
    """Begin a placement, or go on with the open one."""
    person = signed_in()
    number = placement.begin(current_site(), person.id, person.target_role, current_language())
    if number is None:
        flash(_("There is nothing left to ask: see below why."), "warn")
        return redirect(url_for("placement.show_placement"), code=303)
    return redirect(url_for("placement.show_sitting", number=number), code=303)


@bp.get("/<int(max=2147483647):number>")
@role_required("learner")
def show_sitting(number: int) -> ResponseReturnValue:
    """The open question; once the test is finished, what it decided and what not."""
    sitting = _sitting_or_404(number)
    if sitting.finished_at is None and sitting.question is None:
        placement.go_on(current_site(), signed_in().id, number, current_language())
        sitting = _sitting_or_404(number)
    return _result(sitting) if sitting.question is None else _question_page(sitting)


@bp.post("/<int(max=2147483647):number>")
@role_required("learner")
def submit_answer(number: int) -> ResponseReturnValue:
    """Record the answer to the open question, then redirect; one to an earlier question is recorded already."""
    sitting = _sitting_or_404(number)
    question = sitting.question
    if question is not None and request.form.get("question") == "/".join(question.place):
        try:
            answer = None if request.form.get("skip") else read_answer(question.item, request.form.to_dict(flat=False))
        except AnswerError as error:
            g.page = "placement.show_sitting", {"number": number}
            return _question_page(sitting, wrong=error.code), 422
        placement.answer(
            current_site(), signed_in().id, number, question, answer=answer, language=current_language(), seconds=seconds_taken()
        )
    return redirect(url_for("placement.show_sitting", number=number), code=303)


@bp.post("/<int(max=2147483647):number>/finish")
@role_required("learner")
def submit_finish(number: int) -> ResponseReturnValue:
    """End the test now, with what is known."""
    _sitting_or_404(number)
    placement.finish(current_site(), signed_in().id, number)
    return redirect(url_for("placement.show_sitting", number=number), code=303)


@bp.get("/<int(max=2147483647):number>/<int(max=2147483647):position>")
@role_required("learner")
def show_answer(number: int, position: int) -> ResponseReturnValue:
    """One answered question with its explanation, once the test is finished."""
    sitting = _sitting_or_404(number)
    if sitting.finished_at is None or not 1 <= position <= len(sitting.answered):
        abort(404)
    question, given = sitting.answered[position - 1]
    view = item_view(question.course_id, question.item, given, seed=sitting.seed)
    return render_template("learn/placement_answer.html", sitting=sitting, view=view, position=position)


@bp.post("/skips")
@role_required("learner")
def submit_skip() -> ResponseReturnValue:
    """Pass over the lessons of a module whose skills are demonstrated, or take them up again."""
    site, person = current_site(), signed_in()
    course_id, module_id = request.form.get("course", ""), request.form.get("module", "")
    course = course_or_404(course_id)
    if module_id not in {module.id for module in course.modules}:
        abort(404)
    if request.form.get("undo"):
        skipping.take_up(site, person.id, course_id, module_id)
        flash(_("The lessons are back on your way."), "ok")
    else:
        report = skills.report(site, person.id, person.target_role)
        try:
            count = skipping.skip(site, person.id, report, progress.facts(site, person.id), course_id, module_id)
        except skipping.NotDemonstrated:
            abort(400)
        flash(ngettext("%(num)s lesson skipped; it is not done.", "%(num)s lessons skipped; they are not done.", count), "ok")
    return redirect(local_path(request.form.get("next")) or url_for("learn.show_course", course_id=course_id), code=303)


def _sitting_or_404(number: int) -> Sitting:
    sitting = placement.sitting(current_site(), signed_in().id, number, current_language())
    if sitting is None:
        abort(404)
    return sitting


def _question_page(sitting: Sitting, wrong: str | None = None) -> str:
    question = sitting.question
    assert question is not None, "only an open question has a page"
    view = item_view(question.course_id, question.item, None, seed=sitting.seed, wrong=wrong)
    skill = current_site().framework.skills[question.skill_id]
    return render_template(
        "learn/placement_question.html", sitting=sitting, view=view, skill=skill, key="/".join(question.place), shown=shown_at()
    )


def _result(sitting: Sitting) -> str:
    site, person = current_site(), signed_in()
    report = skills.report(site, person.id, sitting.role.id if sitting.role else "")
    lines = {line.skill.id: line for line in report.lines + report.other_lines}
    by_state = {state: [one for one in sitting.skills if one.state is state] for state in State}
    own = skills.report(site, person.id, person.target_role)
    offers = skipping.offers(site, own, progress.facts(site, person.id))
    return render_template("learn/placement_result.html", sitting=sitting, lines=lines, by_state=by_state, offers=offers)
