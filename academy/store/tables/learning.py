"""What learners read, answer and report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class LessonVisit(SQLModel, table=True):
    """That a learner opened a lesson, and when it was finished."""

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    course_id: str = Field(max_length=64, primary_key=True)
    module_id: str = Field(max_length=64, primary_key=True)
    slug: str = Field(max_length=96, primary_key=True)
    first_seen_at: datetime
    last_seen_at: datetime
    finished_at: datetime | None = None


class LessonSkip(SQLModel, table=True):
    """That a learner passed over a lesson whose skills they had demonstrated. Taking it back deletes the row."""

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    course_id: str = Field(max_length=64, primary_key=True)
    module_id: str = Field(max_length=64, primary_key=True)
    slug: str = Field(max_length=96, primary_key=True)
    skipped_at: datetime


class Attempt(SQLModel, table=True):
    """One sitting of a quiz. `item_ids` are the quiz's items when it began; `ends_at` is when a timed one is over.

    Finished without `passed` is one whose open answers still wait to be graded.
    """

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    number: int = Field(primary_key=True)
    course_id: str = Field(max_length=64)
    module_id: str = Field(max_length=64)
    quiz_id: str = Field(max_length=64)
    seed: str = Field(max_length=32)
    item_ids: list[str] = Field(sa_column=Column(JSON, nullable=False))
    pass_percent: int
    started_at: datetime
    ends_at: datetime | None = None
    finished_at: datetime | None = None
    score: float | None = None
    passed: bool | None = None


class Response(SQLModel, table=True):
    """One graded response. Append-only: everything known about a learner's skills is rebuilt from these rows.

    purpose: practice (quizzes, knowledge checks), placement or review; `session` numbers the last two. seconds: from the
    question to the answer, where measured. effort: what the learner said of it, "easy" or "help".
    """

    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 1", name="response_score"),
        UniqueConstraint("learner_id", "submission", name="response_once"),
        Index("response_item", "learner_id", "course_id", "item_id"),
        Index("response_version", "course_id", "item_id", "key_version"),
    )

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    sequence: int = Field(primary_key=True)  # per learner; orders the replay
    submission: str = Field(max_length=64)  # names one act of answering, so that sending twice records once
    attempt: int | None = None  # None: not in a quiz
    course_id: str = Field(max_length=64)
    item_id: str = Field(max_length=64)
    key_version: str = Field(max_length=64)
    text_version: str = Field(max_length=64)
    language: str = Field(max_length=2)
    answer: Any = Field(sa_column=Column(JSON, nullable=True))
    score: float  # [0, 1]; table models do not validate, the CHECK does
    answered_at: datetime
    purpose: str = Field(default="practice", max_length=9)
    session: int | None = None
    seconds: int | None = None
    effort: str = Field(default="", max_length=4)


class Regrade(SQLModel, table=True):
    """A response graded again after its item's key changed. Append-only: the latest of a response is the score in force.

    The response stays with the key version to which it was given, so that statistics never mix two keys.
    """

    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 1 AND score_before BETWEEN 0 AND 1", name="regrade_score"),
        ForeignKeyConstraint(["learner_id", "sequence"], ["response.learner_id", "response.sequence"]),
    )

    learner_id: int = Field(primary_key=True)
    sequence: int = Field(primary_key=True)  # the response's
    number: int = Field(primary_key=True)  # counts the regrades of a response from 1
    score_before: float
    score: float
    key_version_before: str = Field(max_length=64)
    key_version: str = Field(max_length=64)  # by which it is graded now
    event_id: int  # the audit event that tells of it
    regraded_at: datetime


class OpenAnswer(SQLModel, table=True):
    """What was written to an open question. Once graded it is a Response too, under the same submission."""

    __table_args__ = (
        UniqueConstraint("learner_id", "submission", name="open_answer_once"),
        Index("open_answer_queue", "graded_at", "given_at"),
    )

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    number: int = Field(primary_key=True)  # per learner
    submission: str = Field(max_length=64)
    attempt: int | None = None
    course_id: str = Field(max_length=64)
    item_id: str = Field(max_length=64)
    text_version: str = Field(max_length=64)
    language: str = Field(max_length=2)
    text: str
    by_self: bool = False  # to be marked by the learner: practice only
    given_at: datetime
    comment: str = ""
    graded_at: datetime | None = None
    graded_by: int | None = Field(default=None, foreign_key="account.id")


class ItemReport(SQLModel, table=True):
    """A learner's word that a question is wrong, with all that they saw and answered; and what an educator said to it."""

    __table_args__ = (
        CheckConstraint("reason IN ('key', 'unclear', 'outdated', 'language', 'other')", name="reason_known"),
        Index("item_report_item", "course_id", "item_id"),
        Index("item_report_learner", "learner_id", "reported_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    learner_id: int = Field(foreign_key="account.id")
    sequence: int  # the response's, of this learner
    course_id: str = Field(max_length=64)
    item_id: str = Field(max_length=64)
    key_version: str = Field(max_length=64)
    text_version: str = Field(max_length=64)
    language: str = Field(max_length=2)
    answer: Any = Field(sa_column=Column(JSON, nullable=True))
    reason: str = Field(max_length=8)
    words: str = Field(default="", max_length=1000)
    reported_at: datetime
    reply: str = Field(default="", max_length=1000)
    resolved_at: datetime | None = None
    resolved_by: int | None = Field(default=None, foreign_key="account.id")


class Placement(SQLModel, table=True):
    """One adaptive test of what a learner can do already. `asked`: course and item of each question, in order.

    The last one asked is open while it has no response. `seed` decides every choice among the best questions.
    """

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    number: int = Field(primary_key=True)
    role_id: str = Field(default="", max_length=12)
    seed: str = Field(max_length=32)
    asked: list[list[str]] = Field(sa_column=Column(JSON, nullable=False))
    started_at: datetime
    finished_at: datetime | None = None


class Review(SQLModel, table=True):
    """One ration of review: the questions chosen when it began, as course and item, in order."""

    learner_id: int = Field(foreign_key="account.id", primary_key=True)
    number: int = Field(primary_key=True)
    seed: str = Field(max_length=32)
    questions: list[list[str]] = Field(sa_column=Column(JSON, nullable=False))
    started_at: datetime
    finished_at: datetime | None = None
