"""The values a course is made of: courses, modules, lessons, quizzes, items and problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from academy.core.content.figure import Figure

Language = str
LANGUAGES: tuple[Language, ...] = ("es", "en")
Level = Literal["easy", "medium", "hard"]
LEVELS: tuple[Level, ...] = ("easy", "medium", "hard")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing an author should mend, at an exact place.

    `code` names an entry of `core.content.codes`; `values` fill its message. Lines and columns count from 1.
    """

    path: str
    line: int
    column: int
    code: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One answer an item offers, accepts or anticipates (see `Item.options`). `text` and `feedback` are Markdown."""

    id: str
    text: str
    right: bool
    feedback: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things to be answered in an item that has several: a place in an order, a row of a table, a gap in a text.

    `text` is Markdown, empty for places and gaps; `right` the id of the option that belongs here; `offered` the ids of
    the options to choose from.
    """

    id: str
    text: str
    right: str
    offered: tuple[str, ...]
    feedback: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Item:
    """One question, which measures exactly one skill.

    single, multiple, truefalse: options by the author's letters. number, text: accepted and anticipated answers,
    numbered. lines: the lines of a log, numbered from 1, `text` being the raw line. order, match, categorize, cloze: what
    belongs to the `parts`, sorted by id, so that its order says nothing of the key; a gap stands in `body` as [[1]].
    `heads` are the two heads of a table. open: the criteria of its rubric, none of them right; `by_self` says that learners
    mark their own answers, so that it measures nothing.
    """

    id: str
    type: str
    skill: str | None
    level: Level
    points: float
    stem: str
    body: str
    options: tuple[Option, ...]
    rationale: str | None
    path: str
    line: int
    cosmetic: bool = False
    parts: tuple[Part, ...] = ()
    heads: tuple[str, ...] = ()
    by_self: bool = False

    @property
    def measured(self) -> str | None:
        """The skill that answers are evidence of; None where they are practice only."""
        return None if self.by_self else self.skill


@dataclass(frozen=True, slots=True)
class Prose:
    """A stretch of lesson text, as Markdown."""

    markdown: str
    line: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson in one language: prose and knowledge checks in reading order."""

    slug: str
    language: Language
    title: str
    summary: str
    minutes: int
    segments: tuple[Prose | Item, ...]
    path: str
    digest: str
    source_digest: str | None = None
    stale: bool = False

    @property
    def checks(self) -> tuple[Item, ...]:
        """The knowledge checks in the lesson."""
        return tuple(segment for segment in self.segments if isinstance(segment, Item))


@dataclass(frozen=True, slots=True)
class Quiz:
    """A module's quiz in one language. `pass_percent` is the share of points that passes, 0–100.

    regrade_accepted: whether its author accepts that a changed key takes passes away. attempts: how often a learner may take
    it; minutes: how long one attempt may last; None is without end. Both are the source language's in every language.
    """

    id: str
    language: Language
    title: str
    pass_percent: int
    items: tuple[Item, ...]
    path: str
    digest: str
    source_digest: str | None = None
    stale: bool = False
    regrade_accepted: bool = False
    attempts: int | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """Lessons and a quiz on one theme; each by language. `slugs` is the reading order.

    `figures` are the drawings that lessons may show within the page, by their name as lessons write it: img/x.svg.
    """

    id: str
    title: Mapping[Language, str]
    slugs: tuple[str, ...]
    lessons: Mapping[tuple[str, Language], Lesson]
    quizzes: Mapping[Language, Quiz]
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Course:
    """One course in all its languages. Broken files are left out of it and stand in its problems."""

    id: str
    level: str
    hours: float
    source_language: Language
    title: Mapping[Language, str]
    summary: Mapping[Language, str]
    skills: tuple[str, ...]
    modules: tuple[Module, ...]
    digest: str
    images: frozenset[str] = frozenset()
    """Image files, by their path within the course folder."""
    download: Mapping[Language, int] = field(default_factory=dict)
    """Bytes that going once through all of it takes, about, by language."""
    problems: tuple[Problem, ...] = ()
