"""The newest publication turned into one answer to each question that a programme manager asks of the nation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from academy.core.workforce import seats
from academy.core.workforce.seats import Cell, Gain
from academy.core.workforce.suppression import FEWEST_FOR_A_RATE, Published
from academy.services import fairness, funnels, gap, outlook, stalls
from academy.services.fairness import Fairness
from academy.services.funnels import Funnel
from academy.services.gap import Query, Row, View, Worst
from academy.services.outlook import ASSUMED, Outlook, WhatIf
from academy.services.site import Site
from academy.services.skill_gaps import PREFIX
from academy.services.stalls import ModuleStall

SEATS, BEST, WITHIN = 100, 5, 60
"""Extra seats, cells that are named, and months within which the gap should close."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What is known of the nation under one scenario; None and empty where it is hidden or without evidence.

    completion: published share of those enrolled who were ever ready. placed: of the extra seats, people who find a post; where
    completion is None the seats count as people who become ready. required: people ready a month, seats: those who must start.
    weakest: the largest published gap of an area. over_trained: places and roles with more people ready than open posts.
    served: the share of enrolled people who are ready, by state and by language, as published. module: the one in which most stand still.
    """

    view: View
    worst: Worst | None
    outlook: Outlook
    completion: float | None
    placed: float
    gains: tuple[Gain, ...]
    funnel: Funnel
    weakest: Row | None
    posts_known: bool
    over_trained: tuple[Row, ...]
    served: Fairness
    module: ModuleStall | None

    @property
    def required(self) -> float | None:
        """People who would have to become ready each month to close the gap within five years."""
        return self.outlook.required.exact if self.outlook.required else None

    @property
    def seats(self) -> float | None:
        """People who would have to start each month for that."""
        return self.required / self.completion if self.required is not None and self.completion else None

    @property
    def faded(self) -> Published:
        """The share of those who were ever ready who are not today."""
        return next(step.lost for step in self.funnel.steps if step.before == "ever_ready")

    @property
    def doubt(self) -> tuple[str, float] | None:
        """The input that most doubt about the gap in ten years comes from, and its share."""
        shares = self.outlook.found.variance_share if self.outlook.found else {}
        return max(shares.items(), key=lambda pair: pair[1], default=None)


def overview(site: Site, query: Query) -> Overview | None:
    """The answers of one publication and scenario; None when nothing was published up to then."""
    asked = Query(scenario=query.scenario, as_of=query.as_of)
    found = outlook.outlook(site, asked, WhatIf(months=WITHIN))
    if found is None:
        return None
    view, nation = found.view, found.view.nation.numbers
    completion = _completed(nation)
    placed = seats.placed(SEATS, completion=1.0 if completion is None else completion, placement=ASSUMED["placement"].mode)
    posts = gap.read(site, Query(as_of=query.as_of, metrics=("ready_per_vacancy",)))
    per_post = posts.rows if posts else ()
    return Overview(
        view,
        gap.worst(site, view, asked),
        found,
        completion,
        placed,
        seats.gains(_cells(site, view, asked), placed, BEST),
        funnels.of("", nation),
        _weakest(site, nation),
        bool(per_post),
        tuple(row for row in per_post if row.value is not None and row.value > 1),
        fairness.of(view),
        stalls.of(site, nation).most,
    )


def _completed(nation: Mapping[str, Row]) -> float | None:
    enrolled, ever = nation.get("enrolled"), nation.get("ever_ready")
    if enrolled is None or ever is None or not enrolled.value or not ever.value or enrolled.value < FEWEST_FOR_A_RATE:
        return None
    return min(1.0, ever.value / enrolled.value)


def _cells(site: Site, view: View, asked: Query) -> list[Cell]:
    """Every work role in every state whose need is published, most likely numbers."""
    metrics = ("need_top_down", "workforce")
    report = gap.read(site, Query(scenario=view.scenario, as_of=asked.as_of, metrics=metrics))
    rows = {(row.role, row.state, row.metric): row.value for row in (report.rows if report else ()) if row.role and row.state}
    found = []
    for (role, state, metric), need in rows.items():
        people = rows.get((role, state, "workforce"))
        if metric == "need_top_down" and need is not None and people is not None:
            found.append(Cell(role, state, float(need), float(people)))
    return found


def _weakest(site: Site, nation: Mapping[str, Row]) -> Row | None:
    known = [nation.get(f"{PREFIX}{area}") for area in site.framework.areas]
    return max((row for row in known if row is not None and row.value), key=lambda row: row.value or 0.0, default=None)
