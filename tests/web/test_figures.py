"""Drawings in lessons: part of the page, so that they follow its colours and cost no request of their own."""

from __future__ import annotations

from pathlib import Path

from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from tests.conftest import make_app, with_courses
from tests.factories import single, write_course

SKILLS = frozenset({"ai-social-engineering"})
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 90"><rect class="f-a" width="9" height="9"/>{more}</svg>'


def shown(site: Site, tmp_path: Path, drawing: str, text: str) -> str:
    module = write_course(tmp_path / "courses", single("one"))
    (module / "img").mkdir()
    (module / "img" / "nets.svg").write_text(drawing)
    lesson = module / "1-hello.es.md"
    lesson.write_text(lesson.read_text() + text)
    app = make_app(with_courses(site, CourseLibrary([tmp_path / "courses"], SKILLS)), tmp_path)
    return app.test_client().get("/es/courses/ports/1-first/1-hello").text


def test_a_drawing_alone_in_its_paragraph_is_part_of_the_page(light_site: Site, tmp_path: Path) -> None:
    page = shown(light_site, tmp_path, DRAWING.format(more="<script>alert(1)</script>"), '\n\n![Dos "redes" & un paso](img/nets.svg)\n')
    named = 'role="img" aria-label="Dos &quot;redes&quot; &amp; un paso">'
    assert f'<figure class="fig"><svg class="drawing" viewBox="0 0 360 90" width="360" {named}' in page
    assert "alert" not in page
    assert "<img" not in page


def test_what_is_no_drawing_or_stands_within_words_stays_a_picture(light_site: Site, tmp_path: Path) -> None:
    page = shown(light_site, tmp_path, "broken", "\n\n![Redes](img/nets.svg)\n")
    assert 'src="/es/courses/ports/1-first/img/nets.svg"' in page
    page = shown(light_site, tmp_path / "again", DRAWING.format(more=""), "\n\nAquí ![Redes](img/nets.svg) van.\n")
    assert 'src="/es/courses/ports/1-first/img/nets.svg"' in page
