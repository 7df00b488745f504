"""A timed quiz on the page: the end in words without any script, a clear refusal afterwards, extra time by an admin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from academy.cli import main
from academy.core.framework import Framework
from academy.services import registry, timing
from academy.services.site import Site
from academy.store.db import Database
from tests.conftest import Clock, add_person, client_of, make_app
from tests.services.test_timing import COURSE, MODULE, limited

QUIZ = f"/en/courses/{COURSE}/{MODULE}/quiz"


@pytest.fixture
def timed(new_database: Callable[[str], Database], tmp_path: Path, framework: Framework, clock: Clock) -> Site:
    """A site whose quiz may be taken once, within ten minutes."""
    site = Site(new_database("sqlite"), limited(tmp_path / "courses", framework, "minutes: 10\nattempts: 1\n"), framework, clock)
    registry.sync(site)
    return site


@pytest.fixture
def lena(timed: Site, tmp_path: Path) -> FlaskClient:
    """A learner."""
    return client_of(make_app(timed, tmp_path), add_person(timed, "lena", "learner"))


@pytest.fixture
def ada(timed: Site, tmp_path: Path) -> FlaskClient:
    """An admin."""
    return client_of(make_app(timed, tmp_path), add_person(timed, "ada", "admin"))


def test_the_page_says_how_long_and_how_often(lena: FlaskClient) -> None:
    page = lena.get(QUIZ).text
    assert "Time allowed" in page
    assert "10 min" in page
    assert "1 of 1" in page
    lena.post(QUIZ)
    assert "0 of 1" in lena.get(QUIZ).text
    assert "Go on where you stopped" in lena.get(QUIZ).text


def test_the_question_says_when_the_time_is_over(lena: FlaskClient, clock: Clock) -> None:
    lena.post(QUIZ)
    page = lena.get("/en/attempts/1/one").text
    assert "Less than 10 minutes left." in page
    assert 'The time is over at <time datetime="2026-03-02T15:10:00+00:00">15:10 UTC</time>.' in page
    assert 'role="status"' in page
    clock.forward(minutes=9, seconds=30)
    assert "Less than 1 minute left." in lena.get("/en/attempts/1/one").text


def test_a_late_answer_is_refused_in_words_and_the_result_stands(lena: FlaskClient, clock: Clock) -> None:
    lena.post(QUIZ)
    assert lena.post("/en/attempts/1/one", data={"answer": "b"}).headers["Location"] == "/en/attempts/1/one"
    clock.forward(minutes=11)
    for _ in range(2):  # it closes the attempt, and finds it closed
        late = lena.post("/en/attempts/1/two", data={"answer": "b"})
        assert (late.status_code, late.headers["Location"]) == (303, "/en/attempts/1")
        page = lena.get("/en/attempts/1").text
        assert "The time was over before this answer arrived" in page
    assert "33%. Not yet." in page
    assert "The time was over before 2 questions" in page
    assert lena.get("/en/attempts/1/two").headers["Location"] == "/en/attempts/1"
    assert "About two." not in page
    assert lena.get("/en/attempts/1/one").status_code == 200


def test_opening_the_page_after_the_end_shows_the_result(lena: FlaskClient, clock: Clock) -> None:
    lena.post(QUIZ)
    clock.forward(minutes=11)
    assert "0%. Not yet." in lena.get("/en/attempts/1/one", follow_redirects=True).text


def test_no_attempt_is_left(lena: FlaskClient, clock: Clock) -> None:
    lena.post(QUIZ)
    clock.forward(minutes=11)
    lena.get("/en/attempts/1")
    assert "You have used every attempt that this quiz allows." in lena.get(QUIZ).text
    assert "Take it again" not in lena.get(QUIZ).text
    refused = lena.post(QUIZ)
    assert (refused.status_code, refused.headers["Location"]) == (303, QUIZ)


def test_an_admin_gives_extra_time(timed: Site, lena: FlaskClient, ada: FlaskClient) -> None:
    learner = add_person(timed, "kim", "learner").id
    address = f"/en/admin/accounts/{learner}"
    assert "Extra time" in ada.get(address).text
    assert ada.post(f"{address}/extra-time", data={"per_cent": "50"}).status_code == 303
    assert timing.extra_of(timed, learner) == 50
    assert 'value="50"' in ada.get(address).text
    for wrong in ("-1", "301", "x", "", "9999", "٥"):
        assert ada.post(f"{address}/extra-time", data={"per_cent": wrong}).status_code == 400
    assert lena.post(f"{address}/extra-time", data={"per_cent": "50"}).status_code == 403
    assert ada.post("/en/admin/accounts/999999/extra-time", data={"per_cent": "5"}).status_code == 404
    assert timing.extra_of(timed, learner) == 50


def test_extra_time_by_command(timed: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    learner = add_person(timed, "lena", "learner").id
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))
    monkeypatch.setenv("ACADEMY_DATABASE_URL", timed.database.url)
    assert main(["user", "extra-time", "lena@example.org", "25"]) == 0
    assert timing.extra_of(timed, learner) == 25
    assert main(["user", "extra-time", "lena@example.org", "400"]) == 2
    assert "0 to 300" in capsys.readouterr().err
