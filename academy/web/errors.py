"""Errors turned into a page that says what happened, what is safe and what to do."""

from __future__ import annotations

import math
import secrets

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from academy.services import outage, throttle
from academy.services.throttle import Throttled
from academy.web import metrics
from academy.web.auth import guard_of, viewer
from academy.web.requests import address, current_site

_PAGES = {400, 403, 404, 405, 413}
_RETRY_SECONDS = 30


def install(app: Flask) -> None:
    """Answer every error with a page in the reader's language."""
    # Flask's own line would name the address, which may hold the token of a link.
    app.log_exception = lambda exc_info: app.logger.error("failed", exc_info=exc_info)  # type: ignore[method-assign]  # as Flask documents

    @app.errorhandler(CSRFError)
    def _expired_form(_error: CSRFError) -> ResponseReturnValue:
        return render_template("errors/expired.html"), 400

    @app.errorhandler(Throttled)
    def _too_many(error: Throttled) -> ResponseReturnValue:
        page = render_template("errors/too_many.html", minutes=math.ceil(error.seconds / 60))
        return page, 429, {"Retry-After": str(error.seconds)}

    @app.errorhandler(HTTPException)
    def _known(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if error.response is not None or code < 400:
            return error
        _note_refusal(app, code)
        return render_template("errors/error.html", code=code, known=code in _PAGES, reference=""), code

    @app.errorhandler(Exception)
    def _unknown(error: Exception) -> ResponseReturnValue:
        if app.testing:
            raise error
        reference, cause = secrets.token_hex(4).upper(), outage.cause(error)
        metrics.count_error(cause or type(error).__name__)
        app.logger.error("failed", exc_info=error, extra={"reference": reference} | ({"cause": cause} if cause else {}))
        bare = app.jinja_env.get_template("errors/bare.html")
        if cause is not None:
            return bare.render(reference=reference, outage=True), 503, {"Retry-After": str(_RETRY_SECONDS)}
        try:
            return render_template("errors/error.html", code=500, known=False, reference=reference), 500
        except Exception:  # noqa: BLE001  # the page asks who is signed in; without a database this one does not
            return bare.render(reference=reference, outage=False), 500


def _note_refusal(app: Flask, code: int) -> None:
    """Keep who asked for a page that is not for their roles, or for an object that is not theirs, which nobody is told from none.

    A refusal stands whether or not it can be kept.
    """
    guard = guard_of(app.view_functions.get(request.endpoint or ""))
    if guard is None or "anyone" in guard.roles or not (code == 403 or (code == 404 and request.view_args)):
        return
    person = viewer()
    if person is None:
        return
    try:
        throttle.note_refused_access(current_site(), person.id, page=request.endpoint or "", status=code, address=address())
    except Exception as error:
        if outage.cause(error) is None:
            raise
        app.logger.error("a refused access was not kept", exc_info=error)
