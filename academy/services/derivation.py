"""Responses turned into estimates and standing: the one rule that answering and rebuilding share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from academy.core.content.model import Level
from academy.core.framework import Framework, Requirement, WorkRole
from academy.core.measurement import ability, readiness, retention
from academy.core.measurement.ability import Posterior
from academy.core.measurement.irt import ItemParameters
from academy.core.measurement.readiness import Readiness
from academy.core.measurement.retention import Memory
from academy.core.workforce import stages
from academy.services.required import Place
from academy.services.scales import Scales
from academy.store.evidence_rows import EstimateRow, ResponseRow, ScoredRow, StandingRow
from academy.store.regrades import NOTHING_REGRADED
from academy.store.tables.standings import Standing

VERSION = "3"
"""Raised when this rule changes, so that what earlier releases derived is derived again."""
PLACEMENT = "placement"
"""Purpose of answers that are not explained before the test ends, so that nobody learns from them meanwhile."""

Scored = ResponseRow | ScoredRow
"""A graded response."""

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Known:
    """What a learner's answers say about one skill: how able, and how firmly held. Memory is None until it was derived."""

    posterior: Posterior
    memory: Memory | None


def known_of(row: EstimateRow) -> Known:
    """What an estimate row keeps."""
    posterior = Posterior(ability.from_bytes(row.weights), row.answers, row.last_answer_at)
    return Known(posterior, _memory_of(row))


def known_skills(rows: Mapping[str, EstimateRow]) -> dict[str, Known]:
    """What a learner's estimate rows keep, by skill."""
    return {skill: known_of(row) for skill, row in rows.items()}


def advance(known: Known | None, item: ItemParameters, response: Scored, score: float, *, counts: bool) -> Known:
    """What is known of a skill after one more response; `counts`: it is the first to this version of the item.

    score: the one in force, which is another than the response's where it was graded again.
    """
    posterior = known.posterior if known else ability.prior()
    if counts:
        posterior = _moved(posterior, item, response, score)
    rating = retention.rate(score, effort=response.effort, seconds=response.seconds)
    return Known(posterior, retention.review(known.memory if known else None, rating, response.answered_at))


def estimate_row(learner_id: int, skill_id: str, known: Known) -> EstimateRow:
    """The row that keeps what is known of a skill, with its summary."""
    posterior, memory = known.posterior, known.memory
    theta, se = ability.moments(posterior)
    assert posterior.last_time is not None, "a row is kept from the first answer on"
    return EstimateRow(
        learner_id=learner_id,
        skill_id=skill_id,
        weights=ability.to_bytes(posterior.weights),
        answers=posterior.answers,
        theta=theta,
        se=se,
        last_answer_at=posterior.last_time,
        stability=memory.stability if memory else None,
        difficulty=memory.difficulty if memory else None,
        reviewed_at=memory.reviewed_at if memory else None,
        due_at=memory.due_at if memory else None,
        retained_until=memory.retained_until if memory else None,
    )


class Learner:
    """One learner's skills while answers are taken in, one after another."""

    def __init__(
        self,
        target_role: str,
        scales: Scales,
        framework: Framework,
        skills: Mapping[str, Known],
        required: Mapping[str, Collection[Place]],
    ) -> None:
        """skills: what is known before the first answer that is taken in here. required: by role, what must have been answered."""
        self.skills = dict(skills)
        self.answered: Callable[[], Collection[Place]] = frozenset
        """Everything the learner answered, the response that is taken in too; asked only when it decides."""
        self._required = required
        self._target, self._scales, self._framework = target_role, scales, framework
        self._mastery: dict[tuple[str, Level], float | None] = {}
        self._found: dict[str, Readiness] = {}
        """By role; of those that ask for the skill that moves, it is worked out again."""

    def take(self, standing: StandingRow, response: Scored, *, counts: bool, score: float | None = None) -> str | None:
        """Let a response move its skill and the standing; returns the skill, None where it measures nothing.

        score: the one in force, where the response was graded again.
        """
        skill, parameters = self._scales.measured(response)
        if not self.learn(skill, parameters, response, response.score if score is None else score, counts=counts):
            return None
        self.place(standing)
        _note_ready(standing, response.answered_at)
        return skill

    def learn(self, skill: str, item: ItemParameters | None, response: Scored, score: float, *, counts: bool) -> bool:
        """Let a response move the skill that it measures, and nothing else; False where it measures nothing. score: the one in force."""
        if not skill or item is None or not (counts or skill in self.skills):
            return False
        self.skills[skill] = advance(self.skills.get(skill), item, response, score, counts=counts)
        self._forget(skill)
        return True

    def within_reach(self, skills: Collection[str], answered: Collection[Place]) -> bool:
        """Whether anybody who has evidence in these skills and answered all this can be ready for a role, however well they did."""
        known = [skill for skill in skills if self._scales.of(skill).measurable]
        return any(
            readiness.assessed_share(role.requirements, known) >= readiness.ASSESSED_AT
            and set(self._required.get(role.id, ())) <= set(answered)
            for role in self._candidates(skills)
        )

    def _forget(self, skill: str) -> None:
        """What rests on a skill that has moved."""
        for level in [level for known_skill, level in self._mastery if known_skill == skill]:
            del self._mastery[skill, level]
        roles = self._framework.roles
        for role_id in [key for key in self._found if any(need.skill_id == skill for need in roles[key].requirements)]:
            del self._found[role_id]

    def place(self, standing: StandingRow) -> None:
        """Bring readiness, its role and `ready_until` in a standing up to date with the skills."""
        by_role = {role.id: self._readiness(role) for role in self._candidates(self.skills)}
        values = {role_id: found.value for role_id, found in by_role.items()}
        standing.role_id = readiness.counted_role(self._target or None, values) or self._target
        found = by_role.get(standing.role_id)
        standing.readiness = found.value if found else None
        standing.assessed_share = found.assessed_share if found else 0.0
        standing.proficient = found is not None and found.value is not None and found.value >= readiness.READY_AT
        able = found is not None and readiness.ready(found, modules_done=True, retained=True)
        able = able and set(self._required.get(standing.role_id, ())) <= set(self.answered())
        standing.ready_until = self._retained_until(self._framework.roles[standing.role_id]) if able else None

    def _readiness(self, role: WorkRole) -> Readiness:
        if role.id in self._found:
            return self._found[role.id]
        for need in role.requirements:
            if (need.skill_id, need.level) not in self._mastery:
                self._mastery[need.skill_id, need.level] = mastery_of(need, self.skills, self._scales)
        by_skill = {need.skill_id: self._mastery[need.skill_id, need.level] for need in role.requirements}
        self._found[role.id] = found = readiness.mastery_of_role(role.requirements, by_skill)
        return found

    def _retained_until(self, role: WorkRole) -> datetime | None:
        """When the first of the role's assessed skills ceases to be retained; None where one never was."""
        counted = [self.skills[need.skill_id] for need in role.requirements if self._mastery[need.skill_id, need.level] is not None]
        ends = [known.memory.retained_until for known in counted if known.memory]
        return min(ends) if len(ends) == len(counted) else None

    def _candidates(self, skills: Collection[str]) -> Iterable[WorkRole]:
        """The roles under which somebody with evidence in these skills may count."""
        roles = self._framework.roles
        if self._target in roles:
            return [roles[self._target]]
        return [role for role in roles.values() if any(need.skill_id in skills for need in role.requirements)]


