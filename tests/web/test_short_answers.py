"""Answers recorded before Flask sets to work: the same answer as its way gives, and whatever is unusual is left to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from academy.core.framework import Framework
from academy.services import registry, role_grants
from academy.services.accounts import Person
from academy.services.site import Site
from academy.store import evidence_rows
from academy.store.db import Database
from academy.web.short_answers import ShortAnswers
from academy.web.short_visits import ShortVisits
from tests.conftest import Clock, add_person, client_of, make_app
from tests.factories import take_quiz
from tests.services.test_timing import COURSE, MODULE, limited

QUIZ = f"/en/courses/{COURSE}/{MODULE}/quiz"
ONE = "/en/attempts/2/one"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def site(new_database: Callable[[str], Database], tmp_path: Path, framework: Framework, clock: Clock) -> Site:
    """A site with one quiz of three questions and ten minutes, on SQLite."""
    site = Site(new_database("sqlite"), limited(tmp_path / "courses", framework, "minutes: 10\n"), framework, clock)
    registry.sync(site)
    return site


@pytest.fixture
def app(site: Site, tmp_path: Path) -> Flask:
    """Its application; forms need their tokens."""
    app = make_app(site, tmp_path)
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.fixture
def person(site: Site) -> Person:
    """A learner."""
    return add_person(site, "lena", "learner")


@pytest.fixture
def lena(site: Site, app: Flask, person: Person) -> FlaskClient:
    """That learner, who has taken the quiz once, with the second attempt begun."""
    take_quiz(site, person.id, COURSE, MODULE, "en", right=1)
    client = client_of(app, person)
    assert client.post(QUIZ, data={"csrf_token": token(client)}).status_code == 303
    return client


@pytest.fixture
def dispatched(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of POSTs for which the application itself set to work."""
    found: list[str] = []
    real = app.full_dispatch_request

    def dispatch(*given: Any) -> Any:
        if request.method == "POST":
            found.append(request.path)
        return real(*given)

    monkeypatch.setattr(app, "full_dispatch_request", dispatch)
    return found


def token(client: FlaskClient, url: str = QUIZ) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(url).text)
    assert found is not None
    return found[1]


def send(client: FlaskClient, url: str = ONE, **given: Any) -> TestResponse:
    return client.post(url, data={"csrf_token": token(client), "answer": "b"}, **given)


def responses(site: Site, person: Person) -> dict[str, Any]:
    with site.database.reading() as session:
        return evidence_rows.attempt_responses(session, person.id, 2)


def test_an_answer_is_recorded_on_the_short_way(site: Site, person: Person, lena: FlaskClient, dispatched: list[str]) -> None:
    assert (send(lena).status_code, dispatched) == (303, [])
    found = responses(site, person)
    assert {name: (row.answer, row.score, row.language) for name, row in found.items()} == {"one": ("b", 1.0, "en")}


def test_both_ways_answer_alike(lena: FlaskClient, dispatched: list[str]) -> None:
    short = send(lena)
    long = send(lena, "/en/attempts/2/two", query_string="a=b")
    assert dispatched == ["/en/attempts/2/two"]
    assert short.headers["Location"] == ONE
    assert short.status == long.status
    of_the_body = {"Location", "X-Request-ID", "Content-Length", "Content-Type"}  # Flask's says in words where to go
    told = [{(name, value) for name, value in found.headers if name not in of_the_body} for found in (short, long)]
    assert told[0] == told[1]
    assert {name for name, _ in short.headers} == {name for name, _ in long.headers} - {"Content-Type"}


def test_what_comes_before_the_learner_in_the_address_is_the_language(site: Site, person: Person, lena: FlaskClient) -> None:
    assert send(lena, "/es/attempts/2/one").headers["Location"] == "/es/attempts/2/one"
    assert responses(site, person)["one"].language == "es"


def test_the_same_answer_again_is_the_applications_and_adds_nothing(
    site: Site, person: Person, lena: FlaskClient, dispatched: list[str]
) -> None:
    form = {"csrf_token": token(lena), "answer": "b"}
    assert lena.post(ONE, data=form).status_code == 303
    assert lena.post(ONE, data={**form, "answer": "a"}).status_code == 303
    assert dispatched == [ONE]
    assert [row.answer for row in responses(site, person).values()] == ["b"]


