"""Work roles turned into what one learns for them: skills, whether they can be measured, and the path across courses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from academy.core.content.course import FEWEST_ITEMS
from academy.core.content.model import Course, Language, Module
from academy.core.content.paths import Path
from academy.core.framework import Requirement, Skill, WorkRole
from academy.services import progress
from academy.services.progress import Facts, Step
from academy.services.site import Site


@dataclass(frozen=True, slots=True)
class Need:
    """A skill that a role asks for, and how many questions there are for it."""

    skill: Skill
    requirement: Requirement
    questions: int

    @property
    def measurable(self) -> bool:
        """Whether there are enough questions to say something about it."""
        return self.questions >= FEWEST_ITEMS


@dataclass(frozen=True, slots=True)
class Stage:
    """One module of a path: where it stands, what it takes for granted, and a learner's progress in it."""

    course: Course
    module: Module
    steps: tuple[Step, ...]
    needs: tuple[Skill, ...]
    required: bool

    @property
    def minutes(self) -> float:
        """How long it takes."""
        return sum(step.minutes for step in self.steps)

    @property
    def done(self) -> bool:
        """Whether every step of it is done."""
        return all(step.state == "done" for step in self.steps)

    @property
    def next_step(self) -> Step | None:
        """The step to go on with."""
        return next((step for step in self.steps if step.state == "now"), None) or next(
            (step for step in self.steps if step.state == "todo"), None
        )


@dataclass(frozen=True, slots=True)
class Outline:
    """A work role as a place to get to. `path` is None while nobody wrote one."""

    role: WorkRole
    needs: tuple[Need, ...]
    path: Path | None
    stages: tuple[Stage, ...]

    @property
    def measurable(self) -> bool:
        """Whether every skill that the role asks for can be measured; a role without worked-out skills cannot."""
        return bool(self.needs) and all(need.measurable for need in self.needs)

    @property
    def minutes(self) -> float:
        """How long the whole path takes."""
        return sum(stage.minutes for stage in self.stages)

    @property
    def next_stage(self) -> Stage | None:
        """The first module that has something left to do; what was skipped is neither done nor to do."""
        return next((stage for stage in self.stages if stage.next_step is not None), None)


def outlines(site: Site, language: Language, done: Facts) -> list[Outline]:
    """Every work role, those that can be measured first."""
    questions = _questions(site)
    found = [_outline(site, role, questions, language, done) for role in site.framework.roles.values()]
    return sorted(found, key=lambda one: (not one.measurable, not one.needs, one.role.id))


def outline(site: Site, role_id: str, language: Language, done: Facts) -> Outline | None:
    """One work role; None where there is none of that id."""
    role = site.framework.roles.get(role_id)
    return _outline(site, role, _questions(site), language, done) if role else None


def _questions(site: Site) -> Counter[str]:
    return Counter(found.source.skill for _, found in site.courses.current.all_item_versions() if found.source.skill)


def _outline(site: Site, role: WorkRole, questions: Mapping[str, int], language: Language, done: Facts) -> Outline:
    skills = site.framework.skills
    needs = tuple(Need(skills[need.skill_id], need, questions[need.skill_id]) for need in role.requirements)
    path = site.courses.current.paths.get(role.id)
    return Outline(role, needs, path, _stages(site, path, language, done) if path else ())


def _stages(site: Site, path: Path, language: Language, done: Facts) -> tuple[Stage, ...]:
    courses = site.courses.current.courses
    ways = {key: progress.course_progress(courses[key], language, done) for key in {step.course_id for step in path.steps}}
    return tuple(
        Stage(
            courses[step.course_id],
            next(module for module in courses[step.course_id].modules if module.id == step.module_id),
            ways[step.course_id].of_module(step.module_id),
            tuple(site.framework.skills[skill] for skill in step.needs),
            step.required,
        )
        for step in path.steps
    )
