"""The educator's pages of open answers: those that wait, and one of them with its rubric."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import open_answers
from academy.services.open_answers import LONGEST_COMMENT, NotWaiting, Queue, ToMark
from academy.web.auth import role_required, signed_in
from academy.web.items import criteria
from academy.web.requests import current_site

bp = Blueprint("answers", __name__)
PREFIX = "/author/answers"
_SHOWN = 100


@bp.get("/")
@role_required("educator")
def show_answers() -> ResponseReturnValue:
    """The answers that wait, the oldest first."""
    queue = open_answers.queue(current_site())
    courses = current_site().courses.current.courses
    return render_template("author/answers.html", queue=queue, shown=queue.answers[:_SHOWN], courses=courses)


@bp.get("/<int(max=2147483647):learner_id>/<int(max=2147483647):number>")
@role_required("educator")
def show_answer(learner_id: int, number: int) -> ResponseReturnValue:
    """One answer beside its rubric; nothing says whose it is."""
    queue = open_answers.queue(current_site())
    answer = _answer_or_404(queue, learner_id, number)
    return render_template(
        "author/answer.html",
        answer=answer,
        course=current_site().courses.current.courses[answer.course_id],
        criteria=criteria(answer.item),
        others=len(queue.answers) - 1,
        longest_comment=LONGEST_COMMENT,
    )


@bp.post("/<int(max=2147483647):learner_id>/<int(max=2147483647):number>")
@role_required("educator")
def submit_answer(learner_id: int, number: int) -> ResponseReturnValue:
    """Mark an answer and go on to the next."""
    site = current_site()
    following = open_answers.queue(site).after(learner_id, number)
    met, comment = request.form.getlist("met"), request.form.get("comment", "")
    try:
        open_answers.mark(site, signed_in().id, learner_id, number, met=met, comment=comment)
    except NotWaiting:
        flash(_("That answer does not wait any more: somebody has marked it, or its question has changed."), "warn")
    else:
        flash(_("Marked. Its writer sees it now."), "ok")
    if following is None:
        return redirect(url_for("answers.show_answers"), code=303)
    return redirect(url_for("answers.show_answer", learner_id=following.learner_id, number=following.number), code=303)


def _answer_or_404(queue: Queue, learner_id: int, number: int) -> ToMark:
    found = next((answer for answer in queue.answers if (answer.learner_id, answer.number) == (learner_id, number)), None)
    return found or abort(404)
