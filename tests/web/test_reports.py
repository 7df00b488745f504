"""A learner says that a question is wrong; an educator sees it with version and answer, and replies."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from academy.core.framework import Framework
from academy.services import accounts, assess, reports
from academy.services.accounts import Person
from academy.services.site import Site
from academy.store.audit import AuditEvent
from academy.store.course_files import CourseLibrary
from academy.store.tables.learning import ItemReport
from tests.conftest import Clock, add_person, client_of, make_app, with_courses
from tests.factories import CHECK, single, take_quiz, write_course

COURSE, MODULE = "ports", "1-first"
QUEUE = "/en/author/reports/"


@pytest.fixture
def small(light_site: Site, tmp_path: Path, framework: Framework) -> Site:
    """A site whose learner kim has answered a quiz and a knowledge check."""
    write_course(tmp_path / "mine", single("first") + single("second"), check=CHECK.format(id="check"))
    site = with_courses(light_site, CourseLibrary([tmp_path / "mine"], frozenset(framework.skills)))
    kim = add_person(site, "kim", "learner").id
    take_quiz(site, kim, COURSE, MODULE, right=1)
    check = site.courses.current.item(COURSE, "check")
    assert check is not None
    assess.answer_check(site, kim, check, course_id=COURSE, language="es", answer="a", submission="x")
    return site


@pytest.fixture
def people(small: Site, tmp_path: Path) -> dict[str, FlaskClient]:
    app = make_app(small, tmp_path)
    kim = the_learner(small)
    found = {name: client_of(app, add_person(small, name, role)) for name, role in (("lea", "learner"), ("eva", "educator"))}
    return {"kim": client_of(app, kim), **found}


def the_learner(site: Site) -> Person:
    person = accounts.find_by_email(site, "kim@example.org")
    assert person is not None
    return person


def rows(site: Site) -> list[ItemReport]:
    with site.database.reading() as session:
        return list(session.exec(select(ItemReport)))


def test_a_link_stands_below_every_answered_question_only(people: dict[str, FlaskClient]) -> None:
    assert "/en/answers/1/report?next=/en/attempts/1/first" in people["kim"].get("/en/attempts/1/first").text
    lesson = people["kim"].get(f"/en/courses/{COURSE}/{MODULE}/1-hello").text
    assert f"/en/answers/3/report?next=/en/courses/{COURSE}/{MODULE}/1-hello%23check" in lesson
    assert "/report?" not in people["lea"].get(f"/en/courses/{COURSE}/{MODULE}/1-hello").text


def test_a_report_keeps_version_and_answer_and_is_answered(people: dict[str, FlaskClient], small: Site) -> None:
    kim, eva = people["kim"], people["eva"]
    form = kim.get("/en/answers/1/report?next=/en/attempts/1/first").text
    assert "Which one?" in form
    assert "Two" in form
    sent = kim.post("/en/answers/1/report", data={"reason": "key", "words": "It is One.\n<b>", "next": "/en/attempts/1/first"})
    assert (sent.status_code, sent.location) == (303, "/en/attempts/1/first")
    (row,) = rows(small)
    versions = small.courses.current.item_versions(COURSE, "first")
    assert (row.key_version, row.text_version, row.language, row.answer) == (versions.key_version, versions.text_versions["es"], "es", "b")

    assert "Reported questions (1)" in eva.get("/en/author/").text
    queue = eva.get(QUEUE).text
    assert all(words in queue for words in ("Which one?", '<span lang="es">Two</span>', "It is One.\n&lt;b&gt;", "ports / first"))
    assert all(version[:12] in queue for version in (row.key_version, row.text_version))
    assert "Kim" not in queue
    assert "/en/author/files/mine/ports/1-first/quiz.es.md#l" in queue
    assert eva.post(f"{QUEUE}{row.id}", data={"action": "resolve", "reply": "True; mended."}).status_code == 303
    assert "Nothing waits" in eva.get(QUEUE).text

    assert "True; mended." in kim.get("/en/attempts/1/first").text
    assert "True; mended." in kim.get("/en/reports").text
    assert "True; mended." not in people["lea"].get("/en/reports").text
    assert "True; mended." in eva.get(QUEUE + "?settled=1").text
    eva.post(f"{QUEUE}{row.id}", data={"action": "undo", "reply": "True; mended."})
    assert "Which one?" in eva.get(QUEUE).text
    assert "was looked at" not in kim.get("/en/attempts/1/first").text
    with small.database.reading() as session:
        actions = session.exec(select(AuditEvent.action).order_by(AuditEvent.id)).all()  # type: ignore[arg-type]  # a column
    assert actions[-2:] == ["report-resolved", "report-reopened"]


def test_a_question_is_shown_as_it_was_read(people: dict[str, FlaskClient], small: Site, tmp_path: Path, framework: Framework) -> None:
    people["kim"].post("/en/answers/1/report", data={"reason": "unclear"})
    assert "It has changed since." not in people["eva"].get(QUEUE).text
    write_course(tmp_path / "mine", single("first", key="a").replace("Which one?", "Which of these?").replace("b) Two", "b) Second"))
    changed = with_courses(small, CourseLibrary([tmp_path / "mine"], frozenset(framework.skills)))
    people["eva"].application.extensions["academy"] = changed
    queue = people["eva"].get(QUEUE).text
    assert "Which one?" in queue
    assert "Two" in queue
    assert "It has changed since." in queue
    write_course(tmp_path / "mine", single("other"))
    people["eva"].application.extensions["academy"] = with_courses(small, CourseLibrary([tmp_path / "mine"], frozenset(framework.skills)))
    assert "It was taken out since." in people["eva"].get(QUEUE).text


def test_others_answers_cannot_be_reported(people: dict[str, FlaskClient], small: Site) -> None:
    for address in ("/en/answers/1/report", "/en/answers/99/report"):
        assert people["lea"].get(address).status_code == 404
        assert people["lea"].post(address, data={"reason": "key"}).status_code == 404
    assert people["eva"].get("/en/answers/1/report").status_code == 403
    assert people["kim"].post(f"{QUEUE}1").status_code == 403
    assert people["eva"].post(f"{QUEUE}77").status_code == 404
    assert rows(small) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [({}, "Choose what is wrong."), ({"reason": "x"}, "Choose what is wrong."), ({"reason": "other", "words": " "}, "Say in a few words"),
     ({"reason": "key", "words": "x" * 1001}, "longer than 1,000 characters")],
)  # fmt: skip
def test_what_cannot_be_taken_is_said(people: dict[str, FlaskClient], small: Site, data: dict[str, str], said: str) -> None:
    page = people["kim"].post("/en/answers/1/report", data=data)
    assert page.status_code == 422
    assert said in page.text
    assert rows(small) == []


def test_a_reply_may_be_too_long(people: dict[str, FlaskClient], small: Site) -> None:
    people["kim"].post("/en/answers/1/report", data={"reason": "key"})
    assert people["eva"].post(f"{QUEUE}{rows(small)[0].id}", data={"reply": "x" * 1001}).status_code == 422
    assert rows(small)[0].resolved_at is None


def test_nobody_is_sent_elsewhere(people: dict[str, FlaskClient]) -> None:
    assert 'name="next" value=""' in people["kim"].get("/en/answers/1/report?next=//evil.example").text
    sent = people["kim"].post("/en/answers/1/report", data={"reason": "key", "next": "https://evil.example"})
    assert sent.location == "/en/reports"


def test_reporting_again_replaces_until_it_was_looked_at(people: dict[str, FlaskClient], small: Site) -> None:
    for reason in ("key", "outdated"):
        people["kim"].post("/en/answers/1/report", data={"reason": reason})
    assert [row.reason for row in rows(small)] == ["outdated"]
    people["eva"].post(f"{QUEUE}{rows(small)[0].id}", data={"reply": "No."})
    people["kim"].post("/en/answers/1/report", data={"reason": "key"})
    assert [row.reason for row in rows(small)] == ["outdated", "key"]


def test_ten_a_day_are_enough(people: dict[str, FlaskClient], small: Site, clock: Clock) -> None:
    kim = the_learner(small).id
    for _ in range(5):
        take_quiz(small, kim, COURSE, MODULE)
    for sequence in range(1, 11):
        reports.report(small, kim, sequence, reason="key", words="\0")
    assert {row.words for row in rows(small)} == {""}, "PostgreSQL keeps no NUL"
    page = people["kim"].post("/en/answers/11/report", data={"reason": "key", "words": "Keep me."})
    assert page.status_code == 429
    assert "Keep me." in page.text
    assert len(rows(small)) == 10
    clock.forward(days=1, seconds=1)
    assert people["kim"].post("/en/answers/11/report", data={"reason": "key"}).status_code == 303
