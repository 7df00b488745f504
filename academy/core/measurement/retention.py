"""Answers over time turned into how well a skill is remembered, and until when it counts as retained."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fsrs import Card, Rating, Scheduler, State

RETAINED_AT = 0.80
"""Retention from which a skill counts as retained."""
SLOW_SECONDS = 180
"""Seconds from the question to the answer above which a right answer counts as hard-won: twice what a question takes."""
EASY, HELPED = "easy", "help"
"""What a learner may say of their own answer: known at once, or something was looked up."""

SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
"""FSRS-6 with its default parameters. No steps of minutes: the questions of one sitting are one lesson already.

No fuzz: the same answers give the same days. Source: open-spaced-repetition/py-fsrs 6.3 (Ye et al. 2022, 2023).
"""
_DECAY = -SCHEDULER.parameters[20]
_FACTOR = 0.9 ** (1.0 / _DECAY) - 1.0
_DAY = 86_400.0
_DAY_ZERO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Memory:
    """How firmly one skill is held. stability: days until retention falls to 0.9; difficulty in [1, 10].

    due_at: when a review does most good, as retention is down to 0.9. retained_until: when it falls to 0.8.
    """

    stability: float
    difficulty: float
    reviewed_at: datetime
    due_at: datetime
    retained_until: datetime


def rate(score: float, *, effort: str = "", seconds: float | None = None) -> Rating:
    """What an answer says about remembering.

    Less than half right: Again. Partly right, or right after help or slowly: Hard. Right: Good, and Easy where the learner
    says so. `seconds` None: not measured.
    """
    if score < 0.5:
        return Rating.Again
    slow = seconds is not None and seconds > SLOW_SECONDS
    if score < 1.0 or effort == HELPED or slow:
        return Rating.Hard
    return Rating.Easy if effort == EASY else Rating.Good


def review(memory: Memory | None, rating: Rating, at: datetime) -> Memory:
    """The memory after one more answer; None before the first. An answer that failed never prolongs retention.

    An answer that was given before the last one, but graded after it, counts as given with it.
    """
    at = (max(at, memory.reviewed_at) if memory else at).astimezone(UTC)
    if memory is None:
        stability, difficulty, to_review, retained = _reviewed(None, None, 0, rating)
    else:
        stability, difficulty, to_review, retained = _reviewed(memory.stability, memory.difficulty, (at - memory.reviewed_at).days, rating)
    until = at + retained
    if rating is Rating.Again:
        until = min(until, memory.retained_until if memory else at)
    return Memory(stability, difficulty, at, at + to_review, until)


def retrievability(days: float, stability: float) -> float:
    """Retention in [0, 1] this many days after it was 1: (1 + F t / S)^(-w20), F = 0.9^(-1/w20) - 1. Source: FSRS-6."""
    return float((1.0 + _FACTOR * max(days, 0.0) / stability) ** _DECAY)


def days_until(level: float, stability: float) -> float:
    """Days after which retention falls to a level in (0, 1]: the curve of `retrievability` read the other way."""
    return float(stability / _FACTOR * (level ** (1.0 / _DECAY) - 1.0))


def retention(memory: Memory, at: datetime) -> float:
    """Retention in [0, 1] at an instant, on the curve that passes 0.8 at `retained_until`.

    After a right answer that is FSRS' own curve. After a failed one it is the same curve, but as far advanced as what
    was kept before: failing does not make anybody remember.
    """
    since = memory.retained_until - timedelta(days=days_until(RETAINED_AT, memory.stability))
    return retrievability((at - since).total_seconds() / _DAY, memory.stability)


@functools.lru_cache(maxsize=4_096)
def _reviewed(stability: float | None, difficulty: float | None, days: int, rating: Rating) -> tuple[float, float, timedelta, timedelta]:
    """What a review this many whole days after the last makes of a memory: stability, difficulty, time to the next review, and time
    for which the skill is retained. stability and difficulty: None before the first.

    FSRS counts whole days only, and most memories are young: the same few cases come again and again.
    """
    # The id is ours to give, as the package would wait to make one.
    last = None if stability is None else _DAY_ZERO
    state = State.Learning if stability is None else State.Review
    before = Card(card_id=1, state=state, stability=stability, difficulty=difficulty, due=_DAY_ZERO, last_review=last)
    at = _DAY_ZERO + timedelta(days=days)
    card, _log = SCHEDULER.review_card(before, rating, at)
    assert card.stability is not None, "a card has a stability from its first review on"
    assert card.difficulty is not None, "likewise"
    return card.stability, card.difficulty, card.due - at, timedelta(days=days_until(RETAINED_AT, card.stability))
