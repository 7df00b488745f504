"""Lessons opened and finished, and what that makes of a learner's progress through a course."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from academy.core.content.model import Course, Language, Module
from academy.services import sessions
from academy.services.site import Site
from academy.store import evidence, traces
from academy.store.traces import Trace

QUIZ_MINUTES_PER_ITEM = 1.5
QUIZ = "quiz"
WEEKS_SHOWN = 8
_SAME_VISIT = timedelta(minutes=1)
_DONE = ("visit", "quiz", "skip")
StepState = Literal["done", "now", "todo", "skipped"]


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
        """Part of the course's minutes that is done, in [0, 1]. What was skipped was not done."""
        total = sum(step.minutes for step in self.steps)
        return sum(step.minutes for step in self.steps if step.state == "done") / total if total else 0.0

    @property
    def minutes_left(self) -> int:
        """Minutes of the steps that are still to do."""
        return round(sum(step.minutes for step in self.steps if step.state in ("now", "todo")))

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
class Visit:
    """When a lesson was last open, and when it was finished."""

    last_seen_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was done, as recorded: visits by lesson, the quizzes with a finished attempt, and the lessons passed over."""

    visits: Mapping[tuple[str, str, str], Visit]
    finished_quizzes: frozenset[tuple[str, str]]
    open_quizzes: frozenset[tuple[str, str]]
    skipped: frozenset[tuple[str, str, str]] = frozenset()


NOTHING_DONE = Facts({}, frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class LessonState:
    """All of a learner that the page of one lesson depends on.

    key: equal only where the page is the same. Learners who have answered none of its checks share it.
    """

    done: Facts
    key: Hashable
    answered: bool


def facts(site: Site, learner_id: int) -> Facts:
    """Everything a learner did in lessons and quizzes."""
    return _facts(traces.of_learner(site.database, learner_id))


def lesson_state(site: Site, learner_id: int, course_id: str, item_ids: Collection[str]) -> LessonState:
    """What a learner did in a course and answered to some knowledge checks of it: one query."""
    return _state_of(learner_id, traces.of_lesson(site.database, learner_id, course_id, item_ids))


def find_with_state(site: Site, token: str, course_id: str, item_ids: Collection[str]) -> tuple[sessions.Visit, LessonState] | None:
    """Whose session this is, with the same of theirs: one query for both. None when it ended."""
    found = sessions.find_with_traces(site, token, course_id, item_ids)
    return None if found is None else (found[0], _state_of(found[0].person.id, found[1]))


def _state_of(learner_id: int, found: Iterable[Trace]) -> LessonState:
    done = _facts(found)
    unfinished = {place: visit.last_seen_at for place, visit in done.visits.items() if visit.finished_at is None}
    # Times say only which lesson is under way; by ranks instead, learners at the same place share a page.
    times = sorted(set(unfinished.values()))
    order = frozenset((place, times.index(moment)) for place, moment in unfinished.items())
    finished = frozenset(done.visits.keys() - unfinished.keys())
    answers = tuple(sorted((trace for trace in found if trace.kind not in _DONE), key=repr))
    own = (learner_id, answers) if answers else ()
    return LessonState(done, (order, finished, done.finished_quizzes, done.open_quizzes, done.skipped, own), bool(answers))


def _facts(found: Iterable[Trace]) -> Facts:
    visits: dict[tuple[str, str, str], Visit] = {}
    quizzes: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    skipped = set()
    for trace in found:
        if trace.kind == "visit":
            assert trace.at is not None, "a visit has a time"
            visits[trace.course_id, trace.name, trace.detail] = Visit(trace.at, trace.ended_at)
        elif trace.kind == "quiz":
            quizzes[trace.ended_at is not None].add((trace.course_id, trace.name))
        elif trace.kind == "skip":
            skipped.add((trace.course_id, trace.name, trace.detail))
    return Facts(visits, frozenset(quizzes[True]), frozenset(quizzes[False]), frozenset(skipped))


def course_progress(course: Course, language: Language, done: Facts) -> CourseProgress:
    """Progress through a course from facts alone. Lessons that no longer exist count neither as done nor as missing."""
    steps = tuple(step for module in course.modules for step in _module_steps(course, module, language, done))
    seen = [row.last_seen_at for (course_id, _, _), row in done.visits.items() if course_id == course.id]
    return CourseProgress(course, _mark_current(course, steps, done), max(seen, default=None))


def open_lesson(
    site: Site,
    learner_id: int,
    course_id: str,
    module_id: str,
    slug: str,
    item_ids: Collection[str] = (),
    seen: LessonState | None = None,
) -> LessonState:
    """What a learner's page of a lesson depends on; that they read it now is kept, so that home can resume there.

    Reloading it within a minute writes nothing. seen: what it depends on, where that was read a moment ago.
    """
    state = seen or lesson_state(site, learner_id, course_id, item_ids)
    known = state.done.visits.get((course_id, module_id, slug))
    if known is not None and site.now() - known.last_seen_at < _SAME_VISIT:
        return state
    with site.database.writing() as session:
        traces.keep_visit(session, learner_id, (course_id, module_id, slug), site.now(), finished=False)
    return lesson_state(site, learner_id, course_id, item_ids)


def finish_lesson(site: Site, learner_id: int, course_id: str, module_id: str, slug: str) -> None:
    """Remember that a learner finished a lesson; once is enough."""
    with site.database.writing() as session:
        traces.keep_visit(session, learner_id, (course_id, module_id, slug), site.now(), finished=True)


def weekly_answers(answered_at: Iterable[datetime], now: datetime, weeks: int = WEEKS_SHOWN) -> list[int]:
    """Answers in each of the last weeks, the present one last."""
    counts = [0] * weeks
    for moment in answered_at:
        age = int((now - moment).total_seconds() // (7 * 86_400))
        if 0 <= age < weeks:
            counts[weeks - 1 - age] += 1
    return counts


def recent_weeks(site: Site, learner_id: int) -> list[int]:
    """A learner's answers in each of the last weeks, the present one last."""
    now = site.now()
    with site.database.reading() as session:
        return weekly_answers(evidence.answer_times(session, learner_id, now - timedelta(weeks=WEEKS_SHOWN)), now)


