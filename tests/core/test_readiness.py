"""Readiness: one definition, with the numbers that the gap model names."""

from __future__ import annotations

import pytest

from academy.core.framework import Requirement
from academy.core.measurement import ability, readiness
from academy.core.measurement.readiness import Readiness, counted_role, mastery_of_role, ready
from academy.core.workforce import demand, draws

NEEDS = (Requirement("a", "easy", 1.0), Requirement("b", "medium", 2.0), Requirement("c", "hard", 2.0))


def test_the_constants_are_those_of_the_models() -> None:
    """MEASUREMENT §2.3, §2.6 and GAP_MODEL §2.2, §2.3, written out: nobody changes them unnoticed."""
    assert (readiness.READY_AT, readiness.ASSESSED_AT) == (0.80, 0.60)
    assert (readiness.ACTIVE_DAYS, readiness.LAPSED_DAYS) == (90, 180)
    assert (ability.WALK_PER_ANSWER, ability.WALK_PER_DAY, ability.LONGEST_IDLE) == (0.08, 0.03, 365)
    assert [draws.LOW, draws.HIGH, demand.RATE_CV] == [0.10, 0.90, 0.4]


def test_the_interval_holds_nine_tenths() -> None:
    estimate = ability.summarise(ability.prior())
    assert estimate.low == pytest.approx(-1.645, abs=0.02)
    assert estimate.high == pytest.approx(1.645, abs=0.02)


@pytest.mark.parametrize(
    ("mastery", "value", "low", "high", "share"),
    [
        ({}, None, 0.0, 1.0, 0.0),
        ({"a": None, "b": None, "c": None}, None, 0.0, 1.0, 0.0),
        ({"a": 0.0}, 0.0, 0.0, 0.8, 0.2),
        ({"a": 1.0}, 1.0, 0.2, 1.0, 0.2),
        ({"a": 0.5, "b": 1.0}, 2.5 / 3, 0.5, 0.9, 0.6),
        ({"a": 1.0, "b": 0.5, "c": 0.25}, 0.5, 0.5, 0.5, 1.0),
    ],
)
def test_readiness_is_the_weighted_mean_over_what_was_assessed(
    mastery: dict[str, float | None], value: float | None, low: float, high: float, share: float
) -> None:
    found = mastery_of_role(NEEDS, mastery)
    assert found.value == (None if value is None else pytest.approx(value))
    assert (found.low, found.high, found.assessed_share) == pytest.approx((low, high, share))


@pytest.mark.parametrize(
    ("value", "share", "modules", "retained", "expected"),
    [
        (0.80, 0.60, True, True, True),
        (0.79, 0.60, True, True, False),
        (0.80, 0.59, True, True, False),
        (0.95, 1.00, False, True, False),
        (0.95, 1.00, True, False, False),
        (None, 0.00, True, True, False),
    ],
)
def test_ready_asks_for_everything(value: float | None, share: float, modules: bool, retained: bool, expected: bool) -> None:
    found = Readiness(value, 0.0, 1.0, share, 1, 3)
    assert ready(found, modules_done=modules, retained=retained) is expected


def test_a_learner_counts_once() -> None:
    assert counted_role("x", {"a": 0.9}) == "x"
    assert counted_role(None, {"b": 0.5, "a": 0.5, "c": 0.1, "d": None}) == "a"
    assert counted_role(None, {"a": None}) is None
