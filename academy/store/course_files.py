"""Folders of course files turned into a library: read once, kept by digest, taken up again when edited."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from academy.core.content.assembly import CourseFiles
from academy.core.content.content_file import ContentFile, read_content_file
from academy.core.content.course import MANIFEST, assemble_course
from academy.core.content.glossary import Glossary, misused
from academy.core.content.model import Course, Item, Language, Module, Problem
from academy.core.content.paths import Known
from academy.core.content.paths import Path as LearningPath
from academy.core.content.version import ItemVersions, item_versions
from academy.store.digests import library_digest
from academy.store.sealed_file import SealedFile
from academy.store.shared_files import read_glossary, read_paths
from academy.store.text_files import below, files_below, inside, read_text, regular

IMAGE_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg"}
_Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, eq=False)
class Library:
    """All courses as they are now, and every problem found. Never changed: an edit makes a new one."""

    courses: Mapping[str, Course]
    problems: tuple[Problem, ...]
    folders: Mapping[str, Path]
    versions: Mapping[tuple[str, str], ItemVersions]
    glossary: Glossary = field(default_factory=Glossary)
    paths: Mapping[str, LearningPath] = field(default_factory=dict)
    """Ways to work roles, by role."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Every course file by the path that problems call it by."""

    def source(self, path: str) -> str | None:
        """A course file's text as it is now; None for an unknown or unreadable one."""
        file = self.files.get(path)
        return read_text(file, file.parent, str, []) if file is not None else None

    def item(self, course_id: str, item_id: str, language: Language | None = None) -> Item | None:
        """An item in a language, or in its course's own."""
        found = self.versions.get((course_id, item_id))
        if found is None:
            return None
        return found.source if language is None else found.items.get(language)

    def item_nearest(self, course_id: str, item_id: str, language: Language) -> tuple[Item, Language] | None:
        """An item in a language, else in its course's own, and which of them that is."""
        course, found = self.courses.get(course_id), self.versions.get((course_id, item_id))
        if course is None or found is None:
            return None
        return next(((found.items[one], one) for one in (language, course.source_language) if one in found.items), None)

    def item_versions(self, course_id: str, item_id: str) -> ItemVersions:
        """An item in all its languages with its versions. Raises KeyError."""
        return self.versions[course_id, item_id]

    def all_item_versions(self) -> Iterator[tuple[str, ItemVersions]]:
        """Every item with its course's id."""
        for (course_id, _), found in self.versions.items():
            yield course_id, found

    def image(self, course_id: str, name: str) -> tuple[Path, str] | None:
        """File and media type of an image of a course, by its path within the course folder."""
        course = self.courses.get(course_id)
        if course is None or name not in course.images:
            return None
        path = self.folders[course_id] / name
        if not regular(path, self.folders[course_id]):  # it may have been replaced since it was listed
            return None
        return path, IMAGE_TYPES[path.suffix]


class CourseLibrary:
    """The courses below some roots. In development, `refresh` takes up edited files."""

    def __init__(
        self,
        roots: Sequence[Path],
        known_skills: Collection[str],
        *,
        known_roles: Collection[str] | None = None,
        development: bool = False,
        kept: SealedFile | None = None,
    ) -> None:
        """Read all courses now; those in the file, if they are as they were when it was kept."""
        self._roots = tuple(roots)
        self._skills, self._roles = known_skills, known_roles
        self.development = development
        self._lock = threading.Lock()
        self._files: dict[tuple[str, str], ContentFile | None] = {}
        self._stamp = _stamp(self._roots) if development else ()
        self.current = self._read() if kept is None or development else kept.value(self._digest, self._read)

    def refresh(self) -> bool:
        """Whether files had changed and were read again. Looks each time, and only in development."""
        if not self.development:
            return False
        with self._lock:
            stamp = _stamp(self._roots)
            if stamp == self._stamp:
                return False
            self.current = self._read()
            self._stamp = stamp
            return True

    def _digest(self) -> bytes:
        return library_digest(self._roots, self._skills, self._roles or ())

    def _read(self) -> Library:
        # A start should be quick: what other programs make of the Markdown is for those who write it.
        return read_library(self._roots, self._skills, self._files, known_roles=self._roles, compare=self.development)


