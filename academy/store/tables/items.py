"""Versions of items, and their calibrations."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel


class ItemVersion(SQLModel, table=True):
    """One version of an item's key in canonical form, with what measurement needs to know about it."""

    course_id: str = Field(max_length=64, primary_key=True)
    item_id: str = Field(max_length=64, primary_key=True)
    key_version: str = Field(max_length=64, primary_key=True)
    canonical: str
    skill_id: str = Field(default="", max_length=64)
    level: str = Field(max_length=8)
    guessing: float
    active: bool = True
    first_seen_at: datetime


class ItemText(SQLModel, table=True):
    """One version of an item's words in one language, in canonical form, so that an old answer can be shown again.

    `edition` counts the rewordings that may have changed how hard the item is; cosmetic ones stay in the edition they mend.
    """

    course_id: str = Field(max_length=64, primary_key=True)
    item_id: str = Field(max_length=64, primary_key=True)
    language: str = Field(max_length=2, primary_key=True)
    text_version: str = Field(max_length=64, primary_key=True)
    canonical: str
    first_seen_at: datetime
    edition: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Calibration(SQLModel, table=True):
    """One fit of a skill's items to all answers given until then. The newest of a skill is in force; others are history.

    `learners` are people within 30 days each, `answers` those that were fitted, `responses` all that were there. Parameters
    stand on the scale of the first calibration: b = `link_slope` × b of the fit + `link_shift`, through `linked` items.
    """

    id: int | None = Field(default=None, primary_key=True)
    skill_id: str = Field(max_length=64, index=True)
    created_at: datetime
    model: str = Field(max_length=8)
    learners: int
    answers: int
    responses: int
    log_likelihood: float
    converged: bool
    iterations: int
    link_slope: float = 1.0
    link_shift: float = 0.0
    linked: int = 0


class ItemCalibration(SQLModel, table=True):
    """Parameters of one edition of a key version in one calibration, on the skill's lasting scale.

    `drifted`: far from the last calibration, so left out of the link.
    """

    calibration_id: int = Field(foreign_key="calibration.id", primary_key=True)
    course_id: str = Field(max_length=64, primary_key=True)
    item_id: str = Field(max_length=64, primary_key=True)
    key_version: str = Field(max_length=64, primary_key=True)
    edition: int = Field(primary_key=True)
    answered: int
    discrimination: float
    difficulty: float
    guessing: float
    se_discrimination: float
    se_difficulty: float
    drifted: bool = False
