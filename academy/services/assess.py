"""Attempts begun, answers graded and recorded, estimates moved: each in one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from academy.core.content.model import Item, Quiz
from academy.core.grading import grade
from academy.core.items.protocol import Answer
from academy.services import derivation
from academy.services.scales import scales
from academy.services.site import Site
from academy.store import evidence
from academy.store.tables import Attempt, Response, SkillEstimate, Standing


class NotOpen(ValueError):
    """The attempt is finished, is not this learner's, or does not hold the item."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was recorded."""

    answer: Answer
    score: float
    key_version: str
    answered_at: datetime


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

    @property
    def next_item(self) -> str | None:
        """The first item without an answer."""
        return next((item_id for item_id in self.item_ids if item_id not in self.answers), None)


def start_attempt(site: Site, learner_id: int, course_id: str, module_id: str, quiz: Quiz) -> int:
    """The number of the learner's open attempt at this quiz, begun if there is none. Raises ValueError for an empty quiz."""
    if not quiz.items:
        raise ValueError("this quiz has no questions")
    with site.database.writing() as session:
        standing = evidence.lock_standing(session, learner_id)
        present = evidence.open_attempt(session, learner_id, course_id, quiz.id)
        if present is not None:
            return present.number
        standing.attempts += 1
        session.add(standing)
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
                started_at=site.now(),
            )
        )
        return standing.attempts


def sitting(site: Site, learner_id: int, number: int) -> Sitting | None:
    """A learner's attempt; None when they have none of that number."""
    with site.database.reading() as session:
        attempt = session.get(Attempt, (learner_id, number))
        if attempt is None:
            return None
        return _sitting(site, attempt, evidence.attempt_responses(session, learner_id, number))


def answer_item(
    site: Site, learner_id: int, number: int, item: Item, *, course_id: str, language: str, answer: Answer
) -> Given:
    """Record the answer to one item of an attempt; a second answer to it changes nothing and returns the first.

    The last missing answer finishes the attempt. Raises NotOpen.
    """
    with site.database.writing() as session:
        standing = evidence.lock_standing(session, learner_id)
        attempt = session.get(Attempt, (learner_id, number))
        if attempt is None or attempt.course_id != course_id or item.id not in attempt.item_ids:
            raise NotOpen(f"attempt {number} does not hold {item.id}")
        submission = f"attempt-{number}-{item.id}"[:64]
        response = evidence.response_by_submission(session, learner_id, submission)
        if response is None:
            if attempt.finished_at is not None:
                raise NotOpen(f"attempt {number} is finished")
            response = _record(site, session, standing, item, course_id, language, answer, submission, number)
            _finish_if_complete(site, session, attempt)
        return _given(response)


def answer_check(
    site: Site, learner_id: int, item: Item, *, course_id: str, language: str, answer: Answer, submission: str
) -> Given:
    """Record the answer to a knowledge check. The same submission records once; a new one is a repeat, which only teaches."""
    with site.database.writing() as session:
        standing = evidence.lock_standing(session, learner_id)
        response = evidence.response_by_submission(session, learner_id, submission)
        if response is None:
            response = _record(site, session, standing, item, course_id, language, answer, submission, None)
        return _given(response)


def check_answers(site: Site, learner_id: int, course_id: str, item_ids: list[str]) -> dict[str, Given]:
    """The latest answers to knowledge checks, by item."""
    with site.database.reading() as session:
        found = {item_id: evidence.check_response(session, learner_id, course_id, item_id) for item_id in item_ids}
        return {item_id: _given(response) for item_id, response in found.items() if response is not None}


def _record(
    site: Site,
    session: Session,
    standing: Standing,
    item: Item,
    course_id: str,
    language: str,
    answer: Answer,
    submission: str,
    attempt: int | None,
) -> Response:
    versions = site.courses.current.item_versions(course_id, item.id)
    learner_id = standing.learner_id
    key_version = versions.key_version_in(language)
    counted = not evidence.met_before(session, learner_id, course_id, item.id, key_version)
    standing.sequence += 1
    response = Response(
        learner_id=learner_id,
        sequence=standing.sequence,
        submission=submission,
        attempt=attempt,
        course_id=course_id,
        item_id=item.id,
        key_version=key_version,
        text_version=versions.text_versions[language],
        language=language,
        answer=answer,
        score=grade(item, answer),
        answered_at=site.now(),
    )
    session.add(response)
    if standing.first_answer_at is None:
        standing.first_answer_at = response.answered_at
    standing.last_answer_at = response.answered_at
    if counted:
        _move_estimate(site, session, standing, response)
    session.add(standing)
    session.flush()
    return response


def _move_estimate(site: Site, session: Session, standing: Standing, response: Response) -> None:
    known = scales(site, session)
    skill, parameters = known.items.get((response.course_id, response.item_id, response.key_version), ("", None))
    if not skill or parameters is None:
        return
    estimates = evidence.estimates(session, standing.learner_id)
    moved = derivation.advance(derivation.posterior_of(estimates.get(skill)), parameters, response)
    row: SkillEstimate = session.merge(derivation.estimate_row(standing.learner_id, skill, moved))
    estimates[skill] = row
    target = evidence.target_role(session, standing.learner_id)
    derivation.place(standing, target, estimates, known, site.framework)


def _finish_if_complete(site: Site, session: Session, attempt: Attempt) -> None:
    given = evidence.attempt_responses(session, attempt.learner_id, attempt.number)
    items = _present_items(site, attempt)
    if any(item.id not in given for item in items):
        return
    points = sum(item.points for item in items)
    earned = sum(item.points * given[item.id].score for item in items)
    attempt.finished_at = site.now()
    attempt.score = earned / points if points else 0.0
    attempt.passed = attempt.score * 100 >= attempt.pass_percent - 1e-9
    session.add(attempt)


def _present_items(site: Site, attempt: Attempt) -> list[Item]:
    """The attempt's items that the course still has."""
    found = [site.courses.current.item(attempt.course_id, item_id) for item_id in attempt.item_ids]
    return [item for item in found if item is not None]


def _sitting(site: Site, attempt: Attempt, responses: dict[str, Response]) -> Sitting:
    present = {item.id for item in _present_items(site, attempt)}
    return Sitting(
        number=attempt.number,
        course_id=attempt.course_id,
        module_id=attempt.module_id,
        quiz_id=attempt.quiz_id,
        seed=attempt.seed,
        item_ids=tuple(item_id for item_id in attempt.item_ids if item_id in present),
        answers={item_id: _given(response) for item_id, response in responses.items()},
        pass_percent=attempt.pass_percent,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        score=attempt.score,
        passed=attempt.passed,
    )


def _given(response: Response) -> Given:
    return Given(response.answer, response.score, response.key_version, response.answered_at)
