"""Every table of the product. Rows stay inside store and services."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


class Account(SQLModel, table=True):
    """A person who can sign in. `email` is kept in lower case; `password_hash` is empty where there is no password."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=80)
    password_hash: str = Field(default="", max_length=200)
    password_version: int = 1
    language: str = Field(default="es", max_length=2)
    theme: str = Field(default="", max_length=5)
    state: str = Field(default="", max_length=6)
    sector: str = Field(default="", max_length=8)
    target_role: str = Field(default="", max_length=12)
    synthetic: bool = False
    created_at: datetime
    disabled_at: datetime | None = None


class RoleGrant(SQLModel, table=True):
    """A kind of user that an account may act as: learner, educator, manager or admin."""

    __table_args__ = (CheckConstraint("role IN ('learner', 'educator', 'manager', 'admin')", name="role_known"),)

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    role: str = Field(max_length=8, primary_key=True)
    granted_at: datetime
    granted_by: int | None = Field(default=None, foreign_key="account.id")


class OneTimeLink(SQLModel, table=True):
    """A link that works once: `set-up` makes the first admin, `reset` sets a new password. Only its digest is kept."""

    __table_args__ = (CheckConstraint("purpose IN ('set-up', 'reset')", name="purpose_known"),)

    token_digest: str = Field(max_length=64, primary_key=True)
    purpose: str = Field(max_length=8)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class Standing(SQLModel, table=True):
    """Where a learner stands, derived from responses; its row lock orders a learner's answers.

    `sequence` is the last response's number. Readiness is for `role_id`, the role under which the learner counts.
    """

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    sequence: int = 0
    attempts: int = 0
    role_id: str = Field(default="", max_length=12)
    readiness: float | None = None
    assessed_share: float = 0.0
    proficient: bool = False
    ready_until: datetime | None = None
    first_answer_at: datetime | None = None
    last_answer_at: datetime | None = None


class Attempt(SQLModel, table=True):
    """One sitting of a quiz. `item_ids` are the quiz's items when it began."""

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    number: int = Field(primary_key=True)
    course_id: str = Field(max_length=64)
    module_id: str = Field(max_length=64)
    quiz_id: str = Field(max_length=64)
    seed: str = Field(max_length=32)
    item_ids: list[str] = Field(sa_column=Column(JSON, nullable=False))
    pass_percent: int
    started_at: datetime
    finished_at: datetime | None = None
    score: float | None = None
    passed: bool | None = None


class Response(SQLModel, table=True):
    """One graded response. Append-only: everything known about a learner's skills is rebuilt from these rows."""

    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 1", name="response_score"),
        UniqueConstraint("learner_id", "submission", name="response_once"),
        Index("response_item", "learner_id", "course_id", "item_id"),
    )

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    sequence: int = Field(primary_key=True)  # per learner; orders the replay
    submission: str = Field(max_length=64)  # names one act of answering, so that sending twice records once
    attempt: int | None = None  # None: a knowledge check in a lesson
    course_id: str = Field(max_length=64)
    item_id: str = Field(max_length=64)
    key_version: str = Field(max_length=64)
    text_version: str = Field(max_length=64)
    language: str = Field(max_length=2)
    answer: Any = Field(sa_column=Column(JSON, nullable=True))
    score: float  # [0, 1]; table models do not validate, the CHECK does
    answered_at: datetime


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
    """One version of an item's words in one language, in canonical form, so that an old answer can be shown again."""

    course_id: str = Field(max_length=64, primary_key=True)
    item_id: str = Field(max_length=64, primary_key=True)
    language: str = Field(max_length=2, primary_key=True)
    text_version: str = Field(max_length=64, primary_key=True)
    canonical: str
    first_seen_at: datetime


class SkillEstimate(SQLModel, table=True):
    """What a learner's answers say about one skill: 61 posterior weights (float64, little-endian) and their summary."""

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    skill_id: str = Field(max_length=64, primary_key=True)
    weights: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answers: int
    theta: float
    se: float
    last_answer_at: datetime


class LessonVisit(SQLModel, table=True):
    """That a learner opened a lesson, and when it was finished."""

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    course_id: str = Field(max_length=64, primary_key=True)
    module_id: str = Field(max_length=64, primary_key=True)
    slug: str = Field(max_length=96, primary_key=True)
    first_seen_at: datetime
    last_seen_at: datetime
    finished_at: datetime | None = None


class Snapshot(SQLModel, table=True):
    """One publication of the gap: dated, frozen, and reproducible from its seed and model version."""

    id: int | None = Field(default=None, primary_key=True)
    as_of: date = Field(index=True)
    created_at: datetime
    seed: int
    model_version: str = Field(max_length=20)
    min_cell: int
    demo: bool = False


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
    metric: str = Field(max_length=32, primary_key=True)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = Field(max_length=24)
    n: int | None = None
    suppressed: bool = False
    source_grade: str = Field(default="", max_length=1)
