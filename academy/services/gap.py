"""A published snapshot turned into the rows that the page, the CSV file and the command share."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from academy.core.framework import Claim, Framework, Scenario
from academy.services import inputs
from academy.services.inputs import Inputs
from academy.services.publish import UNKNOWN
from academy.services.site import Site
from academy.store import snapshots
from academy.store.snapshots import CellRow
from academy.store.tables.gap import Snapshot

ALL = "all"
"""As a filter: the cell that is summed over it."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to read; None does not narrow, "" means summed over it. `as_of`: the newest publication up to then. metrics: none is all."""

    role: str | None = None
    state: str | None = None
    sector: str | None = None
    scenario: str | None = None
    as_of: date | None = None
    metrics: tuple[str, ...] = ()


class Row(NamedTuple):
    """One published number in the long form; "" in role, state or sector means summed over it, in scenario any."""

    role: str
    state: str
    sector: str
    month: str
    metric: str
    value: float | int | None
    lo: float | int | None
    hi: float | int | None
    unit: str
    n: int | None
    suppressed: bool
    source_grade: str
    scenario: str
    seed: int
    model_version: str


COLUMNS = Row._fields


@dataclass(frozen=True, slots=True)
class Report:
    """Rows of one publication, and what they were asked for."""

    as_of: date
    created_at: datetime
    seed: int
    model_version: str
    min_cell: int
    demo: bool
    query: Query
    inputs: Inputs
    rows: tuple[Row, ...]


class ChoiceError(ValueError):
    """A filter that names nothing; says which and what it may be."""


def checked_query(
    framework: Framework,
    *,
    role: str | None = None,
    state: str | None = None,
    sector: str | None = None,
    scenario: str | None = None,
    as_of: str | None = None,
    scenarios: Collection[str] | None = None,
) -> Query:
    """Filters as people write them, checked. Raises ChoiceError for the first that names nothing.

    scenarios: those that may be named, where they are not the ones that we ship.
    """
    return Query(
        role=_choice("role", role, framework.roles),
        state=_choice("state", state, (*framework.states, UNKNOWN)),
        sector=_choice("sector", sector, (*framework.sectors, UNKNOWN)),
        scenario=_choice("scenario", scenario, framework.scenarios if scenarios is None else scenarios, summed=False),
        as_of=_date(as_of),
    )


def newest(site: Site, as_of: date | None = None) -> int | None:
    """The number of the newest publication up to a date, in one query; None when there is none."""
    return snapshots.newest_number(site.database, as_of)


def asked(site: Site, **given: str | None) -> Query:
    """Filters as people write them, checked against the publication that they ask for and its scenarios. Raises ChoiceError."""
    with site.database.reading() as session:
        snapshot = snapshots.latest(session, _date(given.get("as_of")))
        found = inputs.present_in(session, site.framework) if snapshot is None else inputs.of_snapshot(site.framework, snapshot)
    return checked_query(site.framework, **given, scenarios=found.scenarios)


def read(site: Site, query: Query) -> Report | None:
    """The rows asked for; None when nothing was published up to then."""
    with site.database.reading() as session:
        snapshot = snapshots.latest(session, query.as_of)
        if snapshot is None or snapshot.id is None:
            return None
        found = snapshots.cells(
            session,
            snapshot.id,
            role=query.role,
            state=query.state,
            sector=query.sector,
            scenario=query.scenario,
            metrics=query.metrics,
        )
        return Report(
            snapshot.as_of,
            snapshot.created_at,
            snapshot.seed,
            snapshot.model_version,
            snapshot.min_cell,
            snapshot.demo,
            query,
            inputs.of_snapshot(site.framework, snapshot),
            tuple(_row(snapshot, cell) for cell in found),
        )


def as_csv(report: Report) -> str:
    """The rows as a CSV file with a header; unknown and hidden values are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_written, row) for row in report.rows)
    return out.getvalue()


def as_json(report: Report) -> dict[str, Any]:
    """The rows as objects, with what they come from."""
    asked = {name: value for name, value in asdict(report.query).items() if value is not None and name not in ("as_of", "metrics")}
    return {
        "as_of": report.as_of.isoformat(),
        "created_at": report.created_at.isoformat(),
        "seed": report.seed,
        "model_version": report.model_version,
        "min_cell": report.min_cell,
        "demo": report.demo,
        "filters": asked,
        "rows": [row._asdict() for row in report.rows],
    }


@dataclass(frozen=True, slots=True)
class Place:
    """One state or sector: its numbers by metric under the chosen scenario, and its shortage under each."""

    id: str
    numbers: Mapping[str, Row]
    shortages: Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class View:
    """One role's numbers under one scenario: of the nation, and of every state and sector, "unknown" last."""

    report: Report
    role: str
    scenario: str
    nation: Place
    states: tuple[Place, ...]
    sectors: tuple[Place, ...]

    @property
    def scenarios(self) -> Mapping[str, Scenario]:
        """The scenarios of the publication, as they were then."""
        return self.report.inputs.scenarios

    @property
    def claims(self) -> Mapping[str, Claim]:
        """The claims of the publication, as they were then."""
        return self.report.inputs.claims

    def here(self, query: Query) -> Place:
        """The place that a query is about: its state, else its sector, else the nation."""
        wanted, places = (query.state, self.states) if query.state else (query.sector, self.sectors)
        return next((place for place in places if place.id == wanted), self.nation)


