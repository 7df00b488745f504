"""A name for each request, and a line in the log for each answer: neither says who asked, from where, or for what words."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from flask.logging import default_handler

from academy.services import outage
from academy.web import metrics

HEADER = "X-Request-ID"
BEGAN = "academy.began"
"""Where WSGI's environment says when the request came, by `perf_counter`."""
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_logger = logging.getLogger("academy.requests")


def install(app: Flask, form: str) -> None:
    """Name, time, count and log every request. form: "json", "text", or "off", which leaves errors only, as JSON."""
    _set_up(app.logger, form)
    _set_up(_logger, form)
    _set_up(logging.getLogger("academy.services"), form)
    _logger.setLevel(logging.ERROR if form == "off" else logging.INFO)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line says which of them it is of

    @app.before_request
    def _begin() -> None:
        g.began = request.environ.get(BEGAN) or time.perf_counter()
        g.request_id = request_name(request.headers.get(HEADER, ""), proxied=app.config["HTTPS"])

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers[HEADER] = g.request_id
        tell(g.request_id, request.endpoint or "none", request.method, response.status_code, time.perf_counter() - g.began)
        return response


def request_name(given: str, *, proxied: bool) -> str:
    """What the request is called: the name that it brings, if a proxy may have given it, else one made up.

    proxied: only a proxy may name requests; it stands in front wherever the product is reached over HTTPS.
    """
    return given if proxied and _GIVEN.fullmatch(given) else secrets.token_hex(8)


def tell(request_id: str, endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count an answer and write its line, to the error stream alone: `install` set it up."""
    metrics.count(endpoint, method, status, seconds)
    level = logging.ERROR if status >= 500 else logging.INFO
    if _logger.isEnabledFor(level):
        ms = round(seconds * 1000, 1)
        said = {"request": request_id, "method": method, "endpoint": endpoint, "status": status, "ms": ms}
        for handler in _logger.handlers:
            if isinstance(handler, _Lines):  # without a record, which would take longer than all else about a line
                handler.write(_when(time.time(), level) | said)


def _set_up(logger: logging.Logger, form: str) -> None:
    """Write to the server's error stream, once, in this form."""
    logger.propagate = False
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.addHandler(_Lines(_as_text if form == "text" else _as_json))
    logger.removeHandler(default_handler)


def _when(moment: float, level: int) -> dict[str, Any]:
    """What every line begins with. moment: in seconds since 1970."""
    told = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"time": told, "level": logging.getLevelName(level).lower()}


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says. `endpoint` names the page without the values in its address, which may be secrets."""
    found = _when(record.created, record.levelno)
    if has_request_context():
        found |= {"request": g.get("request_id", ""), "method": request.method, "endpoint": request.endpoint or "none"}
    found |= {name: getattr(record, name) for name in ("reference", "cause") if hasattr(record, name)}
    found["message"] = _message(record)
    if record.exc_info and record.exc_info[1] is not None:
        found["error"], found["trace"] = describe(record.exc_info[1])
    return found


def _message(record: logging.LogRecord) -> str:
    """What the record says; where its values cannot be read, its text without them."""
    with contextlib.suppress(Exception):
        return record.getMessage()
    return str(record.msg)


def describe(error: BaseException) -> tuple[str, list[str]]:
    """An error's kind, and where it happened.

    What it says is left out, as it may quote what somebody typed, but for the first line of what quotes nothing.
    """
    said = (str(error).splitlines() or [""])[0] if outage.quotes_nothing(error) else ""
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__module__}.{type(error).__qualname__}: {said}".rstrip(": "), where


_as_json = json.JSONEncoder(ensure_ascii=False).encode


def _as_text(fields: Mapping[str, Any]) -> str:
    said = [str(value) for name, value in fields.items() if name != "trace"]
    return "\n    ".join([" ".join(said), *fields.get("trace", [])])


class _Lines(logging.Handler):
    """Lines on the server's error stream, if it has one. A line that cannot be made or written fails nothing, whoever logs it."""

    def __init__(self, line: Callable[[Mapping[str, Any]], str]) -> None:
        """line: what a line says, given its fields."""
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Write what a record says."""
        with contextlib.suppress(Exception):  # not `handleError`, which would print the record's values
            self.write(_fields(record))

    def write(self, fields: Mapping[str, Any]) -> None:
        """Write one line at once, so that no other cuts it in two."""
        with contextlib.suppress(Exception):
            stream = request.environ["wsgi.errors"] if has_request_context() else sys.stderr
            stream.write(f"{self._line(fields)}\n")
            stream.flush()
