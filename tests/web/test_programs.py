"""The programme manager's pages: the gap, the same numbers as a file, and the sources."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from academy.services import gap
from academy.services.gap import Query
from academy.services.site import Site
from academy.store.tables.accounts import Account
from academy.store.tables.standings import Standing
from tests.conftest import Clock, add_person
from tests.publications import publish

GAP, CSV, SOURCES = "/en/programs/gap", "/en/programs/gap.csv", "/en/programs/sources"
ROW = re.compile(r'<tr data-(state|sector)="([^"]*)">(.*?)</tr>', re.DOTALL)
CELL = re.compile(r'data-metric="(\w+)">(?:<data value="([^"]*)">|<abbr class="(sup)")')


@pytest.fixture
def role(light_site: Site, clock: Clock) -> str:
    """A role with 30 ready people in Nuevo León and 4 in Jalisco, published."""
    found = next(iter(light_site.framework.role_shares))
    for number in range(34):
        person = add_person(light_site, f"learner{number}", "learner")
        with light_site.database.writing() as session:
            account = session.get_one(Account, person.id)
            account.target_role, account.state = found, "MX-NLE" if number < 30 else "MX-JAL"
            session.add(Standing(learner_id=person.id, role_id=found, proficient=True, ready_until=clock() + timedelta(days=9)))
    publish(light_site)
    return found


@pytest.mark.parametrize("page", [GAP, CSV, SOURCES])
def test_only_managers_see_it(page: str, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient) -> None:
    assert stranger.get(page).status_code == 302
    assert lena.get(page).status_code == 403
    assert ed.get(page).status_code == 403


def test_before_the_first_publication_it_says_what_to_do(mo: FlaskClient) -> None:
    answer = mo.get(GAP)
    assert answer.status_code == 200
    assert "academy publish" in answer.text
    assert mo.get(CSV).status_code == 404
    assert mo.get(SOURCES).status_code == 200


@pytest.mark.parametrize("query", ["role=x", "state=x", "sector=x", "scenario=x", "as_of=yesterday", "map=x"])
def test_a_filter_that_names_nothing_is_refused(mo: FlaskClient, role: str, query: str) -> None:
    assert mo.get(f"{GAP}?{query}").status_code == 400


@pytest.mark.parametrize("language", ["es", "en"])
def test_it_says_the_gap_in_words_and_shows_every_state(mo: FlaskClient, light_site: Site, role: str, language: str) -> None:
    text = mo.get(f"/{language}/programs/gap?role={role}&state=MX-NLE").text
    assert text.count('class="tile') == 32
    assert 'class="say"' in text
    assert "Nuevo León" in text
    assert all(f"scenario={scenario}" in text for scenario in light_site.framework.scenarios)


def test_a_hidden_count_is_hatched_and_named(mo: FlaskClient, role: str) -> None:
    text = mo.get(f"{GAP}?role={role}&map=ready").text
    assert re.search(r'aria-label="Jalisco: people ready, suppressed"><rect[^>]*><?/?>?<rect class="sup-box"', text.replace("/>", ">"))
    assert "suppressed" in mo.get(f"{GAP}?role={role}&state=MX-JAL").text


def test_page_file_and_command_have_the_same_numbers(mo: FlaskClient, light_site: Site, role: str) -> None:
    scenario = gap.usual_scenario(light_site.framework)
    page = _table(mo.get(f"{GAP}?role={role}").text)
    lines = csv.DictReader(io.StringIO(mo.get(f"{CSV}?role={role}&scenario={scenario}").text))
    file = {_place(line): "sup" if line["suppressed"] == "true" else line["value"] for line in lines}
    report = gap.read(light_site, Query(role=role, scenario=scenario))
    assert report is not None
    command = {_place(row): row for row in gap.as_json(report)["rows"]}
    assert len(page) > 32 * 5
    assert "sup" in page.values()
    for place, shown in page.items():
        assert file[place] == shown
        assert shown == ("sup" if command[place]["suppressed"] else str(command[place]["value"]))


def test_a_date_before_the_first_publication_is_said(mo: FlaskClient, role: str) -> None:
    assert "Nothing was published by 1 January 2020" in mo.get(f"{GAP}?as_of=2020-01-01").text


def test_sources_narrow_to_an_area_and_a_grade(mo: FlaskClient, light_site: Site) -> None:
    everything, american = mo.get(SOURCES).text, mo.get(f"{SOURCES}?area=US").text
    claims = light_site.framework.claims.values()
    assert all(f'id="claim-{claim.id}"' in everything for claim in claims)
    assert [claim.id for claim in claims if f'id="claim-{claim.id}"' in american and claim.id != light_site.framework.workforce.id] == [
        claim.id for claim in claims if claim.area == "US"
    ]
    assert mo.get(f"{SOURCES}?grade=E").status_code == 400


def _place(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["state"], row["sector"], row["metric"]


def _table(text: str) -> dict[tuple[str, str, str], str]:
    """The numbers of the page's tables by state, sector and metric; "sup" where one is hidden."""
    return {
        (place if axis == "state" else "", place if axis == "sector" else "", metric): value or "sup"
        for axis, place, cells in ROW.findall(text)
        for metric, value, _ in CELL.findall(cells)
    }
