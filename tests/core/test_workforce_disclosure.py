"""What can be derived about hidden counts, by hand and by an attack on random populations."""

from __future__ import annotations

import random
from collections import Counter
from typing import cast

import pytest

from academy.core.workforce import margins
from academy.core.workforce.demand import CellId
from academy.core.workforce.disclosure import Before, joined, narrow, possible, unchanged
from academy.core.workforce.known import Bounds, Key, Knowledge, Sum
from academy.core.workforce.suppression import Release, Table, exposed_counts, knowledge, publish_table
from tests import disclosure_attack
from tests.disclosure_attack import Cell, integers

METRICS = ("enrolled", "active", "proficient", "ready")
ROLES, STATES, SECTORS = ("r1", "r2", "r3"), ("s1", "s2", "s3", "s4", "s5", "unknown"), ("j1", "j2", "unknown")
MIN_CELL = 11

Person = tuple[str, str, str, int]


def table(counts: dict[Key, int], *sums: Sum) -> Table:
    return Table(counts, sums)


def population(chance: random.Random, size: int) -> list[Person]:
    """People with a role, or none, a place, and how many stages they have reached beyond enrolment."""
    return [
        (chance.choices((*ROLES, "none"), (9, 3, 1, 0.3))[0], chance.choices(STATES, (12, 6, 3, 1, 1, 1))[0],
         chance.choice(SECTORS), chance.choices(range(4), (4, 3, 2, 1))[0])
        for _ in range(size)
    ]  # fmt: skip


def tabulated(people: list[Person]) -> Table:
    cells = [
        CellId(role, state, sector)
        for role in ("", *ROLES)
        for state, sector in [("", ""), *((state, "") for state in STATES), *(("", sector) for sector in SECTORS)]
    ]
    counts: Counter[tuple[CellId, str]] = Counter()
    for role, state, sector, stage in people:
        for metric in METRICS[: stage + 1] if stage != 1 else METRICS[:2]:
            for as_role in ("", role):
                for cell in (CellId(as_role), CellId(as_role, state=state), CellId(as_role, sector=sector)):
                    counts[cell, metric] += 1
    others = margins.without_role(cells)
    keys = [(cell, metric) for cell in (*cells, *others) for metric in METRICS]
    unpublished = frozenset((cell, metric) for cell in others for metric in METRICS)
    return Table({key: counts[key] for key in keys}, margins.sums(cells, METRICS), margins.orders(cells, METRICS), unpublished)


def published(found: Table, before: Release | None = None) -> Release:
    shown = publish_table(found, min_cell=MIN_CELL, before=before)
    return Release(shown, MIN_CELL, found.sums, found.orders, found.unpublished)


def together(now: Knowledge, before: Knowledge) -> Knowledge:
    return joined(now, before, unchanged(now, before))


def named(key: Key) -> Cell:
    cell, metric = cast(margins.Count, key)
    return (cell.role_id, cell.state, cell.sector, metric)


def as_shown(release: Release) -> dict[Cell, float | None]:
    return {named(key): one.value for key, one in release.published.items()}


def test_a_lone_hidden_count_is_what_the_total_leaves() -> None:
    bounds: dict[Key, Bounds] = {"t": Bounds(23, 27), "a": Bounds(11, 12), "b": Bounds(13, 17), "c": Bounds(1, float("inf"))}
    known = Knowledge(bounds, (Sum("t", ("a", "b", "c")),))
    assert possible(known, "c") == Bounds(1, 3)
    assert narrow(known, ["c"], least=5) == ["c"] == narrow(known, ["c"], least=5, proven=True)
    assert narrow(known, ["c"], least=3) == []


def test_an_order_bounds_what_is_hidden() -> None:
    known = Knowledge({"ready": Bounds(1, float("inf")), "enrolled": Bounds(13, 17)}, (), (("ready", "enrolled"),))
    assert possible(known, "ready") == Bounds(1, 17)


def test_what_nothing_limits_is_unbounded() -> None:
    assert possible(Knowledge({"a": Bounds(1, float("inf"))}, ()), "a") == Bounds(1, float("inf"))


def test_numbers_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="contradicts itself"):
        possible(Knowledge({"t": Bounds(0, 0), "a": Bounds(1, 9)}, (Sum("t", ("a",)),)), "a")


def test_the_smallest_neighbour_is_hidden_with_an_exposed_count() -> None:
    found = publish_table(table({"t": 25, "a": 11, "b": 13, "c": 1}, Sum("t", ("a", "b", "c"))), min_cell=MIN_CELL)
    assert {key for key, one in found.items() if one.suppressed} == {"a", "c"}
    assert found["t"].value == 25
    assert found["b"].value == 15


