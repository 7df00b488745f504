"""Review: what fades, a daily ration of questions, and what it kept."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.core.grading import read_answer
from academy.core.items.protocol import AnswerError
from academy.core.measurement.retention import EASY, HELPED
from academy.services import review, skills
from academy.services.questions import Question
from academy.services.review import Sitting
from academy.web.auth import role_required, signed_in
from academy.web.items import item_view, seconds_taken, shown_at
from academy.web.requests import current_language, current_site

bp = Blueprint("review", __name__)
PREFIX = "/review"


@bp.get("")
@role_required("learner")
def show_review() -> ResponseReturnValue:
    """What fades next, and today's ration."""
    return _overview(), 200


@bp.post("")
@role_required("learner")
def create_review() -> ResponseReturnValue:
    """Begin a ration, or go on with the open one."""
    number = review.begin(current_site(), signed_in().id, current_language())
    if number is None:
        return redirect(url_for("review.show_review"), code=303)
    return redirect(url_for("review.show_sitting", number=number), code=303)


@bp.post("/ration")
@role_required("learner")
def submit_ration() -> ResponseReturnValue:
    """Keep how many questions a day's review has."""
    wanted = request.form.get("ration", "")
    try:
        review.set_ration(current_site(), signed_in().id, int(wanted) if wanted.isascii() and wanted.isdigit() else 0)
    except ValueError:
        g.page = "review.show_review", {}
        return _overview(wrong=_("Write a number from %(least)s to %(most)s.", least=review.SMALLEST, most=review.LARGEST)), 422
    flash(_("Saved."), "ok")
    return redirect(url_for("review.show_review"), code=303)


@bp.get("/<int(max=2147483647):number>")
@role_required("learner")
def show_sitting(number: int) -> ResponseReturnValue:
    """The result of a finished review; an open one goes on at its first unanswered question."""
    sitting = _sitting_or_404(number)
    if sitting.next_position is not None:
        return redirect(url_for("review.show_question", number=number, position=sitting.next_position), code=302)
    if sitting.finished_at is None:
        review.settle(current_site(), signed_in().id, number)
    person = signed_in()
    overview = review.overview(current_site(), person.id, current_language())
    touched = {question.skill_id for question in sitting.questions}
    return render_template(
        "learn/review_result.html",
        sitting=sitting,
        found=overview,
        kept=[one for one in overview.fading if one.skill.id in touched],
    )


@bp.get("/<int(max=2147483647):number>/<int(max=2147483647):position>")
@role_required("learner")
def show_question(number: int, position: int) -> ResponseReturnValue:
    """One question of a review: open, or answered and explained."""
    sitting = _sitting_or_404(number)
    return _question_page(sitting, position, _question_or_404(sitting, position))


@bp.post("/<int(max=2147483647):number>/<int(max=2147483647):position>")
@role_required("learner")
def submit_answer(number: int, position: int) -> ResponseReturnValue:
    """Grade and record one answer, then redirect: a reload must not answer twice."""
    sitting = _sitting_or_404(number)
    question = _question_or_404(sitting, position)
    effort = request.form.get("effort", "")
    if effort not in ("", EASY, HELPED) or request.form.get("question") != "/".join(question.place):
        abort(400)
    try:
        answer = None if request.form.get("skip") else read_answer(question.item, request.form.to_dict(flat=False))
    except AnswerError as error:
        g.page = "review.show_question", {"number": number, "position": position}
        return _question_page(sitting, position, question, wrong=error.code), 422
    review.answer(current_site(), signed_in().id, number, question, answer=answer, seconds=seconds_taken(), effort=effort)
    return redirect(url_for("review.show_question", number=number, position=position), code=303)


def _sitting_or_404(number: int) -> Sitting:
    sitting = review.sitting(current_site(), signed_in().id, number, current_language())
    if sitting is None:
        abort(404)
    return sitting


def _question_or_404(sitting: Sitting, position: int) -> Question:
    if not 1 <= position <= len(sitting.questions):
        abort(404)
    return sitting.questions[position - 1]


def _overview(wrong: str = "") -> str:
    found = review.overview(current_site(), signed_in().id, current_language())
    return render_template("learn/review.html", found=found, wrong=wrong, least=review.SMALLEST, most=review.LARGEST)


def _question_page(sitting: Sitting, position: int, question: Question, wrong: str | None = None) -> str:
    site, person = current_site(), signed_in()
    given = sitting.answers.get(question.place)
    line = kept = None
    if given is not None:
        report = skills.report(site, person.id, person.target_role)
        line = next((line for line in report.lines + report.other_lines if line.skill.id == question.skill_id), None)
        fading = review.overview(site, person.id, current_language()).fading
        kept = next((one for one in fading if one.skill.id == question.skill_id), None)
    return render_template(
        "learn/review_question.html",
        sitting=sitting,
        position=position,
        view=item_view(question.course_id, question.item, given, seed=sitting.seed, wrong=wrong),
        skill=site.framework.skills[question.skill_id],
        key="/".join(question.place),
        line=line,
        kept=kept,
        shown=shown_at(),
    )
