"""Errors turned into a page that says what happened, what is safe and what to do."""

from __future__ import annotations

import secrets

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

_PAGES = {400, 403, 404, 405, 413}


def install(app: Flask) -> None:
    """Answer every error with a page in the reader's language."""

    @app.errorhandler(CSRFError)
    def _expired_form(_error: CSRFError) -> ResponseReturnValue:
        return render_template("errors/expired.html"), 400

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
        reference = secrets.token_hex(4).upper()
        app.logger.error("reference %s: %s %s", reference, request.method, request.path, exc_info=error)
        return render_template("errors/error.html", code=500, known=False, reference=reference), 500
