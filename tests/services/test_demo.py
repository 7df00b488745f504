"""The demonstration: the same population for the same seed, made of answers like real ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import col, select

from academy.core.framework import Framework
from academy.services import accounts, cohort_report, cohorts, credentials, demo, demo_cohorts, rebuild, registry
from academy.services.site import Site
from academy.store import evidence_rows
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.tables.accounts import Account
from academy.store.tables.learning import Response
from tests.conftest import Clock


def _population(site: Site) -> list[tuple[str, str, str, str, datetime, float]]:
    with site.database.reading() as session:
        people = session.exec(select(Account).where(Account.synthetic).order_by(col(Account.email))).all()
        return [
            (person.name, person.state, person.target_role, row.item_id, row.answered_at, row.score)
            for person in people
            for row in evidence_rows.narrowed(session, col(Response.learner_id) == person.id)
        ]


def test_it_is_reproducible_and_can_be_taken_up_again(
    new_database: Callable[[str], Database],
    real_courses: CourseLibrary,
    framework: Framework,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for steps in ((40,), (25, 40)):
        site = Site(new_database("sqlite"), real_courses, framework, now=clock, demo=True)
        registry.sync(site)
        for learners in steps:
            monkeypatch.setattr(demo, "LEARNERS", learners)
            lines = list(demo.prepare(site))
        found.append(_population(site))
        assert accounts.count_synthetic(site) == 40
        assert rebuild.differences(site) == []
        assert len(lines) == 1 + len(demo.PEOPLE)
        _manager_has_a_cohort_with_lucia(site)
        password = lines[0].rpartition(" ")[2]
        for address, _name, role in demo.PEOPLE:
            person = credentials.sign_in(site, email=f"{address}@demo.example", password=password)
            assert person is not None
            assert role in person.roles
    assert found[0] == found[1]
    assert len(found[0]) > 100


def _manager_has_a_cohort_with_lucia(site: Site) -> None:
    marta = accounts.find_by_email(site, "marta@demo.example")
    assert marta is not None
    lines = {line.cohort.details.name: line for line in cohorts.listing(site, marta)}
    assert set(lines) == {plan.name for plan in demo_cohorts.PLANS}, "made once"
    report = cohort_report.report(site, lines[demo_cohorts.PLANS[0].name].cohort.id, "es")
    assert "Lucía" in [member.name for member in report.members]
    assert report.assignments


def test_synthetic_learners_cannot_sign_in(light_site: Site) -> None:
    person = accounts.create_synthetic(light_site, number=1, name="Nobody", language="es")
    assert credentials.sign_in(light_site, email=person.email, password="") is None
