"""Attempts begun, answered and finished; knowledge checks answered; what is written kept until somebody marks it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from academy.core.content.model import Item, Quiz
from academy.core.content.version import digest
from academy.core.grading import read_answer
from academy.core.items.open import TYPE as OPEN
from academy.core.items.protocol import Answer, AnswerError
from academy.services import endings, timing
from academy.services.recording import Act, record, record_at_once
from academy.services.site import Site
from academy.store import answering, evidence, evidence_rows, open_answers, regrades
from academy.store.answering import Moment, Sheet
from academy.store.evidence_rows import ResponseRow, StandingRow
from academy.store.regrades import NOTHING_REGRADED
from academy.store.tables.learning import Attempt, OpenAnswer


class NotOpen(ValueError):
    """The attempt is finished, is not this learner's, or does not hold the item."""


class TimeOver(NotOpen):
    """The answer came after the attempt's time and its grace."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was recorded."""

    answer: Answer
    score: float
    key_version: str
    answered_at: datetime
    sequence: int = 0
    """The response's, of this learner."""
    corrected: bool = False
    """Whether it was graded again by a changed key, with another score."""
    comment: str = ""
    """What whoever marked an open answer wrote about it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open answer that nobody has marked yet: it has no score. `number` names it among the learner's open answers."""

    number: int
    text: str
    by_self: bool
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Sitting:
    """One attempt as pages see it: the quiz's items that are still there, in order, and what was answered."""

    number: int
    course_id: str
    module_id: str
    quiz_id: str
    seed: str
    item_ids: tuple[str, ...]
    answers: dict[str, Given]
    pass_percent: int
    started_at: datetime
    finished_at: datetime | None
    score: float | None
    passed: bool | None
    waiting: dict[str, Waiting]
    """Answers that nobody has marked yet, by item."""
    ends_at: datetime | None = None
    """When a timed attempt is over."""

    @property
    def next_item(self) -> str | None:
        """The first item without an answer."""
        return next((item_id for item_id in self.item_ids if item_id not in self.answers and item_id not in self.waiting), None)

    @property
    def to_be_graded(self) -> int:
        """Answers that the result waits for; those that learners mark themselves do not count in it."""
        return sum(not waiting.by_self for waiting in self.waiting.values())


def start_attempt(site: Site, learner_id: int, course_id: str, module_id: str, quiz: Quiz) -> int:
    """The number of the learner's open attempt at this quiz, begun if there is none.

    Raises NoMoreAttempts; ValueError for an empty quiz.
    """
    if not quiz.items:
        raise ValueError("this quiz has no questions")
    with site.database.writing() as session:
        standing = evidence_rows.lock_standing(session, learner_id)
        present = evidence.open_attempt(session, learner_id, course_id, quiz.id)
        if present is not None and not endings.settle_within(site, session, present):
            return present.number
        timing.check_limit(session, learner_id, course_id, quiz)
        standing.attempts += 1
        evidence_rows.keep_standing(session, standing)
        session.add(
            Attempt(
                learner_id=learner_id,
                number=standing.attempts,
                course_id=course_id,
                module_id=module_id,
                quiz_id=quiz.id,
                seed=secrets.token_hex(8),
                item_ids=[item.id for item in quiz.items],
                pass_percent=quiz.pass_percent,
                started_at=(now := site.now()),
                ends_at=timing.end_of(session, learner_id, quiz, now),
            )
        )
        return standing.attempts


def sheet(site: Site, learner_id: int, number: int) -> Sheet | None:
    """A learner's attempt as an answer meets it, in one query; None when they have none of that number."""
    return answering.sheet(site.database, learner_id, number)


def sitting(site: Site, learner_id: int, number: int) -> Sitting | None:
    """A learner's attempt; None when they have none of that number."""
    with site.database.reading() as session:
        attempt = session.get(Attempt, (learner_id, number))
        if attempt is None:
            return None
        written = open_answers.of_attempt(session, learner_id, number)
        responses = evidence_rows.attempt_responses(session, learner_id, number)
        return _sitting(site, attempt, responses, written, regrades.scores(session, learner_id))


def settle(site: Site, learner_id: int, number: int) -> None:
    """Finish an attempt whose time is over, or whose last unanswered or ungraded questions were taken out of the course."""
    with site.database.writing() as session:
        evidence_rows.lock_standing(session, learner_id)
        attempt = session.get(Attempt, (learner_id, number))
        if attempt is not None and attempt.passed is None:
            endings.settle_within(site, session, attempt)


