"""Queries on what managers wrote over the facts that we ship: versions of claims and scenarios, files applied, own demand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from academy.store.tables.gap import ClaimVersion, FileImport, OwnDemand, ScenarioVersion


def claim_versions(session: Session, claim_id: str | None = None) -> Sequence[ClaimVersion]:
    """Every version of every claim, or of one, the oldest first."""
    query = select(ClaimVersion).order_by(col(ClaimVersion.id))
    return session.exec(query if claim_id is None else query.where(ClaimVersion.claim_id == claim_id)).all()


def scenario_versions(session: Session, scenario_id: str | None = None) -> Sequence[ScenarioVersion]:
    """Every version of every scenario, or of one, the oldest first."""
    query = select(ScenarioVersion).order_by(col(ScenarioVersion.id))
    return session.exec(query if scenario_id is None else query.where(ScenarioVersion.scenario_id == scenario_id)).all()


def imports(session: Session, kind: str, *, limit: int | None = None) -> Sequence[FileImport]:
    """The files of a kind that were applied, the latest first."""
    query = select(FileImport).where(FileImport.kind == kind).order_by(col(FileImport.id).desc())
    return session.exec(query if limit is None else query.limit(limit)).all()


def add_import(session: Session, row: FileImport) -> int:
    """Keep that a file was applied; returns its number."""
    session.add(row)
    session.flush()
    assert row.id is not None, "the database numbers a flushed row"
    return row.id


def own_demand(session: Session, import_id: int | None = None) -> Sequence[OwnDemand]:
    """The rows of own demand in force, or all of one file; the oldest file first, by line."""
    query = select(OwnDemand).join(FileImport, col(FileImport.id) == col(OwnDemand.import_id))
    query = query.where(col(FileImport.undone_at).is_(None)) if import_id is None else query.where(OwnDemand.import_id == import_id)
    return session.exec(query.order_by(col(OwnDemand.import_id), col(OwnDemand.line))).all()
