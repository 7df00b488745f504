"""Open answers that wait, and the marking that turns each of them into a response."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from academy.core.content.model import Item
from academy.core.items.open import marked
from academy.services import endings
from academy.services.recording import Act, record
from academy.services.site import Site
from academy.store import evidence_rows, open_answers
from academy.store.tables.learning import Attempt, OpenAnswer

LONGEST_COMMENT = 1_000


class NotWaiting(ValueError):
    """The answer is not this person's to mark, was marked already, or its question is no longer there."""


@dataclass(frozen=True, slots=True)
class ToMark:
    """An answer that an educator should mark, without the name of who wrote it."""

    learner_id: int
    number: int
    course_id: str
    item: Item
    language: str
    text: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """The answers that wait, the oldest first, and how many belong to questions that are no longer there."""

    answers: Sequence[ToMark]
    orphans: int

    def after(self, learner_id: int, number: int) -> ToMark | None:
        """The one that waits longest, besides this one."""
        return next((answer for answer in self.answers if (answer.learner_id, answer.number) != (learner_id, number)), None)


def queue(site: Site) -> Queue:
    """Every answer that waits for an educator."""
    with site.database.reading() as session:
        rows = open_answers.waiting(session)
        found = [_to_mark(site, row) for row in rows]
    answers = [answer for answer in found if answer is not None]
    return Queue(answers, len(found) - len(answers))


def mark(site: Site, educator_id: int | None, learner_id: int, number: int, *, met: Collection[str], comment: str) -> None:
    """Mark an answer: the criteria of its rubric that it meets, and a comment for its writer. Raises NotWaiting.

    educator_id: None where nobody in particular marked it, as in the demonstration.
    """
    comment = comment.replace("\0", "").strip()[:LONGEST_COMMENT]  # PostgreSQL keeps no NUL
    with site.database.writing() as session, session.no_autoflush:
        _settle(site, session, learner_id, number, met=met, by_self=False, grader=educator_id, comment=comment)


def mark_own(site: Site, learner_id: int, number: int, *, met: Collection[str]) -> None:
    """Mark one's own answer, where the author said that learners do: practice only. Raises NotWaiting."""
    with site.database.writing() as session, session.no_autoflush:
        _settle(site, session, learner_id, number, met=met, by_self=True, grader=learner_id, comment="")


def _settle(
    site: Site, session: Session, learner_id: int, number: int, *, met: Collection[str], by_self: bool, grader: int | None, comment: str
) -> None:
    """Append the response and finish its attempt, by the rubric as it stands now."""
    if session.get(OpenAnswer, (learner_id, number)) is None:
        raise NotWaiting("there is no such answer")
    standing = evidence_rows.lock_standing(session, learner_id)
    row = session.get_one(OpenAnswer, (learner_id, number), populate_existing=True)  # as it is under the lock
    item = site.courses.current.item(row.course_id, row.item_id, row.language)
    if row.graded_at is not None or row.by_self != by_self or item is None or not endings.gradable(item, by_self=row.by_self):
        raise NotWaiting("this answer does not wait")
    try:
        answer = marked(item, row.text, met)
    except ValueError as error:
        raise NotWaiting(str(error)) from error
    act = Act(row.course_id, row.language, answer, row.submission, row.attempt, row.text_version, row.given_at)
    response = record(site, session, standing, item, act)
    row.graded_at, row.graded_by, row.comment = site.now(), grader, comment
    session.add(row)
    attempt = session.get(Attempt, (learner_id, row.attempt)) if row.attempt is not None else None
    if attempt is not None and attempt.passed is None:
        given = evidence_rows.attempt_responses(session, learner_id, attempt.number) | {item.id: response}
        written = {each.item_id: each.by_self for each in open_answers.of_attempt(session, learner_id, attempt.number)}
        endings.finish_if_complete(site, session, attempt, given, written)


def _to_mark(site: Site, row: OpenAnswer) -> ToMark | None:
    item = site.courses.current.item(row.course_id, row.item_id, row.language)
    if item is None or not endings.gradable(item, by_self=row.by_self):
        return None
    return ToMark(row.learner_id, row.number, row.course_id, item, row.language, row.text, row.given_at)
