"""The courses' items turned into the questions that a placement or a review may ask, by skill."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from academy.core.content.model import Course, Item, Language
from academy.core.content.version import ItemVersions
from academy.core.items.open import TYPE as OPEN
from academy.core.measurement.selection import Candidate
from academy.services.scales import Scales
from academy.store.course_files import Library


@dataclass(frozen=True, slots=True)
class Question:
    """One item in the language in which it is asked; answers to its key version measure the skill.

    topic: the course and module that it belongs to. alone: it stands in a quiz; knowledge checks may lean on their lesson.
    """

    course_id: str
    item: Item
    language: Language
    key_version: str
    skill_id: str
    topic: str
    alone: bool

    @property
    def place(self) -> tuple[str, str]:
        """Course and item."""
        return self.course_id, self.item.id

    @property
    def key(self) -> tuple[str, str, str]:
        """Course, item and key version."""
        return self.course_id, self.item.id, self.key_version


Pool = Mapping[str, tuple[Question, ...]]
"""Questions by skill."""


@functools.lru_cache(maxsize=8)
def pool(library: Library, language: Language) -> Pool:
    """Every question that measures a skill when asked of somebody who reads in this language."""
    found: dict[str, list[Question]] = defaultdict(list)
    for course in library.courses.values():
        for item_id, topic, alone in _places(course):
            question = _question(course, library.item_versions(course.id, item_id), language, topic, alone)
            if question is not None:
                found[question.skill_id].append(question)
    return {skill: tuple(questions) for skill, questions in found.items()}


@functools.lru_cache(maxsize=8)
def by_place(library: Library, language: Language) -> Mapping[tuple[str, str], Question]:
    """The same questions by course and item."""
    return {question.place: question for questions in pool(library, language).values() for question in questions}


def find(library: Library, language: Language, course_id: str, item_id: str) -> Question | None:
    """One question by course and item; None where the courses have it no more."""
    return by_place(library, language).get((course_id, item_id))


def candidate(question: Question, known: Scales) -> Candidate[Question]:
    """The question as selection sees it. Raises KeyError for one that was not registered."""
    return Candidate(question, known.items[question.key][1], question.topic)


def shares(questions: tuple[Question, ...]) -> dict[str, float]:
    """Part of the questions that belongs to each topic; the parts sum to 1."""
    counts = Counter(question.topic for question in questions)
    return {topic: count / len(questions) for topic, count in counts.items()}


def _places(course: Course) -> Iterator[tuple[str, str, bool]]:
    """Every item of a course once, with its topic, and whether it stands in a quiz."""
    seen: set[str] = set()
    for module in course.modules:
        topic = f"{course.id}/{module.id}"
        quiz = [item.id for quiz in module.quizzes.values() for item in quiz.items]
        checks = [item.id for lesson in module.lessons.values() for item in lesson.checks]
        for item_id, alone in [(item_id, True) for item_id in quiz] + [(item_id, False) for item_id in checks]:
            if item_id not in seen:
                seen.add(item_id)
                yield item_id, topic, alone


def _question(course: Course, versions: ItemVersions, language: Language, topic: str, alone: bool) -> Question | None:
    """The question in the reader's language where that measures the same, else in the course's own.

    None where it measures no skill, or waits for somebody to mark it.
    """
    skill = versions.source.measured
    if not skill or versions.source.type == OPEN.name:
        return None
    for code in (language, course.source_language):
        if code in versions.items and code not in versions.drifted:
            return Question(course.id, versions.items[code], code, versions.key_version, skill, topic, alone)
    return None