def answer_as_sent(
    site: Site,
    learner_id: int,
    number: int,
    item_id: str,
    language: str,
    form: Mapping[str, Sequence[str]],
    seen: Sheet,
    before: Moment,
) -> bool:
    """Record at once what a form says of an item of an attempt; False where that is no answer, or `answer_item` must see to it.

    seen: the attempt; before: what an answer to the item meets.
    """
    course_id = seen.attempt.course_id
    found = site.courses.current.item_nearest(course_id, item_id, language)
    if found is None:
        return False
    item, shown_in = found
    try:
        answer = read_answer(item, form)
    except AnswerError:
        return False
    given = answer_at_once(site, learner_id, number, item, course_id=course_id, language=shown_in, answer=answer, seen=seen, before=before)
    return given is not None


def answer_at_once(
    site: Site,
    learner_id: int,
    number: int,
    item: Item,
    *,
    course_id: str,
    language: str,
    answer: Answer,
    seen: Sheet,
    before: Moment | None = None,
) -> Given | None:
    """Record the answer to one item of an attempt by what was read of it, before anything is locked, as nearly every answer can be.

    before: what the answer meets, where that was read too. None, and nothing is recorded, where that does not do: `answer_item` is
    the way then.
    """
    if waits(item, answer) or not _goes_on(site, seen, item, course_id):
        return None
    act = _act(item, number, course_id, language, answer)
    if endings.is_last(site, seen, item):
        end = endings.end_of(site, learner_id, number, seen.attempt)
        response = record_at_once(site, seen.standing, item, act, before=before, end=end)
    else:
        response = record_at_once(site, seen.standing, item, act, before=before)
    return None if response is None else given_of(response)


def answer_item(
    site: Site, learner_id: int, number: int, item: Item, *, course_id: str, language: str, answer: Answer, seen: Sheet | None = None
) -> Given | Waiting:
    """Record the answer to one item of an attempt; a second answer to it changes nothing and returns the first.

    The last missing answer finishes the attempt; it has no result while open answers wait to be graded. Raises NotOpen, TimeOver.
    seen: the attempt, where it was read a moment ago.
    """
    seen = seen or answering.sheet(site.database, learner_id, number)
    if seen is not None:
        at_once = answer_at_once(site, learner_id, number, item, course_id=course_id, language=language, answer=answer, seen=seen)
        if at_once is not None:
            return at_once
    act = _act(item, number, course_id, language, answer)
    with site.database.writing() as session, session.no_autoflush:
        standing = evidence_rows.lock_standing(session, learner_id)
        present = answering.sheet_within(session, learner_id, number)
        if present is None or not _holds(present, item, course_id):
            raise NotOpen(f"attempt {number} does not hold {item.id}")
        if item.id in present.answered:
            return _first_answer(session, learner_id, number, item.id)
        if present.attempt.finished_at is not None:
            raise NotOpen(f"attempt {number} is finished")
        if timing.is_over(site, present.attempt.ends_at):
            raise TimeOver(f"attempt {number} ended at {present.attempt.ends_at}")
        if waits(item, answer):
            given: Given | Waiting = _waiting(_keep(site, session, standing, item, act))
        else:
            given = given_of(record(site, session, standing, item, act))
        if endings.is_last(site, present, item):
            session.flush()
            endings.settle_within(site, session, session.get_one(Attempt, (learner_id, number)))
        return given


def _act(item: Item, number: int, course_id: str, language: str, answer: Answer) -> Act:
    return Act(course_id, language, answer, f"{number}/{digest(item.id)}"[:64], number)


def _holds(seen: Sheet, item: Item, course_id: str) -> bool:
    return seen.attempt.course_id == course_id and item.id in seen.attempt.item_ids


def _goes_on(site: Site, seen: Sheet, item: Item, course_id: str) -> bool:
    """Whether the item can be answered in the attempt."""
    attempt = seen.attempt
    open_yet = attempt.finished_at is None and not timing.is_over(site, attempt.ends_at)
    return open_yet and _holds(seen, item, course_id) and item.id not in seen.answered


def _first_answer(session: Session, learner_id: int, number: int, item_id: str) -> Given | Waiting:
    """What was answered before in this place."""
    response = evidence_rows.attempt_responses(session, learner_id, number).get(item_id)
    written = {row.item_id: row for row in open_answers.of_attempt(session, learner_id, number)}
    return _waiting(written[item_id]) if response is None else given_of(response, written.get(item_id))


