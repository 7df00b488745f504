"""The educator's page of one course file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from academy.core.framework import Framework
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from tests.conftest import add_person, client_of, make_app, with_courses
from tests.factories import CHECK, single, write_course

QUIZ = "/en/author/files/mine/ports/1-first/quiz.es.md"
LESSON = "/en/author/files/mine/ports/1-first/1-hello.es.md"
DIGEST = "/en/author/digests/mine/ports/1-first/quiz.es.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course in two languages whose second question has no right answer in Spanish."""
    root = tmp_path / "mine"
    write_course(root, single("first") + single("second"), check=CHECK.format(id="check"), languages=("es", "en"))
    quiz = root / "ports/1-first/quiz.es.md"
    text = quiz.read_text().replace("### second: Which one?", "### second: ¿Cuál?")
    quiz.write_text(text.replace("[x]", "[ ]").replace("[ ] b", "[x] b", 1))
    return root


def educator(site: Site, root: Path, framework: Framework, tmp_path: Path, *, development: bool) -> FlaskClient:
    courses = CourseLibrary([root], frozenset(framework.skills), development=development)
    app = make_app(with_courses(site, courses), tmp_path)
    return client_of(app, add_person(site, "ed", "educator"))


@pytest.fixture
def ed(light_site: Site, root: Path, framework: Framework, tmp_path: Path) -> FlaskClient:
    return educator(light_site, root, framework, tmp_path, development=True)


def test_only_educators_see_a_file(stranger: FlaskClient, lena: FlaskClient, mo: FlaskClient, ada: FlaskClient, light_site: Site) -> None:
    path = next(path for path in light_site.courses.current.files if path.endswith("quiz.es.md"))
    page = f"/en/author/files/{path}"
    assert stranger.get(page).status_code == 302
    assert [client.get(page).status_code for client in (lena, mo, ada)] == [403, 403, 200]


@pytest.mark.parametrize("path", ["none", "mine/ports/../../x.md", "mine/ports/1-first/quiz.fr.md", "etc/passwd", "mine/ports/1-first"])
def test_what_is_no_course_file_is_404(ed: FlaskClient, path: str) -> None:
    assert ed.get(f"/en/author/files/{path}").status_code == 404
    assert ed.get(f"/en/author/digests/{path}").status_code == 404


def test_problems_stand_at_their_lines(ed: FlaskClient, root: Path) -> None:
    page = ed.get(QUIZ).text
    rows = dict(re.findall(r'<li id="l(\d+)"[^>]*>(.*?)</li>', page, re.DOTALL))
    assert len(rows) == (root / "ports/1-first/quiz.es.md").read_text().count("\n")
    (line,) = [number for number, row in rows.items() if "key-missing" in row]
    assert "### second: ¿Cuál?" in rows[line]
    assert f'<a href="#l{line}">Error {line}: The question second has no right answer.</a>' in page
    assert re.search(rf'<li id="l{line}" class="bad">', page)


def test_a_file_is_shown_as_learners_see_it_with_its_key(ed: FlaskClient) -> None:
    page = ed.get(QUIZ).text
    preview = page[page.index('class="preview') :]
    assert "Which one?" in preview
    assert "¿Cuál?" not in preview, "a question with an error is not shown to learners"
    assert re.search(r"opt--right[^>]*>.*?<b>b</b><span>Two <strong>· Right</strong>", preview, re.DOTALL)
    assert preview.index("<b>a</b>") < preview.index("<b>b</b>") < preview.index("<b>c</b>"), "in its author's order"
    lesson = ed.get(LESSON).text
    assert '<div class="prose"><p>Hello.</p>' in lesson
    assert "Yes <strong>· Right</strong>" in lesson


def test_both_languages_stand_side_by_side(ed: FlaskClient, root: Path) -> None:
    page = ed.get(QUIZ + "?both=1").text
    assert page.count('class="two two--even pair"') == 1
    assert page.count('data-item="first"') == 2
    lesson = root / "ports/1-first/1-hello.en.md"
    lesson.write_text(lesson.read_text().partition("### check")[0] + "\n")
    page = ed.get(LESSON + "?both=1").text
    assert page.count('class="two two--even pair"') == 2
    assert page.count('data-item="check"') == 1
    assert "Nothing here in this language." in page
    assert "Both languages" not in ed.get("/en/author/files/mine/ports/course.yaml").text


def test_a_file_that_cannot_be_read_shows_its_source(ed: FlaskClient, root: Path, framework: Framework) -> None:
    quiz = root / "ports/1-first/quiz.es.md"
    quiz.write_text("---\nquiz: [\n---\n### x: <script>alert(1)</script>\n")
    courses = CourseLibrary([root], frozenset(framework.skills))
    ed.application.extensions["academy"] = with_courses(ed.application.extensions["academy"], courses)
    page = ed.get(QUIZ).text
    assert "front-matter-syntax" in page
    assert "learners do not see this file" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_the_page_follows_its_file_in_development_only(
    ed: FlaskClient, light_site: Site, root: Path, framework: Framework, tmp_path: Path
) -> None:
    page = ed.get(QUIZ).text
    digest = ed.get(DIGEST)
    assert f'data-digest="{digest.text}"' in page
    assert 'data-watch="/en/author/digests/mine/ports/1-first/quiz.es.md"' in page
    assert ed.get(DIGEST, headers={"If-None-Match": digest.headers["ETag"]}).status_code == 304
    english = root / "ports/1-first/quiz.en.md"
    english.write_text(english.read_text().replace("About one", "On one"))
    assert ed.get(DIGEST).text != digest.text, "the other language stands on the page too"
    app = make_app(with_courses(light_site, CourseLibrary([root], frozenset(framework.skills))), tmp_path)
    served = client_of(app, add_person(light_site, "eva", "educator"))
    assert served.get(DIGEST).status_code == 404
    assert "<script" not in served.get(QUIZ).text


def test_the_tree_leads_to_each_file_and_line(ed: FlaskClient) -> None:
    page = ed.get("/en/author/").text
    assert f'href="{QUIZ}">quiz.es.md</a>' in page
    assert re.search(rf'href="{QUIZ}#l\d+">mine/ports/1-first/quiz.es.md:\d+:1</a>', page)
