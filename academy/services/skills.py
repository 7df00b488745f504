"""What a learner's answers allow to be said about their skills, and the next best thing to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from academy.core.content.model import Language, Level
from academy.core.framework import Skill, WorkRole
from academy.core.measurement import ability, mastery
from academy.core.measurement.irt import ItemParameters
from academy.core.measurement.mastery import Status
from academy.core.measurement.readiness import Readiness
from academy.services import derivation, progress
from academy.services.progress import CourseProgress, Facts, Step
from academy.services.scales import Scales, SkillScale, scales
from academy.services.site import Site
from academy.store import evidence_rows
from academy.store.evidence_rows import EstimateRow

DEFAULT_LEVEL: Level = "medium"
"""The level a skill is held against where no target role says otherwise."""

Reason = Literal["resume", "decide", "weak", "first-evidence", "start"]


@dataclass(frozen=True, slots=True)
class SkillLine:
    """One skill: expected share of its questions answered right, with its 90 % interval, and what that allows to say.

    share, low, high and cut are in [0, 1]; None where there is no evidence. `more_answers` is how many more would decide.
    """

    skill: Skill
    level: Level
    weight: float
    status: Status
    measurable: bool
    answers: int
    share: float | None
    low: float | None
    high: float | None
    cut: float
    more_answers: int | None
    last_answer_at: datetime | None


@dataclass(frozen=True, slots=True)
class SkillsReport:
    """All of a learner's skills, those of the target role first, and readiness for it."""

    role: WorkRole | None
    readiness: Readiness | None
    lines: tuple[SkillLine, ...]
    other_lines: tuple[SkillLine, ...]
    near_roles: tuple[tuple[WorkRole, Readiness], ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """Whether a learner counts as ready for their role today, until when without any answer, and whether they ever did."""

    today: bool
    until: datetime | None
    ever: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to do next, and why."""

    course_id: str
    course_title: Mapping[Language, str]
    step: Step
    reason: Reason
    skill: Skill | None
    more_answers: int | None


def report(site: Site, learner_id: int, target_role: str) -> SkillsReport:
    """Everything that the learner's answers allow to be said today."""
    with site.database.reading() as session:
        known = scales(site, session)
        estimates = evidence_rows.estimates(session, learner_id)
    role = site.framework.roles.get(target_role)
    needed = {need.skill_id: need for need in role.requirements} if role else {}
    lines = tuple(
        _line(site.framework.skills[need.skill_id], need.level, need.weight, estimates.get(need.skill_id), known)
        for need in needed.values()
    )
    others = tuple(
        _line(skill, DEFAULT_LEVEL, 0.0, estimates.get(skill.id), known)
        for skill in site.framework.skills.values()
        if skill.id not in needed and (skill.id in estimates or known.of(skill.id).measurable)
    )
    found = derivation.role_readiness(role, derivation.known_skills(estimates), known) if role and role.requirements else None
    return SkillsReport(role, found, lines, others, _near_roles(site, role, estimates, known))


def ready(site: Site, learner_id: int) -> Ready:
    """Whether a learner counts as ready now. What faded ends it without any answer."""
    with site.database.reading() as session:
        standing = evidence_rows.standing(session, learner_id)
    if standing is None:
        return Ready(False, None, False)
    today = standing.ready_until is not None and standing.ready_until > site.now()
    return Ready(today, standing.ready_until, standing.first_ready_at is not None)


def suggestions(site: Site, language: Language, done: Facts, skills: SkillsReport, limit: int = 3) -> list[Suggestion]:
    """What to do next: the step under way first, then the steps that tell or teach most for the target role."""
    ways = [progress.course_progress(course, language, done) for course in site.courses.current.courses.values()]
    lines = {line.skill.id: line for line in skills.lines + skills.other_lines}
    ranked = [(rank, suggestion) for way in ways for step in _open_steps(way) for rank, suggestion in [_suggest(site, way, step, lines)]]
    ranked.sort(key=lambda pair: -pair[0])
    return [suggestion for _, suggestion in ranked[:limit]]


def cut_share(scale: SkillScale, level: Level) -> float:
    """The expected share of the skill's questions at a level's cut, in [0, 1]."""
    return mastery.domain_score(scale.cuts[level], scale.items)


def _line(skill: Skill, level: Level, weight: float, row: EstimateRow | None, known: Scales) -> SkillLine:
    scale = known.of(skill.id)
    cut = cut_share(scale, level) if scale.measurable else 0.8
    if row is None or not scale.measurable:
        return SkillLine(skill, level, weight, Status.UNKNOWN, scale.measurable, 0, None, None, None, cut, None, None)
    posterior = derivation.known_of(row).posterior
    above = ability.probability_above(posterior, scale.cuts[level])
    share, low, high = mastery.domain_interval(ability.summarise(posterior), scale.items)
    status = mastery.status(above, row.answers)
    more = None
    if status is Status.NOT_ENOUGH:
        more = mastery.answers_to_decide(posterior, _typical(scale, level), scale.cuts[level])
    return SkillLine(skill, level, weight, status, True, row.answers, share, low, high, cut, more, row.last_answer_at)


def _typical(scale: SkillScale, level: Level) -> ItemParameters:
    """The item nearest to the middle of the skill's items by difficulty."""
    ordered = sorted(scale.items, key=lambda item: item.difficulty)
    return ordered[len(ordered) // 2]


def _near_roles(
    site: Site, role: WorkRole | None, estimates: Mapping[str, EstimateRow], known: Scales
) -> tuple[tuple[WorkRole, Readiness], ...]:
    held = derivation.known_skills(estimates)
    found = [
        (other, derivation.role_readiness(other, held, known))
        for other in site.framework.roles.values()
        if other.requirements and other is not role
    ]
    assessed = [pair for pair in found if pair[1].value is not None]
    return tuple(sorted(assessed, key=lambda pair: (-(pair[1].value or 0.0), pair[0].id))[:3])


def _open_steps(way: CourseProgress) -> list[Step]:
    """The step under way and the first open one of each module: nobody is sent into the middle of a module."""
    steps = [way.next_step] if way.next_step else []
    for module in way.course.modules:
        first = next((step for step in way.of_module(module.id) if step.state in ("now", "todo")), None)
        if first is not None and first not in steps:
            steps.append(first)
    return steps


def _suggest(site: Site, way: CourseProgress, step: Step, lines: Mapping[str, SkillLine]) -> tuple[float, Suggestion]:
    taught = [lines[skill] for skill in _skills_of(way, step.module_id) if skill in lines]
    line = max(taught, key=_worth, default=None)
    reason: Reason
    if step.state == "now":
        reason = "resume"
    elif line is None or line.status is Status.DEMONSTRATED or not (line.weight or line.answers):
        reason = "start"
    elif line.status is Status.UNKNOWN:
        reason = "first-evidence"
    else:
        reason = "decide" if line.status is Status.NOT_ENOUGH and line.more_answers else "weak"
    rank = (10.0 if step.state == "now" else 0.0) + (_worth(line) if line else 0.0)
    skill = line.skill if line else None
    more = line.more_answers if line else None
    return rank, Suggestion(way.course.id, way.course.title, step, reason, skill, more)


def _worth(line: SkillLine) -> float:
    """How much answering about a skill would tell: most where nothing is known, least where it is demonstrated."""
    doubt = {Status.UNKNOWN: 1.0, Status.NOT_ENOUGH: 0.8, Status.NOT_YET: 0.6, Status.DEMONSTRATED: 0.0}
    return doubt[line.status] * (line.weight + 0.1)


def _skills_of(way: CourseProgress, module_id: str) -> list[str]:
    module = next(module for module in way.course.modules if module.id == module_id)
    quiz = module.quizzes.get(way.course.source_language)
    return list(dict.fromkeys(item.measured for item in quiz.items if item.measured)) if quiz else []
