"""The courses below some roots turned into problems: read on all processors, and kept by a digest of each course's files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academy.core.content.content_file import ContentFile, read_content_file
from academy.core.content.course import MANIFEST
from academy.core.content.glossary import Glossary
from academy.core.content.model import Problem
from academy.core.content.paths import Known
from academy.store.course_files import course_folders, file_key, read_library
from academy.store.digests import code_digest, folder_digest, is_text
from academy.store.shared_files import read_glossary, read_paths
from academy.store.text_files import files_below, text_of
from academy.store.whole_files import keep_whole

_FEWEST_AT_ONCE = 60
"""Files to read from which more processes are worth their start."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The ids of the courses that can be used, and every problem found."""

    courses: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What one folder gave. Paths are written from the folder that the course's folder lies in."""

    course: str | None
    problems: tuple[Problem, ...]
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Work:
    """A course folder, the digest of all that its problems depend on, and its Markdown files."""

    folder: Path
    digest: str
    texts: tuple[Path, ...]


def check_courses(
    roots: Sequence[Path],
    known_skills: Collection[str],
    known_roles: Collection[str],
    *,
    shown: Callable[[Path], str],
    cache: Path | None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Checked:
    """All problems of all courses; a root may itself be a course.

    shown: how a path is written. cache: the folder of what was found before; None keeps nothing. progress: files parsed, and all that
    have to be.
    """
    glossary, faults = read_glossary(roots, lambda _root: shown)
    rules = code_digest(known_skills, (glossary.digest,))
    work = [_work(folder, rules) for root in roots for folder in course_folders(root)]
    found = {one.folder: kept for one in work if (kept := _kept(cache, one)) is not None}
    todo = [one for one in work if one.folder not in found]
    parsed = _parse_all(todo, progress)
    for one in todo:
        found[one.folder] = _read_course(one.folder, known_skills, glossary, parsed)
        _keep(cache, one, found[one.folder])
    checked = _joined([(one.folder, found[one.folder]) for one in work], shown)
    modules = {(one.course, module) for one in found.values() if one.course is not None for module in one.modules}
    _ways, misled = read_paths(roots, Known(known_roles, known_skills, modules), lambda _root: shown)
    return Checked(checked.courses, (*checked.problems, *faults, *misled))


def check_loose(folder: Path, *, shown: Callable[[Path], str]) -> Checked | None:
    """Lessons and quizzes in a folder that is no course yet, each for itself; None where there are none."""
    problems: list[Problem] = []
    read = 0
    for path in files_below(folder):
        try:
            file = read_content_file(text_of(path), shown(path)) if path.suffix == ".md" and path.is_file() else None
        except UnicodeDecodeError:
            problems.append(Problem(shown(path), 1, 1, "file-encoding"))
            continue
        except OSError:  # gone, or not to be read
            continue
        if file is not None:
            read += 1
            problems += file.problems
    return Checked((), tuple(problems)) if read or problems else None


def _parse_all(todo: Sequence[_Work], progress: Callable[[int, int], None]) -> dict[tuple[str, str], ContentFile | None]:
    """The files of these courses parsed, in several processes where that is worth it."""
    texts = [named for one in todo for path in one.texts if (named := _read_text(path, one.folder.parent)) is not None]
    parsed: dict[tuple[str, str], ContentFile | None] = {}
    processes = os.cpu_count() or 1
    with contextlib.ExitStack() as stack:
        if processes < 2 or len(texts) < _FEWEST_AT_ONCE:
            results: Iterable[ContentFile | None] = map(_parse, texts)
        else:
            results = stack.enter_context(ProcessPoolExecutor(processes)).map(_parse, texts, chunksize=8)
        for (path, text), file in zip(texts, results, strict=True):
            parsed[file_key(path, text)] = file
            progress(len(parsed), len(texts))
    return parsed


def _parse(named: tuple[str, str]) -> ContentFile | None:
    path, text = named
    return read_content_file(text, path)


def _read_text(path: Path, parent: Path) -> tuple[str, str] | None:
    """A file's path and text; None where it cannot be read, which is told of later."""
    try:
        return _relative(path, parent), text_of(path)
    except (OSError, UnicodeDecodeError):
        return None


def _read_course(
    folder: Path, known_skills: Collection[str], glossary: Glossary, parsed: dict[tuple[str, str], ContentFile | None]
) -> _Found:
    library = read_library([folder], known_skills, parsed, shown=lambda path: _relative(path, folder.parent), alone=glossary)
    course = next(iter(library.courses.values()), None)
    return _Found(course.id if course else None, library.problems, tuple(module.id for module in course.modules) if course else ())


def _joined(found: Sequence[tuple[Path, _Found]], shown: Callable[[Path], str]) -> Checked:
    """All that was found, with paths as people type them, and ids that several courses have."""
    courses: dict[str, str] = {}
    problems: list[Problem] = []
    for folder, one in found:
        problems += [_placed(problem, folder.parent, shown) for problem in one.problems]
        manifest = shown(folder / MANIFEST)
        if one.course is not None and courses.setdefault(one.course, manifest) != manifest:
            problems.append(Problem(manifest, 1, 1, "course-duplicate", (("id", one.course), ("other", courses[one.course]))))
    return Checked(tuple(courses), tuple(problems))


def _placed(problem: Problem, parent: Path, shown: Callable[[Path], str]) -> Problem:
    values = tuple((name, shown(parent / value) if name == "path" else value) for name, value in problem.values)
    return Problem(shown(parent / problem.path), problem.line, problem.column, problem.code, values)


def _work(folder: Path, rules: str) -> _Work:
    digest = hashlib.sha256(f"{rules}\n{folder_digest(folder)}".encode()).hexdigest()
    return _Work(folder, digest, tuple(path for path in files_below(folder) if _is_content(path, folder)))


def _is_content(path: Path, folder: Path) -> bool:
    """Whether a file is Markdown of one of the course's modules."""
    if path.suffix != ".md" or path.parent.parent != folder or path.is_symlink():
        return False
    try:
        return is_text(path, path.stat().st_size)
    except OSError:  # gone, or not to be read
        return False


def _kept(cache: Path | None, work: _Work) -> _Found | None:
    if cache is None:
        return None
    try:
        kept = json.loads(_place(cache, work.folder).read_text(encoding="utf-8"))
        if kept["digest"] != work.digest:
            return None
        return _Found(kept["course"], tuple(_problem(row) for row in kept["problems"]), tuple(map(str, kept["modules"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # absent or spoilt: then it is read anew
        return None


def _problem(row: list[Any]) -> Problem:
    path, line, column, code, values = row
    return Problem(str(path), int(line), int(column), str(code), tuple((str(name), str(value)) for name, value in values))


def _keep(cache: Path | None, work: _Work, found: _Found) -> None:
    """Keep what was found; a folder that cannot be written to is no hindrance."""
    if cache is None:
        return
    rows = [[p.path, p.line, p.column, p.code, p.values] for p in found.problems]
    text = json.dumps({"digest": work.digest, "course": found.course, "modules": found.modules, "problems": rows})
    keep_whole(_place(cache, work.folder), text.encode())


def _place(cache: Path, folder: Path) -> Path:
    return cache / f"{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]}.json"


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder).encode("utf-8", "backslashreplace").decode()
