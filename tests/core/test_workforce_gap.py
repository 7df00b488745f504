"""Shortage, coverage, ratios and what may be published of small counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.workforce import classes, gap, suppression


def test_shortage_is_never_negative() -> None:
    assert gap.shortage(430, 205) == 225
    assert gap.shortage(205, 430) == 0
    assert gap.shortage_left(430, 205, 18) == 207


def test_coverage_of_no_need_is_unknown() -> None:
    assert gap.coverage(430, 205, 18) == pytest.approx(0.5186, abs=1e-4)
    assert gap.coverage(0, 205) is None


def test_the_market_ratio_as_cyberseek_prints_it() -> None:
    assert gap.market_ratio(1_293_824, 1_558_824) == pytest.approx(0.83, abs=1e-6)
    assert gap.market_ratio(1, 0) is None


def test_few_people_are_drawn_towards_the_prior() -> None:
    assert gap.shrink(3, 4, prior=0.4) == pytest.approx(0.45833, abs=5e-6)
    assert gap.shrink(0, 0, prior=0.4) == pytest.approx(0.4)


def test_vacancies_follow_from_openings_and_time_to_fill() -> None:
    openings = gap.openings_per_year(1000, growth=0.04, attrition=0.10)
    assert openings == pytest.approx(140)
    assert gap.vacancies(openings, years_to_fill=0.25) == pytest.approx(35)
    assert gap.ready_per_vacancy(18, 36) == 0.5
    assert gap.ready_per_vacancy(18, 0) is None
    assert gap.ratio(600, 400) == 1.5


@pytest.mark.parametrize(("count", "value"), [(0, 0), (11, 10), (12, 10), (13, 15), (17, 15), (18, 20), (1003, 1005)])
def test_counts_are_rounded_to_five(count: int, value: int) -> None:
    assert suppression.publish_count(count) == suppression.Published(value)


@pytest.mark.parametrize("count", range(1, 11))
def test_one_to_ten_people_are_hidden(count: int) -> None:
    assert suppression.publish_count(count) == suppression.Published(None, suppressed=True)


def test_the_threshold_is_a_setting() -> None:
    assert suppression.publish_count(4, min_cell=5).suppressed
    assert suppression.publish_count(5, min_cell=5).value == 5
    with pytest.raises(ValueError, match="at least 0"):
        suppression.publish_count(-1)


def test_no_rate_on_fewer_than_twenty() -> None:
    assert suppression.publish_rate(5, 20).value == 0.25
    assert suppression.publish_rate(5, 19) == suppression.Published(None, suppressed=True)
    assert suppression.publish_rate(0, 0) == suppression.Published(None)


@given(st.integers(min_value=0, max_value=10**6))
def test_a_published_count_is_hidden_or_near(count: int) -> None:
    found = suppression.publish_count(count)
    assert found.suppressed == (1 <= count <= 10)
    assert found.value is None or (abs(found.value - count) <= 2 and found.value % 5 == 0)


def test_map_classes_are_about_equal_and_share_ties() -> None:
    steps, found = classes.classify({str(number): float(number) for number in range(10)})
    assert [steps[str(number)] for number in range(10)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [(one.low, one.high) for one in found] == [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]


def test_places_that_are_alike_have_one_class() -> None:
    steps, found = classes.classify({"a": 0.5, "b": 0.5})
    assert steps == {"a": 1, "b": 1}
    assert len(found) == 1
    assert classes.classify({}) == ({}, [])
