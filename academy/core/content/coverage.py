"""Items turned into how well skills and work roles are covered by questions, judged against thresholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from academy.core.content.course import FEWEST_ITEMS
from academy.core.content.model import LEVELS, Course, Item, Level
from academy.core.framework import Framework

FEWEST_AT_LEVEL = 3
"""Questions of a level from which its cut score rests on more than one author's judgement."""


@dataclass(frozen=True, slots=True)
class SkillCoverage:
    """The questions that measure a skill; practice is not counted. `claimed_by` are the courses that say they measure it."""

    skill: str
    items: int
    levels: Mapping[Level, int]
    types: Mapping[str, int]
    claimed_by: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether there are enough questions for a course to say that it measures this."""
        return self.items >= FEWEST_ITEMS

    def thin(self, level: Level) -> bool:
        """Whether too few questions stand at a level."""
        return self.levels[level] < FEWEST_AT_LEVEL


@dataclass(frozen=True, slots=True)
class RoleCoverage:
    """The skills that a role asks for: with enough questions, of which those also at the level asked, and without."""

    role: str
    skills: int
    enough: int
    at_level: int
    missing: tuple[str, ...]

    @property
    def covered(self) -> bool:
        """Whether every skill of the role can be measured."""
        return self.enough == self.skills


@dataclass(frozen=True, slots=True)
class Coverage:
    """Skills in the framework's order, and roles that have requirements."""

    skills: Sequence[SkillCoverage]
    roles: Sequence[RoleCoverage]
    practice: int
    """Questions that measure nothing."""


def coverage(courses: Iterable[Course], items: Iterable[Item], framework: Framework) -> Coverage:
    """How the items, each in its course's own language, cover the framework."""
    known = list(courses)
    claims = {skill: tuple(course.id for course in known if skill in course.skills) for skill in framework.skills}
    by_skill: dict[str, list[Item]] = {skill: [] for skill in framework.skills}
    practice = 0
    for item in items:
        if item.measured in by_skill:
            by_skill[item.measured].append(item)
        else:
            practice += 1
    skills = [_skill(skill, found, claims[skill]) for skill, found in by_skill.items()]
    return Coverage(skills, _roles(framework, {one.skill: one for one in skills}), practice)


def _skill(skill: str, items: Sequence[Item], claimed_by: tuple[str, ...]) -> SkillCoverage:
    levels = Counter(item.level for item in items)
    types = Counter(item.type for item in items)
    return SkillCoverage(skill, len(items), {level: levels[level] for level in LEVELS}, dict(sorted(types.items())), claimed_by)


def _roles(framework: Framework, skills: Mapping[str, SkillCoverage]) -> list[RoleCoverage]:
    found = []
    for role in framework.roles.values():
        if not role.requirements:
            continue
        enough = [need for need in role.requirements if skills[need.skill_id].enough]
        at_level = [need for need in enough if not skills[need.skill_id].thin(need.level)]
        missing = tuple(need.skill_id for need in role.requirements if need not in enough)
        found.append(RoleCoverage(role.id, len(role.requirements), len(enough), len(at_level), missing))
    return found
