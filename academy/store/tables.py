"""Every table of the product. Rows stay inside store and services."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
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
    ration: int = 6  # questions in a day's review
    extra_time: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # per cent more of a timed quiz's minutes
    synthetic: bool = False
    created_at: datetime
    signed_in_at: datetime | None = None
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


class UserSession(SQLModel, table=True):
    """One sign-in on one device. Only the digest of its token is kept. `stale`: it gets another token at its next request."""

    token_digest: str = Field(max_length=64, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    password_version: int
    device: str = Field(default="", max_length=60)
    second_factor: bool = False
    stale: bool = False
    created_at: datetime
    seen_at: datetime


class Throttle(SQLModel, table=True):
    """How much of a kind of attempt is used up: the moment at which all of it will be free again."""

    name: str = Field(max_length=64, primary_key=True)  # a keyed digest of the kind and the account or network address
    free_at: datetime = Field(index=True)


class SecondFactor(SQLModel, table=True):
    """A second factor by time-based codes. Its secret is derived from `salt` and a key outside the database."""

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    salt: str = Field(max_length=64)
    last_step: int = 0  # of 30 seconds; a code of this step or an earlier one no longer works
    begun_at: datetime
    confirmed_at: datetime | None = None


class RecoveryCode(SQLModel, table=True):
    """The keyed digest of a code that stands in for the second factor once."""

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    digest: str = Field(max_length=64, primary_key=True)


class ExternalIdentity(SQLModel, table=True):
    """Who an account is at an OpenID Connect provider."""

    issuer: str = Field(max_length=200, primary_key=True)
    subject: str = Field(max_length=255, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    linked_at: datetime


class Erasure(SQLModel, table=True):
    """That a person asked to be erased: blocked at once, erased when due. It outlives the account, so it refers to none.

    `account_id` and `made_at` together name the account, in this database and in every copy of it.
    """

    account_id: int = Field(primary_key=True)
    made_at: datetime = Field(primary_key=True)
    asked_at: datetime
    due_at: datetime = Field(index=True)
    done_at: datetime | None = None


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


class Basis(SQLModel, table=True):
    """Digest of facts outside the database that stored standings rest on, so that a change of them is noticed."""

    name: str = Field(max_length=32, primary_key=True)
    digest: str = Field(max_length=64)


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
