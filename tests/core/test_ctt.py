"""Question statistics against published numbers, their definitions, and data that define little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from academy.core.measurement import ctt
from academy.core.measurement.ctt import Evidence, ItemStatistics
from academy.core.measurement.irt import FloatArray
from tests.core import lsat6

quizzes = st.tuples(st.integers(0, 12), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.25, 0.5, 1.0, np.nan]))
)


def lsat() -> FloatArray:
    return np.array([[float(mark) for mark in pattern] for pattern, count in lsat6.PATTERN_COUNTS.items() for _ in range(count)])


def analysed(marks: FloatArray, highest: FloatArray | None = None) -> list[ItemStatistics]:
    top = np.ones(marks.shape[1]) if highest is None else highest
    return ctt.item_statistics(marks, top, ctt.rest_scores(marks))


# mirt::itemstats(LSAT6), in mirt's reference; Feldt's interval from R's psychometric.
def test_lsat6_has_the_published_question_statistics() -> None:
    found = analysed(lsat())
    assert [one.facility for one in found] == pytest.approx([92.4, 70.9, 55.3, 76.3, 87.0])
    assert [one.sd for one in found] == pytest.approx([0.265, 0.454, 0.497, 0.425, 0.336], abs=6e-4)
    assert [one.discrimination for one in found] == pytest.approx([11.3, 15.3, 17.3, 14.4, 12.2], abs=0.06)
    assert {one.intended_weight for one in found} == {20.0}
    assert {one.evidence for one in found} == {Evidence.VERDICTS}


def test_lsat6_has_the_published_test_statistics() -> None:
    found = ctt.quiz_statistics(lsat())
    assert (found.mean, found.sd) == pytest.approx((3.819, 1.035041), abs=1e-6)
    assert found.consistency == pytest.approx(29.4997, abs=1e-4)
    assert found.consistency_interval == pytest.approx((22.3474, 36.1803), abs=1e-4)
    assert found.standard_error == pytest.approx(0.869067, abs=1e-6)


def test_skewness_and_kurtosis_are_those_of_a_spreadsheet() -> None:
    found = ctt.quiz_statistics(np.array([[3.0], [4.0], [5.0], [2.0], [3.0], [4.0], [5.0], [6.0], [4.0], [7.0]]))
    assert found.skewness == pytest.approx(0.359543, abs=1e-6)  # the example of SKEW and KURT in spreadsheet manuals
    assert found.kurtosis == pytest.approx(-0.151800, abs=1e-6)


def test_weights_and_efficiency_follow_their_definitions() -> None:
    marks = np.array([[0.0, 0.0, 1.0], [1.0, 2.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    first, second, third = analysed(marks, np.array([1.0, 2.0, 1.0]))
    assert [one.intended_weight for one in (first, second, third)] == [25.0, 50.0, 25.0]
    assert (first.effective_weight or 0) + (second.effective_weight or 0) == pytest.approx(100.0)
    assert third.effective_weight is None  # it falls as the total rises
    rest = marks[:, 1] + marks[:, 2]
    assert first.discrimination == pytest.approx(100 * np.corrcoef(marks[:, 0], rest)[0, 1])
    highest = np.cov(np.sort(marks[:, 0]), np.sort(rest))[0, 1]
    assert first.efficiency == pytest.approx(100 * np.cov(marks[:, 0], rest)[0, 1] / highest)


@settings(deadline=None)
@given(quizzes)
def test_whatever_the_marks_nothing_is_infinite(marks: FloatArray) -> None:
    matching = ctt.rest_scores(np.nan_to_num(marks))
    for one in ctt.item_statistics(marks, np.ones(marks.shape[1]), matching):
        numbers = [one.facility, one.sd, one.discrimination, one.efficiency, one.effective_weight, one.upper_lower]
        assert all(number is None or np.isfinite(number) for number in numbers)
        assert one.discrimination is None or -100.0 <= one.discrimination <= 100.0
        if one.facility is not None and one.facility_interval:
            assert one.facility_interval[0] <= one.facility <= one.facility_interval[1]
    whole = ctt.quiz_statistics(marks)
    assert all(number is None or np.isfinite(number) for number in (whole.mean, whole.consistency, whole.skewness, whole.kurtosis))


def test_without_spread_nothing_but_the_share_is_defined() -> None:
    found = analysed(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]]))[0]
    assert (found.facility, found.sd, found.discrimination, found.efficiency) == (100.0, 0.0, None, None)
    assert ctt.quiz_statistics(np.ones((5, 3))).consistency is None


def test_a_question_without_marks_has_no_facility() -> None:
    found = analysed(np.zeros((4, 2)), np.array([0.0, 1.0]))
    assert (found[0].facility, found[0].facility_interval, found[0].intended_weight) == (None, None, 0.0)


def test_gaps_count_neither_for_nor_against() -> None:
    marks = np.array([[1.0, 1.0], [0.0, np.nan], [1.0, 0.0]])
    found = ctt.item_statistics(marks, np.ones(2), np.nan_to_num(marks)[:, ::-1])
    assert (found[1].n, found[1].facility) == (2, 50.0)
    assert {one.effective_weight for one in found} == {None}
    assert ctt.quiz_statistics(marks).n == 2


def test_upper_less_lower_keeps_equal_scores_together() -> None:
    rest = np.arange(10.0)
    assert ctt.upper_lower((rest >= 5).astype(float), rest) == 1.0
    assert ctt.upper_lower(np.array([1.0, 0.0, 1.0, 0.0]), np.zeros(4)) == 0.0
    assert ctt.upper_lower(np.array([0.0, 1.0, 1.0]), np.array([1.0, 2.0, 2.0])) == 1.0
    assert ctt.upper_lower(np.array([]), np.array([])) is None


def test_small_numbers_allow_less() -> None:
    assert [ctt.evidence(n) for n in (9, 10, 29, 30)] == [Evidence.COUNTS, Evidence.STATISTICS, Evidence.STATISTICS, Evidence.VERDICTS]


def test_flags_wait_for_answers_and_name_the_reason() -> None:
    able = np.arange(40.0)
    backward = ctt.item_statistics((able < 20).astype(float)[:, None], np.ones(1), able[:, None])[0]
    assert ctt.flags(backward) == ["check-key", "dubious"]
    few = ctt.item_statistics((able[:20] < 10).astype(float)[:, None], np.ones(1), able[:20, None])[0]
    assert ctt.flags(few) == []
    good = ctt.item_statistics((able >= 20).astype(float)[:, None], np.ones(1), able[:, None])[0]
    assert ctt.flags(good, [(0.3, True, 0.6), (-0.2, False, 0.36), (None, False, 0.04)]) == ["option-not-working"]
    assert "check-key" in ctt.flags(good, [(0.1, True, 0.6), (0.2, False, 0.4)])


def test_marks_above_the_highest_are_refused() -> None:
    with pytest.raises(ValueError, match="above"):
        analysed(np.array([[2.0]]))
    with pytest.raises(ValueError, match="shapes"):
        ctt.item_statistics(np.ones((2, 1)), np.ones(2), np.ones((2, 1)))
