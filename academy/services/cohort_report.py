"""The live page of a cohort: its members, who is stuck, who is nearest to ready, what faded, what it added and at what cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from academy.core.content.model import Language
from academy.core.framework import Skill
from academy.services.cohort_members import Column, Held, Member, View
from academy.services.cohort_plan import Assignment, known_assignments
from academy.services.cohorts import Outline, outline
from academy.services.progress import Facts
from academy.services.required import required_items
from academy.services.scales import scales
from academy.services.site import Site
from academy.store import cohort_evidence, cohorts

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Report:
    """A whole cohort today. faded: members by skill, most first."""

    cohort: Outline
    as_of: datetime
    assignments: tuple[Assignment, ...]
    columns: tuple[Column, ...]
    members: tuple[Member, ...]
    faded: tuple[tuple[Skill, tuple[Member, ...]], ...]

    @property
    def job_ready(self) -> int:
        """How many are ready today or placed."""
        return sum(member.job_ready for member in self.members)

    @property
    def placed(self) -> int:
        """How many have work in the field on record."""
        return sum(member.placed for member in self.members)

    @property
    def added(self) -> int:
        """How many more are ready or placed than were when they joined."""
        return self.job_ready - sum(member.ready_at_joining for member in self.members)

    @property
    def cost_each(self) -> float | None:
        """Cost of the cohort for each member who is ready today or placed; None where there is no cost or nobody yet."""
        cost = self.cohort.details.cost
        return cost / self.job_ready if cost is not None and self.job_ready else None

    @property
    def progress(self) -> float | None:
        """The mean of the members' progress; None where there is none."""
        known = [member.progress for member in self.members if member.progress is not None]
        return sum(known) / len(known) if known else None

    @property
    def stuck(self) -> list[Member]:
        """Who may need a word: those who failed before those who are silent, the longest silent first."""
        found = [member for member in self.members if member.stuck]
        return sorted(found, key=lambda one: (-len(one.stuck.failed), -(one.stuck.silent_days or 0)))  # type: ignore[union-attr]  # filtered

    @property
    def nearest(self) -> list[Member]:
        """The members who lack least of their role, with what would finish it."""
        open_ = [one for one in self.members if not one.job_ready and one.readiness is not None and one.readiness.value is not None]
        return sorted(open_, key=lambda one: -(one.readiness.low if one.readiness else 0.0))[:NEAREST]


def report(site: Site, cohort_id: int, language: Language) -> Report:
    """A cohort as it is now. Raises ValueError where there is none."""
    with site.database.reading(steady=True) as session:
        found = cohorts.cohort(session, cohort_id)
        if found is None:
            raise ValueError(f"there is no cohort {cohort_id}")
        assigned = tuple(known_assignments(site, cohorts.courses(session, [cohort_id])))
        needed = {course for places in required_items(site).values() for course, _item in places}
        held = Held(
            standings=cohort_evidence.standings(session, cohort_id),
            estimates=cohort_evidence.estimates(session, cohort_id),
            answered=cohort_evidence.answered(session, cohort_id, needed),
            attempts=cohort_evidence.attempts(session, cohort_id),
            facts=_facts(
                cohort_evidence.visits(session, cohort_id),
                cohort_evidence.skips(session, cohort_id),
            ),
        )
        view = View(site, found[0], assigned, language, scales(site, session), held)
        members = tuple(view.member(row, account) for row, account in cohorts.members(session, cohort_id))
    return Report(outline(*found), site.now(), assigned, view.columns(members), members, _by_skill(members))


def _facts(visits: Mapping[int, list], skips: Mapping[int, list]) -> dict[int, Facts]:  # type: ignore[type-arg]  # rows of their own kinds
    return {
        learner_id: Facts(
            {(row.course_id, row.module_id, row.slug): row for row in visits.get(learner_id, ())},
            frozenset(),
            frozenset(),
            frozenset((row.course_id, row.module_id, row.slug) for row in skips.get(learner_id, ())),
        )
        for learner_id in {*visits, *skips}
    }


def _by_skill(members: Sequence[Member]) -> tuple[tuple[Skill, tuple[Member, ...]], ...]:
    found: dict[str, list[Member]] = defaultdict(list)
    names = {skill.id: skill for member in members for skill in member.faded}
    for member in members:
        for skill in member.faded:
            found[skill.id].append(member)
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple((names[skill], tuple(who)) for skill, who in ordered)
