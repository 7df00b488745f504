"""Answering and rebuilding share one rule: what is kept after each answer equals what all answers give at once."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.framework import Framework, Requirement
from academy.core.measurement import ability
from academy.services import derivation
from academy.services.derivation import Learner
from academy.services.required import Place
from academy.services.scales import Scales, build_scales
from academy.store.evidence_rows import EstimateRow, ResponseRow, StandingRow
from academy.store.tables.items import ItemVersion

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ROLE, SKILLS = "PD-WRL-003", ("ai-social-engineering", "ai-attack-economics")
answers = st.lists(
    st.fixed_dictionaries(
        {
            "item": st.integers(0, 11),
            "score": st.sampled_from([0.0, 0.4, 0.75, 1.0]),
            "gap": st.floats(0.0, 300.0),
            "purpose": st.sampled_from(["practice", "placement", "review"]),
            "seconds": st.sampled_from([None, 20, 400]),
            "effort": st.sampled_from(["", "easy", "help"]),
        }
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def known() -> Scales:
    """Twelve items of two skills."""
    levels = ("easy", "medium", "hard")
    rows = [
        ItemVersion(
            course_id="c", item_id=f"q{at}", key_version="v", canonical="", skill_id=SKILLS[at % 2], level=levels[at % 3],
            guessing=0.25, first_seen_at=START,
        )
        for at in range(12)
    ]  # fmt: skip
    return build_scales(rows)


@pytest.fixture(scope="module")
def facts(framework: Framework) -> Framework:
    """One role that asks for both skills, easily reached."""
    role = dataclasses.replace(framework.roles[ROLE], requirements=tuple(Requirement(skill, "easy", 1.0) for skill in SKILLS))
    return dataclasses.replace(framework, roles={ROLE: role})


def responses(given_answers: list[dict[str, Any]]) -> list[ResponseRow]:
    at, found = START, []
    for number, one in enumerate(given_answers, start=1):
        at += timedelta(days=one["gap"])
        found.append(
            ResponseRow(
                learner_id=1, sequence=number, submission=str(number), attempt=None, course_id="c", item_id=f"q{one['item']}",
                key_version="v", text_version="t", language="es", answer=None, score=one["score"], answered_at=at, purpose=one["purpose"],
                seconds=one["seconds"], effort=one["effort"],
            )
        )  # fmt: skip
    return found


def online(
    given_responses: list[ResponseRow], target: str, known: Scales, facts: Framework, required: dict[str, list[Place]]
) -> tuple[dict[str, EstimateRow], StandingRow]:
    """One answer after the other, everything kept as rows between them."""
    rows: dict[str, EstimateRow] = {}
    standing, met = StandingRow(learner_id=1, role_id=target), set()
    answered: set[Place] = set()
    for response in given_responses:
        learner = Learner(target, known, facts, derivation.known_skills(rows), required)
        answered.add((response.course_id, response.item_id))
        learner.answered = lambda: answered
        skill = learner.take(standing, response, counts=response.item_id not in met)
        met.add(response.item_id)
        if skill is not None:
            rows[skill] = derivation.estimate_row(1, skill, learner.skills[skill])
    return rows, standing


@pytest.mark.parametrize("required", [{}, {ROLE: [("c", "q0"), ("c", "q1")]}], ids=["nothing required", "two required"])
@pytest.mark.parametrize("target", [ROLE, ""])
@given(answers=answers)
def test_replay_equals_online(
    known: Scales, facts: Framework, target: str, required: dict[str, list[Place]], answers: list[dict[str, Any]]
) -> None:
    given_responses = responses(answers)
    here = online(given_responses, target, known, facts, required)
    there = derivation.replay(1, given_responses, target, known, facts, required)
    assert here[0].keys() == there[0].keys()
    for skill, row in here[0].items():
        other = there[0][skill]
        assert np.abs(ability.from_bytes(row.weights) - ability.from_bytes(other.weights)).max() <= 1e-9
        assert (row.answers, row.reviewed_at, row.due_at, row.retained_until) == (
            other.answers, other.reviewed_at, other.due_at, other.retained_until,
        )  # fmt: skip
        assert row.stability == pytest.approx(other.stability, abs=1e-9)
    for name in ("role_id", "readiness", "assessed_share", "proficient", "ready_until", "first_ready_at"):
        assert _same(getattr(here[1], name), getattr(there[1], name)), name


@given(answers=answers)
def test_ready_never_outlasts_the_first_skill_that_fades(known: Scales, facts: Framework, answers: list[dict[str, Any]]) -> None:
    rows, standing = derivation.replay(1, responses(answers), ROLE, known, facts, {})
    if standing.ready_until is not None:
        assert standing.ready_until == min(row.retained_until for row in rows.values() if row.retained_until)
        assert standing.readiness is not None
        assert standing.readiness >= 0.8
    if standing.first_ready_at is not None:
        assert standing.first_ready_at >= START


def test_skills_that_were_not_assessed_are_not_counted(known: Scales, facts: Framework) -> None:
    right = {"score": 1.0, "gap": 0.0, "purpose": "practice", "seconds": None, "effort": ""}
    every: list[dict[str, Any]] = [{"item": at, **right} for at in range(0, 12, 2)]
    half = derivation.replay(1, responses(every), ROLE, known, facts, {})[1]
    assert half.assessed_share == 0.5
    assert half.ready_until is None, "half of the role's weight is too little"
    both = derivation.replay(1, responses(every + [{**one, "item": one["item"] + 1} for one in every]), ROLE, known, facts, {})[1]
    assert both.assessed_share == 1.0


def test_nobody_is_ready_before_the_required_modules_are_done(known: Scales, facts: Framework) -> None:
    right = {"score": 1.0, "gap": 0.0, "purpose": "practice", "seconds": None, "effort": ""}
    given_responses = responses([{"item": at, **right} for at in range(12)])
    places = [(response.course_id, response.item_id) for response in given_responses]
    done = derivation.replay(1, given_responses, ROLE, known, facts, {ROLE: places})[1]
    short = derivation.replay(1, given_responses, ROLE, known, facts, {ROLE: [*places, ("c", "never asked")]})[1]
    assert done.ready_until is not None
    assert short.ready_until is None
    assert short.readiness == done.readiness


def _same(here: object, there: object) -> bool:
    if isinstance(here, float) and isinstance(there, float):
        return abs(here - there) <= 1e-9
    return here == there
