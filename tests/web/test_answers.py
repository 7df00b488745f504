"""The pages of open answers: the queue, one answer, and what its writer sees before and after; links and anchors of lessons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from academy.core.framework import Framework
from academy.services import accounts
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from tests.conftest import add_person, client_of, make_app, with_courses
from tests.factories import OPEN, single, write_course

QUEUE = "/en/author/answers/"
QUIZ = "/en/courses/ports/1-first/quiz"
HOSTILE = "<script>alert(1)</script> {{ 7 * 7 }}\n\nSecond line"


@pytest.fixture
def people(light_site: Site, framework: Framework, tmp_path: Path) -> dict[str, FlaskClient]:
    """A learner and an educator of a course with open questions."""
    items = OPEN.format(id="write", self="") + OPEN.format(id="think", self="`self` ") + single("one")
    write_course(tmp_path / "mine", items, check=OPEN.format(id="check", self=""), languages=("es", "en"))
    site = with_courses(light_site, CourseLibrary([tmp_path / "mine"], frozenset(framework.skills)))
    app = make_app(site, tmp_path)
    return {name: client_of(app, add_person(site, name, role)) for name, role in (("lena", "learner"), ("ed", "educator"))}


def lena_id(site: Site) -> int:
    found = accounts.find_by_email(site, "lena@example.org")
    assert found is not None
    return found.id


def test_only_educators_and_admins_see_answers(
    stranger: FlaskClient, lena: FlaskClient, mo: FlaskClient, ed: FlaskClient, ada: FlaskClient
) -> None:
    assert stranger.get(QUEUE).status_code == 302
    assert [client.get(QUEUE).status_code for client in (lena, mo, ed, ada)] == [403, 403, 200, 200]
    assert "No answer waits" in ed.get(QUEUE).text
    assert ed.get(f"{QUEUE}1/1").status_code == 404
    assert ed.post(f"{QUEUE}1/1").status_code == 303, "it was marked in the meantime: back to the list"


def test_an_answer_is_kept_marked_and_shown(people: dict[str, FlaskClient], light_site: Site) -> None:
    lena, ed = people["lena"], people["ed"]
    lena.post(QUIZ)
    asked = lena.get("/en/attempts/1/write").text
    assert '<textarea class="input" id="write-answer" name="answer"' in asked
    assert "Hangs up" not in asked, "the rubric is not shown before"
    kept = lena.post("/en/attempts/1/write", data={"answer": HOSTILE}, follow_redirects=True).text
    assert "It waits to be marked." in kept
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}\n\nSecond line" in kept
    assert "Hangs up" not in kept
    assert "Because." not in kept
    queue = ed.get(QUEUE).text
    assert "1 answer waits." in queue
    assert "Lena" not in queue
    address = f"{QUEUE}{lena_id(light_site)}/1"
    page = ed.get(address).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Lena" not in page
    assert page.count('<input type="checkbox" name="met"') == 2
    done = ed.post(address, data={"met": ["a"], "comment": "Say <b>whom</b> you call."}, follow_redirects=True).text
    assert "Marked. Its writer sees it now." in done
    assert "No answer waits" in done
    after = lena.get("/en/attempts/1/write").text
    assert "Your answer has 1 of 2 things that a good one has." in after
    assert re.search(r"Hangs up <strong>· In your answer", after)
    assert re.search(r"Calls back <strong>· Missing from your answer", after)
    assert "Say &lt;b&gt;whom&lt;/b&gt; you call." in after
    assert "Because." in after


def test_marking_twice_or_wrongly_says_so_and_changes_nothing(people: dict[str, FlaskClient], light_site: Site) -> None:
    lena, ed = people["lena"], people["ed"]
    lena.post(QUIZ)
    lena.post("/en/attempts/1/write", data={"answer": "I hang up."})
    address = f"{QUEUE}{lena_id(light_site)}/1"
    refused = ed.post(address, data={"met": ["z"]}, follow_redirects=True)
    assert "does not wait any more" in refused.text
    assert ed.get(address).status_code == 200, "it still waits"
    ed.post(address, data={"met": ["a", "b"]})
    assert "does not wait any more" in ed.post(address, data={"met": []}, follow_redirects=True).text
    assert "Your answer has 2 of 2 things" in lena.get("/en/attempts/1/write").text


def test_the_next_answer_follows_and_the_result_comes_last(people: dict[str, FlaskClient], light_site: Site) -> None:
    lena, ed = people["lena"], people["ed"]
    lena.post("/en/courses/ports/1-first/1-hello/checks/check", data={"answer": "First", "submission": "a"})
    assert "It waits to be marked." in lena.get("/en/courses/ports/1-first/1-hello").text
    lena.post(QUIZ)
    lena.post("/en/attempts/1/write", data={"answer": "Second"})
    lena.post("/en/attempts/1/think", data={"answer": "Third"})
    lena.post("/en/attempts/1/one", data={"answer": "b"})
    result = lena.get("/en/attempts/1").text
    assert "1 answer waits to be marked." in result
    assert "Not yet." not in result
    who = lena_id(light_site)
    following = ed.post(f"{QUEUE}{who}/1", data={"met": ["a"]})
    assert following.location == f"{QUEUE}{who}/2"
    assert ed.post(f"{QUEUE}{who}/2", data={"met": ["a", "b"]}).location == QUEUE
    assert "100%. You passed." in lena.get("/en/attempts/1").text
    assert "1 of 2 things" in lena.get("/en/courses/ports/1-first/1-hello").text


def test_learners_mark_their_own_where_the_author_says_so(people: dict[str, FlaskClient]) -> None:
    lena = people["lena"]
    lena.post(QUIZ)
    page = lena.post("/en/attempts/1/think", data={"answer": "No blame."}, follow_redirects=True).text
    assert "Now compare it." in page
    assert page.count('<input type="checkbox" name="met"') == 2
    assert lena.post("/en/attempts/1/think", data={"mark": "1", "met": ["z"]}).status_code == 404
    page = lena.post("/en/attempts/1/think", data={"mark": "1", "met": ["b"]}, follow_redirects=True).text
    assert "Your answer has 1 of 2 things" in page
    assert "You marked it yourself" in page
    assert lena.post("/en/attempts/1/think", data={"mark": "1", "met": ["a", "b"]}, follow_redirects=True).text == page, "once"
    assert lena.post("/en/attempts/1/one", data={"mark": "1"}).status_code == 404
    assert lena.post("/en/courses/ports/1-first/1-hello/checks/check", data={"mark": "1"}).status_code == 404


@pytest.mark.parametrize(("answer", "words"), [("", "Choose or write an answer"), (" \n", "Choose"), ("x" * 4001, "longer than 4,000")])
def test_what_cannot_be_kept_is_said_and_not_lost(people: dict[str, FlaskClient], answer: str, words: str) -> None:
    lena = people["lena"]
    lena.post(QUIZ)
    page = lena.post("/en/attempts/1/write", data={"answer": answer})
    assert page.status_code == 422
    assert words in page.text
    assert f">{answer}</textarea>" in page.text or not answer.strip()


def test_not_knowing_is_an_answer_at_once(people: dict[str, FlaskClient]) -> None:
    lena = people["lena"]
    lena.post(QUIZ)
    page = lena.post("/en/attempts/1/write", data={"skip": "1"}, follow_redirects=True).text
    assert "Noted: you do not know yet." in page
    assert "Hangs up" in page


def test_links_between_lessons_lead_to_pages_and_headings(light_site: Site, framework: Framework, tmp_path: Path) -> None:
    module = write_course(tmp_path / "mine", single("one"), languages=("en", "es"))
    text = "---\ntitle: T\nsummary: S\n---\n## Sí: *the* `end`\n\n[down](#sí-the-end) [on](2-on.en.md#top-of-it) [quiz](quiz.en.md)\n"
    (module / "1-hello.en.md").write_text(text)
    (module / "2-on.en.md").write_text("---\ntitle: T\nsummary: S\n---\n## Top of it\n\n[back](../1-first/1-hello.en.md)\n")
    (module / "2-on.es.md").write_text((module / "2-on.en.md").read_text())
    library = CourseLibrary([tmp_path / "mine"], frozenset(framework.skills))
    assert {problem.code for problem in library.current.problems} == {"source-missing"}
    app = make_app(with_courses(light_site, library), tmp_path)
    client = app.test_client()
    page = client.get("/en/courses/ports/1-first/1-hello").text
    assert '<h2 id="h-sí-the-end">' in page
    targets = re.findall(r'<a href="([^"]*)"[^>]*>(?:down|on|quiz)</a>', page)
    assert targets == ["#h-sí-the-end", "/en/courses/ports/1-first/2-on#h-top-of-it", "/en/courses/ports/1-first/quiz"]
    for target in targets[1:]:
        assert client.get(target).status_code == 200
    assert 'href="/en/courses/ports/1-first/../1-first/1-hello"' in client.get("/en/courses/ports/1-first/2-on").text
