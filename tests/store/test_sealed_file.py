"""Courses kept as they were read: used while nothing has changed, and read anew at whatever is wrong with the file."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from academy.core.framework import Framework
from academy.store import course_files
from academy.store.course_files import CourseLibrary
from academy.store.sealed_file import SealedFile
from tests.factories import single, write_course

KEY = b"k" * 32
Reading = Callable[..., CourseLibrary]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_course(tmp_path / "courses", single("one") + single("two"))
    return tmp_path / "courses"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Grows with each time that courses are read."""
    found: list[Path] = []
    read = course_files.read_library

    def counted(roots: tuple[Path, ...], *given: object, **named: object) -> object:
        found.extend(roots)
        return read(roots, *given, **named)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(course_files, "read_library", counted)
    return found


@pytest.fixture
def library(root: Path, framework: Framework, tmp_path: Path, reads: list[Path]) -> Reading:
    """Opens the courses as a start does."""

    def opened(key: bytes = KEY, skills: frozenset[str] = frozenset(framework.skills), *, development: bool = False) -> CourseLibrary:
        return CourseLibrary([root], skills, development=development, kept=SealedFile(tmp_path / "cache/courses", key))

    return opened


def test_what_did_not_change_is_not_read_again(library: Reading, reads: list[Path]) -> None:
    first, second = library().current, library().current
    assert len(reads) == 1
    assert second.courses == first.courses
    assert second.versions == first.versions
    assert second.problems == first.problems
    assert second.files == first.files


def test_an_edit_is_read(library: Reading, root: Path, reads: list[Path]) -> None:
    library()
    quiz = next(root.rglob("quiz.es.md"))
    quiz.write_text(quiz.read_text().replace("### two:", "### three:"))
    assert library().current.item("ports", "three") is not None
    assert len(reads) == 2


def test_a_new_folder_and_a_file_beside_are_seen(library: Reading, root: Path, reads: list[Path]) -> None:
    library()
    (root / "other").mkdir()
    library()
    (root.parent / "glossary.yaml").write_text("")
    library()
    assert len(reads) == 3


def test_other_skills_are_another_library(library: Reading, reads: list[Path]) -> None:
    library()
    assert library(skills=frozenset({"nothing"})).current.problems
    assert len(reads) == 2


def test_authors_always_read_what_is_there(library: Reading, reads: list[Path]) -> None:
    library()
    library(development=True)
    assert len(reads) == 2


class Intruder:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, ("intruded",)


def test_what_this_installation_did_not_pack_is_not_unpacked(
    library: Reading, reads: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    library()
    path = tmp_path / "cache/courses"
    kept = path.read_bytes()
    path.write_bytes(kept[:64] + pickle.dumps(Intruder()))
    library()
    assert not (tmp_path / "intruded").exists()
    assert len(reads) == 2
    assert path.read_bytes()[32:64] == kept[32:64]  # kept anew
    library(key=b"another" * 5)
    assert len(reads) == 3


@pytest.mark.parametrize("spoilt", [b"", b"short", b"\0" * 4_000])
def test_a_spoilt_file_is_made_anew(library: Reading, reads: list[Path], tmp_path: Path, spoilt: bytes) -> None:
    library()
    (tmp_path / "cache/courses").write_bytes(spoilt)
    library()
    library()
    assert len(reads) == 2


def test_where_nothing_can_be_kept_the_courses_are_read(library: Reading, reads: list[Path], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert library().current.courses
    assert library().current.courses
    assert len(reads) == 2


def test_what_was_edited_while_it_was_read_is_not_kept(tmp_path: Path) -> None:
    digests = iter([b"a" * 32, b"b" * 32, b"a" * 32, b"a" * 32, b"a" * 32])
    file = SealedFile(tmp_path / "value", KEY)
    assert file.value(lambda: next(digests), lambda: "half written") == "half written"
    assert file.value(lambda: next(digests), lambda: "whole") == "whole"
    assert file.value(lambda: next(digests), lambda: "not made") == "whole"
