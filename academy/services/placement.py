"""An adaptive test of what a learner can do already: each question chosen by what is known, until enough is known."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from academy.core.content.model import Language
from academy.core.content.version import digest
from academy.core.framework import Requirement, Skill, WorkRole
from academy.core.items.protocol import Answer
from academy.core.measurement import ability, mastery, selection
from academy.core.measurement.ability import Posterior
from academy.core.measurement.mastery import Status
from academy.services import derivation, questions
from academy.services.assess import Given, given_of
from academy.services.questions import Question
from academy.services.recording import Act, record
from academy.services.scales import Scales, scales
from academy.services.site import Site
from academy.services.skills import DEFAULT_LEVEL
from academy.store import evidence, evidence_rows, regrades
from academy.store.evidence_rows import ResponseRow
from academy.store.tables.learning import Placement


class State(StrEnum):
    """How far a placement is with one skill."""

    OPEN = "open"
    DEMONSTRATED = "demonstrated"
    NOT_YET = "not-yet"
    UNSURE = "unsure"
    """Asked enough: more questions would hardly decide it."""
    TOO_FEW = "too-few"
    """There are not enough questions that the learner has not met."""
    NO_QUESTIONS = "no-questions"


@dataclass(frozen=True, slots=True)
class SkillState:
    """One skill in a placement: questions asked in it, questions left to ask, and what may be said."""

    skill: Skill
    need: Requirement
    state: State
    above: float
    asked: int
    left: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What a placement would be about, and those begun: the open one's number, the last finished one's."""

    role: WorkRole | None
    skills: tuple[SkillState, ...]
    open: int | None
    finished: int | None

    @property
    def askable(self) -> bool:
        """Whether there is anything left to ask."""
        return any(one.state is State.OPEN for one in self.skills)

    @property
    def most(self) -> int:
        """The largest number of questions that it can take."""
        return sum(min(one.left, selection.MOST) for one in self.skills if one.state is State.OPEN)


@dataclass(frozen=True, slots=True)
class Sitting:
    """One placement as pages see it. Before it is finished `answered` tells how many, not how well."""

    number: int
    role: WorkRole | None
    seed: str
    started_at: datetime
    finished_at: datetime | None
    question: Question | None
    answered: tuple[tuple[Question, Given], ...]
    skills: tuple[SkillState, ...]


@dataclass(frozen=True, slots=True)
class _Moment:
    """All that the choice of the next question rests on."""

    known: Scales
    posteriors: Mapping[str, Posterior]
    met: frozenset[tuple[str, str, str]]
    pool: questions.Pool
    places: Mapping[tuple[str, str], Question]
    needs: Sequence[Requirement]
    asked: Sequence[tuple[str, str]]
    skills: Mapping[str, Skill]


def overview(site: Site, learner_id: int, target_role: str, language: Language) -> Overview:
    """What a placement would ask a learner today."""
    with site.database.reading() as session:
        rows = evidence.placements(session, learner_id)
        current = next((row for row in rows if row.finished_at is None), None)
        moment = _moment(site, session, learner_id, current or _blank(learner_id, target_role, site.now()), language)
    done = [row.number for row in rows if row.finished_at is not None]
    role = site.framework.roles.get(current.role_id if current else target_role)
    return Overview(role, _states(moment), current.number if current else None, done[-1] if done else None)


def begin(site: Site, learner_id: int, target_role: str, language: Language) -> int | None:
    """The number of the learner's open placement, begun where there is none; None where there is nothing to ask."""
    with site.database.writing() as session:
        evidence_rows.lock_standing(session, learner_id)
        rows = evidence.placements(session, learner_id)
        current = next((row for row in rows if row.finished_at is None), None)
        if current is not None:
            return current.number
        row = _blank(learner_id, target_role, site.now(), number=len(rows) + 1)
        row.seed = secrets.token_hex(8)
        first = _next(_moment(site, session, learner_id, row, language), row.seed)
        if first is None:
            return None
        row.asked = [list(first)]
        session.add(row)
        return row.number


def sitting(site: Site, learner_id: int, number: int, language: Language) -> Sitting | None:
    """A learner's placement; None when they have none of that number."""
    with site.database.reading() as session:
        row = session.get(Placement, (learner_id, number))
        if row is None:
            return None
        given = evidence.session_responses(session, learner_id, derivation.PLACEMENT, number)
        regraded = regrades.scores(session, learner_id)
        moment = _moment(site, session, learner_id, row, language)
    library = site.courses.current
    found = [(place, questions.find(library, language, *place)) for place in _asked(row)]
    answered = [
        (question, given_of(given[place], regraded=regraded)) for place, question in found if question is not None and place in given
    ]
    open_place = _open(row, given)
    return Sitting(
        number=number,
        role=site.framework.roles.get(row.role_id),
        seed=row.seed,
        started_at=row.started_at,
        finished_at=row.finished_at,
        question=questions.find(library, language, *open_place) if open_place else None,
        answered=tuple(answered),
        skills=_states(moment),
    )


def answer(
    site: Site, learner_id: int, number: int, question: Question, *, answer: Answer, language: Language, seconds: int | None = None
) -> None:
    """Record the answer to the open question and choose the next; an answer to any other question changes nothing."""
    with site.database.writing() as session:
        standing = evidence_rows.lock_standing(session, learner_id)
        row = session.get(Placement, (learner_id, number))
        if row is None or _open(row, evidence.session_responses(session, learner_id, derivation.PLACEMENT, number)) != question.place:
            return
        submission = f"p/{number}/{digest('/'.join(question.place))}"[:64]
        act = Act(
            question.course_id, question.language, answer, submission, None,
            purpose=derivation.PLACEMENT, session=number, seconds=seconds,
        )  # fmt: skip
        record(site, session, standing, question.item, act)
        session.flush()
        _go_on(site, session, row, language)


