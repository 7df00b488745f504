"""Learners' standings and the demand model turned into a dated, frozen snapshot that anyone may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlmodel import Session

from academy.config import LANGUAGES
from academy.core.framework import Framework
from academy.core.measurement.readiness import LAPSED_DAYS
from academy.core.workforce import gap, margins, splits, suppression
from academy.core.workforce.demand import MODEL_VERSION, CellDemand, CellId, TopDown, demand_by_cell
from academy.core.workforce.draws import Range
from academy.core.workforce.known import Key, Sum
from academy.core.workforce.margins import NO_ROLE, Count
from academy.core.workforce.suppression import Published, Release, Table
from academy.services import audit, closings, derivation, inputs, prospects, ready_shares, skill_gaps, standstill
from academy.services.inputs import Inputs
from academy.services.prospects import History
from academy.services.site import Site
from academy.store import snapshots, stage_changes
from academy.store.evidence_rows import StandingRow
from academy.store.snapshots import CellRow, LearnerCount
from academy.store.tables.gap import Snapshot
from academy.store.tables.standings import StageChange

UNKNOWN = "unknown"
PERSONS, SHARE = "persons", "share"
LEARNER_METRICS = ("enrolled", "active", "proficient", "ready", "ever_ready", "became_ready")
LANGUAGE_METRICS = tuple(splits.name(metric, language) for metric in LEARNER_METRICS for language in LANGUAGES)
"""The same counts of the nation by the language that people learn in."""
COUNTED = (*LEARNER_METRICS, *splits.MODULE_KINDS, *splits.ITEM_KINDS)
"""What is counted of learners; before a colon, of those of one language, module or question."""

ASSUMED = "D"
"""Grade of what rests on a spread that we assume, whatever the grade of the figure that is spread."""

_KINDS = ("gap", ready_shares.METRIC, *standstill.KINDS)
"""What else is published of learners by skill, language, module or question; it stands before the colon."""

_LAPSES_AT_ONCE = 2_000
_COUNTED_ALIKE = ("1.1.0", MODEL_VERSION)
"""Model versions that count and hide learners in the same way, whatever they say of demand."""

_ATTEMPTS = 3
"""How often a publication is worked out anew where another one is faster."""

_MODELLED_FROM: Mapping[str, str] = {"need_bottom_up": "need", "workforce": "workforce", "vacancies": "vacancies"}
"""The kind of own count that stands for a metric where it is about just that cell."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What one run froze."""

    snapshot_id: int
    as_of: date
    created_at: datetime
    cells: int
    hidden: int


class Overtaken(RuntimeError):
    """Another publication became the newest while this one was worked out: it would hide the other, unguarded by what that told."""


def publish(site: Site, *, seed: int | None = None) -> Publication:
    """Freeze today's gap, with the inputs in force. The seed, by default the date as a number, makes the intervals reproducible."""
    return _unless_overtaken(lambda: _publish(site, seed))


def _publish(site: Site, seed: int | None) -> Publication:
    newest = snapshots.newest_number(site.database)
    now, rests_on = site.now(), inputs.present(site)
    seed = int(f"{now:%Y%m%d}") if seed is None else seed
    demand = _demand_of(site.framework, rests_on, seed)
    with site.database.reading(steady=True) as session:  # counts of two statements must agree
        counts = _margins(site.framework, snapshots.learner_counts(session, now))
        standing_still = standstill.counts(site, session)
        before = _release_before(session)
        history = _history(session, now)
        gaps = skill_gaps.published(site, session, UNKNOWN, _gaps_before(session))
    learners = suppression.publish_table(_table(site.framework, counts, standing_still), min_cell=site.min_cell, before=before)
    cells = list(_cells(site.framework, learners, _Demand(demand, _grades(rests_on), site.min_cell)))  # type: ignore[arg-type]  # its keys are the table's
    cells += prospects.published(cells, history, seed)
    cells += closings.published(cells, seed)
    cells += [*ready_shares.published(cells), *standstill.published(cells)]
    cells += gaps
    snapshot = Snapshot(as_of=now.date(), created_at=now, seed=seed, model_version=MODEL_VERSION, min_cell=site.min_cell, demo=site.demo)
    _keep_lapses(site, now)
    return _freeze(site, snapshot, rests_on, cells, over=newest)


def restate(site: Site, manager_id: int) -> Publication:
    """The newest publication once more, with the inputs in force now; date, seed and counts of learners stay as published.

    So it says nothing about people that was not said. Raises LookupError where nothing comparable is published.
    """
    return _unless_overtaken(lambda: _restate(site, manager_id))


