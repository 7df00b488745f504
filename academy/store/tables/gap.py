"""The gap as it was published, what managers set into its inputs, and the views of it that they keep."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class Snapshot(SQLModel, table=True):
    """One publication of the gap: dated, frozen, and reproducible from its seed and model version."""

    id: int | None = Field(default=None, primary_key=True)
    as_of: date = Field(index=True)
    created_at: datetime
    seed: int
    model_version: str = Field(max_length=20)
    min_cell: int
    demo: bool = False
    inputs: Any = Field(default=None, sa_column=Column(JSON, nullable=True))
    """The claims, scenarios and own demand that it rests on; None in publications from before they could be changed."""


class SnapshotCell(SQLModel, table=True):
    """One published number: a metric of role × state or role × sector under a scenario, suppressed and rounded.

    `state` or `sector` is "" where the cell is summed over it, "unknown" where learners did not say.
    `value` None with `suppressed` is hidden; None without it is not known.
    """

    __table_args__ = (Index("snapshot_cell_lookup", "snapshot_id", "scenario", "state", "sector"),)

    snapshot_id: int = Field(foreign_key="snapshot.id", primary_key=True)
    scenario: str = Field(max_length=12, primary_key=True)
    role_id: str = Field(max_length=12, primary_key=True)
    state: str = Field(default="", max_length=8, primary_key=True)
    sector: str = Field(default="", max_length=8, primary_key=True)
    metric: str = Field(max_length=160, primary_key=True)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = Field(max_length=24)
    n: int | None = None
    suppressed: bool = False
    source_grade: str = Field(default="", max_length=1)


class FileImport(SQLModel, table=True):
    """One file of claims or of own demand that a manager applied. Undone, its rows no longer count; they stay.

    People stand here and in the versions by their key in the audit log, which is destroyed when they are erased.
    """

    __table_args__ = (CheckConstraint("kind IN ('claims', 'demand')", name="import_kind"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=8)
    name: str = Field(max_length=120)
    rows: int
    made_at: datetime
    made_by: str = Field(max_length=64)
    undone_at: datetime | None = None
    undone_by: str = Field(default="", max_length=64)


class ClaimVersion(SQLModel, table=True):
    """A published figure as a manager wrote it, over the one that we ship or alone. Append-only: the highest number is in force."""

    __table_args__ = (UniqueConstraint("claim_id", "number", name="claim_version_once"),)

    id: int | None = Field(default=None, primary_key=True)
    claim_id: str = Field(max_length=64)
    number: int
    content: Any = Field(sa_column=Column(JSON, nullable=False))
    retired: bool = False
    made_at: datetime
    made_by: str = Field(max_length=64)
    import_id: int | None = Field(default=None, foreign_key="fileimport.id")


class ScenarioVersion(SQLModel, table=True):
    """A choice of claims to believe as a manager wrote it, over the one that we ship or alone. The highest number is in force."""

    __table_args__ = (UniqueConstraint("scenario_id", "number", name="scenario_version_once"),)

    id: int | None = Field(default=None, primary_key=True)
    scenario_id: str = Field(max_length=12)
    number: int
    content: Any = Field(sa_column=Column(JSON, nullable=False))
    retired: bool = False
    made_at: datetime
    made_by: str = Field(max_length=64)


class OwnDemand(SQLModel, table=True):
    """One row of own demand: what somebody counted for a role, a state and a sector; "" is all of them."""

    __table_args__ = (CheckConstraint("low <= mode AND mode <= high", name="own_demand_ascends"),)

    import_id: int = Field(foreign_key="fileimport.id", primary_key=True)
    line: int = Field(primary_key=True)
    kind: str = Field(max_length=12)
    role_id: str = Field(default="", max_length=12)
    state: str = Field(default="", max_length=8)
    sector: str = Field(default="", max_length=8)
    low: float
    mode: float
    high: float
    source: str = Field(max_length=500)
    year: int
    grade: str = Field(max_length=1)


class SavedView(SQLModel, table=True):
    """A page of the gap with everything that was chosen on it, kept by a person under a name of theirs.

    address: path and query from the language on, so that it opens in whichever is read.
    """

    __table_args__ = (UniqueConstraint("account_id", "name", name="saved_view_name"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str = Field(max_length=80)
    address: str = Field(max_length=500)
    saved_at: datetime
