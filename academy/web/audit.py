"""The administrator's reading of the audit log, by action and by person."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import accounts, audit
from academy.web.auth import role_required, signed_in
from academy.web.requests import current_site

bp = Blueprint("audit", __name__)
PREFIX = "/admin"

PER_PAGE = 50
LONGEST_EMAIL = 254
LARGEST_NUMBER = 2**31 - 1


@bp.get("/audit")
@role_required("admin")
def show_log() -> ResponseReturnValue:
    """Events, newest first; that they were read is an event itself."""
    site, action, email = current_site(), request.args.get("action", ""), request.args.get("email", "").strip()[:LONGEST_EMAIL]
    if action and action not in audit.ACTIONS:
        abort(404)
    person = accounts.find_by_email(site, email) if email else None
    events, more = (
        ([], None)
        if email and person is None
        else audit.listing(site, action=action, person_id=person.id if person else None, before=_before_or_404(), limit=PER_PAGE)
    )
    audit.note(site, "log-read", actor=signed_in().id, subject=person.id if person else None, shown=action)
    return render_template(
        "audit/log.html",
        events=events,
        more=more,
        action=action,
        email=email,
        actions=sorted(((name, audit.explain(name, _)) for name in audit.ACTIONS), key=lambda choice: choice[1]),
        explain=lambda name: audit.explain(name, _),
        actors={audit.COMMAND: _("Command line"), audit.SYSTEM: _("The product"), audit.STRANGER: _("A stranger"), "openid": "OpenID"},
        filtered=bool(action or email),
    )


def _before_or_404() -> int | None:
    typed = request.args.get("before", "")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 10 and 1 <= int(typed) <= LARGEST_NUMBER):
        abort(404)
    return int(typed)
