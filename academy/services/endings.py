"""How an attempt ends: with its last answer or its time, and with a result once nothing in it waits to be marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlmodel import Session

from academy.core.content.model import Item
from academy.core.grading import passes, result
from academy.core.items.open import TYPE as OPEN
from academy.services import timing
from academy.services.site import Site
from academy.store import answering, evidence_rows, open_answers, regrades
from academy.store.answer_writes import EndRow
from academy.store.answering import AttemptRow, Sheet
from academy.store.evidence_rows import ResponseRow
from academy.store.tables.learning import Attempt


def is_last(site: Site, seen: Sheet, item: Item) -> bool:
    """Whether nothing is left to answer after the item."""
    return seen.answered | {item.id} >= {one.id for one in present_items(site, seen.attempt.course_id, seen.attempt.item_ids)}


def end_of(site: Site, learner_id: int, number: int, attempt: AttemptRow) -> Callable[[ResponseRow], EndRow | None]:
    """How an attempt ends with its last response, by what was answered in it until now."""
    marks = answering.marks(site.database, learner_id, number)
    scores = {mark.item_id: mark.score for mark in marks if mark.score is not None}
    written = {mark.item_id: mark.by_self for mark in marks if mark.score is None}

    def end(response: ResponseRow) -> EndRow | None:
        ended = _ended(site, attempt, scores | {response.item_id: response.score}, written)
        return None if ended is None else EndRow(learner_id, number, *ended)

    return end


def settle_within(site: Site, session: Session, attempt: Attempt) -> bool:
    """Finish the attempt if it is due; whether it is finished now."""
    given = evidence_rows.attempt_responses(session, attempt.learner_id, attempt.number)
    written = {row.item_id: row.by_self for row in open_answers.of_attempt(session, attempt.learner_id, attempt.number)}
    finish_if_complete(site, session, attempt, given, written)
    return attempt.finished_at is not None


def finish_if_complete(
    site: Site, session: Session, attempt: Attempt, given: Mapping[str, ResponseRow], written: Mapping[str, bool]
) -> None:
    """Finish the attempt once nothing is unanswered or its time is over, and give it its result once nothing waits to be graded.

    written: the open answers by item, and whether their learner marks them. What learners mark themselves is practice: it neither
    counts in the result nor holds it up. What was not answered in time counts 0 in the result, and is no response: nobody knows
    whether it could have been answered.
    """
    regraded = regrades.scores(session, attempt.learner_id)
    ended = _ended(site, attempt, {item_id: regraded.get(row.sequence, row.score) for item_id, row in given.items()}, written)
    if ended is not None:
        attempt.finished_at, attempt.score, attempt.passed = ended
        session.add(attempt)


def _ended(
    site: Site, attempt: Attempt | AttemptRow, scores: Mapping[str, float], written: Mapping[str, bool]
) -> tuple[datetime | None, float | None, bool | None] | None:
    """When an attempt is finished, its score, and whether that passes; None where it is not. scores: those in force, by item."""
    present = present_items(site, attempt.course_id, attempt.item_ids)
    items = [item for item in present if item.id in scores or item.id not in written or gradable(item, by_self=written[item.id])]
    late = timing.is_over(site, attempt.ends_at)
    if any(item.id not in scores and item.id not in written for item in items) and not late:
        return None
    finished_at = attempt.finished_at or (attempt.ends_at if late else site.now())
    counted = [item for item in items if not item.by_self]
    if any(item.id not in scores and item.id in written for item in counted):
        return finished_at, None, None
    score = result((scores.get(item.id, 0.0), item.points) for item in counted)
    return finished_at, score, passes(score, attempt.pass_percent)


def gradable(item: Item | None, *, by_self: bool) -> bool:
    """Whether the question is still there as it was asked: open, and marked by the same people."""
    return item is not None and item.type == OPEN.name and item.by_self == by_self


def present_items(site: Site, course_id: str, item_ids: Iterable[str]) -> list[Item]:
    """The items of an attempt that the course still has."""
    found = [site.courses.current.item(course_id, item_id) for item_id in item_ids]
    return [item for item in found if item is not None]
