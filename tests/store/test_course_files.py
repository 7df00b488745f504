"""Course folders read once, kept by digest, taken up again when edited; one broken file harms no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from academy.config import ROOT
from academy.core.content import content_file
from academy.core.framework import Framework
from academy.services.site import Site
from academy.store import course_files
from academy.store.course_files import CourseLibrary
from tests.conftest import make_app, with_courses
from tests.factories import CHECK, QUIZ, single, write_course

SKILLS = frozenset({"ai-social-engineering"})


def test_an_edited_file_is_taken_up_in_development_only(tmp_path: Path) -> None:
    module = write_course(tmp_path, single("one"))
    live, fixed = (CourseLibrary([tmp_path], SKILLS, development=mode) for mode in (True, False))
    assert not live.refresh()
    (module / "quiz.es.md").write_text(QUIZ.format(items=single("one") + single("two")))
    before = live.current
    assert live.refresh()
    assert not live.refresh()
    assert not fixed.refresh()
    assert live.current.item("ports", "two") is not None
    assert before.item("ports", "two") is None, "a library that somebody still reads does not change"
    assert fixed.current.item("ports", "two") is None


def test_only_edited_files_are_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = write_course(tmp_path, single("one"))
    library = CourseLibrary([tmp_path], SKILLS, development=True)
    parsed: list[str] = []

    def note(text: str | None, path: str, *, compare: bool) -> content_file.ContentFile | None:
        parsed.append(path)
        return content_file.read_content_file(text, path, compare=compare)

    monkeypatch.setattr(course_files, "read_content_file", note)
    (module / "quiz.es.md").write_text(QUIZ.format(items=single("two")))
    assert library.refresh()
    assert [Path(path).name for path in parsed] == ["quiz.es.md"]


@pytest.mark.parametrize("spoilt", ["course.yaml", "1-first/quiz.es.md", "1-first/1-hello.es.md"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"---\n: [\n", b"", b"\x00" * 100, b"a" * 2_000_000])
def test_a_broken_file_never_takes_down_the_rest(tmp_path: Path, framework: Framework, spoilt: str, content: bytes) -> None:
    shutil.copytree(ROOT / "courses", tmp_path, dirs_exist_ok=True)
    write_course(tmp_path, single("one"), check=CHECK.format(id="check"))
    (tmp_path / "ports" / spoilt).write_bytes(content)
    library = CourseLibrary([tmp_path], frozenset(framework.skills)).current
    assert "ai-threats" in library.courses
    assert [problem for problem in library.problems if "ports" in problem.path]
    assert not [problem for problem in library.problems if "ai-threats" in problem.path]


def test_links_out_of_the_course_are_refused(tmp_path: Path) -> None:
    module = write_course(tmp_path / "courses", single("one"))
    secret = tmp_path / "secret.md"
    secret.write_text("---\ntitle: Secret\nsummary: S\n---\nhidden\n")
    (module / "2-secret.es.md").symlink_to(secret)
    (module / "img").mkdir()
    (module / "img" / "x.png").symlink_to(secret)
    library = CourseLibrary([tmp_path / "courses"], SKILLS).current
    assert [problem.code for problem in library.problems if problem.path.endswith("2-secret.es.md")] == ["file-unreadable"]
    assert library.courses["ports"].modules[0].slugs == ("1-hello",)
    assert library.image("ports", "1-first/img/x.png") is None


def test_a_root_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert CourseLibrary([tmp_path / "none"], SKILLS).current.courses == {}


def test_the_next_request_shows_the_edit(light_site: Site, tmp_path: Path) -> None:
    module = write_course(tmp_path / "courses", single("one"), languages=("es", "en"))
    site = with_courses(light_site, CourseLibrary([tmp_path / "courses"], SKILLS, development=True))
    client = make_app(site, tmp_path / "data").test_client()
    address = "/en/courses/ports/1-first/1-hello"
    assert "Hello." in client.get(address).text
    file = module / "1-hello.en.md"
    file.write_text(file.read_text().replace("Hello.", "Good morning."))
    assert "Good morning." in client.get(address).text
    file.write_text("no front matter")
    assert client.get(address).status_code == 200, "the other language stands in"
    assert client.get("/en/courses/ports").status_code == 200
