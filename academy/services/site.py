"""What every service needs at hand: the database, the courses, the reference facts and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from academy.config import Settings
from academy.core.framework import Framework
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.reference_files import load_framework


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


def open_site(settings: Settings) -> Site:
    """The data and clock that the settings point to. The schema must be there."""
    framework, _problems = load_framework()
    courses = CourseLibrary(settings.courses, frozenset(framework.skills), development=settings.development)
    return Site(
        database=Database(settings.database_url),
        courses=courses,
        framework=framework,
        min_cell=settings.min_cell,
        demo=settings.demo,
    )