def _restate(site: Site, manager_id: int) -> Publication:
    with site.database.reading() as session:
        last = snapshots.latest(session)
        if last is None or last.id is None or last.model_version not in _COUNTED_ALIKE:
            raise LookupError("nothing that can be published again")
        kept = snapshots.cells(
            session, last.id, metrics=(*LEARNER_METRICS, *prospects.METRICS, ready_shares.METRIC), kinds=(*COUNTED, *_KINDS)
        )
    rests_on = inputs.present(site)
    learners = {
        (CellId(row.role_id, row.state, row.sector), row.metric): Published(row.value, row.suppressed)
        for row in kept
        if splits.kind_of(row.metric) in COUNTED
    }
    demand = _Demand(_demand_of(site.framework, rests_on, last.seed), _grades(rests_on), last.min_cell)
    cells = list(_cells(site.framework, learners, demand))
    cells += [row for row in kept if splits.kind_of(row.metric) not in COUNTED]
    cells += closings.published(cells, last.seed)
    snapshot = Snapshot(
        as_of=last.as_of,
        created_at=site.now(),
        seed=last.seed,
        model_version=MODEL_VERSION,
        min_cell=last.min_cell,
        demo=last.demo,
    )
    return _freeze(site, snapshot, rests_on, cells, over=last.id, by=manager_id)


def stale(site: Site) -> bool:
    """Whether the newest publication rests on other inputs than those in force."""
    with site.database.reading() as session:
        last = snapshots.latest(session)
        if last is None:
            return False
        return inputs.of_snapshot(site.framework, last).digest != inputs.present_in(session, site.framework).digest


