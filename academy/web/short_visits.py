"""Requests answered before Flask sets to work: who asks, and what every such answer carries, by the application's own rules."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

from flask import Flask
from werkzeug.http import parse_cookie

from academy.services import registry
from academy.services.sessions import Visit
from academy.services.site import Site
from academy.web.auth import TOKEN, Guard
from academy.web.cookies import Cookies
from academy.web.kept_pages import FORM_SECRET
from academy.web.request_log import BEGAN, HEADER, request_name, tell
from academy.web.requests import EXTENSION

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
_STATUS = {200: "200 OK", 303: "303 SEE OTHER", 304: "304 NOT MODIFIED"}


class Answered(NamedTuple):
    """What WSGI is told."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class ShortVisits:
    """An application's visitors, for those of its pages that are answered in front of it."""

    def __init__(self, app: Flask, headers: Mapping[str, str]) -> None:
        """headers: what every answer carries."""
        self.app = app
        self._headers = [*headers.items(), ("Vary", "Accept-Encoding, Cookie")]

    def site(self) -> Site:
        """The site, its courses as they are now."""
        site: Site = self.app.extensions[EXTENSION]
        registry.refresh(site)
        return site

    def cookies(self, environ: Environ) -> Mapping[str, str]:
        """The cookies that the browser sends."""
        return parse_cookie(environ.get("HTTP_COOKIE", ""))

    def held(self, cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
        """What the session cookie holds; None where there is no session, or no form yet."""
        interface = cast(Cookies, self.app.session_interface)
        held = interface.read(self.app, cookies.get(interface.get_cookie_name(self.app), ""))
        return held if TOKEN in held and FORM_SECRET in held else None

    def may_see(self, visit: Visit, guard: Guard) -> bool:
        """Whether the visit may go on as it is."""
        return not visit.stale and not guard.verdict(visit, two_factors=self.app.config["SECOND_FACTOR_REQUIRED"])

    def answered(
        self, environ: Environ, endpoint: str, status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> Answered:
        """The answer with all its headers; it is counted and logged as any other."""
        name = request_name(environ.get("HTTP_X_REQUEST_ID", ""), proxied=self.app.config["HTTPS"])
        tell(name, endpoint, environ["REQUEST_METHOD"], status, time.perf_counter() - environ[BEGAN])
        return Answered(_STATUS[status], [*self._headers, (HEADER, name), *headers], body)