def test_a_safe_hidden_count_costs_no_other() -> None:
    found = publish_table(table({"t": 104, "a": 46, "b": 52, "c": 6}, Sum("t", ("a", "b", "c"))), min_cell=MIN_CELL)
    assert {key for key, one in found.items() if one.suppressed} == {"c"}


def test_a_count_just_above_the_smallest_stays_hidden_where_it_was() -> None:
    before = Release(publish_table(table({"a": 10}), min_cell=MIN_CELL), MIN_CELL, ())
    assert publish_table(table({"a": 11}), min_cell=MIN_CELL, before=before)["a"].suppressed
    assert publish_table(table({"a": 14}), min_cell=MIN_CELL, before=before)["a"].value == 15
    assert publish_table(table({"a": 11}), min_cell=MIN_CELL)["a"].value == 10


def test_a_total_shown_the_day_before_does_not_undo_what_is_hidden_today() -> None:
    sums = (Sum("t", ("a", "b", "c")),)
    counts = table({"t": 45, "a": 15, "b": 25, "c": 5}, *sums)
    before = Release(publish_table(counts, min_cell=3), 3, sums)
    assert before.published["c"].value == 5
    today = publish_table(counts, min_cell=MIN_CELL, before=before)
    both = together(knowledge(Release(today, MIN_CELL, sums)), knowledge(before))
    assert possible(both, "c") == Bounds(3, 7)


def test_what_must_have_changed_is_two_counts() -> None:
    both = together(Knowledge({"a": Bounds(13, 17)}, ()), Knowledge({"a": Bounds(28, 32)}, ()))
    assert dict(both.bounds) == {"a": Bounds(13, 17), Before("a"): Bounds(28, 32)}


def test_an_attacker_finds_five_possible_numbers_for_every_hidden_count() -> None:
    """In each of two successive publications, and in both together if he believes that what may have stayed did stay."""
    beliefs_held = 0
    for seed in range(6):
        chance = random.Random(seed)
        people = population(chance, chance.choice((40, 90, 160, 300)))
        first = published(tabulated(people))
        shown = as_shown(first)
        assert None in shown.values()
        assert disclosure_attack.narrowed(shown, MIN_CELL) == []
        people = people[chance.randrange(3) :] + population(chance, chance.choice((1, 4, 12)))
        then = as_shown(published(tabulated(people), first))
        assert disclosure_attack.narrowed(then, MIN_CELL) == []
        found, held = disclosure_attack.narrowed_by_both(shown, then, MIN_CELL)
        assert found == []
        beliefs_held += held
    assert beliefs_held >= len(METRICS)


def test_a_day_later_little_more_is_hidden_even_where_nearly_all_counts_are_small() -> None:
    chance = random.Random(3)
    people = population(chance, 120)
    first = published(tabulated(people))
    then = published(tabulated(people[2:] + population(chance, 3)), first)
    hidden, after = (sum(one.suppressed for one in release.published.values()) for release in (first, then))
    assert hidden > len(as_shown(first)) / 4
    assert after <= 1.1 * hidden
    assert disclosure_attack.narrowed_by_both(as_shown(first), as_shown(then), MIN_CELL)[0] == []


def test_hiding_small_counts_alone_would_not_withstand_the_attack() -> None:
    """The attack has teeth: populations like those above fall to it when only small counts are hidden."""
    fallen = 0
    for seed in range(12):
        chance = random.Random(seed)
        found = tabulated(population(chance, chance.choice((40, 90, 160))))
        alone = {key: count for key, count in found.counts.items() if key not in found.unpublished}
        shown = publish_table(Table(alone, ()), min_cell=MIN_CELL)
        fallen += bool(disclosure_attack.narrowed(as_shown(Release(shown, MIN_CELL, ())), MIN_CELL))
    assert fallen > 0


def test_our_own_reckoning_agrees_with_the_attack() -> None:
    found = tabulated(population(random.Random(5), 70))
    counts = {key: count for key, count in found.counts.items() if key not in found.unpublished}
    alone = Release(publish_table(Table(counts, ()), min_cell=MIN_CELL), MIN_CELL, found.sums, found.orders, found.unpublished)
    ours = {named(key) for key in exposed_counts(alone)}
    assert ours == set(disclosure_attack.narrowed(as_shown(alone), MIN_CELL))


def test_nothing_small_is_published_whatever_the_population() -> None:
    found = tabulated(population(random.Random(9), 200))
    for key, one in published(found).published.items():
        count = found.counts[key]
        assert one.suppressed or (count == 0 and one.value == 0) or (count >= MIN_CELL and abs((one.value or 0) - count) <= 2)


def test_intervals_count_whole_numbers() -> None:
    assert integers((0.5, 5.5)) == 5
    assert Bounds(1, 5).integers == 5
