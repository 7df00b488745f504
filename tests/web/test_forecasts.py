"""When the gap closes: the page, what if, and the same numbers as a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from academy.core.workforce.forecast import Spread
from academy.services import gap, outlook
from academy.services.gap import Query
from academy.services.site import Site
from academy.store.snapshots import RECENT_DAYS
from academy.store.tables.accounts import Account
from academy.store.tables.standings import StageChange, Standing
from academy.web.forecasts import fan
from tests.conftest import Clock, add_person, client_of
from tests.publications import publish

PAGE, CSV = "/en/programs/forecast", "/en/programs/forecast.csv"


@pytest.fixture
def role(light_site: Site) -> str:
    """A role with a share of need, published without anybody ready."""
    publish(light_site)
    return next(iter(light_site.framework.role_shares))


def become_ready(site: Site, clock: Clock, role: str, count: int) -> None:
    """People of a state who became ready one after the other over the last eight months."""
    now = clock()
    for number in range(count):
        person = add_person(site, f"ready{number}", "learner")
        at = now - timedelta(days=5 + 240 * number / count)
        with site.database.writing() as session:
            account = session.get_one(Account, person.id)
            account.target_role, account.state = role, "MX-NLE"
            until = now + timedelta(days=900)
            session.add(Standing(learner_id=person.id, role_id=role, proficient=True, ready_until=until, last_answer_at=at))
            session.add(StageChange(learner_id=person.id, number=1, was="proficient", stage="ready", role_id=role, changed_at=at))


@pytest.mark.parametrize("page", [PAGE, CSV])
def test_only_managers_see_it(page: str, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient) -> None:
    assert stranger.get(page).status_code == 302
    assert lena.get(page).status_code == 403
    assert ed.get(page).status_code == 403


def test_before_the_first_publication_it_says_what_to_do(mo: FlaskClient) -> None:
    assert "academy publish" in mo.get(PAGE).text
    assert mo.get(CSV).status_code == 404


def test_what_names_nothing_or_is_out_of_range_is_refused(mo: FlaskClient, role: str) -> None:
    wrong = ("role=x", "seats=many", "seats=-1", "seats=nan", "completion=101", "placement=x", "growth=900", "attrition=-3")
    for query in (*wrong, "months=0", "months=2.5"):
        assert mo.get(f"{PAGE}?{query}").status_code == 400, query


def test_without_six_months_of_people_it_says_insufficient_data(mo: FlaskClient, role: str) -> None:
    text = mo.get(f"{PAGE}?role={role}").text
    assert "Insufficient data" in text
    assert "would have to become ready each month" in text
    assert "<polyline" not in text
    assert mo.get(f"{CSV}?role={role}").status_code == 404


def test_a_small_flow_does_not_close_and_a_large_one_does(mo: FlaskClient, role: str) -> None:
    small = mo.get(f"{PAGE}?role={role}&seats=1").text
    assert "does not close" in small
    assert "<polyline" in small
    large = mo.get(f"{PAGE}?role={role}&seats=100000&attrition=5&growth=0").text
    assert "the gap closes in about" in large


def test_the_address_carries_every_choice(mo: FlaskClient, role: str) -> None:
    text = mo.get(f"{PAGE}?role={role}&seats=900&completion=40&months=36&placement=60").text
    for name, value in {"seats": "900", "completion": "40", "months": "36", "placement": "60", "growth": ""}.items():
        assert re.search(rf'name="{name}" inputmode="decimal" value="{value}"', text)
    links = re.findall(r'href="(/en/programs/forecast\?[^"]*scenario=[^"]*)"', text)
    assert len(links) == 3
    assert all("seats=900.0" in link and "completion=40.0" in link and f"role={role}" in link for link in links)
    assert "within 36 months" in text


def test_the_file_has_the_page_s_numbers(mo: FlaskClient, role: str) -> None:
    address = f"?role={role}&state=MX-NLE&seats=50"
    lines = list(csv.DictReader(io.StringIO(mo.get(CSV + address).text)))
    page = dict(re.findall(r'data-month="(\d+)">([\d,]+)<', mo.get(PAGE + address).text))
    assert len(lines) == 121
    assert (lines[0]["state"], lines[0]["role"], lines[0]["throughput_per_month_mode"]) == ("MX-NLE", role, "50")
    for month, shown in page.items():
        assert abs(float(lines[int(month)]["value"]) - float(shown.replace(",", ""))) <= 0.55


def test_people_who_became_ready_are_counted_published_and_scored_later(
    app: Flask, mo: FlaskClient, light_site: Site, clock: Clock
) -> None:
    role = next(iter(light_site.framework.role_shares))
    become_ready(light_site, clock, role, 80)
    publish(light_site)
    text = mo.get(f"{PAGE}?role={role}&state=MX-NLE").text
    assert "Counted: 10.1 people became ready each month" in text
    assert "Insufficient" not in text
    assert "none can be scored" in text
    assert "Insufficient" in mo.get(f"{PAGE}?role={role}&state=MX-JAL").text
    _closings_are_published(light_site, mo, role)
    clock.forward(days=RECENT_DAYS + 1)
    publish(light_site)
    max_ = client_of(app, add_person(light_site, "max", "manager"))  # Mo's session has ended meanwhile
    later = max_.get(f"{PAGE}?role={role}&state=MX-NLE").text
    assert "0% of 1 forecasts held" in later
    assert ">no</td>" in later


def _closings_are_published(site: Site, mo: FlaskClient, role: str) -> None:
    """When each scenario's gap closes is published as the forecast's page says it, and the gap's page tells it of the worst role."""
    seen = set()
    for scenario, of in (("low", role), ("headline", role), ("headline", "")):
        query = Query(role=of, state="MX-NLE", scenario=scenario)
        rows = {row.metric: row for row in gap.read(site, query).rows}  # type: ignore[union-attr]  # published by the caller
        found = outlook.outlook(site, query, outlook.WhatIf())
        assert found is not None
        assert found.found is not None
        closes = found.found.closes_in
        months, still_open = rows["months_to_close"], rows["open_at_horizon"]
        assert (months.value, months.lo, months.hi) == ((closes.median, closes.p10, closes.p90) if closes else (None, None, None))
        assert still_open.value == pytest.approx(found.found.p_not_closed_by_horizon, abs=1e-4)
        seen.add(still_open.value is not None and still_open.value > 0.5)
    assert seen == {True, False}, "one role's gap closes, that of all roles does not"
    text = mo.get("/en/programs/gap?state=MX-NLE").text
    assert "is covered least here" in text
    assert "too few people became ready there" in text, "the worst role is one where nobody became ready"
    view = gap.view(site, Query(role=role, state="MX-NLE"))
    assert view is not None
    worst = gap.worst(site, view, Query(state="MX-NLE"))
    assert worst is not None
    covered = [
        row for row in gap.read(site, Query(state="MX-NLE")).rows  # type: ignore[union-attr]  # likewise
        if row.metric == "coverage_bottom_up" and row.role and row.value is not None
    ]  # fmt: skip
    assert worst.coverage.value == pytest.approx(min(float(row.value or 0) for row in covered), abs=1e-3)
    assert gap.worst(site, view, Query(state="unknown")) is None


def test_fewer_than_six_months_of_history_publish_no_throughput(light_site: Site, clock: Clock, mo: FlaskClient) -> None:
    role = next(iter(light_site.framework.role_shares))
    become_ready(light_site, clock, role, 40)
    with light_site.database.writing() as session:
        for change in session.exec(select(StageChange)):  # all of them lately
            change.changed_at = clock() - timedelta(days=30)
    publish(light_site)
    assert "Insufficient data" in mo.get(f"{PAGE}?role={role}").text


def test_the_fan_is_drawn_within_its_square() -> None:
    drawn = fan((Spread(5, 10, 20), Spread(0, 5, 10)))
    assert drawn.band == "0.00,0.00 100.00,50.00 100.00,100.00 0.00,75.00"
    assert drawn.median == "0.00,50.00 100.00,75.00"
    assert drawn.top == 20
