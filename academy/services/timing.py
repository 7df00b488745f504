"""The server's clock for timed quizzes: when an attempt ends, who has more time, and how many attempts are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from academy.core.content.model import Quiz
from academy.services import audit
from academy.services.site import Site
from academy.store import accounts as rows
from academy.store import evidence, evidence_rows
from academy.store.tables.accounts import Account
from academy.store.tables.learning import Attempt

MOST_EXTRA = 300
"""Per cent: four times as long."""


class NoMoreAttempts(ValueError):
    """The learner has used every attempt that the quiz allows."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a quiz allows one learner: minutes for an attempt and attempts left, None without a limit."""

    minutes: int | None
    left: int | None


def terms(site: Site, learner_id: int | None, course_id: str, quiz: Quiz) -> Terms:
    """What a quiz allows a learner, with their extra time; what it allows anybody where nobody is named."""
    if learner_id is None or (quiz.minutes is None and quiz.attempts is None):
        return Terms(quiz.minutes, quiz.attempts)
    with site.database.reading() as session:
        minutes = quiz.minutes and int(quiz.minutes * _factor(session.get_one(Account, learner_id).extra_time))
        used = evidence.count_attempts(session, learner_id, course_id, quiz.id)
    return Terms(minutes, quiz.attempts and max(0, quiz.attempts - used))


def check_limit(session: Session, learner_id: int, course_id: str, quiz: Quiz) -> None:
    """Raise NoMoreAttempts where no attempt is left. The learner's standing must be locked, so that it stays so."""
    if quiz.attempts is not None and evidence.count_attempts(session, learner_id, course_id, quiz.id) >= quiz.attempts:
        raise NoMoreAttempts(f"all {quiz.attempts} attempts are used")


def end_of(session: Session, learner_id: int, quiz: Quiz, started_at: datetime) -> datetime | None:
    """When an attempt that begins now will be over; None where it may take as long as it likes."""
    if quiz.minutes is None:
        return None
    return started_at + timedelta(minutes=quiz.minutes) * _factor(session.get_one(Account, learner_id).extra_time)


def is_over(site: Site, ends_at: datetime | None) -> bool:
    """Whether what arrives now is too late, grace included."""
    return ends_at is not None and site.now() > ends_at + site.grace


def extra_of(site: Site, learner_id: int) -> int:
    """How much more time a learner has, in per cent of a quiz's minutes."""
    with site.database.reading() as session:
        return session.get_one(Account, learner_id).extra_time


def set_extra(site: Site, learner_id: int, per_cent: int, *, by: int | None) -> None:
    """Give a learner more time in every timed quiz, open attempts included. Raises ValueError outside 0 to MOST_EXTRA."""
    if not 0 <= per_cent <= MOST_EXTRA:
        raise ValueError(f"extra time is from 0 to {MOST_EXTRA} per cent")
    with site.database.writing() as session:
        account = rows.by_id(session, learner_id, lock=True)  # account before standing: everybody waits in the same order
        evidence_rows.lock_standing(session, learner_id)  # no attempt begins meanwhile
        for attempt in evidence.timed_attempts(session, learner_id):
            _lengthen(session, attempt, _factor(per_cent) / _factor(account.extra_time))
        account.extra_time = per_cent
        session.add(account)
        audit.record(site, session, "extra-time-set", actor=by, subject=learner_id, details={"per_cent": per_cent})


def _lengthen(session: Session, attempt: Attempt, factor: float) -> None:
    assert attempt.ends_at is not None, "only timed attempts"
    attempt.ends_at = attempt.started_at + (attempt.ends_at - attempt.started_at) * factor
    session.add(attempt)


def _factor(per_cent: int) -> float:
    return 1 + per_cent / 100
