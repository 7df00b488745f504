"""Employment, claims and assumed rates turned into need, workforce and shortage by work role, state and sector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from academy.core.framework import Framework, Scenario, Sector, State
from academy.core.workforce.counts import Chance, Counts, Margins, Model, counts, model_of
from academy.core.workforce.draws import FloatArray, Range, dirichlet, gamma, log_triangular_at, scaled, summaries, summary
from academy.core.workforce.gap import ratio
from academy.core.workforce.overrides import Override

MODEL_VERSION = "1.2.0"
"""Names the formulas and assumptions below; a change of either changes it."""

RATE_CV = 0.4
"""Assumed coefficient of variation of security staff per 1,000 employed (grade D)."""

SHARE_KAPPA = 200.0
"""Assumed certainty of the work roles' shares, as a number of observations (grade D)."""

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class CellId:
    """A work role in a state or a sector; "" where the cell is summed over it."""

    role_id: str = ""
    state: str = ""
    sector: str = ""


@dataclass(frozen=True, slots=True)
class TopDown:
    """What one scenario says of a cell [persons], and the part of its need that the workforce covers [-]."""

    shortage: Range
    need: Range
    coverage: Range


@dataclass(frozen=True, slots=True)
class CellDemand:
    """What is thought to be needed in a cell [persons]. `covered` is workforce / bottom-up need [-].

    vacancies: open posts [posts], where somebody counted them; None where nobody did.
    """

    workforce: Range
    bottom_up: Range
    shortage_bottom_up: Range
    covered: Range
    scenarios: Mapping[str, TopDown]
    vacancies: Range | None = None


@dataclass(frozen=True, slots=True)
class NeedComparison:
    """Two estimates of one need [persons] and how far they disagree [-]; they are never averaged."""

    top_down: float
    bottom_up: float
    ratio: float | None


def compare_need(workforce: float, shortage: float, need_bottom_up: float) -> NeedComparison:
    """Like with like: workforce + top-down shortage against bottom-up need [persons]."""
    return NeedComparison(workforce + shortage, need_bottom_up, ratio(workforce + shortage, need_bottom_up))


def demand_by_cell(
    framework: Framework, rng: np.random.Generator, draws: int = DRAWS, own: Sequence[Override] = ()
) -> dict[CellId, CellDemand]:
    """Demand of the nation, every state and every sector, for all roles together and each role with a share or an own count.

    Own counts come last in the order of chance, so that what they do not touch stays as it was.
    """
    model = model_of(framework, own)
    rate_draws = gamma(rng, model.rates, RATE_CV, draws)
    shares = _share_draws(model, rng, draws)
    beliefs = _beliefs(framework, rng, draws)
    national = [_national(share, shares.draws[:, index], beliefs) for index, share in enumerate(shares.values)]
    found = {}
    counted = counts(model, own, Chance(rate_draws, shares.draws[:, 1:]), rng)
    for at, (cell, rows, cols) in enumerate(_margins(list(framework.states.values()), list(framework.sectors.values()))):
        staff = model.employment[rows, cols].sum(axis=0) / 1000.0
        local = _Margin(float(model.weights[rows, cols].sum()), float(staff @ model.rates[cols]), rate_draws[:, cols] @ staff)
        demands = _of_margin(local, shares, national, beliefs.workforce)
        if counted is not None:
            demands = _with_own(demands, counted.at(at), _Believed(beliefs, local.weight, shares))
        for role_id, demand in zip(shares.roles, demands, strict=True):
            found[CellId(role_id, cell.state, cell.sector)] = demand
    return found


@dataclass(frozen=True, slots=True)
class _Margin:
    """A place: its part of a national figure, and its need for all roles [persons] with draws of it."""

    weight: float
    need: float
    need_draws: FloatArray


@dataclass(frozen=True, slots=True)
class _Shares:
    """Shares of roles, of all roles together first, and draws of them, shape (draws, R)."""

    roles: tuple[str, ...]
    values: tuple[float, ...]
    draws: FloatArray


@dataclass(frozen=True, slots=True)
class _Beliefs:
    """The national workforce [persons], and by scenario the national shortage with draws of it."""

    workforce: float
    shortages: Mapping[str, tuple[float, FloatArray]]


@dataclass(frozen=True, slots=True)
class _Believed:
    """A place's part of what is believed of the nation, and the roles' shares of it."""

    beliefs: _Beliefs
    weight: float
    shares: _Shares


@dataclass(frozen=True, slots=True)
class _National:
    """One role in the nation; every place has its part of it."""

    workforce: Range
    scenarios: Mapping[str, TopDown]