def replay(
    learner_id: int,
    responses: Sequence[Scored],
    target_role: str,
    scales: Scales,
    framework: Framework,
    required: Mapping[str, Collection[Place]],
    regraded: Mapping[int, float] = NOTHING_REGRADED,
) -> tuple[dict[str, EstimateRow], StandingRow]:
    """All that a learner's responses give, in order: estimates by skill, and standing. Without evidence the role is the target.

    regraded: the scores in force of responses that were graded again, by sequence.
    """
    met: set[tuple[str, str, str]] = set()
    learner, standing = Learner(target_role, scales, framework, {}, required), StandingRow(learner_id, role_id=target_role)
    answered: set[Place] = set()
    learner.answered = lambda: answered
    measured = [scales.measured(response) for response in responses]
    places = [(response.course_id, response.item_id) for response in responses]
    within_reach = learner.within_reach({skill for skill, _ in measured if skill}, places)
    for response, place, (skill, item) in zip(responses, places, measured, strict=True):
        key = (*place, response.key_version)
        answered.add(place)
        learnt = learner.learn(skill, item, response, regraded.get(response.sequence, response.score), counts=key not in met)
        met.add(key)
        if learnt and within_reach and standing.first_ready_at is None:
            learner.place(standing)
            _note_ready(standing, response.answered_at)
    if learner.skills:
        learner.place(standing)
    if responses:
        standing.sequence = responses[-1].sequence
        standing.first_answer_at = min(response.answered_at for response in responses)
        standing.last_answer_at = max(response.answered_at for response in responses)
    return {skill: estimate_row(learner_id, skill, known) for skill, known in learner.skills.items()}, standing


def _note_ready(standing: StandingRow, at: datetime) -> None:
    if standing.first_ready_at is None and standing.ready_until and standing.ready_until > at:
        standing.first_ready_at = at


def mastery_of(need: Requirement, skills: Mapping[str, Known], scales: Scales) -> float | None:
    """P(theta > cut of the level that a role asks for), in [0, 1]; None where nothing was or could be assessed."""
    scale = scales.of(need.skill_id)
    if need.skill_id not in skills or not scale.measurable:
        return None
    return ability.probability_above(skills[need.skill_id].posterior, scale.cuts[need.level])


def role_readiness(role: WorkRole, skills: Mapping[str, Known], scales: Scales) -> Readiness:
    """How far the evidence says that a learner can do a role's work."""
    by_skill = {need.skill_id: mastery_of(need, skills, scales) for need in role.requirements}
    return readiness.mastery_of_role(role.requirements, by_skill)


def _moved(posterior: Posterior, item: ItemParameters, response: Scored, score: float) -> Posterior:
    last = posterior.last_time
    idle_days = 0.0 if last is None else (response.answered_at - last).total_seconds() / _DAY
    explained = response.purpose != PLACEMENT
    moved = ability.update(posterior, item, score, idle_days=idle_days, feedback=explained)
    # An open answer is recorded when it is graded, perhaps after answers that were given later.
    return Posterior(moved.weights, moved.answers, response.answered_at if last is None else max(last, response.answered_at))


def stage(standing: StandingRow | Standing, at: datetime) -> str:
    """The stage that a standing says its learner is at, at a moment."""
    return stages.stage(
        last_answer_at=standing.last_answer_at,
        proficient=standing.proficient,
        ready_until=standing.ready_until,
        placed=standing.placed_at is not None,
        at=at,
    )


def _memory_of(row: EstimateRow) -> Memory | None:
    if row.stability is None or row.difficulty is None or row.reviewed_at is None or row.due_at is None or row.retained_until is None:
        return None
    return Memory(row.stability, row.difficulty, row.reviewed_at, row.due_at, row.retained_until)