def _unless_overtaken(attempt: Callable[[], Publication]) -> Publication:
    """What an attempt published, begun anew where another publication was faster. Raises Overtaken where that never ends."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(Overtaken):
            return attempt()
    return attempt()


def _freeze(
    site: Site, snapshot: Snapshot, rests_on: Inputs, cells: list[CellRow], *, over: int | None, by: int | None = None
) -> Publication:
    """Keep a publication that was worked out over the one with this number. Raises Overtaken where that is no longer the newest."""
    snapshot.inputs = inputs.as_json(rests_on)
    with site.database.writing() as session:  # answers wait for this, so nothing is worked out in here
        snapshots.lock(session)
        newest = snapshots.latest(session)
        if (newest.id if newest else None) != over:
            raise Overtaken
        number = snapshots.add(session, snapshot, cells)
        audit.record(site, session, "published", actor=by, details={"snapshot": number, "seed": snapshot.seed, "cells": len(cells)})
    return Publication(number, snapshot.as_of, snapshot.created_at, len(cells), sum(cell.suppressed for cell in cells))


def _demand_of(framework: Framework, rests_on: Inputs, seed: int) -> dict[CellId, CellDemand]:
    return demand_by_cell(rests_on.within(framework), np.random.default_rng(seed), own=rests_on.own)


def _margins(framework: Framework, counts: list[LearnerCount]) -> dict[CellId, Counter[str]]:
    """Learners of the nation, each state and each sector, for each role and for all roles together."""
    found: dict[CellId, Counter[str]] = {}
    for count in counts:
        here = Counter({metric: getattr(count, metric) for metric in LEARNER_METRICS})
        state = count.state if count.state in framework.states else UNKNOWN
        sector = count.sector if count.sector in framework.sectors else UNKNOWN
        for role in ("", count.role_id if count.role_id in framework.roles else NO_ROLE):
            for cell in (CellId(role), CellId(role, state=state), CellId(role, sector=sector)):
                found.setdefault(cell, Counter()).update(here)
        language = count.language if count.language in LANGUAGES else LANGUAGES[0]
        found[CellId()].update({splits.name(metric, language): people for metric, people in here.items()})
    return found


def _history(session: Session, now: datetime) -> History:
    """How long changes of stage were kept, and how unsteady the months of the roles were."""
    start = stage_changes.first_seen(session)
    months = 0 if start is None else min(prospects.LONGEST, int((now - start).days / prospects.MONTH_DAYS))
    since = now - timedelta(days=months * prospects.MONTH_DAYS)
    return prospects.history(months, [(role, (at - since).days) for role, at in stage_changes.first_ready(session, since)])


def _keep_lapses(site: Site, now: datetime) -> None:
    """Keep as facts the lapses that no answer shows: 180 days without one."""
    after = 0
    while True:  # a few in each transaction: answers wait for it
        with site.database.writing() as session:
            found = stage_changes.newly_lapsed(session, now, after=after, most=_LAPSES_AT_ONCE)
            stage_changes.keep_all(session, [_lapse(standing, number + 1) for standing, number in found])
        if len(found) < _LAPSES_AT_ONCE:
            return
        after = found[-1][0].learner_id


def _lapse(standing: StandingRow, number: int) -> StageChange:
    assert standing.last_answer_at is not None, "who never answered does not lapse"
    return StageChange(
        learner_id=standing.learner_id,
        number=number,
        was=derivation.stage(standing, standing.last_answer_at),
        stage="lapsed",
        role_id=standing.role_id,
        changed_at=standing.last_answer_at + timedelta(days=LAPSED_DAYS),
    )


def _table(framework: Framework, counts: dict[CellId, Counter[str]], standing_still: Mapping[str, int]) -> Table:
    """Every count of learners that is published, with what ties them. standing_still: those of modules and questions by metric."""
    cells = _published_cells(framework)
    others = margins.without_role(cells)
    found: dict[Key, int] = {
        (cell, metric): counts.get(cell, Counter())[metric] for cell in (*cells, *others) for metric in LEARNER_METRICS
    }
    found |= {(splits.NATION, metric): counts.get(splits.NATION, Counter())[metric] for metric in LANGUAGE_METRICS}
    found |= {(splits.NATION, metric): people for metric, people in standing_still.items()}
    ties = _ties(cells, (*LANGUAGE_METRICS, *standing_still))
    for each in ties.sums:  # what is left of a sum when its published parts are taken away
        for rest in ties.unpublished.intersection(each.parts).difference(found):
            found[rest] = found[each.total] - sum(found[part] for part in each.parts if part != rest)
    return Table(found, *ties)


class _Ties(NamedTuple):
    """What ties counts: sums, orders, and parts of sums that are not published."""

    sums: tuple[Sum, ...]
    orders: tuple[tuple[Key, Key], ...]
    unpublished: frozenset[Key]


def _ties(cells: Collection[CellId], split: Collection[str]) -> _Ties:
    """What ties the counts of these cells, and those of the nation that are split further."""
    further = tuple(splits.sums(split, LEARNER_METRICS))
    others = frozenset((cell, metric) for cell in margins.without_role(cells) for metric in LEARNER_METRICS)
    return _Ties(
        (*margins.sums(cells, LEARNER_METRICS), *further),
        (*margins.orders(cells, LEARNER_METRICS), *splits.orders(split)),
        others | splits.rests(further, split),
    )


def _gaps_before(session: Session) -> Sequence[CellRow]:
    """The skill gaps of the newest publication."""
    snapshot = snapshots.latest(session)
    return [] if snapshot is None or snapshot.id is None else snapshots.cells(session, snapshot.id, kinds=("gap",))


def _release_before(session: Session) -> Release | None:
    """The counts of the newest publication that was counted as today, if there is one."""
    snapshot = snapshots.latest(session)
    if snapshot is None or snapshot.id is None or snapshot.model_version not in _COUNTED_ALIKE:
        return None
    found = {
        (CellId(row.role_id, row.state, row.sector), row.metric): Published(row.value, row.suppressed)
        for row in snapshots.cells(session, snapshot.id, metrics=LEARNER_METRICS, kinds=COUNTED)
    }
    cells = list(dict.fromkeys(cell for cell, _ in found))
    ties = _ties(cells, [metric for _, metric in found if metric not in LEARNER_METRICS])
    return Release(found, snapshot.min_cell, *ties)  # type: ignore[arg-type]  # its keys are counts


def _published_cells(framework: Framework) -> list[CellId]:
    places = [CellId(), *(CellId(state=key) for key in (*framework.states, UNKNOWN))]
    places += [CellId(sector=key) for key in (*framework.sectors, UNKNOWN)]
    return [CellId(role, place.state, place.sector) for role in ("", *framework.roles) for place in places]


@dataclass(frozen=True, slots=True)
class _Demand:
    """Demand by cell, the grades of own counts by kind and place, and from which count on people are published."""

    cells: Mapping[CellId, CellDemand]
    grades: Mapping[tuple[str, str, str, str], str]
    min_cell: int

    def grade(self, cell: CellId, metric: str) -> str:
        """An own count's grade where it is about just this cell; else everything rests on a spread that we assume."""
        return self.grades.get((_MODELLED_FROM[metric], cell.role_id, cell.state, cell.sector), ASSUMED)


def _grades(rests_on: Inputs) -> dict[tuple[str, str, str, str], str]:
    return {row.place: row.grade for row in rests_on.own}