def _module_steps(course: Course, module: Module, language: Language, done: Facts) -> Sequence[Step]:
    steps = []
    for slug in module.slugs:
        lesson = module.lessons.get((slug, language)) or module.lessons.get((slug, course.source_language))
        if lesson is not None:
            state = _lesson_state(done, (course.id, module.id, slug))
            steps.append(Step(module.id, slug, lesson.title, lesson.minutes, state))
    quiz = module.quizzes.get(language) or module.quizzes.get(course.source_language)
    if quiz is not None and quiz.items:
        state = "done" if (course.id, module.id) in done.finished_quizzes else "todo"
        steps.append(Step(module.id, QUIZ, quiz.title, len(quiz.items) * QUIZ_MINUTES_PER_ITEM, state))
    return steps


def _lesson_state(done: Facts, lesson: tuple[str, str, str]) -> StepState:
    visit = done.visits.get(lesson)
    if visit is not None and visit.finished_at is not None:
        return "done"
    return "skipped" if lesson in done.skipped else "todo"


def _mark_current(course: Course, steps: tuple[Step, ...], done: Facts) -> tuple[Step, ...]:
    """The step under way is the unfinished one seen last, or a quiz left open. What was done once stays done."""

    def seen(step: Step) -> datetime | None:
        visit = done.visits.get((course.id, step.module_id, step.slug))
        return visit.last_seen_at if visit is not None and step.state == "todo" else None

    opened = next(
        (step for step in steps if step.is_quiz and step.state == "todo" and (course.id, step.module_id) in done.open_quizzes), None
    )
    times = [(moment, step) for step in steps if (moment := seen(step)) is not None]
    current = opened or (max(times, key=lambda pair: pair[0])[1] if times else None)
    return tuple(Step(step.module_id, step.slug, step.title, step.minutes, "now") if step is current else step for step in steps)
