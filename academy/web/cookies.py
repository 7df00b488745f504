"""Flask's signed session cookie, read once for many requests: browsers send the very same one until something in it changes."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

_MOST, _SECONDS = 10_000, 60.0
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Cookies(SecureCookieSessionInterface):
    """Cookies with one signer for all requests, and those that were verified within the last minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._signer: URLSafeTimedSerializer | None = None
        self._verified: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._clock = clock

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer; the secret never changes while the application runs."""
        self._signer = self._signer or super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session that the browser brings; an empty one where it brings none that we signed."""
        if self.get_signing_serializer(app) is None:
            return None
        # A copy, lists within it too: what this request changes is not what the cookie holds.
        return self.session_class(copy.deepcopy(dict(self.read(app, request.cookies.get(self.get_cookie_name(app), "")))))

    def read(self, app: Flask, value: str) -> Mapping[str, Any]:
        """What a cookie holds: plain values, not to be changed. Nothing where it is none of ours, or too old."""
        kept, now = self._verified.get(value), self._clock()
        if kept is not None and now - kept[0] < _SECONDS:
            return kept[1]
        signer = self.get_signing_serializer(app)
        if signer is None or not value:
            return _NOTHING
        try:
            found: Mapping[str, Any] = signer.loads(value, max_age=int(app.permanent_session_lifetime.total_seconds()))
        except BadSignature:
            return _NOTHING
        if len(self._verified) >= _MOST:
            self._verified.clear()
        self._verified[value] = now, found
        return found
