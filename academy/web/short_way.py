"""Kept pages answered before Flask sets to work: the same cookie, session row, guard and state as its way, and nothing besides."""

from __future__ import annotations

import functools
import gzip
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import brotli
from flask import Flask
from werkzeug.http import parse_accept_header, parse_cookie, parse_etags, quote_etag

from academy.services import outage, registry, sessions
from academy.services.sessions import Visit
from academy.services.site import Site
from academy.web.auth import TOKEN
from academy.web.cookies import Cookies
from academy.web.kept_pages import FORM_SECRET, MESSAGES, Page, Way, address_of, look, of_app, page_key, page_tag
from academy.web.request_log import HEADER, request_name, tell
from academy.web.requests import EXTENSION

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class ShortWay:
    """In front of an application: answers GETs of pages that it keeps, for people who are signed in, and hands on all else.

    Most requests of a course are for a lesson that somebody has read before. Whatever is unusual about one, from a session that
    has ended to a database that is away, is left to the application, which knows what to say.
    """

    def __init__(self, app: Flask, inner: Wsgi, headers: Mapping[str, str]) -> None:
        """headers: what every answer carries."""
        self._app, self._inner = app, inner
        self._compress: dict[str, Callable[[bytes], bytes]] = {
            "br": functools.partial(brotli.compress, quality=app.config["COMPRESS_BR_LEVEL"]),
            "gzip": functools.partial(gzip.compress, compresslevel=app.config["COMPRESS_LEVEL"], mtime=0),
        }
        self._headers = [*headers.items(), ("Vary", "Accept-Encoding, Cookie")]

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        if environ["REQUEST_METHOD"] == "GET":
            began = time.perf_counter()
            try:
                answer = self._answer(environ, began)
            except Exception as error:
                if outage.cause(error) is None:
                    if self._app.testing:
                        raise
                    self._app.logger.error("a kept page was not answered", exc_info=error)
                answer = None
            if answer is not None:
                status, headers, body = answer
                start_response(status, headers)
                return [body]
        return self._inner(environ, start_response)

    def _answer(self, environ: Environ, began: float) -> tuple[str, list[tuple[str, str]], bytes] | None:
        app = self._app
        site: Site = app.extensions[EXTENSION]
        registry.refresh(site)
        library, kept, address = site.courses.current, of_app(app), address_of(environ)
        way = kept.way(library, address)
        if way is None:
            return None
        cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
        held = self._held(cookies)
        visit = self._visit(site, held, way) if held else None
        if held is None or visit is None:
            return None
        page = kept.find(library, page_key(address, look(visit.person, cookies), way.state(visit.person)))
        token = kept.tokens.get(held[FORM_SECRET])
        if page is None or token is None:
            return None
        return self._told(environ, way, page, held[FORM_SECRET], token, began)

    def _held(self, cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
        """What the session cookie holds; None where there is a message to show, or no session, or no forms yet."""
        interface = cast(Cookies, self._app.session_interface)
        held = interface.read(self._app, cookies.get(interface.get_cookie_name(self._app), ""))
        return held if TOKEN in held and FORM_SECRET in held and MESSAGES not in held else None

    def _visit(self, site: Site, held: Mapping[str, Any], way: Way) -> Visit | None:
        visit = sessions.find(site, held[TOKEN])
        if visit is None or visit.stale or way.guard.verdict(visit, two_factors=self._app.config["SECOND_FACTOR_REQUIRED"]):
            return None
        return visit

    def _told(self, environ: Environ, way: Way, page: Page, raw: str, token: str, began: float) -> tuple[str, list[tuple[str, str]], bytes]:
        tag = page_tag(page, raw)
        name = request_name(environ.get("HTTP_X_REQUEST_ID", ""), proxied=self._app.config["HTTPS"])
        headers = [*self._headers, ("ETag", quote_etag(tag, weak=True)), (HEADER, name)]
        if _has(environ.get("HTTP_IF_NONE_MATCH", ""), tag):
            status, body = 304, b""
        else:
            status, body = 200, page.filled(token).encode()
            coding = _coding(environ.get("HTTP_ACCEPT_ENCODING", ""))
            if coding:
                body = self._compress[coding](body)
                headers.append(("Content-Encoding", coding))
            headers += [_TYPE, ("Content-Length", str(len(body)))]
        tell(name, way.endpoint, "GET", status, time.perf_counter() - began)
        return _STATUS[status], headers, body


_TYPE = ("Content-Type", "text/html; charset=utf-8")
_CODINGS = ("br", "gzip")
_STATUS = {200: "200 OK", 304: "304 NOT MODIFIED"}


def _has(known: str, tag: str) -> bool:
    """Whether a browser's list of entity tags names this one."""
    return bool(known) and parse_etags(known).contains_weak(tag)


@functools.lru_cache(64)
def _coding(accepted: str) -> str:
    """The first of our content codings that a browser takes."""
    known = parse_accept_header(accepted)
    return next((coding for coding in _CODINGS if known.quality(coding) > 0), "")