def _of_margin(local: _Margin, shares: _Shares, national: Sequence[_National], workforce: float) -> list[CellDemand]:
    people = workforce * local.weight
    values = np.array(shares.values)
    needs = summaries(values * local.need, shares.draws * local.need_draws[:, None])
    missing = summaries(
        np.maximum(0.0, values * (local.need - people)), np.maximum(0.0, shares.draws * (local.need_draws - people)[:, None])
    )
    share = people / local.need if local.need > 0 else 0.0
    covered = summary(share, _ratio(np.full_like(local.need_draws, people), local.need_draws))
    return [
        CellDemand(
            workforce=scaled(role.workforce, local.weight),
            bottom_up=needs[index],
            shortage_bottom_up=missing[index],
            covered=covered,
            scenarios={key: _part(found, local.weight) for key, found in role.scenarios.items()},
        )
        for index, role in enumerate(national)
    ]


def _with_own(demands: Sequence[CellDemand], here: Counts, believed: _Believed) -> list[CellDemand]:
    """The demand of a place's roles with own counts in it; what nobody counted stays."""
    need, people = here.need, here.workforce
    workforce, bottom_up = summaries(people.value, people.draws), summaries(need.value, need.draws)
    missing = summaries(np.maximum(0.0, need.value - people.value), np.maximum(0.0, need.draws - people.draws))
    covered = summaries(_ratio(people.value, need.value), _ratio(people.draws, need.draws))
    top_down = {key: _top_down(people, believed, key) for key in believed.beliefs.shortages} if here.people_counted else {}
    posts = _known(here.vacancies, len(demands))
    return [
        CellDemand(
            workforce=workforce[index],
            bottom_up=bottom_up[index],
            shortage_bottom_up=missing[index],
            covered=covered[index],
            scenarios={
                key: TopDown(found.shortage, *top_down[key][index]) if top_down else found for key, found in demand.scenarios.items()
            },
            vacancies=posts[index],
        )
        for index, demand in enumerate(demands)
    ]


def _top_down(people: Margins, believed: _Believed, scenario: str) -> list[tuple[Range, Range]]:
    """Need and coverage of every role under a scenario, where people were counted."""
    missing, draws = believed.beliefs.shortages[scenario]
    short = missing * believed.weight * np.array(believed.shares.values)
    need, drawn = people.value + short, people.draws + draws[:, None] * believed.weight * believed.shares.draws
    covered = summaries(_ratio(people.value, need), _ratio(people.draws, drawn))
    return list(zip(summaries(need, drawn), covered, strict=True))


def _known(posts: Margins | None, count: int) -> list[Range | None]:
    if posts is None:
        return [None] * count
    found = summaries(posts.value, posts.draws)
    return [None if np.isnan(value) else one for value, one in zip(posts.value, found, strict=True)]


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part of a whole [-]; 0 where there is none."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _part(found: TopDown, weight: float) -> TopDown:
    return TopDown(scaled(found.shortage, weight), scaled(found.need, weight), found.coverage)


def _national(share: float, share_draws: FloatArray, beliefs: _Beliefs) -> _National:
    return _National(
        scaled(summary(share, share_draws), beliefs.workforce),
        {
            scenario: TopDown(
                shortage=summary(missing * share, draws * share_draws),
                need=summary((beliefs.workforce + missing) * share, (beliefs.workforce + draws) * share_draws),
                coverage=summary(beliefs.workforce / (beliefs.workforce + missing), beliefs.workforce / (beliefs.workforce + draws)),
            )
            for scenario, (missing, draws) in beliefs.shortages.items()
        },
    )


def _beliefs(framework: Framework, rng: np.random.Generator, draws: int) -> _Beliefs:
    if not framework.workforce.mode:
        raise ValueError("the national workforce has no number")
    uniform = rng.random(draws)  # one chance for all scenarios: each is drawn as it would be alone
    return _Beliefs(
        float(framework.workforce.mode), {scenario.id: _believed(scenario, uniform) for scenario in framework.scenarios.values()}
    )


def _believed(scenario: Scenario, uniform: FloatArray) -> tuple[float, FloatArray]:
    drawn = log_triangular_at(uniform, scenario.low, scenario.mode, scenario.high)
    return scenario.mode * scenario.budgeted_share, drawn * scenario.budgeted_share


def _share_draws(model: Model, rng: np.random.Generator, draws: int) -> _Shares:
    """Shares of every role; "" is all roles together, which has no doubt about shares. Roles without a share have none drawn."""
    known = model.shares > 0
    drawn = np.zeros((draws, model.shares.size))
    drawn[:, known] = dirichlet(rng, model.shares[known], SHARE_KAPPA, draws)
    return _Shares(("", *model.axes.roles), (1.0, *map(float, model.shares)), np.column_stack([np.ones(draws), drawn]))


def _margins(states: Sequence[State], sectors: Sequence[Sector]) -> list[tuple[CellId, slice, slice]]:
    everything = slice(None)
    by_state = [(CellId(state=state.iso), slice(at, at + 1), everything) for at, state in enumerate(states)]
    by_sector = [(CellId(sector=sector.id), everything, slice(at, at + 1)) for at, sector in enumerate(sectors)]
    return [(CellId(), everything, everything), *by_state, *by_sector]
