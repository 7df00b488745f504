"""What fades, and a daily ration of questions that keeps it: fresh ones first, of a size that the learner chooses."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from academy.core.content.model import Language
from academy.core.content.version import digest
from academy.core.framework import Skill
from academy.core.items.protocol import Answer
from academy.core.measurement import retention, selection
from academy.services import derivation, questions
from academy.services.assess import Given, given_of
from academy.services.derivation import Known
from academy.services.questions import Question
from academy.services.recording import Act, record
from academy.services.scales import Scales, scales
from academy.services.site import HERE, Site
from academy.store import evidence, evidence_rows, regrades
from academy.store.evidence_rows import ResponseRow
from academy.store.tables.accounts import Account
from academy.store.tables.learning import Review

PURPOSE = "review"
SMALLEST, LARGEST = 1, 30
"""Questions that a ration may have."""
PER_SKILL = 3
"""Questions of one skill in a ration, at most."""
SOON_DAYS = 14
"""Days ahead in which the end of retention counts as near."""


@dataclass(frozen=True, slots=True)
class Fading:
    """One skill as it is remembered today: retention in [0, 1], when a review is due, and until when it counts as retained."""

    skill: Skill
    retention: float
    due: bool
    due_at: datetime
    retained: bool
    retained_until: datetime
    fresh: int
    """Questions of the skill that the learner has not met."""
    questions: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What fades, soonest first; the ration's size, what was reviewed today, and the number of an open review."""

    fading: tuple[Fading, ...]
    ration: int
    today: int
    open: int | None

    @property
    def due(self) -> tuple[Fading, ...]:
        """The skills that a review would do good now."""
        return tuple(one for one in self.fading if one.due and one.questions)

    @property
    def next_due(self) -> Fading | None:
        """The skill to be reviewed first among those that are not due yet."""
        return min((one for one in self.fading if not one.due and one.questions), key=lambda one: one.due_at, default=None)


@dataclass(frozen=True, slots=True)
class Sitting:
    """One ration of review: its questions that the courses still have, in order, and what was answered."""

    number: int
    seed: str
    started_at: datetime
    finished_at: datetime | None
    questions: tuple[Question, ...]
    answers: Mapping[tuple[str, str], Given]

    @property
    def next_position(self) -> int | None:
        """Position from 1 of the first question without an answer."""
        return next((at for at, question in enumerate(self.questions, start=1) if question.place not in self.answers), None)


def overview(site: Site, learner_id: int, language: Language) -> Overview:
    """How a learner's skills are remembered today."""
    now = site.now()
    with site.database.reading() as session:
        account = session.get_one(Account, learner_id)
        held = derivation.known_skills(evidence_rows.estimates(session, learner_id))
        met = evidence.last_met(session, learner_id)
        rows = evidence.reviews(session, learner_id)
        today = evidence.answered_since(session, learner_id, PURPOSE, _day_start(now))
    pool = questions.pool(site.courses.current, language)
    fading = [
        found
        for skill, known in held.items()
        if skill in site.framework.skills
        and (found := _fading(site.framework.skills[skill], known, pool.get(skill, ()), met, now)) is not None
    ]
    fading.sort(key=lambda one: (one.retained_until, one.skill.id))
    open_number = next((row.number for row in rows if row.finished_at is None), None)
    return Overview(tuple(fading), account.ration, today, open_number)


def begin(site: Site, learner_id: int, language: Language) -> int | None:
    """The number of the learner's open review, begun where there is none; None where there is nothing to review.

    Skills that are due come first, the most faded before; without any, those that will be due next.
    """
    with site.database.writing() as session:
        evidence_rows.lock_standing(session, learner_id)
        rows = evidence.reviews(session, learner_id)
        current = next((row for row in rows if row.finished_at is None), None)
        if current is not None and not _complete(site, session, current):
            return current.number
        seed = secrets.token_hex(8)
        chosen = _plan(site, session, learner_id, language, seed)
        if not chosen:
            return None
        places = [list(question.place) for question in chosen]
        number = len(rows) + 1
        session.add(Review(learner_id=learner_id, number=number, seed=seed, questions=places, started_at=site.now()))
        return number


def sitting(site: Site, learner_id: int, number: int, language: Language) -> Sitting | None:
    """A learner's review; None when they have none of that number."""
    with site.database.reading() as session:
        row = session.get(Review, (learner_id, number))
        if row is None:
            return None
        given = evidence.session_responses(session, learner_id, PURPOSE, number)
        regraded = regrades.scores(session, learner_id)
    return Sitting(
        number=number,
        seed=row.seed,
        started_at=row.started_at,
        finished_at=row.finished_at,
        questions=tuple(_present(site, row, language)),
        answers={place: given_of(response, regraded=regraded) for place, response in given.items()},
    )