def read_library(
    roots: Sequence[Path],
    known_skills: Collection[str],
    kept: dict[tuple[str, str], ContentFile | None] | None = None,
    *,
    known_roles: Collection[str] | None = None,
    shown: Callable[[Path], str] | None = None,
    progress: Callable[[int], None] = lambda _files: None,
    compare: bool = True,
    alone: Glossary | None = None,
) -> Library:
    """Every course below the roots; a root may itself be a course.

    known_roles: which work roles paths may lead to; any where it is None.
    kept: files parsed before, by path and digest; brought up to date. shown: how a path is written in problems, by
    default from the root's own name on. progress: called with the number of files read so far.
    compare: also find what other Markdown programs read otherwise, and words that the glossary replaces.
    alone: leave the files beside the courses to the caller, who gives the glossary.
    """
    courses: dict[str, Course] = {}
    folders: dict[str, Path] = {}
    problems: list[Problem] = []

    def write_of(root: Path) -> Callable[[Path], str]:
        return shown or below(root.parent)

    glossary, found = (alone, ()) if alone else read_glossary(roots, write_of)
    problems += found
    reader = _Reader({} if kept is None else kept, progress, glossary, compare=compare)
    for root in roots:
        write = write_of(root)
        for folder in course_folders(root):
            try:
                course, found = assemble_course(reader.course_files(folder, write), known_skills)
            except Exception as error:  # noqa: BLE001  # whatever a file holds, it takes no other course down
                course, found = None, (Problem(write(folder / MANIFEST), 1, 1, "file-unreadable", (("reason", repr(error)),)),)
            problems += found
            if course is not None and course.id in courses:
                other = write(folders[course.id] / MANIFEST)
                path = write(folder / MANIFEST)
                problems.append(Problem(path, 1, 1, "course-duplicate", (("id", course.id), ("other", other))))
            elif course is not None:
                courses[course.id], folders[course.id] = course, folder
    versions = {(course.id, found.source.id): found for course in courses.values() for found in _versions(course)}
    known = Known(known_roles, known_skills, {(course.id, module.id) for course in courses.values() for module in course.modules})
    paths, found = ({}, ()) if alone else read_paths(roots, known, write_of)
    return Library(courses, (*problems, *found), folders, versions, glossary, paths, reader.files)


class _Reader:
    """Reads files and parses those that were not parsed before."""

    def __init__(
        self, kept: dict[tuple[str, str], ContentFile | None], progress: Callable[[int], None], glossary: Glossary, *, compare: bool
    ) -> None:
        self._kept = kept
        self._glossary, self._compare = glossary, compare
        self._progress = progress
        self._count = 0
        self.files: dict[str, Path] = {}

    def course_files(self, folder: Path, write: Callable[[Path], str]) -> CourseFiles:
        """All files of one course folder."""
        problems: list[Problem] = []
        modules: dict[str, Sequence[ContentFile]] = {}
        images: dict[str, int] = {}
        drawings: dict[str, str] = {}
        for sub in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))):
            modules[sub.name] = self._module_files(sub, folder, write, problems)
            for path in files_below(sub):
                name = str(path.relative_to(folder))
                if path.suffix in IMAGE_TYPES and regular(path, folder):
                    images[name] = path.stat().st_size
                    if path.suffix == ".svg" and (text := read_text(path, folder, write, problems)) is not None:
                        drawings[name] = text
                elif path.suffix != ".md" and not path.name.startswith("."):
                    problems.append(Problem(write(path), 1, 1, "file-kind"))
        manifest = read_text(folder / MANIFEST, folder, write, problems) or ""
        self.files[write(folder / MANIFEST)] = folder / MANIFEST
        return CourseFiles(folder.name, write(folder), manifest, modules, images, tuple(problems), drawings)

    def _module_files(self, folder: Path, course: Path, write: Callable[[Path], str], problems: list[Problem]) -> Sequence[ContentFile]:
        found = []
        for path in sorted(folder.glob("*.md")):
            self.files[write(path)] = path
            file = self._content_file(read_text(path, course, write, problems), write(path))
            if file is None:
                problems.append(Problem(write(path), 1, 1, "file-name"))
            else:
                found.append(file)
        return found

    def _content_file(self, text: str | None, path: str) -> ContentFile | None:
        if text is None:
            return read_content_file(None, path)
        key = file_key(path, text)
        if key not in self._kept:
            for old in [known for known in self._kept if known[0] == path]:
                del self._kept[old]
            self._kept[key] = read_content_file(text, path, compare=self._compare)
        self._count += 1
        self._progress(self._count)
        return self._with_words(self._kept[key], text)

    def _with_words(self, file: ContentFile | None, text: str) -> ContentFile | None:
        """For authors: the words in the file that the glossary replaces by others are among its problems."""
        if file is None or not self._compare:
            return file
        return dataclasses.replace(file, problems=(*file.problems, *misused(text, self._glossary, file.language, file.path)))


def course_folders(root: Path) -> list[Path]:
    """The folders below a root that are courses; the root itself, if it is one."""
    if os.path.lexists(root / MANIFEST):
        return [root]
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if os.path.lexists(path / MANIFEST) and inside(path, root))


def file_key(path: str, text: str) -> tuple[str, str]:
    """What a parsed file is kept by: its path, as it is written in problems, and the digest of its text."""
    return path, hashlib.sha256(text.encode()).hexdigest()


def _versions(course: Course) -> Iterator[ItemVersions]:
    """Every item of a course in all its languages, in reading order."""
    by_id: dict[str, dict[Language, Item]] = {}
    for module in course.modules:
        for language, item in _module_items(module):
            by_id.setdefault(item.id, {})[language] = item
    for items in by_id.values():
        yield item_versions(items, course.source_language)


def _module_items(module: Module) -> Iterator[tuple[Language, Item]]:
    for (_, language), lesson in module.lessons.items():
        yield from ((language, item) for item in lesson.checks)
    for language, quiz in module.quizzes.items():
        yield from ((language, item) for item in quiz.items)


def _stamp(roots: Sequence[Path]) -> _Stamp:
    """What changes when any file below the roots does."""
    found = []
    for root in roots:
        for path in files_below(root):
            try:
                stat = path.stat()
            except OSError:  # gone since it was listed, or a broken link
                continue
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
