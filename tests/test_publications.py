"""A publication that is taken from an earlier test is the one that the product would have worked out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from academy.core.framework import Framework
from academy.services import audit, gap
from academy.services import publish as product
from academy.services.gap import Query, Report
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.tables.accounts import Account
from academy.store.tables.standings import Standing
from tests import publications
from tests.conftest import Clock, add_person


@pytest.fixture
def new_site(
    new_database: Callable[[str], Database], real_courses: CourseLibrary, framework: Framework, clock: Clock
) -> Callable[[int], Site]:
    """Makes sites, each with so many people of Nuevo León who are ready."""

    def make(ready: int) -> Site:
        site = Site(database=new_database("sqlite"), courses=real_courses, framework=framework, now=clock)
        role = next(iter(framework.role_shares))
        for number in range(ready):
            person = add_person(site, f"learner{number}", "learner")
            with site.database.writing() as session:
                account = session.get_one(Account, person.id)
                account.target_role, account.state = role, "MX-NLE"
                session.add(Standing(learner_id=person.id, role_id=role, proficient=True, ready_until=clock() + timedelta(days=9)))
        return site

    return make


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[Site]:
    """The sites whose publication the product was asked for."""
    asked: list[Site] = []

    def work_out(site: Site) -> product.Publication:
        asked.append(site)
        return product.publish(site)

    monkeypatch.setattr(publications, "work_out", work_out)
    return asked


def read(site: Site) -> Report | None:
    return gap.read(site, Query())


def test_it_is_the_product_s_and_worked_out_once(new_site: Callable[[int], Site], worked_out: list[Site]) -> None:
    sites = [new_site(27) for _ in range(3)]
    told = [publications.publish(sites[0]), publications.publish(sites[1]), product.publish(sites[2])]
    assert worked_out == sites[:1]
    assert told[0] == told[1] == told[2]
    found = [read(site) for site in sites]
    assert found[0] is not None
    assert found[0] == found[1] == found[2]
    events = [[(one.action, one.at, one.details) for one in audit.listing(site, action="published")[0]] for site in sites]
    assert events[0] == events[1] == events[2]
    assert audit.verify(sites[1])[0] == []


def test_other_people_another_day_and_other_rules_are_another_publication(new_site: Callable[[int], Site], clock: Clock) -> None:
    some = new_site(25)
    seen = [publications.rests_on(site) for site in (some, new_site(26), dataclasses.replace(some, min_cell=30))]
    assert publications.rests_on(new_site(25)) == seen[0]
    clock.forward(days=1)
    seen.append(publications.rests_on(some))
    assert None not in seen
    assert len(set(seen)) == len(seen)
    product.publish(some)
    assert publications.rests_on(some) is None, "the second publication of a site rests on the first"
