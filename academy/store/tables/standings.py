"""Where learners stand: derived from their answers, and the stages they went through."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel


class Standing(SQLModel, table=True):
    """Where a learner stands, derived from responses; its row lock orders a learner's answers.

    `sequence` is the last response's number. Readiness is for `role_id`, the role under which the learner counts; it
    falls without any answer, at `ready_until`. `first_ready_at` stays: ready once. `placed_at`: since when their work in the
    field is on record, from the rows of Employment. `revision` rises with each change to what an answer of theirs rests on.
    """

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    sequence: int = 0
    attempts: int = 0
    role_id: str = Field(default="", max_length=12)
    readiness: float | None = None
    assessed_share: float = 0.0
    proficient: bool = False
    ready_until: datetime | None = None
    first_ready_at: datetime | None = None
    first_answer_at: datetime | None = None
    last_answer_at: datetime | None = None
    placed_at: datetime | None = None
    revision: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class SkillEstimate(SQLModel, table=True):
    """What a learner's answers say about one skill: 61 posterior weights (float64, little-endian) and their summary.

    And how firmly it is held: FSRS' stability [days] and difficulty, the last answer of any kind, when a review is due,
    and until when the skill counts as retained.
    """

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    skill_id: str = Field(max_length=64, primary_key=True)
    weights: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answers: int
    theta: float
    se: float
    last_answer_at: datetime
    stability: float | None = None
    difficulty: float | None = None
    reviewed_at: datetime | None = None
    due_at: datetime | None = None
    retained_until: datetime | None = None


class StageChange(SQLModel, table=True):
    """That a learner went from one stage to another, as it was seen; a fact, never rebuilt.

    Stages: enrolled, active, proficient, ready, placed, lapsed. `role_id` is the role under which the learner counted then.
    """

    __table_args__ = (Index("stage_change_moment", "stage", "changed_at"),)

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    number: int = Field(primary_key=True)  # per learner, from 1
    was: str = Field(max_length=10)
    stage: str = Field(max_length=10)
    role_id: str = Field(default="", max_length=12)
    changed_at: datetime


class Basis(SQLModel, table=True):
    """Digest of facts outside the database that stored standings rest on, so that a change of them is noticed."""

    name: str = Field(max_length=32, primary_key=True)
    digest: str = Field(max_length=64)
