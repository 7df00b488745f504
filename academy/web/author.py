"""The educator's page: every course's files, and what to mend in each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.core.content import codes
from academy.core.content.course import MANIFEST
from academy.core.content.model import Course, Problem
from academy.services import reports
from academy.web.auth import role_required
from academy.web.requests import current_site

bp = Blueprint("author", __name__)
PREFIX = "/author"


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem in the reader's language. `number` counts from 1; `place` is path:line:column."""

    number: int
    path: str
    line: int
    place: str
    code: str
    severity: codes.Severity
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class File:
    """A course file with its problems."""

    path: str
    problems: Sequence[ShownProblem]

    @property
    def name(self) -> str:
        """Its last part."""
        return PurePosixPath(self.path).name

    @property
    def broken(self) -> bool:
        """Whether it has an error, so that part of it may be left out."""
        return any(problem.severity == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Tree:
    """A course folder: its files and those of each subfolder. `course` is None where the course cannot be read."""

    path: str
    course: Course | None
    files: Sequence[File]
    folders: Mapping[str, Sequence[File]]


@bp.get("/")
@role_required("educator")
def show_courses() -> ResponseReturnValue:
    """The tree of courses, and each file's problems: errors first, then in the order of the files."""
    library = current_site().courses.current
    problems = shown_problems()
    return render_template(
        "author/courses.html",
        trees=list(_trees(library.courses.values(), problems)),
        problems=problems,
        counts=Counter(shown.severity for shown in problems),
        files=library.files,
        reports=reports.waiting(current_site()),
    )


def shown_problems(path: str | None = None) -> list[ShownProblem]:
    """The problems of all files, or of one: errors first, then in the order of the files."""
    found = [problem for problem in current_site().courses.current.problems if path in (None, problem.path)]
    found.sort(key=lambda problem: (codes.severity(problem) != "error", problem.path, problem.line, problem.column))
    return [_shown(number, problem) for number, problem in enumerate(found, start=1)]


def _shown(number: int, problem: Problem) -> ShownProblem:
    return ShownProblem(
        number=number,
        path=problem.path,
        line=problem.line,
        place=f"{problem.path}:{problem.line}:{problem.column}",
        code=problem.code,
        severity=codes.severity(problem),
        message=codes.message(problem, _),
        remedy=codes.remedy(problem, _),
    )


def _trees(courses: Iterable[Course], problems: Iterable[ShownProblem]) -> Iterator[Tree]:
    """Every course folder that holds a course or a problem."""
    by_path: dict[str, list[ShownProblem]] = defaultdict(list)
    for problem in problems:
        by_path[problem.path].append(problem)
    read = {_course_path(path): course for course in courses for path in _paths(course)}
    paths = {path for course in read.values() for path in _paths(course)} | set(by_path)
    for folder in sorted({_course_path(path) for path in paths}):
        inside = {path for path in paths if _course_path(path) == folder} | {f"{folder}/{MANIFEST}"}
        files: dict[str, list[File]] = defaultdict(list)
        for path in sorted(inside):
            name = PurePosixPath(path)
            files["" if name.name == MANIFEST else name.parent.name].append(File(path, by_path.get(path, [])))
        yield Tree(folder, read.get(folder), files.pop("", []), files)


def _paths(course: Course) -> Iterator[str]:
    """The files that a course was made of."""
    for module in course.modules:
        yield from (lesson.path for lesson in module.lessons.values())
        yield from (quiz.path for quiz in module.quizzes.values())


def _course_path(path: str) -> str:
    """The course folder of a manifest or of a file in a module's folder."""
    found = PurePosixPath(path)
    return str(found.parent if found.name == MANIFEST else found.parent.parent)
