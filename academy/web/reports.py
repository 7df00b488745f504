"""A learner's word that a question is wrong: the form, and what became of it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import reports
from academy.services.reports import LONGEST, MOST_A_DAY, REASONS, Asked, ReportError
from academy.web.auth import role_required, signed_in
from academy.web.requests import current_site, local_path

bp = Blueprint("reports", __name__)
PREFIX = ""


@bp.get("/reports")
@role_required("learner")
def show_reports() -> ResponseReturnValue:
    """The learner's own reports, and what was said to them."""
    return render_template("learn/reports.html", reports=reports.own(current_site(), signed_in().id), reasons=reasons())


@bp.get("/answers/<int(max=2147483647):sequence>/report")
@role_required("learner")
def show_report(sequence: int) -> ResponseReturnValue:
    """The form, with the question and the answer that it is about."""
    return _form(_asked_or_404(sequence), sequence)


@bp.post("/answers/<int(max=2147483647):sequence>/report")
@role_required("learner")
def create_report(sequence: int) -> ResponseReturnValue:
    """Keep the report and go back to the question."""
    asked = _asked_or_404(sequence)
    try:
        reports.report(current_site(), signed_in().id, sequence, reason=request.form.get("reason", ""), words=request.form.get("words", ""))
    except ReportError as error:
        return _form(asked, sequence, error.code), 429 if error.code == "too-many" else 422
    flash(_("Thank you. An educator looks at it; the answer will stand beside the question and in your reports."), "ok")
    return redirect(local_path(request.form.get("next")) or url_for("reports.show_reports"), code=303)


def reasons() -> dict[str, str]:
    """What may be wrong, in the reader's language."""
    return {
        "key": _("The answer that counts as right is wrong"),
        "unclear": _("I cannot tell what it asks"),
        "outdated": _("It is out of date"),
        "language": _("The language is wrong: spelling, translation"),
        "other": _("Something else"),
    }


def message(code: str) -> str:
    """What to do about a report or a reply that was not taken."""
    messages: dict[str, str] = {
        "reason-unknown": _("Choose what is wrong."),
        "words-missing": _("Say in a few words what is wrong."),
        "words-long": _("This is longer than %(most)s characters. Shorten it and send it again.", most=f"{LONGEST:,}"),
        "too-many": _("You have sent %(most)s reports within a day. Nothing is lost: send this one tomorrow.", most=MOST_A_DAY),
    }
    return messages[code]


def _asked_or_404(sequence: int) -> Asked:
    return reports.asked(current_site(), signed_in().id, sequence) or abort(404)


def _form(asked: Asked, sequence: int, code: str = "") -> str:
    field = "words" if code.startswith("words") else "reason-key"
    return render_template(
        "learn/report.html",
        asked=asked,
        sequence=sequence,
        reasons=reasons(),
        errors={field: message(code)} if code else {},
        code=code,
        longest=LONGEST,
        back=local_path(request.values.get("next")),
        known=REASONS,
    )
