"""Golden files that an educator can read: a whole lesson, and a quiz with one mistake after another."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.support import Translations
from hypothesis import given
from hypothesis import strategies as st

from academy.config import ROOT
from academy.core.content import codes
from academy.core.content.assembly import CourseFiles
from academy.core.content.content_file import ContentFile, read_content_file
from academy.core.content.course import assemble_course
from academy.core.content.model import Lesson, Problem, Prose
from academy.core.content.prose import anchors, images, links
from tests.core.test_quiz import NOISE
from tests.factories import MANIFEST

GOLDEN = Path(__file__).parent / "golden"


def test_a_lesson_is_read_as_it_is_meant() -> None:
    file = _read("lesson.md", "1-cloned-voices.en.md")
    assert isinstance(file.content, Lesson)
    assert _written(file.content, file) == (GOLDEN / "lesson.expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "es"])
def test_mistakes_are_told_all_at_once(language: str) -> None:
    translate = Translations.load(str(ROOT / "academy/i18n"), [language]).gettext
    file = _read("mistakes.md", "quiz.en.md")
    told = [_told(problem, translate) for problem in sorted(file.problems, key=lambda problem: (problem.line, problem.column))]
    assert "\n".join(told) + "\n" == (GOLDEN / f"mistakes.expected.{language}.txt").read_text(encoding="utf-8")


@given(NOISE, st.sampled_from(["quiz.es.md", "1-a.es.md"]))
def test_any_text_is_read_and_checked_with_positions(text: str, name: str) -> None:
    """Parsing and every check of a file: never an exception, and each problem has a line of the file."""
    for candidate in (text, f"---\ntitle: T\nsummary: S\nquiz: x\nallow: {{heading-skip: r}}\n---\n{text}"):
        file = read_content_file(candidate, f"c/m/{name}")
        assert file is not None
        _positions(file.problems, candidate)


@given(NOISE, st.text(max_size=60), st.sampled_from(["id", "modules", "title", "budget", "allow", "skills", "hours"]))
def test_any_manifest_gives_a_course_or_positioned_problems(text: str, value: str, name: str) -> None:
    lesson = read_content_file(f"---\ntitle: T\nsummary: S\n---\n{text}", "ports/1-first/1-hello.es.md")
    assert lesson is not None
    sound = MANIFEST.format(id="ports")
    for manifest in (text, sound, f"{sound}{name}: {value}\n"):
        files = CourseFiles("ports", "ports", manifest, {"1-first": [lesson]}, {"1-first/img/a.png": 5})
        course, problems = assemble_course(files, frozenset())
        assert course is not None or problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


def _positions(problems: tuple[Problem, ...], text: str) -> None:
    count = len(text.split("\n"))
    for problem in problems:
        assert 1 <= problem.line <= count + 1, problem
        assert problem.column >= 1
        assert problem.code in codes.all_codes()


def _read(name: str, path: str) -> ContentFile:
    file = read_content_file((GOLDEN / name).read_text(encoding="utf-8"), path)
    assert file is not None
    return file


def _told(problem: Problem, translate: object) -> str:
    words = f"{codes.message(problem, translate)} {codes.remedy(problem, translate)}"  # type: ignore[arg-type]
    return f"{problem.line}:{problem.column} {problem.code}: {words}"


def _written(lesson: Lesson, file: ContentFile) -> str:
    lines = [f"{lesson.slug} ({lesson.language}) | {lesson.title} | {lesson.summary} | {lesson.minutes} minutes"]
    lines += [f"allows {code} in line {line}" for code, line in file.allowed.items()]
    for part in lesson.segments:
        if isinstance(part, Prose):
            lines.append(f"prose from line {part.line}: {' '.join(part.markdown.split())[:60]}…")
        else:
            lines.append(f"check in line {part.line}: {part.id} | {part.stem}")
    lines.append(f"anchors {', '.join(sorted(anchors(lesson)))}")
    lines += [f"image {image.target} in line {image.line}: {image.alt}" for image in images(lesson)]
    lines += [f"link {link.target} in line {link.line}" for link in links(lesson)]
    lines += [f"{problem.line}:{problem.column} {problem.code}" for problem in file.problems]
    return "\n".join(lines) + "\n"
