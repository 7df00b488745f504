"""What each member of a cohort did and can show, whether they are stuck, and what would finish their way to a work role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from academy.core.content.model import Language, Module
from academy.core.framework import Skill, WorkRole
from academy.core.measurement.finishing import Teaching, finishing, missing
from academy.core.measurement.readiness import Readiness
from academy.core.workforce import standstill
from academy.services import derivation, member_standing, progress
from academy.services.cohort_plan import Assignment
from academy.services.progress import Facts
from academy.services.required import Place
from academy.services.scales import Scales
from academy.services.site import Site
from academy.store.evidence_rows import EstimateRow
from academy.store.tables.accounts import Account
from academy.store.tables.cohorts import Cohort, CohortMember
from academy.store.tables.learning import Attempt
from academy.store.tables.standings import Standing

ModulePlace = tuple[str, str]
"""Course and module."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A member's finished attempts at a module's quiz: scores in [0, 1], None while an educator has answers to mark."""

    best: float | None
    last: float | None
    passed: bool
    attempts: int
    failures: int
    """How often it was failed since it was last passed."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Why a member may need a word: silent for so many days, or the modules whose quiz was failed twice or more in a row."""

    silent_days: int | None
    failed: tuple[ModulePlace, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a cohort. progress: done part of what was assigned, in [0, 1], None where nothing was.

    readiness is for `role`, the cohort's or else their own; both None where there is none. job_ready: ready today or placed.
    """

    id: int
    name: str
    joined_at: datetime
    last_answer_at: datetime | None
    progress: float | None
    stage: str
    role: WorkRole | None
    readiness: Readiness | None
    job_ready: bool
    placed: bool
    ready_at_joining: bool
    cells: Mapping[ModulePlace, Cell]
    faded: tuple[Skill, ...]
    stuck: Stuck | None
    finish: tuple[ModulePlace, ...]
    required_left: int


@dataclass(frozen=True, slots=True)
class Column:
    """A module of the gradebook: its place, and its name as courses call it."""

    place: ModulePlace
    course: Mapping[Language, str]
    module: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Held:
    """What the tables hold about the members, by learner."""

    standings: Mapping[int, Standing]
    estimates: Mapping[int, dict[str, EstimateRow]]
    answered: Mapping[int, set[Place]]
    attempts: Mapping[int, list[Attempt]]
    facts: Mapping[int, Facts]


class View:
    """One cohort while its members are looked at one after another."""

    def __init__(self, site: Site, cohort: Cohort, assigned: Sequence[Assignment], language: Language, known: Scales, held: Held) -> None:
        self._site, self._cohort, self._assigned = site, cohort, assigned
        self._language, self._known, self._held, self._now = language, known, held, site.now()
        self._library = site.courses.current
        self._skills_taught = {
            (course.id, module.id): frozenset(_taught(module, course.source_language))
            for course in self._library.courses.values()
            for module in course.modules
        }

    def member(self, row: CohortMember, account: Account) -> Member:
        """Everything about one of them."""
        learner_id = row.learner_id
        stored = self._held.standings.get(learner_id) or Standing(learner_id=learner_id)
        estimates = self._held.estimates.get(learner_id, {})
        answered = self._held.answered.get(learner_id, set())
        standing = member_standing.standing_for(
            self._site, self._known, learner_id, member_standing.role_for(self._cohort, account.target_role), estimates, lambda: answered
        )
        standing.last_answer_at, standing.placed_at = stored.last_answer_at, stored.placed_at
        role = self._site.framework.roles.get(standing.role_id)
        placed = stored.placed_at is not None
        job_ready = placed or (standing.ready_until is not None and standing.ready_until > self._now)
        cells = _cells(self._held.attempts.get(learner_id, []))
        modules = self._open_modules(standing.role_id, answered)
        return Member(
            id=learner_id,
            name=account.name,
            joined_at=row.joined_at,
            last_answer_at=stored.last_answer_at,
            progress=self._progress(learner_id),
            stage=derivation.stage(standing, self._now),
            role=role,
            readiness=derivation.role_readiness(role, derivation.known_skills(estimates), self._known) if role else None,
            job_ready=job_ready,
            placed=placed,
            ready_at_joining=row.ready_at_joining,
            cells=cells,
            faded=self._faded(role, estimates),
            stuck=None if job_ready else _stuck(cells, self._now - max(stored.last_answer_at or row.joined_at, row.joined_at)),
            finish=self._finish(role, estimates, modules) if not job_ready else (),
            required_left=sum(module.required for module in modules),
        )

    def columns(self, members: Sequence[Member]) -> tuple[Column, ...]:
        """The modules of the gradebook: those assigned that have a quiz, and every one that somebody attempted, as courses order them."""
        shown = {place for member in members for place in member.cells}
        shown |= {(course, module) for course, module in self._skills_taught if self._is_assigned(course, module)}
        return tuple(
            Column((course.id, module.id), course.title, module.title)
            for course in self._library.courses.values()
            for module in course.modules
            if (course.id, module.id) in shown and module.quizzes
        )

    def _is_assigned(self, course_id: str, module_id: str) -> bool:
        return any(one.course_id == course_id and one.module_id in ("", module_id) for one in self._assigned)

    def _progress(self, learner_id: int) -> float | None:
        facts = self._held.facts.get(learner_id, progress.NOTHING_DONE)
        attempts = self._held.attempts.get(learner_id, [])
        finished = frozenset((one.course_id, one.module_id) for one in attempts if one.finished_at is not None)
        return assigned_progress(self._site, self._assigned, self._language, Facts(facts.visits, finished, frozenset(), facts.skipped))

    def _faded(self, role: WorkRole | None, estimates: Mapping[str, EstimateRow]) -> tuple[Skill, ...]:
        """The role's skills that were held and no longer count as retained."""
        ends = {skill: row.retained_until for skill, row in estimates.items()}
        needs = role.requirements if role else ()
        faded = [need.skill_id for need in needs if (end := ends.get(need.skill_id)) is not None and end <= self._now]
        return tuple(self._site.framework.skills[skill] for skill in faded)

    def _open_modules(self, role_id: str, answered: set[Place]) -> list[Teaching]:
        """Every module with what it teaches; required are those of the role's path of whose quiz some question was never answered."""
        path = self._library.paths.get(role_id)
        needed = {(step.course_id, step.module_id) for step in path.steps if step.required} if path else set()
        return [
            Teaching(course, module, taught, (course, module) in needed and not self._answered(course, module, answered))
            for (course, module), taught in self._skills_taught.items()
        ]

    def _answered(self, course_id: str, module_id: str, answered: set[Place]) -> bool:
        course = self._library.courses[course_id]
        quiz = next(module for module in course.modules if module.id == module_id).quizzes.get(course.source_language)
        return quiz is None or all((course_id, item.id) in answered for item in quiz.items)

    def _finish(self, role: WorkRole | None, estimates: Mapping[str, EstimateRow], modules: Sequence[Teaching]) -> tuple[ModulePlace, ...]:
        if role is None or not role.requirements:
            return ()
        skills = derivation.known_skills(estimates)
        mastery = {need.skill_id: derivation.mastery_of(need, skills, self._known) for need in role.requirements}
        chosen = finishing(missing(role.requirements, mastery), modules)
        return tuple((module.course_id, module.module_id) for module in chosen)


def assigned_progress(site: Site, assigned: Sequence[Assignment], language: Language, done: Facts) -> float | None:
    """The done part of what was assigned, by its minutes, in [0, 1]; None where nothing was."""
    ways = {one.course_id: progress.course_progress(site.courses.current.courses[one.course_id], language, done) for one in assigned}
    steps = {
        (one.course_id, step.module_id, step.slug): step
        for one in assigned
        for step in (ways[one.course_id].of_module(one.module_id) if one.module_id else ways[one.course_id].steps)
    }
    total = sum(step.minutes for step in steps.values())
    return sum(step.minutes for step in steps.values() if step.state == "done") / total if total else None


def _cells(attempts: Sequence[Attempt]) -> dict[ModulePlace, Cell]:
    finished: dict[ModulePlace, list[Attempt]] = defaultdict(list)
    for one in attempts:
        if one.finished_at is not None:
            finished[one.course_id, one.module_id].append(one)
    return {place: _cell(found) for place, found in finished.items()}


def _cell(attempts: Sequence[Attempt]) -> Cell:
    scores = [one.score for one in attempts if one.score is not None and one.passed is not None]
    failures = 0
    for one in attempts:
        failures = 0 if one.passed else failures + (one.passed is False)
    last = attempts[-1]
    return Cell(
        best=max(scores, default=None),
        last=last.score if last.passed is not None else None,
        passed=any(one.passed for one in attempts),
        attempts=len(attempts),
        failures=failures,
    )


def _stuck(cells: Mapping[ModulePlace, Cell], silence: timedelta) -> Stuck | None:
    failed = tuple(place for place, cell in cells.items() if standstill.failing(cell.failures))
    days = silence.days if standstill.silent(silence) else None
    return Stuck(days, failed) if failed or days is not None else None


def _taught(module: Module, language: Language) -> list[str]:
    quiz = module.quizzes.get(language)
    return [item.measured for item in quiz.items if item.measured] if quiz else []
