"""Own demand: files of counts looked at, applied, undone and applied again; the numbers that follow, side by side from above and below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from academy.core.content.codes import N_, severity
from academy.core.content.model import Problem
from academy.core.workforce.counts import cubes, model_of, summed
from academy.core.workforce.demand import NeedComparison, compare_need
from academy.core.workforce.effect import Effect, effect
from academy.core.workforce.overrides import Override, in_force
from academy.services import audit, inputs, ledger_files
from academy.services.inputs import Inputs
from academy.services.ledger import Refused
from academy.services.ledger_files import LONGEST_NAME, Applied
from academy.services.site import Site
from academy.store import ledger, own_demand_rows
from academy.store.audit import person_key
from academy.store.own_demand_rows import CountedLine
from academy.store.tables.gap import FileImport, OwnDemand


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do. `basis` names what it was compared with; with an error among the problems it cannot be applied."""

    problems: tuple[Problem, ...]
    lines: tuple[CountedLine, ...]
    effect: Effect | None
    basis: str

    @property
    def applicable(self) -> bool:
        """Whether there is something to apply and nothing in the way."""
        return bool(self.lines) and not any(severity(problem) == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The need of a place, from above under a scenario and from below, with their ratio. own: somebody counted it."""

    state: str
    sector: str
    need: NeedComparison
    own: bool


def rows(site: Site) -> tuple[Override, ...]:
    """The counts in force."""
    return inputs.present(site).own


def as_csv(site: Site) -> str:
    """The counts in force, as a file that can be imported again."""
    return own_demand_rows.as_csv(rows(site))


def imports(site: Site) -> list[Applied]:
    """The files that were applied, the latest first."""
    with site.database.reading() as session:
        return ledger_files.applied(session, "demand")


def preview(site: Site, text: str, name: str) -> Preview:
    """What a file would change; nothing is changed."""
    with site.database.reading() as session:
        return _preview(session, site, text, name)


def apply(site: Site, manager_id: int, text: str, name: str, *, basis: str) -> Preview:
    """Apply a file, all of it or nothing. Raises Refused where the numbers are no longer those that were looked at."""
    found = preview(site, text, name)  # before the transaction, since answers would wait for it
    if not found.applicable:
        return found
    with site.database.writing() as session:
        if not found.basis == basis == inputs.present_in(session, site.framework).digest:
            raise Refused({"file": "moved"})
        key = person_key(session, manager_id)
        row = FileImport(kind="demand", name=name[:LONGEST_NAME], rows=len(found.lines), made_at=site.now(), made_by=key)
        number = ledger.add_import(session, row)
        session.add_all(_stored(number, each) for each in found.lines)
        audit.record(site, session, "demand-imported", actor=manager_id, details={"import": number, "rows": len(found.lines)})
        return found


def switch(site: Site, manager_id: int, import_id: int, *, undone: bool) -> bool:
    """Undo a file that was applied, or apply it again in its old place; False where there is none."""
    with site.database.writing() as session:
        row = session.get(FileImport, import_id)
        if row is None or row.kind != "demand":
            return False
        if (row.undone_at is not None) != undone:
            row.undone_at = site.now() if undone else None
            row.undone_by = person_key(session, manager_id) if undone else ""
            session.add(row)
            action = "demand-undone" if undone else "demand-redone"
            audit.record(site, session, action, actor=manager_id, details={"import": import_id})
        return True


def side_by_side(site: Site, found: Inputs, scenario_id: str) -> list[SideBySide]:
    """Need from above and from below, of the nation, every state and every sector, all roles together, with the inputs given."""
    framework = found.within(site.framework)
    scenario = found.scenarios[scenario_id]
    cells, model = cubes(framework, found.own), model_of(framework, found.own)
    below, people = summed(cells.need.cube[None])[:, 0, 0], summed(cells.workforce.cube[None])[:, 0, 0]
    weights = np.concatenate([[1.0], model.weights.sum(axis=1), model.weights.sum(axis=0)])
    places = [("", ""), *((state, "") for state in framework.states), *(("", sector) for sector in framework.sectors)]
    counted = {(row.state, row.sector) for row in found.own if row.kind in ("need", "workforce") and not row.role}
    shortages = scenario.mode * scenario.budgeted_share * weights
    return [
        SideBySide(*place, compare_need(float(people[at]), float(shortages[at]), float(below[at])), own=place in counted)
        for at, place in enumerate(places)
    ]


def _preview(session: Session, site: Site, text: str, name: str) -> Preview:
    lines, problems = own_demand_rows.of_csv(text, name, site.framework)
    present = inputs.present_in(session, site.framework)
    changed = _effect(site, present, [each.row for each in lines]) if lines else None
    if changed is not None and changed.at("employment").after == 0:
        values = {"row": N_("The file"), "field": N_("people employed"), "found": "0", "expected": "> 0"}
        problems.append(Problem(name, 1, 1, "reference-range", tuple(values.items())))
    return Preview(tuple(problems), tuple(lines), changed, present.digest)


def _effect(site: Site, present: Inputs, more: Sequence[Override]) -> Effect:
    return effect(present.within(site.framework), present.own, in_force([*present.own, *more]))


def _stored(import_id: int, counted: CountedLine) -> OwnDemand:
    row = counted.row
    return OwnDemand(
        import_id=import_id,
        line=counted.line,
        kind=row.kind,
        role_id=row.role,
        state=row.state,
        sector=row.sector,
        low=row.low,
        mode=row.mode,
        high=row.high,
        source=row.source,
        year=row.year,
        grade=row.grade,
    )
