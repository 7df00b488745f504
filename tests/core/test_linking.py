"""Scales joined through common items."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.measurement.linking import mean_sigma

OLD = np.array([-1.5, -0.8, -0.2, 0.1, 0.6, 1.1, 1.9])
SE = np.full(7, 0.1)
ALL = np.ones(7, dtype=bool)


@given(st.floats(0.3, 3.0), st.floats(-3.0, 3.0))
def test_the_line_between_two_scales_is_found(slope: float, shift: float) -> None:
    found = mean_sigma(OLD, (OLD - shift) / slope, SE, ALL)
    assert (found.slope, found.shift) == pytest.approx((slope, shift), abs=1e-9)
    assert found.kept.all()
    assert not found.moved.any()


def test_an_item_that_moved_does_not_bend_the_line() -> None:
    new = (OLD - 0.4) / 1.2
    new[3] += 1.5
    found = mean_sigma(OLD, new, SE, ALL)
    assert (found.slope, found.shift) == pytest.approx((1.2, 0.4))
    assert np.flatnonzero(found.moved).tolist() == [3]
    assert np.flatnonzero(~found.kept).tolist() == [3]


def test_items_without_enough_answers_or_edited_do_not_count() -> None:
    new, usable = OLD + 0.3, ALL.copy()
    new[0], usable[0] = 40.0, False
    found = mean_sigma(OLD, new, SE, usable)
    assert (found.slope, found.shift) == pytest.approx((1.0, -0.3))
    assert not found.moved[0]


@pytest.mark.parametrize("usable", [[], [0], [0, 1]])
def test_too_few_items_leave_the_scale_alone(usable: list[int]) -> None:
    chosen = np.isin(np.arange(7), usable)
    found = mean_sigma(OLD, OLD + 2.0, SE, chosen)
    assert (found.slope, found.shift) == (1.0, 0.0)
    assert not found.kept.any()


def test_items_of_one_difficulty_leave_the_scale_alone() -> None:
    found = mean_sigma(np.zeros(7), np.zeros(7), SE, ALL)
    assert (found.slope, found.shift) == (1.0, 0.0)
