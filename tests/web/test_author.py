"""The educator's page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from academy.core.framework import Framework
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from tests.conftest import add_person, client_of, make_app, with_courses
from tests.factories import single, write_course

PAGE = "/en/author/"


@pytest.fixture
def ed_of_spoiled(light_site: Site, framework: Framework, tmp_path: Path) -> FlaskClient:
    """An educator whose course has a question without a right answer, and an unreadable one beside it."""
    root = tmp_path / "mine"
    write_course(root, single("first", key="c") + single("second"))
    write_course(root, single("third"), course_id="broken")
    (root / "broken" / "course.yaml").write_text("title: [")
    site = with_courses(light_site, CourseLibrary([root], frozenset(framework.skills)))
    return client_of(make_app(site, tmp_path), add_person(site, "ed", "educator"))


def test_only_educators_and_admins_see_it(
    stranger: FlaskClient, lena: FlaskClient, mo: FlaskClient, ed: FlaskClient, ada: FlaskClient
) -> None:
    assert stranger.get(PAGE).status_code == 302
    assert [client.get(PAGE).status_code for client in (lena, mo, ed, ada)] == [403, 403, 200, 200]


def test_every_course_and_file_is_listed(ed: FlaskClient, light_site: Site) -> None:
    page = ed.get(PAGE).text
    for course in light_site.courses.current.courses.values():
        assert f"{course.id}/" in page
        for module in course.modules:
            paths = [lesson.path for lesson in module.lessons.values()] + [quiz.path for quiz in module.quizzes.values()]
            assert all(path.rsplit("/", 1)[1] in page for path in paths)


def test_each_problem_says_where_it_is_and_how_to_mend_it(ed_of_spoiled: FlaskClient) -> None:
    page = ed_of_spoiled.get(PAGE).text
    assert "mine/ports/1-first/quiz.es.md:6:1" in page
    assert "key-missing" in page
    assert "The question first has no right answer." in page
    assert "Mark one with [x]" in page
    assert page.index("key-missing") < page.index("translation-missing")


def test_a_course_that_cannot_be_read_is_there_with_its_problems(ed_of_spoiled: FlaskClient) -> None:
    page = ed_of_spoiled.get(PAGE).text
    assert "mine/broken/course.yaml:" in page
    assert "front-matter-syntax" in page
    assert "mine/broken/</span>" in page
    assert "not shown to learners" in page


def test_a_file_leads_to_its_first_problem(ed_of_spoiled: FlaskClient) -> None:
    page = ed_of_spoiled.get(PAGE).text
    address = "/en/author/files/mine/ports/1-first/quiz.es.md"
    row = re.search(rf'<a class="mono" href="{address}">quiz.es.md</a> <a class="status status--no" href="#(problem-\d+)">', page)
    assert row
    assert re.search(f'id="{row[1]}">.*?mine/ports/1-first/quiz.es.md', page, re.DOTALL)


def test_without_courses_it_says_what_to_do(light_site: Site, framework: Framework, tmp_path: Path) -> None:
    site = with_courses(light_site, CourseLibrary([tmp_path / "nothing"], frozenset(framework.skills)))
    ed = client_of(make_app(site, tmp_path), add_person(site, "ed", "educator"))
    assert "No courses yet" in ed.get(PAGE).text
