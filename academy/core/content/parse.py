"""A lesson file turned into a lesson: prose and knowledge checks in reading order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from academy.core.content.fields import FieldReader
from academy.core.content.front_matter import read_front_matter
from academy.core.content.model import Item, Language, Lesson, Problem, Prose
from academy.core.content.quiz import HEADING, parse_item

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
WORDS_PER_MINUTE = 140


def parse_lesson(text: str, path: str, language: Language, slug: str) -> tuple[Lesson | None, tuple[Problem, ...]]:
    """A lesson file. Knowledge checks with errors are left out; None where the file cannot be used. Never raises."""
    lines = text.split("\n")
    front, problems = read_front_matter(lines, path)
    if front is None:
        return None, tuple(problems)
    reader = FieldReader(front, path, known=("title", "summary", "minutes", "source", "allow"))
    title, summary = reader.text("title"), reader.text("summary")
    source = reader.text("source", default="") or None
    segments, found = _segments(lines, front.body_line - 1, path)
    minutes = reader.whole("minutes", 1, 120, default=max(1, round(_words(segments) / WORDS_PER_MINUTE)))
    problems = reader.problems + problems + found
    if title is None or summary is None or minutes is None:
        return None, tuple(problems)
    digest = hashlib.sha256(text.encode()).hexdigest()
    lesson = Lesson(slug, language, title, summary, minutes, tuple(segments), path, digest, source)
    return lesson, tuple(problems)


def _words(segments: Sequence[Prose | Item]) -> int:
    """Words to read before answering: nothing of a key, or the time would tell of it."""
    return sum(len((part.markdown if isinstance(part, Prose) else f"{part.stem} {part.body}").split()) for part in segments)


def _segments(lines: list[str], at: int, path: str) -> tuple[list[Prose | Item], list[Problem]]:
    segments: list[Prose | Item] = []
    problems: list[Problem] = []
    prose: list[str] = []
    start = at
    fence = ""
    while at < len(lines):
        line = lines[at]
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif not fence and HEADING.fullmatch(line.rstrip()) and _has_chips(lines, at + 1):
            _close(segments, prose, start)
            item, found, at = parse_item(lines, at, path)
            problems += found
            if item is not None:
                segments.append(item)
            prose, start = [], at
            continue
        prose.append(line)
        at += 1
    _close(segments, prose, start)
    return segments, problems


def _close(segments: list[Prose | Item], prose: list[str], start: int) -> None:
    text = "\n".join(prose)
    if text.strip():
        segments.append(Prose(text, start + 1))


def _has_chips(lines: list[str], at: int) -> bool:
    """A heading with a colon is a question only when code chips follow it."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at < len(lines) and lines[at].lstrip().startswith("`") and not lines[at].lstrip().startswith("```")
