"""A course while it is put together: its files, and what is known and wrong so far."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from academy.core.content.assets import LESSON_KB, QUIZ_KB
from academy.core.content.content_file import ContentFile
from academy.core.content.model import Language, Problem


@dataclass(frozen=True, slots=True)
class CourseFiles:
    """Everything in a course folder. `modules` are its subfolders' files by folder; `images` bytes by path within the folder.

    `drawings` are the texts of its SVG files, by their paths within the folder.
    """

    folder: str
    path: str
    manifest: str
    modules: Mapping[str, Sequence[ContentFile]]
    images: Mapping[str, int]
    problems: tuple[Problem, ...] = ()
    drawings: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Assembly:
    """A course while it is put together."""

    files: CourseFiles
    source: Language
    known_skills: Collection[str]
    lesson_kb: int = LESSON_KB
    quiz_kb: int = QUIZ_KB
    problems: list[Problem] = field(default_factory=list)
    seen_items: dict[tuple[Language, str], tuple[str, int]] = field(default_factory=dict)
    seen_quizzes: dict[tuple[Language, str], str] = field(default_factory=dict)

    def fault(self, path: str, line: int, code: str, /, **values: str) -> None:
        """Add a problem at the beginning of a line."""
        self.problems.append(Problem(path, line, 1, code, tuple(values.items())))

    def unknown_skill(self, path: str, line: int, skill: str) -> None:
        """A fault that names the skill that may be meant."""
        near = difflib.get_close_matches(skill, list(self.known_skills), n=1)
        self.fault(path, line, "skill-unknown", skill=skill, guess=f" ({near[0]}?)" if near else "")
