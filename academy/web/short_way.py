"""In front of an application: requests made safe to read, and those that come most often answered before Flask sets to work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from academy.services import outage
from academy.web.request_log import BEGAN
from academy.web.short_answers import ShortAnswers
from academy.web.short_pages import ShortPages
from academy.web.short_visits import Answered, Environ, ShortVisits, Wsgi


class ShortWay:
    """Answers what is usual about a kept page or an answer, and hands on all else.

    Whatever is unusual, from a session that has ended to a database that is away, is left to the application, which knows what to
    say. An answer that was recorded, but could not be told, it finds recorded, as if it had been sent twice.
    """

    def __init__(self, app: Flask, inner: Wsgi, headers: Mapping[str, str]) -> None:
        """headers: what every answer carries."""
        visits = ShortVisits(app, headers)
        self._app, self._inner = app, inner
        self._ways = {"GET": ShortPages(visits).answer, "POST": ShortAnswers(visits).answer}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        environ[BEGAN] = time.perf_counter()
        _make_safe(environ)
        answered = self._answer(environ)
        if answered is None:
            return self._inner(environ, start_response)
        start_response(answered.status, answered.headers)
        return [answered.body]

    def _answer(self, environ: Environ) -> Answered | None:
        way = self._ways.get(environ["REQUEST_METHOD"])
        if way is None:
            return None
        try:
            return way(environ)
        except Exception as error:
            if outage.cause(error) is None:
                if self._app.testing:
                    raise
                self._app.logger.error("the short way failed", exc_info=error)
            return None


def _make_safe(environ: Environ) -> None:
    """Let a body that breaks off before its length be an error for whoever reads it, and a referrer that is no address be none."""
    if environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
        environ.pop("wsgi.input_terminated", None)  # the server's word that it ends; Werkzeug would not count then
    try:
        _ = urlsplit(environ.get("HTTP_REFERER", "")).port
    except ValueError:
        del environ["HTTP_REFERER"]