def answer_check(
    site: Site, learner_id: int, item: Item, *, course_id: str, language: str, answer: Answer, submission: str
) -> Given | Waiting:
    """Record the answer to a knowledge check. The same submission records once; a new one is a repeat, which only teaches.

    submission: names one act of answering this item, however it is written.
    """
    submission = f"c/{digest(f'{item.id}/{submission}')}"[:64]
    act = Act(course_id, language, answer, submission, None)
    seen = None if waits(item, answer) else answering.standing(site.database, learner_id)
    if seen is not None:
        at_once = record_at_once(site, seen, item, act)
        if at_once is not None:
            return given_of(at_once)
    with site.database.writing() as session, session.no_autoflush:
        standing = evidence_rows.lock_standing(session, learner_id)
        response = evidence.response_by_submission(session, learner_id, submission)
        written = open_answers.by_submission(session, learner_id, submission)
        if response is None and written is None:
            if waits(item, answer):
                return _waiting(_keep(site, session, standing, item, act))
            response = record(site, session, standing, item, act)
        return given_of(response, written) if response is not None else _waiting(written or _keep(site, session, standing, item, act))


def check_answers(site: Site, learner_id: int, course_id: str, item_ids: list[str]) -> dict[str, Given | Waiting]:
    """The latest answers to knowledge checks, by item."""
    with site.database.reading() as session:
        found = evidence.check_responses(session, learner_id, course_id, item_ids)
        written = open_answers.of_checks(session, learner_id, course_id, item_ids)
        regraded = regrades.scores(session, learner_id)
        answers: dict[str, Given | Waiting] = {
            item_id: given_of(response, written.get(item_id), regraded) for item_id, response in found.items()
        }
        return answers | {item_id: _waiting(row) for item_id, row in written.items() if row.graded_at is None}


def waits(item: Item, answer: Answer) -> bool:
    """Whether somebody has to read this answer before it has a score; not knowing needs no reader."""
    return item.type == OPEN.name and isinstance(answer, str)


def _keep(site: Site, session: Session, standing: StandingRow, item: Item, act: Act) -> OpenAnswer:
    """Keep what was written until somebody marks it. It is no response yet, so nothing counts it as wrong."""
    assert isinstance(act.answer, str), "only what was written waits"
    row = OpenAnswer(
        learner_id=standing.learner_id,
        number=open_answers.last_number(session, standing.learner_id) + 1,
        submission=act.submission,
        attempt=act.attempt,
        course_id=act.course_id,
        item_id=item.id,
        text_version=site.courses.current.item_versions(act.course_id, item.id).text_versions[act.language],
        language=act.language,
        text=act.answer,
        by_self=item.by_self,
        given_at=site.now(),
    )
    session.add(row)
    return row


def _sitting(
    site: Site, attempt: Attempt, responses: dict[str, ResponseRow], rows: Sequence[OpenAnswer], regraded: Mapping[int, float]
) -> Sitting:
    present = {item.id: item for item in endings.present_items(site, attempt.course_id, attempt.item_ids)}
    written = {row.item_id: row for row in rows}
    return Sitting(
        number=attempt.number,
        course_id=attempt.course_id,
        module_id=attempt.module_id,
        quiz_id=attempt.quiz_id,
        seed=attempt.seed,
        item_ids=tuple(item_id for item_id in attempt.item_ids if item_id in present),
        answers={item_id: given_of(response, written.get(item_id), regraded) for item_id, response in responses.items()},
        pass_percent=attempt.pass_percent,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        score=attempt.score,
        passed=attempt.passed,
        waiting={
            row.item_id: _waiting(row)
            for row in rows
            if row.item_id not in responses and endings.gradable(present.get(row.item_id), by_self=row.by_self)
        },
        ends_at=attempt.ends_at,
    )


def given_of(response: ResponseRow, written: OpenAnswer | None = None, regraded: Mapping[int, float] = NOTHING_REGRADED) -> Given:
    """A response as pages see it, with the score in force and the comment of whoever marked it. regraded: by sequence."""
    same = written is not None and written.submission == response.submission
    score = regraded.get(response.sequence, response.score)
    return Given(
        answer=response.answer,
        score=score,
        key_version=response.key_version,
        answered_at=response.answered_at,
        sequence=response.sequence,
        comment=written.comment if written and same else "",
        corrected=score != response.score,
    )


def _waiting(row: OpenAnswer) -> Waiting:
    return Waiting(row.number, row.text, row.by_self, row.given_at)
