"""The session cookie: read once for many requests, verified again after a while, and never what a request makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSession
from itsdangerous import URLSafeTimedSerializer

from academy.web.cookies import Cookies


@pytest.fixture
def bare() -> Flask:
    """An application of its own, with a secret."""
    app = Flask("bare")
    app.secret_key = "s" * 40
    return app


def signed(app: Flask, value: dict[str, object]) -> str:
    signer = Cookies().get_signing_serializer(app)
    assert signer is not None
    return str(signer.dumps(value))


def opened(cookies: Cookies, app: Flask, value: str) -> SecureCookieSession:
    with app.test_request_context(headers={"Cookie": f"session={value}"}) as context:
        found = cookies.open_session(app, context.request)
    assert found is not None
    return found


def test_what_a_request_changes_is_not_what_the_cookie_holds(bare: Flask) -> None:
    cookies, value = Cookies(), signed(bare, {"_flashes": [["ok", "One"]]})
    first = opened(cookies, bare, value)
    first["_flashes"].append(["ok", "Two"])
    first["more"] = 1
    assert dict(opened(cookies, bare, value)) == {"_flashes": [["ok", "One"]]}


@pytest.mark.parametrize("spoiled", ["x{}", "{}x", ""])
def test_a_cookie_that_we_did_not_sign_holds_nothing(bare: Flask, spoiled: str) -> None:
    cookies, value = Cookies(), signed(bare, {"_user_id": "u"})
    assert opened(cookies, bare, value)["_user_id"] == "u"
    assert dict(opened(cookies, bare, spoiled.format(value))) == {}


def test_a_cookie_is_verified_again_after_a_minute(bare: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    now, verified = [0.0], list[str]()
    real = URLSafeTimedSerializer.loads

    def loads(signer: URLSafeTimedSerializer, value: str, *given: Any, **named: Any) -> Any:
        verified.append(value)
        return real(signer, value, *given, **named)

    monkeypatch.setattr(URLSafeTimedSerializer, "loads", loads)
    cookies, value = Cookies(clock=lambda: now[0]), signed(bare, {"_user_id": "u"})
    for moment in (0.0, 30.0, 59.0, 61.0, 100.0):
        now[0] = moment
        assert cookies.read(bare, value)["_user_id"] == "u"
    assert len(verified) == 2
