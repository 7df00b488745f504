"""A publication turned into funnels: of a work role and place, and of every work role there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from academy.core.workforce import funnel
from academy.core.workforce.funnel import Step
from academy.core.workforce.suppression import Published
from academy.services import gap
from academy.services.gap import Query, Report, Row
from academy.services.site import Site

STAGES = ("enrolled", "active", "proficient", "ready", "ever_ready")


@dataclass(frozen=True, slots=True)
class Funnel:
    """Published counts by stage of one work role ("" all together) in one place, and what is lost between stages."""

    role: str
    counts: Mapping[str, Row]
    steps: tuple[Step, ...]
    stall: Step | None


@dataclass(frozen=True, slots=True)
class Funnels:
    """The funnel that was asked for, and those of every work role in its place in which anybody is enrolled."""

    report: Report
    chosen: Funnel
    roles: tuple[Funnel, ...]


def funnels(site: Site, query: Query) -> Funnels | None:
    """Funnels of a query's state, else its sector, else the nation; None when nothing was published up to then."""
    place = {"state": query.state} if query.state else {"sector": query.sector} if query.sector else {"state": ""}
    report = gap.read(site, Query(**place, as_of=query.as_of, metrics=STAGES))
    if report is None:
        return None
    by_role: dict[str, dict[str, Row]] = {}
    for row in report.rows:
        by_role.setdefault(row.role, {})[row.metric] = row
    found = {role: of(role, rows) for role, rows in by_role.items()}
    peopled = [one for role, one in found.items() if role and _peopled(one.counts.get("enrolled"))]
    return Funnels(report, found.get(query.role or "", of(query.role or "", {})), tuple(peopled))


def of(role: str, rows: Mapping[str, Row]) -> Funnel:
    """The funnel of published counts by metric."""
    counts = {stage: rows[stage] for stage in STAGES if stage in rows}
    steps = funnel.steps({stage: Published(row.value, row.suppressed) for stage, row in counts.items()})
    return Funnel(role, counts, steps, funnel.stall(steps))


def _peopled(enrolled: Row | None) -> bool:
    return enrolled is not None and (enrolled.suppressed or bool(enrolled.value))
