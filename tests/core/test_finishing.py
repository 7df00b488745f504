"""Which modules bring most of what is missing for a role."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.framework import Requirement
from academy.core.measurement.finishing import Teaching, finishing, missing

NEEDS = (Requirement("a", "easy", 1.0), Requirement("b", "medium", 2.0), Requirement("c", "hard", 2.0))


def teaching(module: str, *skills: str, required: bool = False) -> Teaching:
    return Teaching("course", module, frozenset(skills), required)


def test_what_is_missing_is_the_weight_that_is_not_shown() -> None:
    lacking = missing(NEEDS, {"a": 1.0, "b": 0.25, "c": None})
    assert lacking == {"a": 0.0, "b": pytest.approx(0.3), "c": pytest.approx(0.4)}


def test_required_modules_come_first_then_what_brings_most_beyond_them() -> None:
    lacking = missing(NEEDS, {"a": 0.5, "b": 0.5, "c": 0.0})
    modules = [teaching("1", "a"), teaching("2", "b"), teaching("3", "b", "c"), teaching("4", required=True), teaching("5", "c")]
    assert [one.module_id for one in finishing(lacking, modules)] == ["4", "3", "1"], "after 3 neither 2 nor 5 brings anything"
    assert [one.module_id for one in finishing(lacking, modules, most=1)] == ["4"]
    assert finishing(missing(NEEDS, {"a": 1.0, "b": 1.0, "c": 1.0}), modules[:3]) == [], "nothing is missing"


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.0, 1.0), max_size=6),
    st.lists(st.tuples(st.frozensets(st.sampled_from("abcdef")), st.booleans()), max_size=8),
)
def test_the_first_choice_is_the_best_and_none_is_made_twice(lacking: dict[str, float], given_: list[tuple[frozenset[str], bool]]) -> None:
    modules = [Teaching("course", str(at), skills, required) for at, (skills, required) in enumerate(given_)]
    chosen = finishing(lacking, modules)
    assert len({one.module_id for one in chosen}) == len(chosen) <= 3
    assert [one.required for one in chosen] == sorted((one.required for one in chosen), reverse=True)
    brings = [sum(lacking.get(skill, 0.0) for skill in one.skills) for one in modules]
    if chosen and not chosen[0].required:
        assert sum(lacking.get(skill, 0.0) for skill in chosen[0].skills) == max(brings) > 0.0
    assert len(chosen) >= min(3, sum(one.required for one in modules))
