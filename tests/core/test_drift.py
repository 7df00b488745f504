"""Sums that rise when an item becomes easier than its people explain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from academy.core.measurement import drift
from academy.core.measurement.drift import cusum

START = datetime(2026, 1, 1, tzinfo=UTC)


def hours(count: int) -> list[datetime]:
    return [START + timedelta(hours=number) for number in range(count)]


def test_the_sum_is_the_published_recursion() -> None:
    right, expected = np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.5, 0.8, 0.8, 0.2])
    steps = [1.0 - 0.25, 0.5 - 0.25, -2.0 - 0.25, 2.0 - 0.25]
    total, highest = 0.0, 0.0
    for step in steps:
        total = max(0.0, total + step)
        highest = max(highest, total)
    assert cusum(right, expected, hours(4)).highest == pytest.approx(highest)


def test_a_leak_is_flagged_with_its_beginning() -> None:
    chance = np.random.default_rng(1)
    expected = np.full(600, 0.4)
    right = np.concatenate(((chance.random(400) < 0.4), (chance.random(200) < 0.85))).astype(float)
    found = cusum(right, expected, hours(600))
    assert found.highest > drift.LIMIT
    assert found.since is not None
    assert abs((found.since - hours(600)[400]).total_seconds()) < 20 * 3600


def test_honest_answers_raise_no_alarm() -> None:
    chance = np.random.default_rng(2)
    for _ in range(20):
        expected = chance.uniform(0.2, 0.9, 2000)
        right = (chance.random(2000) < expected).astype(float)
        assert cusum(right, expected, hours(2000)).since is None


def test_order_is_that_of_time() -> None:
    chance = np.random.default_rng(3)
    expected, right, times = np.full(50, 0.5), (chance.random(50) < 0.6).astype(float), hours(50)
    mixed = chance.permutation(50)
    there = cusum(right[mixed], expected[mixed], [times[at] for at in mixed])
    assert there == cusum(right, expected, times)


def test_certain_answers_and_none_are_finite() -> None:
    assert np.isfinite(cusum(np.ones(5), np.ones(5), hours(5)).highest)
    assert cusum(np.empty(0), np.empty(0), []).since is None