def _cells(framework: Framework, learners: Mapping[Count, Published], demand: _Demand) -> Iterator[CellRow]:
    for cell in _published_cells(framework):
        yield from (_count(cell, metric, learners[cell, metric]) for metric in LEARNER_METRICS if (cell, metric) in learners)
        if cell in demand.cells:
            yield from _demand(cell, demand, learners.get((cell, "ready"), Published(None)))
    split = (key for key in learners if key[1] not in LEARNER_METRICS)
    yield from (_count(*key, learners[key]) for key in split)


def _demand(cell: CellId, demand: _Demand, ready: Published) -> Iterator[CellRow]:
    found, min_cell = demand.cells[cell], demand.min_cell
    workforce = _whole(found.workforce)
    yield _model(cell, "", "workforce", workforce, grade=demand.grade(cell, "workforce"))
    yield _model(cell, "", "need_bottom_up", _whole(found.bottom_up), grade=demand.grade(cell, "need_bottom_up"))
    yield _model(cell, "", "shortage_bottom_up", _whole(found.shortage_bottom_up))
    yield _covered(cell, "", "coverage_bottom_up", found.covered, _whole(found.bottom_up), workforce, ready, min_cell)
    if found.vacancies is not None:
        posts = _whole(found.vacancies)
        yield _model(cell, "", "vacancies", posts, unit="posts", grade=demand.grade(cell, "vacancies"))
        yield _per_vacancy(cell, posts, ready)
    for scenario, believed in found.scenarios.items():
        yield from _believed(cell, scenario, believed, workforce, ready, min_cell)


def _per_vacancy(cell: CellId, posts: Range, ready: Published) -> CellRow:
    """People ready per open post, from published numbers only; hidden where those ready are, or where there are too few posts."""
    value = None if ready.value is None else gap.ready_per_vacancy(ready.value, posts.value)
    hidden = ready.suppressed or 0 < posts.value < suppression.FEWEST_FOR_A_RATE
    kept = None if hidden or value is None else round(value, 4)
    return _row(cell, "", "ready_per_vacancy", "persons per post", value=kept, suppressed=hidden, source_grade=ASSUMED)


def _believed(cell: CellId, scenario: str, believed: TopDown, workforce: Range, ready: Published, min_cell: int) -> Iterator[CellRow]:
    need = _whole(believed.need)
    yield _model(cell, scenario, "need_top_down", need)
    yield _model(cell, scenario, "shortage", _whole(believed.shortage))
    yield _covered(cell, scenario, "coverage", believed.coverage, need, workforce, ready, min_cell)


def _count(cell: CellId, metric: str, found: Published) -> CellRow:
    n = None if found.value is None else int(found.value)
    return _row(cell, "", metric, PERSONS, value=found.value, n=n, suppressed=found.suppressed)


def _model(cell: CellId, scenario: str, metric: str, found: Range, *, unit: str = PERSONS, grade: str = ASSUMED) -> CellRow:
    return _row(cell, scenario, metric, unit, value=found.value, low=found.low, high=found.high, source_grade=grade)


def _covered(
    cell: CellId, scenario: str, metric: str, base: Range, need: Range, workforce: Range, ready: Published, min_cell: int
) -> CellRow:
    """Coverage from published numbers only, so that it tells nothing about hidden ones.

    Where the number ready is hidden it counts as 0, and as the largest that is hidden in the upper end.
    """
    if need.value < suppression.FEWEST_FOR_A_RATE:
        return _row(cell, scenario, metric, SHARE, suppressed=True, source_grade=ASSUMED)
    least = ready.value or 0.0
    most = float(min_cell - 1) if ready.suppressed else least
    value = gap.coverage(need.value, workforce.value, least) or 0.0
    low = min(value, base.low + least / max(need.high, 1.0))
    high = max(value, base.high + most / max(need.low, 1.0))
    return _row(
        cell,
        scenario,
        metric,
        SHARE,
        value=round(value, 4),
        low=round(low, 4),
        high=round(high, 4),
        n=int(need.value),
        source_grade=ASSUMED,
    )


def _row(cell: CellId, scenario: str, metric: str, unit: str, **values: float | int | bool | str | None) -> CellRow:
    return CellRow(scenario, cell.role_id, cell.state, cell.sector, metric, unit, **values)  # type: ignore[arg-type]  # by name


def _whole(found: Range) -> Range:
    """A modelled number of persons without decimals that nobody believes."""
    return Range(float(round(found.value)), float(round(found.low)), float(round(found.high)))
