"""Retention against the published numbers of FSRS-6, and the laws of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating
from hypothesis import given
from hypothesis import strategies as st

from academy.core.measurement import retention
from academy.core.measurement.retention import EASY, HELPED, RETAINED_AT, Memory

START = datetime(2022, 11, 29, 12, 30, tzinfo=UTC)
ratings = st.sampled_from(list(Rating))
gaps = st.floats(0.0, 400.0)

# Published: open-spaced-repetition/py-fsrs tests/test_basic.py (6.3.1), fsrs-rs src/inference.rs and src/model.rs (6.6.1).
INTERVALS = [(3, 0), (3, 2), (3, 11), (3, 46), (3, 163), (3, 498), (1, 0), (1, 0), (3, 2), (3, 4), (3, 7), (3, 12), (3, 21)]
"""Rating and days to the next review; 0 is a step of minutes."""
MEMORY = ([1, 3, 3, 3, 3, 3], [0, 0, 1, 3, 8, 21], 53.62691, 6.3574867)
"""Ratings, days before each, stability and difficulty at the end."""
FORGETTING = [(0, 1, 1.0), (1, 2, 0.9403443), (2, 3, 0.9253786), (3, 4, 0.9185229), (4, 4, 0.9), (5, 2, 0.8261359)]
NEXT_INTERVAL = {0.2: 34793, 0.3: 2508, 0.4: 387, 0.5: 90, 0.6: 27, 0.7: 9, 0.8: 3, 0.9: 1}
"""Whole days until retention falls to a level, stability being 1."""
AFTER_SUCCESS = [(2, 0.8, 2, 28.226582), (3, 0.7, 3, 58.656002), (4, 0.6, 4, 127.226685)]
AFTER_FAILURE = [(1, 0.9, 1.0525396), (2, 0.8, 1.1894329), (3, 0.7, 1.3680838), (4, 0.6, 1.584989)]
"""Difficulty, retention, rating and the stability that follows on a stability of 5."""
SHORT_TERM = {1: 1.596818, 2: 5.0, 3: 5.0, 4: 8.12961}
DIFFICULTY = {1: 8.341763, 2: 6.6659956, 3: 4.990228, 4: 3.3144615}


def held(stability: float, difficulty: float = 5.0) -> Memory:
    """A memory that was right at START."""
    until = START + timedelta(days=retention.days_until(RETAINED_AT, stability))
    return Memory(stability, difficulty, START, START, until)


def after(*answers: tuple[Rating, float]) -> Memory:
    """The memory after ratings, each some days after the one before."""
    memory, at = None, START
    for rating, days in answers:
        at += timedelta(days=days)
        memory = retention.review(memory, rating, at)
    assert memory is not None
    return memory


@pytest.mark.parametrize(("days", "stability", "expected"), FORGETTING)
def test_the_published_forgetting_curve(days: float, stability: float, expected: float) -> None:
    assert retention.retrievability(days, stability) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("level", NEXT_INTERVAL)
def test_the_published_intervals_by_level(level: float) -> None:
    assert round(retention.days_until(level, 1.0)) == pytest.approx(NEXT_INTERVAL[level], rel=1e-4)


def test_the_published_schedule() -> None:
    memory, at = None, START
    for number, days in INTERVALS:
        memory = retention.review(memory, Rating(number), at)
        if days:  # where the published schedule takes a step of minutes, ours waits a day
            assert (memory.due_at - at).days == days
        at += timedelta(days=days) if days else timedelta(minutes=10)


def test_the_published_memory_state() -> None:
    numbers, days, stability, difficulty = MEMORY
    memory = after(*zip(map(Rating, numbers), days, strict=True))
    assert (memory.stability, memory.difficulty) == pytest.approx((stability, difficulty), abs=1e-4)


@pytest.mark.parametrize(("difficulty", "level", "rating", "expected"), AFTER_SUCCESS)
def test_the_published_stability_after_success(difficulty: float, level: float, rating: int, expected: float) -> None:
    found = _next_stability(difficulty, level, Rating(rating))
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("difficulty", "level", "expected"), AFTER_FAILURE)
def test_the_published_stability_after_failure(difficulty: float, level: float, expected: float) -> None:
    assert _next_stability(difficulty, level, Rating.Again) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("rating", list(Rating))
def test_the_published_answers_on_the_same_day(rating: Rating) -> None:
    again = retention.review(held(5.0), rating, START + timedelta(hours=1))
    assert again.stability == pytest.approx(SHORT_TERM[rating], rel=1e-5)
    assert again.difficulty == pytest.approx(DIFFICULTY[rating], abs=1e-5)


def test_thirty_days_of_stability_hold_for_ninety_nine_days() -> None:
    memory = held(30.0)
    assert retention.retention(memory, START + timedelta(days=99)) >= RETAINED_AT > retention.retention(memory, START + timedelta(days=100))
    assert START + timedelta(days=99) < memory.retained_until < START + timedelta(days=100)


@given(st.lists(st.tuples(ratings, gaps), min_size=1, max_size=12))
def test_retention_is_four_fifths_when_it_ends(answers: list[tuple[Rating, float]]) -> None:
    memory = after(*answers)
    assert retention.retention(memory, memory.retained_until) == pytest.approx(RETAINED_AT, abs=1e-6)
    assert memory.stability > 0
    assert 1 <= memory.difficulty <= 10
    times = [memory.reviewed_at + timedelta(days=days) for days in (0, 1, 10, 100, 1000)]
    found = [retention.retention(memory, at) for at in times]
    assert found == sorted(found, reverse=True)
    assert all(0 < level <= 1 for level in found)


@given(st.lists(st.tuples(ratings, gaps), max_size=8), gaps)
def test_failing_never_prolongs_and_passing_never_shortens_below_now(answers: list[tuple[Rating, float]], gap: float) -> None:
    before = after(*answers) if answers else None
    at = (before.reviewed_at if before else START) + timedelta(days=gap)
    failed = retention.review(before, Rating.Again, at)
    assert failed.retained_until <= (before.retained_until if before else at)
    for rating in (Rating.Hard, Rating.Good, Rating.Easy):
        assert retention.review(before, rating, at).retained_until > at


@given(st.lists(st.tuples(ratings, gaps), min_size=1, max_size=12))
def test_a_memory_is_what_the_package_makes_of_a_card(answers: list[tuple[Rating, float]]) -> None:
    memory, card, at = None, Card(card_id=1, due=START), START
    for rating, days in answers:
        at += timedelta(days=days)
        memory = retention.review(memory, rating, at)
        card, _log = retention.SCHEDULER.review_card(card, rating, at)
        assert (memory.stability, memory.difficulty, memory.due_at) == (card.stability, card.difficulty, card.due)


def test_what_an_answer_says() -> None:
    assert retention.rate(0.0) is Rating.Again
    assert retention.rate(0.49, effort=EASY) is Rating.Again, "a claim makes no answer right"
    assert retention.rate(0.5) is Rating.Hard
    assert retention.rate(1.0) is Rating.Good
    assert retention.rate(1.0, effort=HELPED) is Rating.Hard
    assert retention.rate(1.0, seconds=180) is Rating.Good
    assert retention.rate(1.0, seconds=181) is Rating.Hard
    assert retention.rate(1.0, effort=EASY, seconds=181) is Rating.Hard, "slow is slow"
    assert retention.rate(1.0, effort=EASY, seconds=20) is Rating.Easy


def _next_stability(difficulty: float, level: float, rating: Rating) -> float:
    """What follows on a stability of 5 when retention is at a level: the package works in whole days, so its formula is asked."""
    return float(retention.SCHEDULER._next_stability(difficulty=difficulty, stability=5.0, retrievability=level, rating=rating))
