"""The review's pages: what fades, a ration of one's own size, explained answers that count once."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from academy.core.framework import Framework
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from academy.store.tables.learning import Response
from tests.conftest import Clock, add_person, client_of, make_app, with_courses
from tests.factories import single, take_quiz, write_course

COURSE, MODULE = "ports", "1-first"


@pytest.fixture
def bank(light_site: Site, tmp_path: Path, framework: Framework) -> Site:
    """A site with 8 questions of one skill, in both languages."""
    write_course(tmp_path / "courses", "".join(single(f"q{at}") for at in range(8)), languages=("es", "en"))
    return with_courses(light_site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


@pytest.fixture
def app(bank: Site, tmp_path: Path) -> Flask:
    return make_app(bank, tmp_path)


@pytest.fixture
def rusty(app: Flask, bank: Site, clock: Clock) -> FlaskClient:
    """A learner who took the quiz a month ago."""
    person = add_person(bank, "rut", "learner")
    take_quiz(bank, person.id, COURSE, MODULE)
    clock.forward(days=30)
    return client_of(app, person)


def fields(page: str) -> dict[str, str]:
    """What the form of a question brings back."""
    return {name: html.unescape(value) for name, value in re.findall(r'name="(question|shown)" value="([^"]*)"', page)}


def responses(site: Site) -> list[Response]:
    with site.database.reading() as session:
        return list(session.exec(select(Response).where(Response.purpose == "review")).all())


@pytest.mark.parametrize("address", ["/en/review", "/en/review/1", "/en/review/1/1"])
def test_strangers_are_asked_to_sign_in_and_others_refused(stranger: FlaskClient, mo: FlaskClient, address: str) -> None:
    assert stranger.get(address).location.startswith("/en/sign-in?next=")
    assert mo.get(address).status_code == 403


@pytest.mark.parametrize("address", ["/en/review/1", "/en/review/1/1", "/en/review/2147483648"])
def test_what_is_not_there_is_404(lena: FlaskClient, address: str) -> None:
    assert lena.get(address).status_code == 404


def test_before_the_first_answer_there_is_nothing_to_keep(lena: FlaskClient) -> None:
    assert "Nothing to keep yet" in lena.get("/en/review").text
    assert lena.post("/en/review").location == "/en/review"
    assert "Refresh “" not in lena.get("/en/").text


def test_home_and_skills_lead_to_what_fades(rusty: FlaskClient) -> None:
    for address in ("/en/", "/en/skills"):
        page = rusty.get(address).text
        assert 'href="/en/review"' in page
    assert "it has faded since" in rusty.get("/en/").text
    assert "one right answer brings it back" in rusty.get("/en/review").text


def test_an_answer_counts_once_is_explained_and_brings_the_skill_back(rusty: FlaskClient, bank: Site) -> None:
    address = str(rusty.post("/en/review").location)
    assert rusty.get(address).location == f"{address}/1"
    page = rusty.get(f"{address}/1").text
    assert "Because." not in page
    assert "opt--right" not in page
    form = {**fields(page), "answer": "b", "effort": "easy"}
    for _ in range(2):
        assert rusty.post(f"{address}/1", data=form).location == f"{address}/1"
    assert [(found.score, found.effort, found.seconds) for found in responses(bank)] == [(1.0, "easy", 0)]
    page = rusty.get(f"{address}/1").text
    assert "Because." in page
    assert "It counts as retained until" in page
    for position in (2, 3):
        form = {**fields(rusty.get(f"{address}/{position}").text), "skip": "1"}
        rusty.post(f"{address}/{position}", data=form)
    assert "Enough for today" in rusty.get(address).text
    assert "You reviewed 3 questions today." in rusty.get("/en/review").text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"effort": "none"}, 400),
        ({"question": "ports/none"}, 400),
        ({"question": ""}, 400),
        ({"answer": "z"}, 422),
        ({"answer": ""}, 422),
        ({"shown": "²"}, 303),
        ({"shown": "9" * 40}, 303),
        ({"shown": "-5"}, 303),
    ],
)
def test_what_a_form_should_not_bring(rusty: FlaskClient, bank: Site, change: dict[str, str], status: int) -> None:
    address = f"{rusty.post('/en/review').location}/1"
    form = {**fields(rusty.get(address).text), "answer": "b", **change}
    response = rusty.post(address, data=form)
    assert response.status_code == status
    assert [found.seconds for found in responses(bank)] == ([None] if status == 303 else [])
    if status == 422:
        assert f'href="/es{address[3:]}"' in response.text


def test_a_slow_answer_is_measured(rusty: FlaskClient, bank: Site, clock: Clock) -> None:
    address = f"{rusty.post('/en/review').location}/1"
    form = {**fields(rusty.get(address).text), "answer": "b"}
    clock.forward(seconds=200)
    rusty.post(address, data=form)
    assert [found.seconds for found in responses(bank)] == [200]


@pytest.mark.parametrize("position", [0, 4])
def test_positions_are_those_of_the_ration(rusty: FlaskClient, position: int) -> None:
    address = f"{rusty.post('/en/review').location}/{position}"
    assert rusty.get(address).status_code == 404
    assert rusty.post(address, data={"answer": "b"}).status_code == 404


def test_the_ration_is_ones_own(rusty: FlaskClient) -> None:
    assert rusty.post("/en/review/ration", data={"ration": "2"}).location == "/en/review"
    assert 'value="2"' in rusty.get("/en/review").text
    address = str(rusty.post("/en/review").location)
    assert rusty.get(f"{address}/2").status_code == 200
    assert rusty.get(f"{address}/3").status_code == 404


@pytest.mark.parametrize("wanted", ["", "0", "31", "-1", "x", "1.5", "²", "9" * 30])
def test_a_ration_of_no_size_is_refused(rusty: FlaskClient, wanted: str) -> None:
    response = rusty.post("/en/review/ration", data={"ration": wanted})
    assert response.status_code == 422
    assert "Write a number from 1 to 30." in response.text
    assert 'href="/es/review"' in response.text


def test_nobody_sees_anothers(rusty: FlaskClient, app: Flask, bank: Site) -> None:
    address = str(rusty.post("/en/review").location)
    kim = client_of(app, add_person(bank, "kim", "learner"))
    assert kim.get(address).status_code == 404
    assert kim.post(f"{address}/1", data={"answer": "b"}).status_code == 404