def answer(
    site: Site, learner_id: int, number: int, question: Question, *, answer: Answer, seconds: int | None = None, effort: str = ""
) -> None:
    """Record the answer to a question of a review; a second answer changes nothing. The last one finishes the review."""
    with site.database.writing() as session:
        standing = evidence_rows.lock_standing(session, learner_id)
        row = session.get(Review, (learner_id, number))
        if row is None or list(question.place) not in row.questions:
            return
        if question.place not in evidence.session_responses(session, learner_id, PURPOSE, number):
            submission = f"r/{number}/{digest('/'.join(question.place))}"[:64]
            act = Act(
                question.course_id, question.language, answer, submission, None,
                purpose=PURPOSE, session=number, seconds=seconds, effort=effort,
            )  # fmt: skip
            record(site, session, standing, question.item, act)
            session.flush()
        _complete(site, session, row)


def settle(site: Site, learner_id: int, number: int) -> None:
    """Finish a review whose last open questions were taken out of the courses."""
    with site.database.writing() as session:
        evidence_rows.lock_standing(session, learner_id)
        row = session.get(Review, (learner_id, number))
        if row is not None:
            _complete(site, session, row)


def set_ration(site: Site, learner_id: int, size: int) -> None:
    """Keep how many questions a day's review has. Raises ValueError outside 1 to 30."""
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a ration has {SMALLEST} to {LARGEST} questions, not {size}")
    with site.database.writing() as session:
        account = session.get_one(Account, learner_id)
        account.ration = size
        session.add(account)


def _plan(site: Site, session: Session, learner_id: int, language: Language, seed: str) -> list[Question]:
    """The questions of a new ration: in turn one of each skill, at most three of a skill."""
    now, known = site.now(), scales(site, session)
    held = derivation.known_skills(evidence_rows.estimates(session, learner_id))
    met = evidence.last_met(session, learner_id)
    pool = questions.pool(site.courses.current, language)
    chance = random.Random(seed)  # noqa: S311  # the same again for the same seed
    by_skill = [_of_skill(known, held[skill], pool[skill], met, chance) for skill in _order(held, pool, now)]
    size = session.get_one(Account, learner_id).ration
    turns = [found[turn] for turn in range(PER_SKILL) for found in by_skill if turn < len(found)]
    return turns[:size]


def _order(held: Mapping[str, Known], pool: questions.Pool, now: datetime) -> list[str]:
    """The skills to review: those that are due, most faded first; where none is, all by when they will be."""
    memories = {skill: one.memory for skill, one in held.items() if one.memory is not None and pool.get(skill)}
    due = [skill for skill, memory in memories.items() if memory.due_at <= now]
    if due:
        return sorted(due, key=lambda skill: (retention.retention(memories[skill], now), skill))
    return sorted(memories, key=lambda skill: (memories[skill].due_at, skill))


def _of_skill(
    known: Scales, one: Known, found: Sequence[Question], met: Mapping[tuple[str, str, str], datetime], chance: random.Random
) -> list[Question]:
    """Up to three questions of a skill: the most telling unseen ones, those of quizzes first, then those met longest ago."""
    chosen: list[Question] = []
    for alone in (True, False):
        fresh = [question for question in found if question.alone is alone and question.key not in met and question.key in known.items]
        while fresh and len(chosen) < PER_SKILL:
            candidates = [questions.candidate(question, known) for question in fresh]
            topics = questions.shares(tuple(found))
            asked = Counter(question.topic for question in chosen)
            best = selection.choose(one.posterior, candidates, shares=topics, asked=asked, chance=chance.random()).key
            chosen.append(best)
            fresh.remove(best)
    seen = sorted((question for question in found if question.key in met), key=lambda question: met[question.key])
    return (chosen + seen)[:PER_SKILL]


def _fading(
    skill: Skill, known: Known, found: Sequence[Question], met: Mapping[tuple[str, str, str], datetime], now: datetime
) -> Fading | None:
    memory = known.memory
    if memory is None:
        return None
    return Fading(
        skill=skill,
        retention=retention.retention(memory, now),
        due=memory.due_at <= now,
        due_at=memory.due_at,
        retained=memory.retained_until > now,
        retained_until=memory.retained_until,
        fresh=sum(question.key not in met for question in found),
        questions=len(found),
    )


def _complete(site: Site, session: Session, row: Review) -> bool:
    """Whether the review is finished, which it is once every question that the courses still have is answered."""
    if row.finished_at is None:
        given: Mapping[tuple[str, str], ResponseRow] = evidence.session_responses(session, row.learner_id, PURPOSE, row.number)
        languages = {course.source_language for course in site.courses.current.courses.values()}
        present = {question.place for language in languages for question in _present(site, row, language)}
        if present <= given.keys():
            row.finished_at = site.now()
            session.add(row)
    return row.finished_at is not None


def _present(site: Site, row: Review, language: Language) -> list[Question]:
    found = (questions.find(site.courses.current, language, course_id, item_id) for course_id, item_id in row.questions)
    return [question for question in found if question is not None]


def _day_start(now: datetime) -> datetime:
    return now.astimezone(HERE).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
