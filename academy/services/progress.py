"""Lessons opened and finished, and what that makes of a learner's progress through a course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from academy.core.content.model import Course, Language, Module
from academy.services.site import Site
from academy.store import evidence
from academy.store.tables import LessonVisit

QUIZ_MINUTES_PER_ITEM = 1.5
QUIZ = "quiz"
StepState = Literal["done", "now", "todo"]


@dataclass(frozen=True, slots=True)
class Step:
    """A lesson or a module's quiz on the way through a course. `slug` is "quiz" for the quiz."""

    module_id: str
    slug: str
    title: str
    minutes: float
    state: StepState

    @property
    def is_quiz(self) -> bool:
        """Whether this is the module's quiz."""
        return self.slug == QUIZ


@dataclass(frozen=True, slots=True)
class CourseProgress:
    """A learner's way through one course: every step in order, done or not."""

    course: Course
    steps: tuple[Step, ...]
    last_seen_at: datetime | None

    @property
    def share(self) -> float:
        """Part of the course's minutes that is done, in [0, 1]."""
        total = sum(step.minutes for step in self.steps)
        return sum(step.minutes for step in self.steps if step.state == "done") / total if total else 0.0

    @property
    def minutes_left(self) -> int:
        """Minutes of the steps that are not done."""
        return round(sum(step.minutes for step in self.steps if step.state != "done"))

    @property
    def next_step(self) -> Step | None:
        """The step to go on with: the one under way, else the first that is not done."""
        return next((step for step in self.steps if step.state == "now"), None) or next(
            (step for step in self.steps if step.state == "todo"), None
        )

    def of_module(self, module_id: str) -> tuple[Step, ...]:
        """The steps of one module."""
        return tuple(step for step in self.steps if step.module_id == module_id)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was done, as recorded: visits by lesson, and the quizzes with a finished attempt."""

    visits: Mapping[tuple[str, str, str], LessonVisit]
    finished_quizzes: frozenset[tuple[str, str]]
    open_quizzes: frozenset[tuple[str, str]]


NOTHING_DONE = Facts({}, frozenset(), frozenset())


def facts(site: Site, learner_id: int) -> Facts:
    """Everything a learner did in lessons and quizzes."""
    with site.database.reading() as session:
        visits = {(row.course_id, row.module_id, row.slug): row for row in evidence.visits(session, learner_id)}
        attempts = evidence.attempts(session, learner_id)
    finished = frozenset((row.course_id, row.module_id) for row in attempts if row.finished_at is not None)
    unfinished = frozenset((row.course_id, row.module_id) for row in attempts if row.finished_at is None)
    return Facts(visits, finished, unfinished)


def course_progress(course: Course, language: Language, done: Facts) -> CourseProgress:
    """Progress through a course from facts alone. Lessons that no longer exist count neither as done nor as missing."""
    steps = tuple(step for module in course.modules for step in _module_steps(course, module, language, done))
    seen = [row.last_seen_at for (course_id, _, _), row in done.visits.items() if course_id == course.id]
    return CourseProgress(course, _mark_current(course, steps, done), max(seen, default=None))


def open_lesson(site: Site, learner_id: int, course_id: str, module_id: str, slug: str) -> None:
    """Remember that a learner is reading a lesson, so that home can resume there."""
    with site.database.writing() as session:
        row = session.get(LessonVisit, (learner_id, course_id, module_id, slug))
        now = site.now()
        if row is None:
            row = LessonVisit(
                learner_id=learner_id, course_id=course_id, module_id=module_id, slug=slug, first_seen_at=now, last_seen_at=now
            )
        row.last_seen_at = now
        session.add(row)


def finish_lesson(site: Site, learner_id: int, course_id: str, module_id: str, slug: str) -> None:
    """Remember that a learner finished a lesson; once is enough."""
    with site.database.writing() as session:
        row = session.get(LessonVisit, (learner_id, course_id, module_id, slug))
        now = site.now()
        if row is None:
            row = LessonVisit(
                learner_id=learner_id, course_id=course_id, module_id=module_id, slug=slug, first_seen_at=now, last_seen_at=now
            )
        row.last_seen_at = now
        row.finished_at = row.finished_at or now
        session.add(row)


def weekly_answers(answered_at: Iterable[datetime], now: datetime, weeks: int = 8) -> list[int]:
    """Answers in each of the last weeks, the present one last."""
    counts = [0] * weeks
    for moment in answered_at:
        age = int((now - moment).total_seconds() // (7 * 86_400))
        if 0 <= age < weeks:
            counts[weeks - 1 - age] += 1
    return counts


def answer_times(site: Site, learner_id: int) -> list[datetime]:
    """When a learner answered."""
    with site.database.reading() as session:
        return [row.answered_at for row in evidence.responses(session, learner_id)]


def _module_steps(course: Course, module: Module, language: Language, done: Facts) -> Sequence[Step]:
    steps = []
    for slug in module.slugs:
        lesson = module.lessons.get((slug, language)) or module.lessons.get((slug, course.source_language))
        if lesson is not None:
            visit = done.visits.get((course.id, module.id, slug))
            state: StepState = "done" if visit is not None and visit.finished_at is not None else "todo"
            steps.append(Step(module.id, slug, lesson.title, lesson.minutes, state))
    quiz = module.quizzes.get(language) or module.quizzes.get(course.source_language)
    if quiz is not None and quiz.items:
        state = "done" if (course.id, module.id) in done.finished_quizzes else "todo"
        steps.append(Step(module.id, QUIZ, quiz.title, len(quiz.items) * QUIZ_MINUTES_PER_ITEM, state))
    return steps


def _mark_current(course: Course, steps: tuple[Step, ...], done: Facts) -> tuple[Step, ...]:
    """The step under way is the unfinished one seen last, or a quiz left open."""

    def seen(step: Step) -> datetime | None:
        visit = done.visits.get((course.id, step.module_id, step.slug))
        return visit.last_seen_at if visit is not None and step.state == "todo" else None

    opened = next((step for step in steps if step.is_quiz and (course.id, step.module_id) in done.open_quizzes), None)
    times = [(moment, step) for step in steps if (moment := seen(step)) is not None]
    current = opened or (max(times, key=lambda pair: pair[0])[1] if times else None)
    return tuple(
        Step(step.module_id, step.slug, step.title, step.minutes, "now") if step is current else step for step in steps
    )