def view(site: Site, query: Query) -> View | None:
    """What the page shows: every place of the query's role; None when nothing was published up to then."""
    role = query.role or ""
    report = read(site, Query(role=role, as_of=query.as_of))
    if report is None:
        return None
    scenario = query.scenario or usual_scenario(report.inputs)
    by_place: dict[tuple[str, str], list[Row]] = {}
    for row in report.rows:
        by_place.setdefault((row.state, row.sector), []).append(row)
    return View(
        report,
        role,
        scenario,
        nation=_place("", by_place.get(("", ""), []), scenario),
        states=tuple(_place(iso, by_place.get((iso, ""), []), scenario) for iso in (*site.framework.states, UNKNOWN)),
        sectors=tuple(_place(key, by_place.get(("", key), []), scenario) for key in (*site.framework.sectors, UNKNOWN)),
    )


@dataclass(frozen=True, slots=True)
class Worst:
    """The work role of a place that is covered least: how far, and when its gap closes; `closes` None where that is not known.

    still_open: the share of draws in which it is open after ten years; a `closes` without a value is one that does not close.
    """

    role: str
    coverage: Row
    closes: Row | None
    still_open: Row | None


def worst(site: Site, found: View, query: Query) -> Worst | None:
    """The role that is covered least where the query is about, by need from below; None where no coverage is published there."""
    state, sector = (query.state, "") if query.state else ("", query.sector or "")
    with site.database.reading() as session:
        snapshot = snapshots.latest(session, query.as_of)
        if snapshot is None or snapshot.id is None:
            return None
        cells = snapshots.cells(session, snapshot.id, state=state or None, sector=sector if not state else None, metrics=_WORST)
        rows = [_row(snapshot, cell) for cell in cells if (cell.state, cell.sector) == (state, sector) and cell.role_id]
    at = {(row.role, row.metric): row for row in rows if row.scenario in ("", found.scenario)}
    covered = [row for row in at.values() if row.metric == "coverage_bottom_up" and row.value is not None]
    if not covered:
        return None
    needs = {role: float(row.value or 0) for (role, metric), row in at.items() if metric == "need_bottom_up"}
    least = min(covered, key=lambda row: (round(float(row.value or 0), 3), -needs.get(row.role, 0.0), row.role))
    return Worst(least.role, least, at.get((least.role, "months_to_close")), at.get((least.role, "open_at_horizon")))


_WORST = ("coverage_bottom_up", "need_bottom_up", "months_to_close", "open_at_horizon")


def usual_scenario(known: Framework | Inputs) -> str:
    """The scenario shown before one is chosen: the one in the middle of those that we ship, else of all."""
    shipped = [scenario for scenario in known.scenarios.values() if not scenario.id.startswith("own-")]
    ascending = sorted(shipped or known.scenarios.values(), key=lambda scenario: scenario.mode)
    return ascending[len(ascending) // 2].id if ascending else ""


def plain(value: float | int | None) -> float | int | None:
    """A number without a needless decimal part, so that every way out writes it alike."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _row(snapshot: Snapshot, cell: CellRow) -> Row:
    return Row(
        role=cell.role_id,
        state=cell.state,
        sector=cell.sector,
        month=f"{snapshot.as_of:%Y-%m}",
        metric=cell.metric,
        value=plain(cell.value),
        lo=plain(cell.low),
        hi=plain(cell.high),
        unit=cell.unit,
        n=cell.n,
        suppressed=cell.suppressed,
        source_grade=cell.source_grade,
        scenario=cell.scenario,
        seed=snapshot.seed,
        model_version=snapshot.model_version,
    )


def _place(key: str, rows: Sequence[Row], scenario: str) -> Place:
    return Place(
        key,
        numbers={row.metric: row for row in rows if row.scenario in ("", scenario)},
        shortages={row.scenario: row for row in rows if row.metric == "shortage"},
    )


def _written(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _choice(name: str, value: str | None, known: Collection[str], *, summed: bool = True) -> str | None:
    if not value:
        return None
    if summed and value == ALL:
        return ""
    if value in known:
        return value
    choices = [*known, ALL] if summed else [*known]
    raise ChoiceError(f"{name} must be one of {', '.join(choices)}; not {value[:40]!r}")


def _date(value: str | None) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ChoiceError(f"the date must be written like 2026-10-31, not {value[:40]!r}") from None
