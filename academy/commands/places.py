"""What people type for a course, a module or a file turned into a place on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from academy.commands import CommandError
from academy.config import read_settings
from academy.core.content.course import MANIFEST
from academy.core.content.front_matter import read_yaml
from academy.core.content.model import LANGUAGES
from academy.store.course_files import course_folders
from academy.store.text_files import text_of


def course_folder(name: str) -> Path:
    """A course's folder, by its path or by its id among the courses served. Raises CommandError."""
    given = Path(name)
    if (given / MANIFEST).is_file():
        return given
    for root in read_settings().courses:
        for folder in course_folders(root):
            if folder.name == name:
                return folder
    raise CommandError(f"{name} is neither the folder nor the id of a course")


def module_folder(name: str) -> Path:
    """A module's folder, by its path or as COURSE/MODULE. Raises CommandError."""
    given = Path(name)
    if not (given.is_dir() and (given.parent / MANIFEST).is_file()):
        course, _slash, module = name.rstrip("/").rpartition("/")
        given = course_folder(course or ".") / module
    if not given.is_dir():
        raise CommandError(f"{name} is no folder of a module")
    return given


def manifest(course: Path) -> dict[str, Any]:
    """The fields of a course's manifest. Raises CommandError."""
    try:
        fields, _lines, problems = read_yaml(text_of(course / MANIFEST), MANIFEST)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{course / MANIFEST} cannot be read: {error}") from error
    if fields is None:
        raise CommandError(f"{course / MANIFEST} cannot be read: run `academy check {course}` ({problems[0].code})")
    return fields


def source_language(course: Path) -> str:
    """The language that holds the answer key. Raises CommandError."""
    found = manifest(course).get("source_language")
    if found not in LANGUAGES:
        raise CommandError(f"{course / MANIFEST} does not say its source_language")
    return str(found)


def translations(course: Path) -> Iterator[tuple[Path, Path]]:
    """Every source file of a course with each file that is or would be its translation."""
    source = source_language(course)
    for path in sorted(course.glob(f"*/*.{source}.md")):
        for language in LANGUAGES:
            if language != source:
                yield path, path.with_name(f"{path.name.removesuffix(f'.{source}.md')}.{language}.md")
