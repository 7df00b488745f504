"""The educator's list of questions that learners find wrong, with the version and the answer, and a reply to each."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import reports
from academy.services.reports import LONGEST, SHOWN, ReportError
from academy.web.auth import role_required, signed_in
from academy.web.reports import message, reasons
from academy.web.requests import current_site

bp = Blueprint("report_queue", __name__)
PREFIX = "/author/reports"


@bp.get("/")
@role_required("educator")
def show_queue() -> ResponseReturnValue:
    """The reports that wait, the oldest first; with `?settled=1` those that were looked at."""
    return _page(settled=request.args.get("settled") == "1")


@bp.post("/<int(max=2147483647):report_id>")
@role_required("educator")
def submit_reply(report_id: int) -> ResponseReturnValue:
    """Settle a report with a reply, or take it up again."""
    resolved = request.form.get("action") != "undo"
    try:
        found = reports.reply(current_site(), signed_in().id, report_id, words=request.form.get("reply", ""), resolved=resolved)
    except ReportError as error:
        return _page(settled=False, errors={f"reply-{report_id}": message(error.code)}), 422
    if not found:
        abort(404)
    flash(_("Settled. Whoever reported it sees your reply.") if resolved else _("It waits again."), "ok")
    return redirect(url_for("report_queue.show_queue"), code=303)


def _page(*, settled: bool, errors: dict[str, str] | None = None) -> str:
    site = current_site()
    return render_template(
        "author/reports.html",
        reports=reports.listed(site, resolved=settled),
        waiting=reports.waiting(site),
        settled=settled,
        courses=site.courses.current.courses,
        reasons=reasons(),
        errors=errors or {},
        longest=LONGEST,
        most=SHOWN,
    )
