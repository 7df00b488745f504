"""Work in the field that a learner found: recorded by them or by a manager who is responsible for them, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from academy.services import audit, derivation
from academy.services.cohorts import as_date
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.store import employments, evidence_rows, stage_changes
from academy.store.stage_changes import ChangeRow
from academy.store.tables.cohorts import Employment

_LONGEST = timedelta(days=60 * 366)


@dataclass(frozen=True, slots=True)
class Work:
    """One entry. own: recorded by the learner; sector: the employer's, "" where nobody said."""

    number: int
    role_id: str
    sector: str
    started_on: date
    own: bool
    withdrawn: bool


def listing(site: Site, learner_id: int) -> list[Work]:
    """A learner's entries that were not taken back, newest first."""
    with site.database.reading() as session:
        found = employments.of_learner(session, learner_id)
    return [_as_work(row) for row in found if row.withdrawn_at is None]


def record(site: Site, learner_id: int, *, role_id: str, started_on: str, sector: str, by: int) -> int:
    """Keep that a learner works in the field; they are at the stage placed from now on. The entry's number.

    Raises FormError(role=…, started_on=…, sector=…).
    """
    day, today = as_date(started_on), site.today()
    errors = {
        "role": "" if role_id in site.framework.roles else "choice-unknown",
        "started_on": "date-form" if day is None else "" if today - _LONGEST <= day <= today else "work-early",
        "sector": "choice-unknown" if sector and sector not in site.framework.sectors else "",
    }
    if found := {field: code for field, code in errors.items() if code}:
        raise FormError(**found)
    assert day is not None, "checked above"
    with site.database.writing() as session:
        evidence_rows.lock_standing(session, learner_id)  # it orders a learner's entries too
        number = len(employments.of_learner(session, learner_id)) + 1
        session.add(
            Employment(
                learner_id=learner_id,
                number=number,
                role_id=role_id,
                sector=sector,
                started_on=day,
                recorded_at=site.now(),
                recorded_by=by,
            )
        )
        _move(site, session, learner_id)
        audit.record(site, session, "placed", actor=by, subject=learner_id, details={"number": number})
        return number


def withdraw(site: Site, learner_id: int, number: int, *, by: int) -> bool:
    """Take an entry back; False where there is none to take back."""
    with site.database.writing() as session:
        evidence_rows.lock_standing(session, learner_id)
        row = session.get(Employment, (learner_id, number))
        if row is None or row.withdrawn_at is not None:
            return False
        row.withdrawn_at, row.withdrawn_by = site.now(), by
        session.add(row)
        _move(site, session, learner_id)
        audit.record(site, session, "placement-withdrawn", actor=by, subject=learner_id, details={"number": number})
        return True


def _move(site: Site, session: Session, learner_id: int) -> None:
    """Let the standing follow the entries, and keep a change of stage."""
    session.flush()
    standing, now = evidence_rows.lock_standing(session, learner_id), site.now()
    was = derivation.stage(standing, now)
    standing.placed_at = employments.placed_at(session, learner_id)
    evidence_rows.keep_standing(session, standing)
    if (stage := derivation.stage(standing, now)) != was:
        stage_changes.keep(session, ChangeRow(learner_id, was, stage, standing.role_id, now))


def _as_work(row: Employment) -> Work:
    own = row.recorded_by == row.learner_id
    return Work(row.number, row.role_id, row.sector, row.started_on, own, row.withdrawn_at is not None)
