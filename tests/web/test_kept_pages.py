"""Lessons that are rendered once: whoever sees something else gets another page, and nobody gets another's tokens."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from academy.core.framework import Framework
from academy.services import profiles, progress, reports, role_grants
from academy.services.profiles import Profile
from academy.services.progress import LessonState
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from tests.conftest import Clock, add_person, client_of, make_app, with_courses
from tests.factories import CHECK, single, take_quiz, write_course

COURSE, MODULE, LESSON = "ports", "1-first", "1-hello"
TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]+|(?<=name="submission" value=")[^"]+')
URL = f"/en/courses/{COURSE}/{MODULE}/{LESSON}"


@pytest.fixture
def small(site: Site, tmp_path: Path, framework: Framework) -> Site:
    """The site with one small course."""
    write_course(tmp_path / "courses", single("one"), check=CHECK.format(id="check"))
    return with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


@pytest.fixture
def app(small: Site, tmp_path: Path) -> Flask:
    """Its application."""
    return make_app(small, tmp_path)


def tag(client: FlaskClient) -> str:
    response = client.get(URL)
    assert response.status_code == 200
    return response.headers["ETag"]


def tokens(client: FlaskClient) -> set[str]:
    return set(TOKEN.findall(client.get(URL).text))


def test_a_browser_that_has_the_page_is_told_so(small: Site, app: Flask) -> None:
    lena = client_of(app, add_person(small, "lena", "learner"))
    first = lena.get(URL)
    again = lena.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in again.headers["Vary"]


def test_everything_that_the_page_shows_is_in_its_tag(small: Site, app: Flask, clock: Clock) -> None:
    person = add_person(small, "lena", "learner")
    lena, seen = client_of(app, person), []
    acts = (
        lambda: None,
        lambda: profiles.change_preferences(small, person.id, theme="dark"),
        lambda: lena.post(f"{URL}/checks/check", data={"answer": "a", "submission": "x"}),
        lambda: lena.post(f"{URL}/checks/check", data={"answer": "b", "submission": "y"}),
        lambda: reports.report(small, person.id, 2, reason="unclear", words=""),
        lambda: reports.reply(small, person.id, 1, words="Mended.", resolved=True),
        lambda: take_quiz(small, person.id, COURSE, MODULE),
        lambda: progress.finish_lesson(small, person.id, COURSE, MODULE, LESSON),
    )
    for act in acts:
        act()
        clock.forward(minutes=2)
        seen.append(tag(lena))
        assert tag(lena) == seen[-1]
    assert len(set(seen)) == len(seen)


def test_what_is_kept_is_what_would_be_rendered(small: Site, app: Flask, tmp_path: Path) -> None:
    person = add_person(small, "lena", "learner")
    lena = client_of(app, person)
    for act in (lambda: None, lambda: lena.post(f"{URL}/checks/check", data={"answer": "a"})):
        act()
        pages = [TOKEN.sub("", client.get(URL).text) for client in (lena, lena, client_of(make_app(small, tmp_path), person))]
        assert pages[0] == pages[1] == pages[2]


def test_everybody_gets_their_own_tokens_and_they_work(small: Site, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    people = [add_person(small, name, "learner") for name in ("lena", "kim")]
    clients = [client_of(app, person) for person in people]
    found = [tokens(client) for client in clients]
    assert len(found[0]) == len(found[1]) == 2
    assert found[0].isdisjoint(found[1])
    page = clients[1].get(URL).text
    form = dict(re.findall(r'name="(csrf_token|submission)" value="([^"]+)"', page))
    assert clients[1].post(f"{URL}/checks/check", data={**form, "answer": "a"}).status_code == 303
    assert clients[0].post(f"{URL}/checks/check", data={**form, "answer": "a"}).status_code == 400
    assert tag(clients[0]) != tag(clients[1])


def test_one_learners_answer_shows_on_no_other_page(small: Site, app: Flask) -> None:
    lena, kim = (client_of(app, add_person(small, name, "learner")) for name in ("lena", "kim"))
    kim.get(URL)
    lena.post(f"{URL}/checks/check", data={"answer": "a"})
    assert "The idea" in lena.get(URL).text
    assert "The idea" not in kim.get(URL).text


def test_an_answer_given_while_the_page_is_made_is_kept_for_nobody(
    small: Site, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = add_person(small, "lena", "learner")
    lena, elsewhere = client_of(app, person), client_of(make_app(small, tmp_path), person)
    kim, kept = client_of(app, add_person(small, "kim", "learner")), app.extensions["kept_pages"].pages
    real = progress.open_lesson

    def overtaken(*given: Any) -> LessonState:
        monkeypatch.setattr(progress, "open_lesson", real)
        state = real(*given)
        elsewhere.post(f"{URL}/checks/check", data={"answer": "a"})
        return state

    monkeypatch.setattr(progress, "open_lesson", overtaken)
    lena.get(URL)
    assert "The idea" not in kim.get(URL).text
    before = len(kept)
    app.extensions["kept_pages"].ways.clear()
    monkeypatch.setattr(progress, "open_lesson", overtaken)
    lena.get(URL)
    assert len(kept) == before, "nor under the answers that there were before"
    assert "The idea" in lena.get(URL).text


def test_a_message_is_shown_once_and_kept_nowhere(small: Site, app: Flask) -> None:
    lena = client_of(app, add_person(small, "lena", "learner"))
    lena.get(URL)
    with lena.session_transaction() as session:
        session["_flashes"] = [("ok", "Only this once")]
    assert "Only this once" in lena.get(URL).text
    assert "Only this once" not in lena.get(URL).text


def test_a_strangers_page_is_not_a_learners(small: Site, app: Flask) -> None:
    stranger, lena = app.test_client(), client_of(app, add_person(small, "lena", "learner"))
    assert "Sign in" in stranger.get(URL).text
    assert "I finished; go on" in lena.get(URL).text
    assert "I finished; go on" not in stranger.get(URL).text


@pytest.mark.parametrize("answered", [0, 1])
def test_a_page_costs_one_query_and_another_for_what_came_of_answers(
    small: Site, app: Flask, answered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lena = client_of(app, add_person(small, "lena", "learner"))
    lena.get(URL)
    if answered:
        lena.post(f"{URL}/checks/check", data={"answer": "a"})
        lena.get(URL)
    statements: list[object] = []
    select = Database.select
    monkeypatch.setattr(Database, "select", lambda *given: statements.append(given[1]) or select(*given))  # type: ignore[func-returns-value]
    event.listen(small.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    lena.get(URL)
    assert len(statements) == 1 + answered, statements


def test_two_first_visits_at_once_are_one(small: Site) -> None:
    person = add_person(small, "lena", "learner")
    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(lambda _: progress.open_lesson(small, person.id, COURSE, MODULE, LESSON, ["check"]), range(16)))
    assert {state.key for state in states} == {states[0].key}
    assert len(states[0].done.visits) == 1


def test_the_profile_does_not_change_a_lesson(small: Site, app: Flask) -> None:
    person = add_person(small, "lena", "learner")
    lena = client_of(app, person)
    before = tag(lena)
    profiles.change_profile(small, person.id, Profile("Lena", "en", "MX-NLE", "", "PD-WRL-003"))
    assert tag(lena) == before


def test_what_is_found_on_the_short_way_is_what_the_application_answers(small: Site, app: Flask) -> None:
    lena = client_of(app, add_person(small, "lena", "learner"))
    lena.get(URL)
    short = [lena.get(URL), lena.get(URL, headers={"If-None-Match": lena.get(URL).headers["ETag"]})]
    app.extensions["kept_pages"].ways.clear()
    long = [lena.get(URL), lena.get(URL, headers={"If-None-Match": short[0].headers["ETag"]})]
    for here, there in zip(short, long, strict=True):
        assert here.status == there.status
        assert TOKEN.sub("", here.text) == TOKEN.sub("", there.text)
        told = [{name: value for name, value in found.headers if name != "X-Request-ID"} for found in (here, there)]
        assert told[0] == told[1]


@pytest.mark.parametrize(
    ("accepted", "coding", "read"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
        ("gzip;q=0", None, bytes),
        ("", None, bytes),
    ],
)
def test_a_compressed_page_is_the_page(small: Site, app: Flask, accepted: str, coding: str | None, read: Callable[[bytes], bytes]) -> None:
    lena = client_of(app, add_person(small, "lena", "learner"))
    plain = lena.get(URL).text
    found = lena.get(URL, headers={"Accept-Encoding": accepted})
    assert found.headers.get("Content-Encoding") == coding
    assert TOKEN.sub("", read(found.data).decode()) == TOKEN.sub("", plain)
    assert TOKEN.findall(read(found.data).decode())[0] == TOKEN.findall(plain)[0]


@pytest.fixture
def dispatched(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses for which the application itself set to work."""
    found: list[str] = []
    real = app.full_dispatch_request
    monkeypatch.setattr(app, "full_dispatch_request", lambda *given: found.append(request.path) or real(*given))  # type: ignore[func-returns-value]
    return found


def test_a_kept_page_is_answered_on_the_short_way(small: Site, app: Flask, dispatched: list[str]) -> None:
    lena = client_of(app, add_person(small, "lena", "learner"))
    for _ in range(3):
        lena.get(URL)
    assert dispatched == [URL]


def test_what_is_unusual_is_left_to_the_application(
    small: Site, app: Flask, dispatched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = add_person(small, "lena", "learner")
    lena = client_of(app, person)
    lena.get(URL)

    def goes_the_long_way() -> int:
        before = len(dispatched)
        status = lena.get(URL).status_code
        assert len(dispatched) == before + 1
        return status

    with lena.session_transaction() as session:
        session["_flashes"] = [("ok", "Only this once")]
    assert goes_the_long_way() == 200
    app.testing = False
    with monkeypatch.context() as outage:
        outage.setattr(Database, "select", _away)
        assert goes_the_long_way() == 503
    role_grants.grant(small, person.id, "educator", by=None)
    assert goes_the_long_way() == 200
    assert lena.post("/en/sign-out").status_code == 303
    assert goes_the_long_way() == 200


def _away(*_: object) -> None:
    raise OperationalError("SELECT", {}, Exception("gone"), connection_invalidated=True)
