"""The placement's pages: no verdict before the end, no answer twice, skipping that can be undone."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.core.framework import Framework
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from tests.conftest import add_person, client_of, make_app, with_courses
from tests.factories import single, write_course

COURSE, MODULE = "ports", "1-first"


@pytest.fixture
def bank(light_site: Site, tmp_path: Path, framework: Framework) -> Site:
    """A site with 24 questions of one skill, in both languages."""
    write_course(tmp_path / "courses", "".join(single(f"q{at}") for at in range(24)), languages=("es", "en"))
    return with_courses(light_site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


@pytest.fixture
def app(bank: Site, tmp_path: Path) -> Flask:
    return make_app(bank, tmp_path)


def begin(client: FlaskClient) -> str:
    """Begin, and the address of the sitting."""
    response = client.post("/en/placement")
    assert response.status_code == 303
    return str(response.location)


def fields(page: str) -> dict[str, str]:
    """What the form of a question brings back."""
    return {name: html.unescape(value) for name, value in re.findall(r'name="(question|shown)" value="([^"]*)"', page)}


def go_through(client: FlaskClient, address: str, answer: str = "b") -> str:
    """Answer all questions; the last page."""
    while 'name="question"' in (page := client.get(address).text):
        client.post(address, data={**fields(page), "answer": answer})
    return page


@pytest.mark.parametrize("address", ["/en/placement", "/en/placement/1", "/en/placement/1/1"])
def test_strangers_are_asked_to_sign_in_and_others_refused(stranger: FlaskClient, mo: FlaskClient, address: str) -> None:
    assert stranger.get(address).location.startswith("/en/sign-in?next=")
    assert mo.get(address).status_code == 403


@pytest.mark.parametrize("address", ["/en/placement/1", "/en/placement/1/1", "/en/placement/2147483648"])
def test_what_is_not_there_is_404(lena: FlaskClient, address: str) -> None:
    assert lena.get(address).status_code == 404


def test_nobody_sees_anothers(lena: FlaskClient, app: Flask, bank: Site) -> None:
    address = begin(lena)
    kim = client_of(app, add_person(bank, "kim", "learner"))
    assert kim.get(address).status_code == 404
    assert kim.post(address, data={"answer": "b"}).status_code == 404
    assert kim.post(f"{address}/finish").status_code == 404


def test_an_answer_is_recorded_without_a_verdict(lena: FlaskClient) -> None:
    address = begin(lena)
    first = lena.get(address).text
    response = lena.post(address, data={**fields(first), "answer": "a"})
    assert (response.status_code, response.location) == (303, address)
    second = lena.get(address).text
    assert fields(second)["question"] != fields(first)["question"]
    for page in (first, second):
        assert "About one" not in page
        assert "Because." not in page
        assert "opt--right" not in page
    assert lena.get(f"{address}/1").status_code == 404, "explained at the end, not before"


def test_sending_again_answers_nothing_else(lena: FlaskClient) -> None:
    address = begin(lena)
    first = fields(lena.get(address).text)
    for _ in range(3):
        assert lena.post(address, data={**first, "answer": "b"}).status_code == 303
    assert "Question 2" in lena.get(address).text
    assert lena.post(address, data={"answer": "b"}).status_code == 303, "a form that names no question answers none"
    assert "Question 2" in lena.get(address).text


@pytest.mark.parametrize("answer", ["", "z", "a" * 5000])
def test_what_cannot_be_read_is_asked_again(lena: FlaskClient, answer: str) -> None:
    address = begin(lena)
    page = lena.get(address).text
    response = lena.post(address, data={**fields(page), "answer": answer})
    assert response.status_code == 422
    assert fields(response.text)["question"] == fields(page)["question"]
    assert f'href="/es{address[3:]}"' in response.text, "the other language is one click away"
    assert "Question 1" in lena.get(address).text


def test_the_end_tells_what_is_decided_explains_and_lets_one_skip(lena: FlaskClient) -> None:
    address = begin(lena)
    page = go_through(lena, address)
    assert "Demonstrated: 1." in page
    assert "You may skip" in page
    shown = lena.get(f"{address}/1").text
    assert "Because." in shown
    assert "About two" in shown
    back = {"course": COURSE, "module": MODULE, "next": address}
    response = lena.post("/en/placement/skips", data=back)
    assert (response.status_code, response.location) == (303, address)
    course = lena.get(f"/en/courses/{COURSE}").text
    assert "(skipped)" in course
    assert "0 of 2 steps done, 1 skipped" in course
    lena.post("/en/placement/skips", data={**back, "undo": "1", "next": "https://elsewhere.example"})
    assert "(skipped)" not in lena.get(f"/en/courses/{COURSE}").text
    assert "See the result of your last test" in lena.get("/en/placement").text


def test_what_was_not_demonstrated_cannot_be_skipped(lena: FlaskClient) -> None:
    assert lena.post("/en/placement/skips", data={"course": COURSE, "module": MODULE}).status_code == 400
    assert lena.post("/en/placement/skips", data={"course": "none", "module": MODULE}).status_code == 404
    assert lena.post("/en/placement/skips", data={"course": COURSE, "module": "none"}).status_code == 404
    assert "You may skip" not in go_through(lena, begin(lena), answer="a")


def test_one_may_stop_and_go_on(lena: FlaskClient) -> None:
    address = begin(lena)
    assert begin(lena) == address
    assert "Go on where you stopped" in lena.get("/en/placement").text
    assert "Go on with your test" in lena.get("/en/").text
    assert lena.post(f"{address}/finish").location == address
    page = lena.get(address).text
    assert "Not known: 1, and that is not a zero." in page
    assert 'name="question"' not in page


def test_the_question_follows_the_readers_language(lena: FlaskClient) -> None:
    address = begin(lena)
    here, there = (fields(lena.get(f"/{language}{address[3:]}").text)["question"] for language in ("en", "es"))
    assert here == there


def test_too_few_questions_are_said(lena: FlaskClient, bank: Site, tmp_path: Path, framework: Framework) -> None:
    write_course(tmp_path / "few", single("q0"))
    few = make_app(with_courses(bank, CourseLibrary([tmp_path / "few"], frozenset(framework.skills))), tmp_path)
    client = client_of(few, add_person(bank, "kim", "learner"))
    page = client.get("/en/placement").text
    assert "There is nothing to ask right now" in page
    assert "too few questions" in page
    assert client.post("/en/placement").location == "/en/placement"
    assert "Show what you already know" not in client.get("/en/").text
