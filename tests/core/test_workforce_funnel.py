"""Funnels and seats: what is lost between stages, and where extra seats cover most."""

from __future__ import annotations

import pytest

from academy.core.workforce import funnel, seats
from academy.core.workforce.seats import Cell
from academy.core.workforce.suppression import Published


def lost(**counts: float | None) -> dict[tuple[str, str], Published]:
    """Shares lost by step; a count that is None is hidden."""
    found = funnel.steps({stage: Published(value, suppressed=value is None) for stage, value in counts.items()})
    return {(step.before, step.after): step.lost for step in found}


def test_what_is_lost_is_of_those_at_the_stage_before() -> None:
    found = lost(enrolled=100, active=60, proficient=40, ready=10, ever_ready=20)
    assert found["enrolled", "active"].value == pytest.approx(0.4)
    assert found["enrolled", "proficient"].value == pytest.approx(0.6)
    assert found["proficient", "ready"].value == pytest.approx(0.75)
    assert found["ever_ready", "ready"].value == pytest.approx(0.5)
    counts = {"enrolled": 100, "proficient": 40, "ready": 10}
    stall = funnel.stall(funnel.steps({stage: Published(value) for stage, value in counts.items()}))
    assert stall is not None
    assert (stall.before, stall.after) == ("proficient", "ready")


def test_a_hidden_count_or_few_people_hide_the_share_and_nobody_has_none() -> None:
    found = lost(enrolled=100, active=None, proficient=15, ready=0, ever_ready=0)
    assert found["enrolled", "active"] == Published(None, suppressed=True)
    assert found["proficient", "ready"] == Published(None, suppressed=True), "fewer than 20 people"
    assert found["ever_ready", "ready"] == Published(None)
    assert lost(enrolled=20, proficient=25)["enrolled", "proficient"].value == 0, "rounding makes no negative loss"
    assert funnel.stall(funnel.steps({})) is None


def test_seats_cover_most_where_fewer_are_needed_but_nowhere_in_vain() -> None:
    people = seats.placed(100, completion=0.5, placement=0.8)
    assert people == pytest.approx(40)
    large, exact = Cell("a", "MX-MEX", 4000, 2000), Cell("b", "MX-NLE", 80, 40)
    others = [Cell("c", "MX-COL", 79, 40), Cell("d", "MX-JAL", 50, 60)]
    found = seats.gains([large, *others, exact], people, 5)
    assert [gain.cell for gain in found] == [exact, large]
    assert [found[0].left, found[0].won, found[1].left, found[1].won] == pytest.approx([0, 0.5, 1960, 0.01])
    assert seats.gains([large, exact], people, 1) == found[:1]
    assert seats.gains([Cell("e", "MX-COL", 19, 1)], 2, 5) == (), "no coverage is published of so few"
    assert seats.gains([Cell("e", "MX-COL", 20, 1)], 2, 5)[0].won == pytest.approx(0.1)