def go_on(site: Site, learner_id: int, number: int, language: Language) -> None:
    """Replace an open question that the courses have no more; without another one the placement is finished."""
    with site.database.writing() as session:
        evidence_rows.lock_standing(session, learner_id)
        row = session.get(Placement, (learner_id, number))
        if row is None or row.finished_at is not None:
            return
        open_place = _open(row, evidence.session_responses(session, learner_id, derivation.PLACEMENT, number))
        if open_place is None or questions.find(site.courses.current, language, *open_place) is None:
            _go_on(site, session, row, language)


def finish(site: Site, learner_id: int, number: int) -> None:
    """End a placement before it ends itself: what is decided is decided, the rest is not known."""
    with site.database.writing() as session:
        evidence_rows.lock_standing(session, learner_id)
        row = session.get(Placement, (learner_id, number))
        if row is not None and row.finished_at is None:
            row.finished_at = site.now()
            session.add(row)


def _go_on(site: Site, session: Session, row: Placement, language: Language) -> None:
    following = _next(_moment(site, session, row.learner_id, row, language), row.seed)
    if following is None:
        row.finished_at = site.now()
    else:
        row.asked = [*row.asked, list(following)]
    session.add(row)


def _next(moment: _Moment, seed: str) -> tuple[str, str] | None:
    """The next question: of the skill being asked while that is open, else of the one that is hardest to tell."""
    still_open = [one for one in _states(moment) if one.state is State.OPEN]
    if not still_open:
        return None
    present = _skill_of(moment, moment.asked[-1]) if moment.asked else None
    one = next((one for one in still_open if one.skill.id == present), None) or min(
        still_open, key=lambda one: (-selection.worth_asking(one.above), -one.need.weight, one.skill.id)
    )
    chance = random.Random(f"{seed}/{len(moment.asked)}").random()  # noqa: S311  # the same again for the same seed
    whole = tuple(question for question in moment.pool[one.skill.id] if question.alone)
    asked = Counter(question.topic for question in whole if question.place in moment.asked)
    candidates = [questions.candidate(question, moment.known) for question in _left(moment, one.skill.id)]
    chosen = selection.choose(_posterior(moment, one.skill.id), candidates, shares=questions.shares(whole), asked=asked, chance=chance)
    return chosen.key.place


def _states(moment: _Moment) -> tuple[SkillState, ...]:
    return tuple(_state(moment, need) for need in moment.needs)


def _state(moment: _Moment, need: Requirement) -> SkillState:
    posterior, left = _posterior(moment, need.skill_id), len(_left(moment, need.skill_id))
    asked = sum(_skill_of(moment, place) == need.skill_id for place in moment.asked)
    above = ability.probability_above(posterior, moment.known.of(need.skill_id).cuts[need.level])
    ended = selection.stop(above=above, se=ability.summarise(posterior).se, answers=posterior.answers, asked=asked)
    status = mastery.status(above, posterior.answers) if posterior.answers >= selection.FEWEST else Status.NOT_ENOUGH
    if not moment.known.of(need.skill_id).measurable:
        state = State.NO_QUESTIONS
    elif status in (Status.DEMONSTRATED, Status.NOT_YET):
        state = State.DEMONSTRATED if status is Status.DEMONSTRATED else State.NOT_YET
    elif ended is not None:
        state = State.UNSURE
    else:
        state = State.OPEN if left and posterior.answers + left >= selection.FEWEST else State.TOO_FEW
    return SkillState(moment.skills[need.skill_id], need, state, above, asked, left)


def _left(moment: _Moment, skill_id: str) -> list[Question]:
    """Questions of a skill that the learner has never met, nor been asked here."""
    return [
        question
        for question in moment.pool.get(skill_id, ())
        if question.alone and question.key not in moment.met and question.place not in moment.asked and question.key in moment.known.items
    ]


def _skill_of(moment: _Moment, place: tuple[str, str]) -> str | None:
    found = moment.places.get(place)
    return found.skill_id if found else None


def _posterior(moment: _Moment, skill_id: str) -> Posterior:
    return moment.posteriors.get(skill_id) or ability.prior()


def _moment(site: Site, session: Session, learner_id: int, row: Placement, language: Language) -> _Moment:
    known = scales(site, session)
    held = derivation.known_skills(evidence_rows.estimates(session, learner_id))
    return _Moment(
        known=known,
        posteriors={skill: one.posterior for skill, one in held.items()},
        met=frozenset(evidence.last_met(session, learner_id)),
        pool=questions.pool(site.courses.current, language),
        places=questions.by_place(site.courses.current, language),
        needs=_needs(site, row.role_id, known),
        asked=_asked(row),
        skills=site.framework.skills,
    )


def _needs(site: Site, role_id: str, known: Scales) -> Sequence[Requirement]:
    """The skills of the role; without one, every skill that there are questions for."""
    role = site.framework.roles.get(role_id)
    if role is not None and role.requirements:
        return role.requirements
    return [Requirement(skill, DEFAULT_LEVEL, 1.0) for skill in site.framework.skills if known.of(skill).measurable]


def _blank(learner_id: int, role_id: str, at: datetime, number: int = 0) -> Placement:
    return Placement(learner_id=learner_id, number=number, role_id=role_id, seed="", asked=[], started_at=at)


def _asked(row: Placement) -> list[tuple[str, str]]:
    return [(course_id, item_id) for course_id, item_id in row.asked]


def _open(row: Placement, given: Mapping[tuple[str, str], ResponseRow]) -> tuple[str, str] | None:
    """The question that waits for an answer."""
    asked = _asked(row)
    return asked[-1] if asked and row.finished_at is None and asked[-1] not in given else None
