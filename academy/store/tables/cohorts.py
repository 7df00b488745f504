"""Programs and cohorts: who is in them, who answers for them, and work that was found."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel


class Program(SQLModel, table=True):
    """What cohorts belong to: a scheme that trains people, perhaps together with a partner."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80)
    partner: str = Field(default="", max_length=80)
    created_at: datetime
    created_by: int | None = Field(default=None, foreign_key="account.id")
    archived_at: datetime | None = None


class Cohort(SQLModel, table=True):
    """People who are trained together: where, until when, for which work role and at what cost in whole units of a currency.

    Its row lock orders those who join, so that seats are exact.
    """

    __table_args__ = (
        CheckConstraint("seats BETWEEN 1 AND 2000", name="cohort_seats"),
        CheckConstraint("cost IS NULL OR cost >= 0", name="cohort_cost"),
    )

    id: int | None = Field(default=None, primary_key=True)
    program_id: int = Field(foreign_key="program.id", index=True)
    name: str = Field(max_length=80)
    partner: str = Field(default="", max_length=80)
    state: str = Field(default="", max_length=6)
    sector: str = Field(default="", max_length=8)
    target_role: str = Field(default="", max_length=12)
    seats: int
    starts_on: date
    ends_on: date
    cost: int | None = None
    currency: str = Field(default="", max_length=3)
    created_at: datetime
    created_by: int | None = Field(default=None, foreign_key="account.id")
    archived_at: datetime | None = None


class CohortStaff(SQLModel, table=True):
    """Who answers for a cohort: a manager who is responsible, or an educator who teaches it. They alone see its people."""

    __table_args__ = (CheckConstraint("duty IN ('manager', 'educator')", name="duty_known"),)

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    cohort_id: int = Field(foreign_key="cohort.id", primary_key=True, index=True)
    duty: str = Field(max_length=8, primary_key=True)
    named_at: datetime
    named_by: int | None = Field(default=None, foreign_key="account.id")


class CohortMember(SQLModel, table=True):
    """That a learner joined a cohort and agreed to be seen by those who answer for it, and perhaps left it.

    `ready_at_joining`: whether they were ready or placed already, so that the cohort is not credited with it.
    """

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    cohort_id: int = Field(foreign_key="cohort.id", primary_key=True, index=True)
    joined_at: datetime
    ready_at_joining: bool = False
    left_at: datetime | None = None


class CohortCourse(SQLModel, table=True):
    """A course, or one module of it, that a cohort is to do by a date. `module_id` is "" for the whole course."""

    cohort_id: int = Field(foreign_key="cohort.id", primary_key=True)
    course_id: str = Field(max_length=64, primary_key=True)
    module_id: str = Field(default="", max_length=64, primary_key=True)
    due_on: date | None = None


class Invitation(SQLModel, table=True):
    """A link that lets people join a cohort: one named address once, or anybody until its uses are spent.

    Only the digest of its token is kept. `uses` of `most_uses` are spent; `sent_at`: when it was mailed.
    """

    __table_args__ = (CheckConstraint("uses BETWEEN 0 AND most_uses", name="invitation_uses"),)

    id: int | None = Field(default=None, primary_key=True)
    token_digest: str = Field(max_length=64, unique=True)
    cohort_id: int = Field(foreign_key="cohort.id", index=True)
    email: str = Field(default="", max_length=254, index=True)  # in lower case; "" where anybody may use it
    name: str = Field(default="", max_length=80)
    language: str = Field(default="", max_length=2)
    most_uses: int = 1
    uses: int = 0
    created_at: datetime
    created_by: int | None = Field(default=None, foreign_key="account.id")
    expires_at: datetime
    revoked_at: datetime | None = None
    sent_at: datetime | None = None


class Employment(SQLModel, table=True):
    """That a learner found work in the field, as they or a manager who is responsible for them recorded it; it can be taken back."""

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    number: int = Field(primary_key=True)  # per learner, from 1
    role_id: str = Field(max_length=12)
    sector: str = Field(default="", max_length=8)
    started_on: date
    recorded_at: datetime
    recorded_by: int | None = Field(default=None, foreign_key="account.id")
    withdrawn_at: datetime | None = None
    withdrawn_by: int | None = Field(default=None, foreign_key="account.id")
