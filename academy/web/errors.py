"""Errors turned into a page that says what happened, what is safe and what to do."""

from __future__ import annotations

import math
import secrets

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from academy.services import outage
from academy.services.throttle import Throttled
from academy.web import metrics

_PAGES = {400, 403, 404, 405, 413}
_RETRY_SECONDS = 30


def install(app: Flask) -> None:
    """Answer every error with a page in the reader's language."""

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