def test_the_answer_that_ends_an_attempt_is_recorded_on_the_short_way_too(lena: FlaskClient, dispatched: list[str]) -> None:
    for item in ("one", "two", "three"):
        assert send(lena, f"/en/attempts/2/{item}").status_code == 303
    assert dispatched == []
    assert "100" in lena.get("/en/attempts/2").text


UNREAD = [
    ({"data": {"answer": "b"}}, 400, "no token"),
    ({"data": {"csrf_token": "x.y.z", "answer": "b"}}, 400, "a token that nobody signed"),
    ({"data": {"answer": "nonsense"}, "own": True}, 422, "an answer that cannot be read"),
    ({"data": {}, "own": True}, 422, "no answer"),
    ({"data": {"skip": "1"}, "own": True}, 303, "a question passed over"),
    ({"data": {"mark": "1"}, "own": True}, 404, "a mark"),
    ({"data": {"answer": "b", "note": "x" * 20_000}, "own": True}, 303, "a long form"),
    ({"data": {"answer": "b"}, "own": True, "content_type": "multipart/form-data"}, 303, "a form in parts"),
    ({"data": {"answer": "b"}, "own": True, "query_string": "a=b"}, 303, "a query"),
    ({"data": {"answer": "b"}, "own": True, "environ_overrides": {"SCRIPT_NAME": "/here"}}, 303, "another root"),
    ({"data": {"answer": "b", "later": "1"}, "own": True}, 303, "a field of another kind"),
    ({"data": {"answer": "b"}, "own": True, "environ_overrides": {"CONTENT_LENGTH": "200"}}, 400, "a body that breaks off"),
    ({"data": {"answer": "b"}, "own": True, "content_type": f"{FORM}; charset=utf-8"}, 303, "another media type"),
]


@pytest.mark.parametrize(("given", "status", "what"), UNREAD, ids=[what for *_, what in UNREAD])
def test_what_is_unusual_about_a_form_is_left_to_the_application(
    given: dict[str, Any], status: int, what: str, lena: FlaskClient, dispatched: list[str]
) -> None:
    own = {"csrf_token": token(lena)} if given.get("own") else {}
    data: Any = {**own, **given["data"]}
    if FORM in given.get("content_type", ""):
        data = urlencode(data)
    options = {name: value for name, value in given.items() if name not in ("data", "own")}
    assert lena.post(ONE, data=data, **options).status_code == status, what
    assert dispatched == [ONE]


def test_a_body_that_breaks_off_records_nothing(site: Site, person: Person, lena: FlaskClient) -> None:
    form = {"csrf_token": token(lena), "answer": "b"}
    length = str(len(urlencode(form)) + 1)
    for url in (ONE, f"{ONE}?a=b"):  # both ways
        cut = lena.post(url, data=form, environ_overrides={"CONTENT_LENGTH": length, "wsgi.input_terminated": True})
        assert cut.status_code == 400
    assert not responses(site, person)


def test_what_is_answered_in_front_is_the_applications_address(app: Flask) -> None:
    assert app.url_map.bind("").match(ONE, "POST") == ("quizzes.submit_item", {"language": "en", "number": 2, "item_id": "one"})
    assert (app.config["WTF_CSRF_FIELD_NAME"], app.config["WTF_CSRF_TIME_LIMIT"]) == ("csrf_token", None)
    assert app.config["WTF_CSRF_METHODS"] >= {"POST"}


def test_staff_who_learn_need_their_second_factor(site: Site, app: Flask, person: Person, lena: FlaskClient, dispatched: list[str]) -> None:
    app.config["SECOND_FACTOR_REQUIRED"] = True
    form = {"csrf_token": token(lena), "answer": "b"}
    role_grants.grant(site, person.id, "manager", by=None)
    for _ in range(2):  # the session gets another token with the first
        assert lena.post(ONE, data=form).headers["Location"] == "/en/account/security"
    assert dispatched == [ONE, ONE]
    assert not responses(site, person)


@pytest.mark.parametrize("url", ["/en/attempts/3/one", "/en/attempts/2/four", "/en/attempts/0/one", "/fr/attempts/2/one"])
def test_what_is_not_ones_own_is_not_there(url: str, site: Site, person: Person, lena: FlaskClient, dispatched: list[str]) -> None:
    assert send(lena, url).status_code == 404
    assert dispatched == [url]
    assert not responses(site, person)


