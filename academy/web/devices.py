"""The browser that asks: what to call it in a list of sessions, and whether an account has signed in with it before."""

from __future__ import annotations

import hashlib
import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from academy.services.accounts import Person

_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip
_COOKIE = "device"
_SECONDS = 180 * 24 * 3600


def device_name(user_agent: str) -> str:
    """Browser and system, such as "Firefox, Android": enough for a person to know it again, little else."""
    names = [next((name for mark, name in known if mark in user_agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in names if name)


def known_device(email: str) -> str:
    """The name of this browser if the account has signed in with it before, else ""."""
    try:
        name, account = _serializer().loads(request.cookies.get(_COOKIE, ""))
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(name) if account == _digest(email) else ""


def remember_device(response: Response, person: Person) -> Response:
    """Let the browser show next time that this account has signed in with it. It lets nobody in."""
    name = known_device(person.email) or secrets.token_urlsafe(16)
    value = _serializer().dumps([name, _digest(person.email)])
    secure = current_app.config["HTTPS"]
    response.set_cookie(_COOKIE, value, max_age=_SECONDS, secure=secure, httponly=True, samesite="Lax")
    return response


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="device")


def _digest(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
