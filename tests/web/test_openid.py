"""Sign-in by OpenID Connect, against a small provider on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from academy.config import SettingError, read_settings
from academy.services import accounts, audit, second_factor
from academy.services.site import Site
from tests.conftest import PASSWORD, Clock, add_person, client_of, make_app

CLIENT, SECRET, BACK = "academy", "a secret of the provider", "https://academy.example.org/openid/return"
KEY = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})


class Provider:
    """What the provider knows: codes it gave out, and how it answers. Tests change the claims, the key and the algorithm."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {"sub": "u-1", "email": "lena@example.org", "email_verified": True, "name": "Lena"}
        self.key, self.issuer = KEY, ""

    def authorize(self, url: str, **changes: str) -> str:
        """What the browser does at the provider; the address it comes back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["client_id"], asked["redirect_uri"], asked["response_type"]) == (CLIENT, BACK, "code")
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"/openid/return?{urlencode({'code': code, 'state': asked['state']} | changes)}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """A token for a code, given once, to who holds the verifier and the client's secret."""
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or asked["code_challenge"] != challenge or authorization != f"Basic {known}":
            return None
        now = int(self.clock.time.timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"]} | self.claims
        return {"access_token": "x", "token_type": "Bearer", "id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)}


@pytest.fixture
def provider(clock: Clock) -> Iterator[Provider]:
    """A provider that answers on this machine."""
    found = Provider(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = {name: f"{found.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            self._answer({"issuer": found.issuer} | place if "well-known" in self.path else {"keys": [KEY.as_dict(private=False)]})

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer(found.token({name: values[0] for name, values in form.items()}, self.headers.get("Authorization", "")))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self, found: object) -> None:
            body = json.dumps(found or {"error": "invalid_grant"}).encode()
            self.send_response(200 if found else 400)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        server.shutdown()


@pytest.fixture
def app(light_site: Site, tmp_path: Path, provider: Provider) -> Flask:
    """The application with that provider."""
    return make_app(
        light_site,
        tmp_path,
        ACADEMY_URL="https://academy.example.org",
        ACADEMY_OPENID_ISSUER=provider.issuer,
        ACADEMY_OPENID_CLIENT=CLIENT,
        ACADEMY_OPENID_SECRET=SECRET,
        ACADEMY_OPENID_NAME="Colegio",
    )


def go(client: FlaskClient, provider: Provider, **changes: str) -> Any:
    """The whole way to the provider and back."""
    return client.get(provider.authorize(client.get("/openid/start?next=/en/courses&language=en").location, **changes))


def is_in(client: FlaskClient) -> bool:
    return client.get("/en/account").status_code == 200


def test_the_first_time_makes_an_account_and_the_next_opens_it(app: Flask, provider: Provider, light_site: Site) -> None:
    client = app.test_client()
    assert "Sign in with Colegio" in client.get("/en/sign-in").text
    assert go(client, provider).location == "/en/courses"
    assert is_in(client)
    person = accounts.find_by_email(light_site, "lena@example.org")
    assert person is not None
    assert (person.name, person.roles) == ("Lena", frozenset({"learner"}))
    provider.claims["email"] = "other@example.org"  # who it is is told by the subject alone
    other = app.test_client()
    go(other, provider)
    assert "lena@example.org" in other.get("/en/account").text
    assert [event.action for event in reversed(audit.listing(light_site, person_id=person.id)[0])] == [
        "account-made", "identity-linked", "signed-in", "signed-in",
    ]  # fmt: skip


def test_the_provider_does_not_stand_in_for_the_code(app: Flask, provider: Provider, light_site: Site, clock: Clock) -> None:
    go(app.test_client(), provider)
    person = accounts.find_by_email(light_site, "lena@example.org")
    assert person is not None
    second_factor.begin(light_site, person.id, password="")
    found = second_factor.enrolment(light_site, person, "Academy")
    assert found is not None
    second_factor.confirm(light_site, person.id, pyotp.TOTP(found.key).at(int(clock.time.timestamp())))
    client = app.test_client()
    assert go(client, provider).location.startswith("/en/sign-in/code")
    assert not is_in(client)
    clock.forward(seconds=30)
    assert client.post("/en/sign-in/code", data={"code": pyotp.TOTP(found.key).at(int(clock.time.timestamp()))}).status_code == 303
    assert is_in(client)


def test_an_answer_serves_once_and_only_the_browser_that_asked(app: Flask, provider: Provider) -> None:
    asks, other = app.test_client(), app.test_client()
    back = provider.authorize(asks.get("/openid/start").location)
    other.get("/openid/start")
    other.get(back)
    assert not is_in(other)
    asks.get(back)
    assert is_in(asks)
    asks.post("/en/sign-out")
    asks.get(back)
    assert not is_in(asks)


@pytest.mark.parametrize(
    "change",
    [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://example.com"}, {"exp": 1}, {"azp": "another"}, {"sub": None}],
    ids=lambda change: next(iter(change)),
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(app: Flask, provider: Provider, light_site: Site, change: dict[str, Any]) -> None:
    provider.claims |= change
    client = app.test_client()
    assert go(client, provider).location == "/en/sign-in" or not is_in(client)
    assert accounts.find_by_email(light_site, "lena@example.org") is None


def test_a_token_by_another_key_is_refused(app: Flask, provider: Provider) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "1"})
    client = app.test_client()
    go(client, provider)
    assert not is_in(client)


@pytest.mark.parametrize("change", [{"state": "another"}, {"code": "another"}, {"iss": "https://example.com"}], ids=str)
def test_an_answer_that_was_tampered_with_is_refused(app: Flask, provider: Provider, change: dict[str, str]) -> None:
    client = app.test_client()
    go(client, provider, **change)
    assert not is_in(client)


def test_an_account_with_the_same_address_is_not_opened(app: Flask, provider: Provider, light_site: Site) -> None:
    add_person(light_site, "lena", "learner", password=PASSWORD)
    client = app.test_client()
    go(client, provider)
    assert not is_in(client)
    assert "There is already an account with your address" in client.get("/en/sign-in").text


def test_whoever_is_signed_in_joins_the_two(app: Flask, provider: Provider, light_site: Site) -> None:
    lena, ana = add_person(light_site, "lena", "learner"), add_person(light_site, "ana", "learner")
    go(client_of(app, lena), provider)
    fresh = app.test_client()
    go(fresh, provider)
    assert "lena@example.org" in fresh.get("/en/account").text
    hers = client_of(app, ana)
    go(hers, provider)
    assert "belongs to somebody else" in hers.get("/en/account/security").text


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email": None}, {"email_verified": "true"}], ids=str)
def test_an_address_that_is_not_verified_makes_no_account(app: Flask, provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims |= claims
    client = app.test_client()
    go(client, provider)
    assert not is_in(client)


def test_a_disabled_account_stays_closed(app: Flask, provider: Provider, light_site: Site) -> None:
    client = app.test_client()
    go(client, provider)
    person = accounts.find_by_email(light_site, "lena@example.org")
    assert person is not None
    accounts.disable(light_site, person.id)
    go(client, provider)
    assert not is_in(client)


def test_without_a_provider_there_is_no_such_page(light_site: Site, tmp_path: Path) -> None:
    client = make_app(light_site, tmp_path).test_client()
    assert client.get("/openid/start").status_code == 404
    assert client.get("/openid/return?code=x&state=y").status_code == 404
    assert "openid" not in client.get("/en/sign-in").text


def test_a_provider_that_is_gone_is_said(light_site: Site, tmp_path: Path) -> None:
    settings = {"ACADEMY_URL": "https://a.example", "ACADEMY_OPENID_CLIENT": "a", "ACADEMY_OPENID_SECRET": "b"}
    client = make_app(light_site, tmp_path, ACADEMY_OPENID_ISSUER="http://127.0.0.1:9", **settings).test_client()
    assert client.get("/openid/start").location.endswith("/sign-in")
    with pytest.raises(SettingError):
        read_settings({"ACADEMY_OPENID_ISSUER": "https://example.org"})
    with pytest.raises(SettingError):
        read_settings({"ACADEMY_OPENID_ISSUER": "http://example.org"} | settings)


def test_starting_the_product_loads_none_of_it() -> None:
    heavy = "authlib, requests, joserfc, pyotp, segno, zxcvbn"
    program = f"import sys, academy.app; print([name for name in '{heavy}'.split(', ') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
