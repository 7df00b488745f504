"""One's own data: taken along, erased, and the privacy notice."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import accounts, privacy
from academy.services.form_errors import FormError
from academy.web.account_forms import messages_of
from academy.web.auth import public, role_required, signed_in
from academy.web.rendering import day
from academy.web.requests import current_site

bp = Blueprint("privacy", __name__)
PREFIX = ""

NOTICE_OF = date(2026, 11, 26)
"""When the notice's text was last changed."""
LAW_OF = date(2025, 3, 20)


@bp.get("/privacy")
@public
def show_notice() -> ResponseReturnValue:
    """The privacy notice: what is held, what for, and how to decide about it."""
    site = current_site()
    return render_template(
        "privacy/notice.html",
        operator=current_app.config["OPERATOR"],
        days=site.retention.erasure_days,
        months=site.retention.inactive_months,
        smallest_group=site.min_cell,
        notice_of=NOTICE_OF,
        law_of=LAW_OF,
    )


@bp.get("/account/data")
@role_required(*accounts.ROLES, one_factor=True)
def show_data() -> ResponseReturnValue:
    """Take one's data along, or ask to be erased."""
    return _data_page()


@bp.post("/account/data/download")
@role_required(*accounts.ROLES)
def create_download() -> ResponseReturnValue:
    """Everything held about oneself, as a zip of JSON and CSV."""
    headers = {"Content-Disposition": 'attachment; filename="academy-data.zip"', "Cache-Control": "no-store"}
    return Response(privacy.export(current_site(), signed_in().id), mimetype="application/zip", headers=headers)


@bp.post("/account/data/erase")
@role_required(*accounts.ROLES, one_factor=True)
def submit_erasure() -> ResponseReturnValue:
    """Block the account at once, after the password and a confirmation; it is erased when the term is over."""
    try:
        if "confirm" not in request.form:
            raise FormError(confirm="confirm-erasure")
        due_at = privacy.ask_erasure(current_site(), signed_in().id, password=request.form.get("present", ""))
    except FormError as error:
        return _data_page(error)
    session.clear()
    flash(_("Your account is blocked. On %(day)s everything about you is erased.", day=day(due_at)), "ok")
    return redirect(url_for("learn.show_home"), code=303)


def _data_page(error: FormError | None = None) -> ResponseReturnValue:
    page = render_template("privacy/data.html", errors=messages_of(error), days=current_site().retention.erasure_days)
    return page, 422 if error else 200
