"""The learner's pages: home, catalogue, course, lesson, knowledge check, quiz, result, skills."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from academy.core.framework import Framework
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from tests.conftest import add_person, client_of, fix_tokens, make_app, with_courses
from tests.factories import CHECK, right_answer, single, take_quiz, write_course

COURSE, MODULE, LESSON = "ai-threats", "1-attack-economics", "1-cheaper-attacks"
LESSON_URL = f"/en/courses/{COURSE}/{MODULE}/{LESSON}"
QUIZ_URL = f"/en/courses/{COURSE}/{MODULE}/quiz"


@pytest.mark.parametrize("address", ["/en/", "/en/courses", f"/en/courses/{COURSE}", LESSON_URL, QUIZ_URL])
def test_anyone_may_read(stranger: FlaskClient, address: str) -> None:
    for language in ("en", "es"):
        page = stranger.get(address.replace("/en/", f"/{language}/"))
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.text


@pytest.mark.parametrize(
    "address",
    [
        "/en/courses/none",
        f"/en/courses/{COURSE}/none/{LESSON}",
        f"/en/courses/{COURSE}/{MODULE}/none",
        f"/en/courses/{COURSE}/none/quiz",
        f"/en/courses/{COURSE}/{MODULE}/img/none.png",
        "/fr/",
        "/en/attempts/9",
    ],
)
def test_what_is_not_there_is_404(lena: FlaskClient, address: str) -> None:
    assert lena.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/en/skills", "/en/attempts/1", "/en/attempts/1/x"])
def test_strangers_are_asked_to_sign_in(stranger: FlaskClient, address: str) -> None:
    response = stranger.get(address)
    assert response.status_code == 302
    assert response.location.startswith("/en/sign-in?next=")


def test_a_manager_has_no_skills_page(mo: FlaskClient) -> None:
    assert mo.get("/en/skills").status_code == 403


def test_the_front_follows_the_browser_and_the_account(stranger: FlaskClient, lena: FlaskClient) -> None:
    assert stranger.get("/", headers={"Accept-Language": "en-US,en"}).location == "/en/"
    assert stranger.get("/", headers={"Accept-Language": "es-MX"}).location == "/es/"
    assert stranger.get("/", headers={"Accept-Language": "fr"}).location == "/es/"
    assert lena.get("/", headers={"Accept-Language": "es-MX"}).location == "/en/"


def test_home_sends_others_to_their_own_place(ed: FlaskClient, mo: FlaskClient, ada: FlaskClient) -> None:
    assert [client.get("/en/").location for client in (ed, mo, ada)] == ["/en/author/", "/en/programs/gap", "/en/admin/accounts"]
    for client in (ed, mo):
        assert "Answers are for learners" in client.get(LESSON_URL).text
        assert "Answers are for learners" in client.get(QUIZ_URL).text


def test_a_course_begun_by_its_quiz_is_under_way(lena: FlaskClient) -> None:
    lena.post(QUIZ_URL)
    home = lena.get("/en/").text
    assert "You stopped here" in home
    assert "None begun yet" not in home


def test_home_resumes_where_one_stopped(lena: FlaskClient) -> None:
    assert "Begin" in lena.get("/en/").text
    lena.get(LESSON_URL)
    home = lena.get("/en/").text
    assert "You stopped here" in home
    assert f'href="{LESSON_URL}"' in home


def test_finishing_a_lesson_goes_on_to_the_next(lena: FlaskClient) -> None:
    response = lena.post(LESSON_URL)
    assert response.status_code == 303
    assert response.location == f"/en/courses/{COURSE}/{MODULE}/2-volume-and-targeting"
    assert "Done:" in lena.get(f"/en/courses/{COURSE}").text


def test_a_check_is_answered_explained_and_counted_once(lena: FlaskClient, light_site: Site) -> None:
    check = _check(light_site)
    form = {"answer": right_answer(check), "submission": "once"}
    for _ in range(2):
        response = lena.post(f"{LESSON_URL}/checks/{check.id}", data=form)
        assert response.status_code == 303
        assert response.location.endswith(f"#{check.id}")
    assert "That is right." in lena.get(LESSON_URL).text
    assert re.search(r"· 1 answer\b", lena.get("/en/skills").text)


def test_an_empty_answer_says_what_to_do(lena: FlaskClient, light_site: Site) -> None:
    check = _check(light_site).id
    response = lena.post(f"{LESSON_URL}/checks/{check}", data={})
    assert response.status_code == 422
    assert "or say that you do not know yet" in response.text
    assert f'href="{LESSON_URL.replace("/en/", "/es/")}"' in response.text, "the other language is the lesson's"
    assert f'action="{LESSON_URL}/checks/{check}#{check}"' in response.text, "the page opens at the question"
    assert lena.get(f"{LESSON_URL}/checks/{check}").location == f"{LESSON_URL}#{check}"


def test_not_knowing_is_an_answer(lena: FlaskClient, light_site: Site) -> None:
    check = _check(light_site)
    lena.post(f"{LESSON_URL}/checks/{check.id}", data={"skip": "1"})
    assert "Noted: you do not know yet." in lena.get(LESSON_URL).text


def test_checks_of_other_lessons_are_404(lena: FlaskClient) -> None:
    assert lena.post(f"{LESSON_URL}/checks/none", data={"answer": "a"}).status_code == 404


def test_a_quiz_from_its_first_question_to_its_result(lena: FlaskClient, light_site: Site) -> None:
    assert lena.post(QUIZ_URL).location == "/en/attempts/1"
    library = light_site.courses.current
    seen = set()
    for _ in range(13):
        question = lena.get("/en/attempts/1", follow_redirects=True)
        path = question.request.path
        item = library.item(COURSE, path.rpartition("/")[2], "en")
        assert item is not None
        seen.add(item.type)
        assert item.rationale is not None
        assert item.rationale[:40] not in question.text
        assert lena.post(path, data={"answer": right_answer(item)}).status_code == 303
        explained = lena.get(path).text
        assert "That is right." in explained
        assert "The idea" in explained
    assert seen == {"single", "multiple", "truefalse", "number", "text", "lines"}
    assert "100%. You passed." in lena.get("/en/attempts/1").text
    skills = lena.get("/en/skills").text
    assert re.search(r"between \d+ and \d+", skills)
    assert "13 answers" in skills


def test_a_reload_of_an_answer_changes_nothing(lena: FlaskClient, light_site: Site) -> None:
    lena.post(QUIZ_URL)
    path = lena.get("/en/attempts/1", follow_redirects=True).request.path
    item = light_site.courses.current.item(COURSE, path.rpartition("/")[2])
    assert item is not None
    wrong = next(option.id for option in item.options if not option.right)
    lena.post(path, data={"answer": right_answer(item)})
    lena.post(path, data={"answer": wrong})
    assert "That is right." in lena.get(path).text


def test_attempts_of_others_are_404(lena: FlaskClient, light_site: Site) -> None:
    kim = add_person(light_site, "kim", "learner")
    take_quiz(light_site, kim.id, COURSE, MODULE)
    assert lena.get("/en/attempts/1").status_code == 404


def test_skills_say_what_is_not_known(lena: FlaskClient) -> None:
    page = lena.get("/en/skills").text
    assert "We do not know; that is not a zero." in page
    assert "Choose a target work role" in page


@pytest.mark.parametrize("person", ["stranger", "learner"])
def test_pages_say_nothing_of_keys_before_an_answer(
    light_site: Site, framework: Framework, tmp_path: Path, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two courses that differ only in their keys, feedback and rationale give the same bytes, tokens aside."""
    fix_tokens(monkeypatch)
    pages = []
    for number, key in enumerate("ab"):
        other = f"root{number}"
        items = single("one", key=key) + single("two", key="b" if key == "a" else "a")
        items += "".join(single(f"q{at}", key=key) for at in range(5))
        write_course(tmp_path / other, items, check=CHECK.format(id="check") if key == "a" else CHECK_TURNED, languages=("es", "en"))
        site = with_courses(light_site, CourseLibrary([tmp_path / other], frozenset(framework.skills)))
        app = make_app(site, tmp_path)
        client = app.test_client() if person == "stranger" else client_of(app, add_person(site, f"lena{number}", "learner"))
        pages.append(_walk(client, person))
    assert pages[0] == pages[1]
    assert len(pages[0]) >= 5


CHECK_TURNED = """### check: Is it so?
`truefalse` `ai-social-engineering` `easy`

- [ ] a) Yes
    > Another feedback.
- [x] b) No

> Another rationale.
"""


def _walk(client: FlaskClient, person: str) -> list[str]:
    addresses = ["/en/courses", "/en/courses/ports", "/en/courses/ports/1-first/1-hello", "/es/courses/ports/1-first/1-hello",
                 "/en/courses/ports/1-first/quiz"]  # fmt: skip
    if person == "learner":
        client.post("/en/courses/ports/1-first/quiz")
        client.post("/en/placement")
        addresses += ["/en/placement", "/en/placement/1"]
        addresses += ["/en/attempts/1/one", "/en/attempts/1/two", "/es/attempts/1/one", "/en/", "/en/skills"]
    return [_without_tokens(client.get(address).text) for address in addresses]


def _without_tokens(page: str) -> str:
    page = re.sub(r'name="(csrf_token|submission)" value="[^"]*"', "", page)
    return re.sub(r"Lena\d", "Lena", page)


def _check(site: Site):  # type: ignore[no-untyped-def]  # an Item
    course = site.courses.current.courses[COURSE]
    return course.modules[0].lessons[LESSON, "en"].checks[0]
