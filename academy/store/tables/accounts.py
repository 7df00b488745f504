"""Accounts: who people are, and how they sign in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
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
