"""The ledger of published figures taken out as a CSV file, and such a file looked at, applied and undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from academy.core.content.codes import severity
from academy.core.content.model import Problem
from academy.core.framework import Claim
from academy.services import audit, inputs
from academy.services.ledger import Entry, Refused, keep, newest
from academy.services.site import Site
from academy.store import claim_rows, ledger
from academy.store.audit import person_key
from academy.store.claim_rows import Line
from academy.store.tables.gap import ClaimVersion, FileImport

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Change:
    """A row of a file beside the newest version that there is: `before` None where it is new."""

    claim: Claim
    retired: bool
    before: Entry | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do. `basis` names what it was compared with; with an error among the problems it cannot be applied."""

    problems: tuple[Problem, ...]
    added: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: int
    basis: str

    @property
    def applicable(self) -> bool:
        """Whether there is something to apply and nothing in the way."""
        return bool(self.added or self.changed) and not any(severity(problem) == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that was applied: how many rows it added or changed, when, by whom, and when it was undone."""

    id: int
    name: str
    rows: int
    made_at: datetime
    made_by: str
    undone_at: datetime | None


def as_csv(site: Site) -> str:
    """The whole ledger, retired rows too, as a file that can be imported again."""
    with site.database.reading() as session:
        return claim_rows.as_csv([Line(entry.claim, entry.retired) for entry in newest(session, site.framework).values()])


def preview(site: Site, text: str, name: str) -> Preview:
    """What a file would add and change; nothing is changed."""
    with site.database.reading() as session:
        return _preview(session, site, text, name)


def apply(site: Site, manager_id: int, text: str, name: str, *, basis: str) -> Preview:
    """Apply a file, all of it or nothing; what could not be applied is told as by `preview`.

    Raises Refused like `ledger.save`, and where the rows are no longer those that were looked at.
    """
    with site.database.writing() as session:
        found = _preview(session, site, text, name)
        if found.applicable:
            if found.basis != basis:
                raise Refused({"file": "moved"})
            changes = [*found.added, *found.changed]
            key = person_key(session, manager_id)
            row = FileImport(kind="claims", name=name[:LONGEST_NAME], rows=len(changes), made_at=site.now(), made_by=key)
            number = ledger.add_import(session, row)
            lines = {change.claim.id: Line(change.claim, change.retired) for change in changes}
            keep(site, session, lines, key, newest(session, site.framework), number)
            audit.record(site, session, "claims-imported", actor=manager_id, details={"import": number, "rows": len(changes)})
        return found


def imports(site: Site) -> list[Applied]:
    """The files that were applied, the latest first."""
    with site.database.reading() as session:
        return applied(session, "claims")


def applied(session: Session, kind: str) -> list[Applied]:
    """The files of a kind that were applied, the latest first."""
    rows = ledger.imports(session, kind)
    names = audit.names(session, {row.made_by for row in rows})
    return [Applied(row.id or 0, row.name, row.rows, row.made_at, names.get(row.made_by, ""), row.undone_at) for row in rows]


def undo(site: Site, manager_id: int) -> Sequence[str]:
    """Undo the last file that was applied: each of its rows gets the version before once more, or is retired where it was new.

    Nothing is undone, and the rows are returned, where one of them was changed since. Raises LookupError where there is no file.
    """
    with site.database.writing() as session:
        last = next((row for row in ledger.imports(session, "claims") if row.undone_at is None), None)
        if last is None:
            raise LookupError("no import to undo")
        present = newest(session, site.framework)
        of_import = [version for version in ledger.claim_versions(session) if version.import_id == last.id]
        later = [version.claim_id for version in of_import if not _says(version, present[version.claim_id])]
        if later:
            return later
        key, shipped = person_key(session, manager_id), site.framework.claims
        lines = {}
        for version in of_import:
            before = [other for other in ledger.claim_versions(session, version.claim_id) if other.number < version.number]
            if before:
                lines[version.claim_id] = Line(inputs.claim_from(version.claim_id, before[-1].content), before[-1].retired)
            elif version.claim_id in shipped:
                lines[version.claim_id] = Line(shipped[version.claim_id])
            else:
                lines[version.claim_id] = Line(present[version.claim_id].claim, retired=True)
        last.undone_at, last.undone_by = site.now(), key
        session.add(last)
        keep(site, session, lines, key, present)
        audit.record(site, session, "claims-undone", actor=manager_id, details={"import": last.id})
        return []


def _preview(session: Session, site: Site, text: str, name: str) -> Preview:
    lines, problems = claim_rows.of_csv(text, name)
    present = newest(session, site.framework)
    added, changed = [], []
    for claim_id, line in lines.items():
        before = present.get(claim_id)
        retired = line.retired if line.retired is not None else before is not None and before.retired
        if before is None:
            added.append(Change(line.claim, retired, None))
        elif (before.claim, before.retired) != (line.claim, retired):
            changed.append(Change(line.claim, retired, before))
    return Preview(tuple(problems), tuple(added), tuple(changed), len(lines) - len(added) - len(changed), _basis(present))


def _basis(present: Mapping[str, Entry]) -> str:
    """What names the newest versions of all rows."""
    numbers = [(claim_id, entry.number) for claim_id, entry in sorted(present.items())]
    return hashlib.sha256(json.dumps(numbers).encode()).hexdigest()[:16]


def _says(version: ClaimVersion, newest: Entry) -> bool:
    """Whether a row says what this version of it said."""
    return (inputs.claim_from(version.claim_id, version.content), version.retired) == (newest.claim, newest.retired)