def test_another_learners_attempt_is_not_there(site: Site, app: Flask, person: Person, lena: FlaskClient, dispatched: list[str]) -> None:
    kim = client_of(app, add_person(site, "kim", "learner"))
    assert send(kim).status_code == 404
    assert dispatched == [ONE]
    assert not responses(site, person)


def test_another_sessions_token_is_refused(site: Site, app: Flask, person: Person, lena: FlaskClient, dispatched: list[str]) -> None:
    kim = client_of(app, add_person(site, "kim", "learner"))
    assert lena.post(ONE, data={"csrf_token": token(kim), "answer": "b"}).status_code == 400
    assert dispatched == [ONE]
    assert not responses(site, person)


def test_a_token_is_remembered_once_for_its_session_and_only_if_it_is_short(app: Flask) -> None:
    short, signer = ShortAnswers(ShortVisits(app, {})), URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
    signed = str(signer.dumps("secret"))
    padded = signed + "!" * 4_000  # Base64 passes over it
    assert short._is_signed(padded, "secret")
    assert short._verified == {}
    assert not short._is_signed("", "secret")
    for _ in range(2):
        assert short._is_signed(signed, "secret")
        assert not short._is_signed(signed, "another")
        assert not short._is_signed(f"{signed}-á", "secret")
        assert not any(short._is_signed("", secret) for secret in ("secret", "another", ""))
    assert short._verified == {"secret": signed}


def test_who_is_not_a_learner_is_refused(site: Site, app: Flask, person: Person, lena: FlaskClient, dispatched: list[str]) -> None:
    teacher = client_of(app, add_person(site, "tea", "educator"))
    assert teacher.post(ONE, data={"csrf_token": token(teacher), "answer": "b"}).status_code == 403
    secret = token(lena)
    assert lena.post("/en/sign-out", data={"csrf_token": secret}).status_code == 303
    assert send(lena).headers["Location"] == "/en/sign-in"
    assert dispatched == [ONE, "/en/sign-out", ONE]
    assert not responses(site, person)


def test_a_session_whose_roles_changed_gets_another_token_first(
    site: Site, person: Person, lena: FlaskClient, dispatched: list[str]
) -> None:
    secret = token(lena)
    role_grants.grant(site, person.id, "educator", by=None)
    answer = lena.post(ONE, data={"csrf_token": secret, "answer": "b"})
    assert (answer.status_code, dispatched) == (303, [ONE])
    assert "academy=" in answer.headers["Set-Cookie"]
    assert "one" in responses(site, person)


def test_a_late_answer_is_the_applications(site: Site, person: Person, lena: FlaskClient, clock: Clock, dispatched: list[str]) -> None:
    secret = token(lena)
    clock.forward(minutes=11)
    late = lena.post(ONE, data={"csrf_token": secret, "answer": "b"})
    assert (late.headers["Location"], dispatched) == ("/en/attempts/2", [ONE])
    assert not responses(site, person)


@pytest.mark.parametrize(
    ("referrer", "status", "ways"),
    [
        ("https://academy.test/en/attempts/2/one", 303, []),
        ("https://elsewhere.test/", 400, [ONE]),
        ("https://[x/", 400, [ONE]),
        (None, 400, [ONE]),
    ],
)
def test_over_https_a_form_comes_from_our_own_pages(
    referrer: str | None, status: int, ways: list[str], lena: FlaskClient, dispatched: list[str]
) -> None:
    form = {"csrf_token": token(lena), "answer": "b"}
    headers = {"Referer": referrer} if referrer else {}
    environ = {"wsgi.url_scheme": "https", "HTTP_HOST": "academy.test"}
    lena.set_cookie("academy", lena.get_cookie("academy").value, domain="academy.test")  # type: ignore[union-attr]  # it is there
    assert lena.post(ONE, data=form, headers=headers, environ_overrides=environ).status_code == status
    assert dispatched == ways


def test_a_database_that_is_away_is_told_by_the_application(
    app: Flask, lena: FlaskClient, dispatched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"), connection_invalidated=True)

    form = {"csrf_token": token(lena), "answer": "b"}
    app.testing = False
    with monkeypatch.context() as outage:
        outage.setattr(Database, "select", away)
        assert lena.post(ONE, data=form).status_code == 503
    assert dispatched == [ONE]
    assert lena.post(ONE, data=form).status_code == 303
    assert dispatched == [ONE]
