"""Answers in order, stacked into the table for a calibration."""

from __future__ import annotations

import numpy as np
import pytest

from academy.core.measurement.exposures import Exposure, stacked


def answer(learner: int, item: str, form: int, score: float = 1.0, days: float = 0.0) -> Exposure:
    return Exposure(learner, item, form, score, 86_400.0 * days)


def test_only_the_first_exposure_of_an_item_counts() -> None:
    found = stacked([answer(1, "a", 0, 0.0), answer(1, "a", 0, 1.0), answer(1, "b", 1, 1.0)])
    assert found.marks == pytest.approx(np.array([[0.0, 1.0]]))


def test_the_same_item_in_other_words_is_no_first_exposure() -> None:
    found = stacked([answer(1, "a", 0, 1.0), answer(1, "a", 1, 1.0), answer(2, "a", 1, 0.0)])
    assert found.marks == pytest.approx(np.array([[1.0, np.nan], [np.nan, 0.0]]), nan_ok=True)


def test_after_thirty_days_somebody_is_another() -> None:
    given = [answer(1, "a", 0), answer(1, "b", 1, days=29.9), answer(1, "c", 2, days=30), answer(1, "d", 3, days=95)]
    given.append(answer(2, "a", 0, days=95))
    expected = [[1, 1, np.nan, np.nan], [np.nan, np.nan, 1, np.nan], [np.nan, np.nan, np.nan, 1], [1, np.nan, np.nan, np.nan]]
    assert stacked(given).marks == pytest.approx(np.array(expected), nan_ok=True)


def test_part_of_the_score_is_not_right() -> None:
    assert stacked([answer(1, "a", 0, 0.99)]).marks == pytest.approx(np.array([[0.0]]))


def test_a_clock_that_went_back_opens_no_window() -> None:
    assert stacked([answer(1, "a", 0, days=5), answer(1, "b", 1, days=0)]).marks.shape == (1, 2)


def test_no_answers_are_no_table() -> None:
    assert stacked([]).marks.shape == (0, 0)
