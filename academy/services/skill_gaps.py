"""Estimates of all learners turned into published skill gaps: by skill and competency area, of the nation, each state and each role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from academy.core.framework import Framework
from academy.core.workforce import skill_gap
from academy.core.workforce.draws import FloatArray
from academy.core.workforce.skill_gap import Codes, Group
from academy.core.workforce.suppression import Published
from academy.services.scales import Scales, scales
from academy.services.site import Site
from academy.store import snapshots
from academy.store.snapshots import CellRow

PREFIX = "gap:"
"""Before a skill's or an area's id in the name of a metric."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """One row for each learner and skill (or area) that their role asks for: learner, positions of skill, role and state, mastery."""

    learner: Codes
    skill: Codes
    role: Codes
    state: Codes
    mastery: FloatArray


_Told = Mapping[tuple[str, str], Mapping[str, Published]]
"""Published gaps by skill or area and axis (`state`, `role_id`): of each state or role."""

_NOBODY = np.array([], dtype=np.int64)
_NONE = _Evidence(_NOBODY, _NOBODY, _NOBODY, _NOBODY, np.array([]))


def published(site: Site, session: Session, unknown: str, before: Sequence[CellRow] = ()) -> list[CellRow]:
    """The skill gaps as they may be published. unknown: the state of those who gave none; before: those of the publication before."""
    facts = site.framework
    states = [*facts.states, unknown]
    found = _evidence(facts, scales(site, session), session, states)
    if not found.learner.size:
        return []
    fewest = skill_gap.fewest_for(site.min_cell)
    skills = list(facts.skills)
    areas = list(facts.areas)
    of_skill = np.array([areas.index(skill.competency_area) if skill.competency_area else -1 for skill in facts.skills.values()])
    area = of_skill[found.skill]
    kept = area >= 0
    told = _told(before)
    cells = list(_cells(skills, found, states, list(facts.roles), fewest, told))
    if kept.any():
        within = _Evidence(found.learner[kept], area[kept], found.role[kept], found.state[kept], found.mastery[kept])
        cells += _cells(areas, _means(within), states, list(facts.roles), fewest, told)
    return cells


def _means(found: _Evidence) -> _Evidence:
    """One row for each learner and area, with the mean mastery of its skills."""
    learner, area, mastery = skill_gap.averaged(found.learner, found.skill, found.mastery)
    people, first = np.unique(found.learner, return_index=True)
    at = first[np.searchsorted(people, learner)]
    return _Evidence(learner, area, found.role[at], found.state[at], mastery)


def _cells(
    names: Sequence[str], found: _Evidence, states: Sequence[str], roles: Sequence[str], fewest: int, before: _Told
) -> Iterator[CellRow]:
    of = found.skill
    nation = skill_gap.grouped(of, found.mastery)
    rows = {code: [_row(names[code], _alone(group, fewest))] for code, group in nation.items()}
    told: set[int] = set()
    for axis, places in (("state", states), ("role_id", roles)):
        where = found.state if axis == "state" else found.role
        groups = skill_gap.grouped(of * len(places) + where, found.mastery)
        for code in nation:
            here = {place: groups[key] for at, place in enumerate(places) if (key := code * len(places) + at) in groups}
            was = before.get((names[code], axis), {})
            gaps = skill_gap.publish_gaps(here, fewest=fewest, before=was)
            if skill_gap.told_by_total(here, gaps, was):
                told.add(code)
            rows[code] += [_row(names[code], gap, **{axis: place}) for place, gap in gaps.items()]
    for code, all_of_it in rows.items():  # the total stands in the other axis too, so all of it is hidden
        yield from (replace(row, value=None, suppressed=True) for row in all_of_it) if code in told else all_of_it


def _told(before: Sequence[CellRow]) -> _Told:
    """What was published before, by skill or area and axis: of each state or role."""
    found: dict[tuple[str, str], dict[str, Published]] = {}
    for row in before:
        axis, place = ("state", row.state) if row.state else ("role_id", row.role_id)
        if place:
            found.setdefault((row.metric.removeprefix(PREFIX), axis), {})[place] = Published(row.value, row.suppressed)
    return found


def _alone(group: Group, fewest: int) -> Published:
    return skill_gap.publish_gaps({"": group}, fewest=fewest)[""]


def _row(name: str, found: Published, *, state: str = "", role_id: str = "") -> CellRow:
    return CellRow("", role_id, state, "", f"{PREFIX}{name}", "share", value=found.value, suppressed=found.suppressed)


def _evidence(facts: Framework, known: Scales, session: Session, states: Sequence[str]) -> _Evidence:
    """Every enabled learner's estimates in the skills that the role asks for under which they count."""
    skills = {key: at for at, key in enumerate(facts.skills)}
    needs = [
        (at, role.id, need)
        for at, role in enumerate(facts.roles.values())
        for need in role.requirements
        if need.skill_id in skills and known.of(need.skill_id).measurable
    ]
    if not needs:
        return _NONE
    skill = np.array([skills[need.skill_id] for _, _, need in needs])
    role = np.array([at for at, _, _ in needs])
    cut = np.array([known.of(need.skill_id).cuts[need.level] for _, _, need in needs])
    parts = []
    for rows in snapshots.skill_standings(session, [(role_id, need.skill_id) for _, role_id, need in needs], states):
        numbers = np.array(rows, dtype=np.float64)  # whole numbers up to 2**53 stay what they are
        learner, of, state = (numbers[:, at].astype(np.int64) for at in range(3))
        mastery = skill_gap.mastery(numbers[:, 3], numbers[:, 4], cut[of])
        parts.append((learner, skill[of], role[of], np.minimum(state, len(states) - 1), mastery))
    return _Evidence(*(np.concatenate(column) for column in zip(*parts, strict=True))) if parts else _NONE
