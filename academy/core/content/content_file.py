"""A lesson's or quiz's file turned into its content and all its own problems."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from academy.core.content.front_matter import read_front_matter
from academy.core.content.lint import lint_lesson, lint_quiz
from academy.core.content.model import LANGUAGES, Language, Lesson, Problem, Quiz
from academy.core.content.parse import parse_lesson
from academy.core.content.quiz import HEADING, parse_quiz
from academy.core.content.silence import read_allowed

_NAME = re.compile(r"(?P<slug>\d+-[a-z0-9][a-z0-9-]*|quiz)\.(?P<language>[a-z]{2})\.md")


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One Markdown file as read: a lesson or a quiz where it can be used, and its problems."""

    path: str
    slug: str
    language: Language
    digest: str
    content: Lesson | Quiz | None
    problems: tuple[Problem, ...] = ()
    field_lines: Mapping[str, int] = field(default_factory=dict)
    item_ids: frozenset[str] = frozenset()
    """Ids of all items that the file begins, those with errors too."""
    size: int = 0
    """Bytes."""
    allowed: Mapping[str, int] = field(default_factory=dict)
    """Codes that the file silences, with the lines where it does."""


def read_content_file(text: str | None, path: str, *, compare: bool = True) -> ContentFile | None:
    """A lesson or quiz file with all its own problems; None where its name is neither's. `text` is None where unreadable.

    compare: also find what other Markdown programs read otherwise, which takes most of the time.
    """
    match = _NAME.fullmatch(path.rpartition("/")[2])
    if match is None:
        return None
    slug, language = match["slug"], match["language"]
    if text is None:
        return ContentFile(path, slug, language, "", None)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if language not in LANGUAGES:
        return ContentFile(path, slug, language, digest, None, (Problem(path, 1, 1, "language-unknown", (("language", language),)),))
    content: Lesson | Quiz | None
    if slug == "quiz":
        content, problems = parse_quiz(text, path, language)
        problems += tuple(lint_quiz(content, compare=compare)) if content else ()
    else:
        content, problems = parse_lesson(text, path, language, slug)
        problems += tuple(lint_lesson(content, compare=compare)) if content else ()
    lines = text.split("\n")
    front, _ = read_front_matter(lines, path)
    item_ids = frozenset(match[1] for line in lines if (match := HEADING.fullmatch(line.rstrip())))
    allowed, found = read_allowed(front, path) if front else ({}, [])
    return ContentFile(
        path, slug, language, digest, content, (*problems, *found), front.lines if front else {}, item_ids, len(text.encode()), allowed
    )
