"""The next question of a placement, and when to stop."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.measurement import ability, mastery, selection
from academy.core.measurement.ability import Posterior
from academy.core.measurement.irt import ItemParameters
from academy.core.measurement.selection import Candidate, Stop

items = st.builds(ItemParameters, st.floats(0.3, 3.0), st.floats(-3.0, 3.0), st.floats(0.0, 0.5), st.floats(0.0, 1.0))


def candidates(*topics: str) -> list[Candidate[int]]:
    return [Candidate(number, ItemParameters(1.0, number / 10, 0.25), topic) for number, topic in enumerate(topics)]


def answered(scores: list[tuple[ItemParameters, float]]) -> Posterior:
    posterior = ability.prior()
    for item, score in scores:
        posterior = ability.update(posterior, item, score, idle_days=0, feedback=False)
    return posterior


@given(st.lists(items, min_size=1, max_size=6), st.lists(st.tuples(items, st.sampled_from([0.0, 1.0])), max_size=6))
def test_the_expected_variance_is_that_of_both_answers_weighted(
    bank: list[ItemParameters], scores: list[tuple[ItemParameters, float]]
) -> None:
    posterior = answered(scores)
    found = selection.expected_variance(posterior, bank)
    for item, variance in zip(bank, found, strict=True):
        chance = float(ability.curve(item) @ posterior.weights)
        each = [ability.summarise(ability.update(posterior, item, score, idle_days=0, feedback=False)).se ** 2 for score in (1.0, 0.0)]
        assert variance == pytest.approx(chance * each[0] + (1 - chance) * each[1], abs=1e-9)
        assert variance <= ability.summarise(posterior).se ** 2 + 1e-9, "an answer is never expected to add doubt"


def test_a_question_at_the_learners_level_tells_most() -> None:
    bank = [ItemParameters(1.5, difficulty, 0.0) for difficulty in (-3.0, -1.0, 0.0, 1.0, 3.0)]
    assert int(np.argmin(selection.expected_variance(ability.prior(), bank))) == 2


@given(st.floats(0.0, 1.0, exclude_max=True), st.integers(1, 12))
def test_chance_decides_among_the_best_five(chance: float, count: int) -> None:
    bank = candidates(*("a" for _ in range(count)))
    chosen = selection.choose(ability.prior(), bank, shares={"a": 1.0}, asked=Counter(), chance=chance)
    order = np.argsort(selection.expected_variance(ability.prior(), [one.item for one in bank]), kind="stable")
    assert chosen.key in [bank[int(place)].key for place in order[: selection.BEST]]


def test_each_subtopic_gets_its_share() -> None:
    shares, asked = {"a": 0.5, "b": 0.25, "c": 0.25}, Counter[str]()
    bank = candidates(*("a" * 20), *("b" * 10), *("c" * 10))
    for number in range(20):
        one = selection.choose(ability.prior(), bank, shares=shares, asked=asked, chance=number / 20)
        asked[one.topic] += 1
        bank.remove(one)
    assert asked == {"a": 10, "b": 5, "c": 5}


def test_a_subtopic_without_questions_left_does_not_end_the_test() -> None:
    left = candidates("a", "a")
    assert selection.balanced(left, {"a": 0.5, "b": 0.5}, Counter({"a": 1})) == left
    with pytest.raises(ValueError, match="nothing to choose"):
        selection.choose(ability.prior(), [], shares={}, asked=Counter(), chance=0.0)


def test_when_to_stop() -> None:
    assert selection.stop(above=0.99, se=0.3, answers=4, asked=4) is None, "five answers at least"
    assert selection.stop(above=0.90, se=0.9, answers=5, asked=5) is Stop.DECIDED
    assert selection.stop(above=0.10, se=0.9, answers=5, asked=1) is Stop.DECIDED
    assert selection.stop(above=0.50, se=0.4, answers=5, asked=5) is Stop.PRECISE
    assert selection.stop(above=0.50, se=0.41, answers=19, asked=19) is None
    assert selection.stop(above=0.50, se=0.41, answers=20, asked=20) is Stop.LONG


def test_the_open_decision_is_worth_most() -> None:
    assert selection.worth_asking(0.5) == 0.25
    assert selection.worth_asking(mastery.SURE) == pytest.approx(selection.worth_asking(mastery.SURELY_NOT))
    assert selection.worth_asking(1.0) == 0.0
