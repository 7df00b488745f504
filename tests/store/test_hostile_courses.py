"""Whatever stands in a course folder, the other courses are served and the fault is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from academy.store.course_files import CourseLibrary
from tests.factories import MANIFEST, single, write_course

SKILLS = frozenset({"ai-social-engineering"})
BOMB = "a: &a [x, x]\n" + "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(20))


@pytest.mark.parametrize(
    "line",
    [
        "x: !!bool foo", 'x: !!int ""', 'x: !!float ""', "x: !!timestamp x", "x: &a [*a]", BOMB, "hours: " + "9" * 400, "hours: .inf",
        "hours: .nan", "hours: 1.0e+308", "x: " + "[" * 500, "x: 2024-99-99", "? [a, b]\n: c", "x: !!python/object:os.system {}",
    ],
)  # fmt: skip
def test_no_manifest_takes_down_another_course(tmp_path: Path, line: str) -> None:
    write_course(tmp_path, single("one"))
    write_course(tmp_path, single("one"), course_id="spoilt")
    (tmp_path / "spoilt" / "course.yaml").write_text(MANIFEST.format(id="spoilt").replace("hours: 1", "") + line + "\n")
    library = CourseLibrary([tmp_path], SKILLS).current
    assert "ports" in library.courses
    assert [problem for problem in library.problems if "spoilt/course.yaml" in problem.path]


def test_links_pipes_and_odd_names_are_passed_over(tmp_path: Path) -> None:
    module = write_course(tmp_path, single("one"))
    (module / "img").mkdir()
    (module / "img" / "loop.svg").symlink_to("loop.svg")
    (module / "img" / "real.svg").write_text("<svg/>")
    os.mkfifo(module / "4-pipe.es.md")
    os.mkfifo(module / "img" / "pipe.png")
    (tmp_path / "dangling").mkdir()
    (tmp_path / "dangling" / "course.yaml").symlink_to("nowhere")
    with open(os.fsencode(module) + b"/5-\xff.es.md", "w") as file:
        file.write("x")
    library = CourseLibrary([tmp_path], SKILLS).current
    assert library.courses["ports"].images == {"1-first/img/real.svg"}
    assert {problem.path.rpartition("/")[2] for problem in library.problems if problem.code == "file-unreadable"} == {
        "4-pipe.es.md", "course.yaml",
    }  # fmt: skip
    assert all(problem.path.encode() for problem in library.problems)


def test_a_picture_replaced_by_a_link_is_not_served(tmp_path: Path) -> None:
    module = write_course(tmp_path / "courses", single("one"))
    (module / "img").mkdir()
    picture, secret = module / "img" / "x.svg", tmp_path / "secret"
    picture.write_text("<svg/>")
    secret.write_text("secret")
    library = CourseLibrary([tmp_path / "courses"], SKILLS).current
    assert library.image("ports", "1-first/img/x.svg") is not None
    picture.unlink()
    assert library.image("ports", "1-first/img/x.svg") is None
    picture.symlink_to(secret)
    assert library.image("ports", "1-first/img/x.svg") is None
