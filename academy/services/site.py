"""What every service needs at hand: the database, the courses, the reference facts and the clock."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from academy.config import Retention, SettingError, Settings, kept_secret
from academy.core.framework import Framework
from academy.services.mail import Mailer
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.password_lists import PasswordList
from academy.store.reference_files import load_framework
from academy.store.sealed_file import SealedFile

HERE = timezone(timedelta(hours=-6))
"""Where a day ends: central Mexico, which has no summer time since 2022."""


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """One running product's data and clock. Services take it first; tests give it their own clock."""

    database: Database
    courses: CourseLibrary
    framework: Framework
    now: Callable[[], datetime] = utc_now
    min_cell: int = 11
    demo: bool = False
    mailer: Mailer | None = None
    retention: Retention = field(default_factory=Retention)
    grace: timedelta = timedelta(seconds=30)
    """How late an answer of a timed quiz may arrive and still count."""
    erasures: Path | None = None
    """The list of erasures outside the database, so that a restored older backup applies them."""
    breached: PasswordList | None = None
    """Passwords that nobody may choose, besides those that are easy to guess."""
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def today(self) -> date:
        """The day that it is where learners live."""
        return self.now().astimezone(HERE).date()

    def key_for(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, from the key that is kept outside the database."""
        return _key_for(self.key, purpose)


def _key_for(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode(), hashlib.sha256)


def open_site(settings: Settings) -> Site:
    """The data and clock that the settings point to. The schema must be there. Raises SettingError where a file cannot be used."""
    framework, _problems = load_framework()
    key = (settings.key or kept_secret(settings.data, "key")).encode()
    courses = CourseLibrary(
        settings.courses,
        frozenset(framework.skills),
        known_roles=frozenset(framework.roles),
        development=settings.development,
        kept=SealedFile(settings.data / "cache/courses", _key_for(key, "courses")),
    )
    return Site(
        database=Database(settings.database_url),
        courses=courses,
        framework=framework,
        min_cell=settings.min_cell,
        demo=settings.demo,
        retention=settings.retention,
        grace=timedelta(seconds=settings.grace_seconds),
        erasures=settings.data / "erasures.jsonl",
        mailer=Mailer(settings.smtp, settings.mail_from, settings.url) if settings.smtp else None,
        breached=_breached(settings),
        key=key,
    )


def _breached(settings: Settings) -> PasswordList | None:
    if settings.breached_passwords is None:
        return None
    found = PasswordList(settings.breached_passwords)
    if fault := found.fault():
        raise SettingError(f"ACADEMY_BREACHED_PASSWORDS: {fault}")
    return found
