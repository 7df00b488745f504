"""Page, CSV, workbook, JSON and command hold the same numbers, whatever is asked for."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from academy import cli
from academy.commands import gap as gap_command
from academy.services import gap
from academy.services.publish import UNKNOWN
from academy.services.site import Site
from academy.store.tables.accounts import Account
from academy.store.tables.standings import Standing
from tests.conftest import Clock, add_person
from tests.publications import publish

XLSX, JSON = "/en/programs/gap.xlsx", "/en/programs/gap.json"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROW = re.compile(r'<tr data-(state|sector)="([^"]*)">(.*?)</tr>', re.DOTALL)
CELL = re.compile(r'data-metric="(\w+)">(?:<data value="([^"]*)">|<abbr class="(sup)")')
Table = list[dict[str, str]]


@pytest.fixture
def published(light_site: Site, clock: Clock) -> Site:
    """A publication with ready people in two states and two sectors, few in one of each."""
    role = next(iter(light_site.framework.role_shares))
    sectors = list(light_site.framework.sectors)
    for number in range(40):
        person = add_person(light_site, f"learner{number}", "learner")
        with light_site.database.writing() as session:
            account = session.get_one(Account, person.id)
            account.target_role, account.state = role, "MX-NLE" if number < 34 else "MX-JAL"
            account.sector = sectors[number % 5 == 0]
            session.add(Standing(learner_id=person.id, role_id=role, proficient=True, ready_until=clock() + timedelta(days=9)))
    publish(light_site)
    return light_site


def workbook(content: bytes) -> dict[str, list[list[str]]]:
    """Every sheet's cells as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        shared = ["".join(text.text or "" for text in each.iter(f"{SHEET}t")) for each in ET.fromstring(file.read("xl/sharedStrings.xml"))]
        names = [sheet.attrib["name"] for sheet in ET.fromstring(file.read("xl/workbook.xml")).iter(f"{SHEET}sheet")]
        sheets = [ET.fromstring(file.read(f"xl/worksheets/sheet{number}.xml")) for number in range(1, len(names) + 1)]
    return {name: [_line(row, shared) for row in sheet.iter(f"{SHEET}row")] for name, sheet in zip(names, sheets, strict=True)}


def _line(row: ET.Element, shared: list[str]) -> list[str]:
    cells: dict[int, str] = {}
    for cell in row:
        letters = cell.attrib["r"].rstrip("0123456789")
        column = sum((ord(letter) - 64) * 26**power for power, letter in enumerate(reversed(letters))) - 1
        value = cell.findtext(f"{SHEET}v") or ""
        kind = cell.attrib.get("t")
        cells[column] = shared[int(value)] if kind == "s" else {"0": "false", "1": "true"}[value] if kind == "b" else value
    return [cells.get(column, "") for column in range(max(cells, default=-1) + 1)]


def of_workbook(content: bytes) -> Table:
    head, *lines = workbook(content)["Numbers"]
    return [dict(zip(head, [*line, *[""] * (len(head) - len(line))], strict=True)) for line in lines]


def of_json(text: str) -> Table:
    return [{name: _written(value) for name, value in row.items()} for row in json.loads(text)["rows"]]


def of_page(text: str) -> dict[tuple[str, str, str], str]:
    return {
        (place if axis == "state" else "", place if axis == "sector" else "", metric): value or "sup"
        for axis, place, cells in ROW.findall(text)
        for metric, value, _hidden in CELL.findall(cells)
    }


def _written(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same(here: Table, there: Table) -> bool:
    """Equal cell by cell; numbers as numbers, since a workbook keeps 0.5300 as 0.53."""
    if len(here) != len(there):
        return False
    return all(_alike(a[name], b[name]) for a, b in zip(here, there, strict=True) for name in gap.COLUMNS)


def _alike(here: str, there: str) -> bool:
    try:
        return here == there or float(here) == float(there)
    except ValueError:
        return False


def test_two_hundred_filters_give_the_same_numbers_every_way_out(
    mo: FlaskClient, published: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gap_command, "migrated_site", lambda: published)
    facts, chance = published.framework, random.Random(8)
    shown = 0
    for _ in range(200):
        asked: dict[str, str] = {
            "role": chance.choice([gap.ALL, *facts.roles, next(iter(facts.role_shares))]),
            "scenario": chance.choice(list(facts.scenarios)),
        }
        state, sector = chance.choice([*facts.states, UNKNOWN, "MX-NLE"]), chance.choice([*facts.sectors, UNKNOWN])
        place: dict[str, str] = chance.choice([{}, {"state": state}, {"sector": sector}])
        address = urlencode(asked | place)
        file = list(csv.DictReader(io.StringIO(mo.get(f"/en/programs/gap.csv?{address}").text)))
        assert file
        assert _same(of_workbook(mo.get(f"{XLSX}?{address}").data), file)
        assert _same(of_json(mo.get(f"{JSON}?{address}").text), file)
        assert cli.main(["gap", *(part for name, value in (asked | place).items() for part in (f"--{name}", value))]) == 0
        assert list(csv.DictReader(io.StringIO(capsys.readouterr().out))) == file
        page = of_page(mo.get(f"/en/programs/gap?{address}").text)
        for row in file:
            seen = page.get((row["state"], row["sector"], row["metric"]))
            if seen is not None:
                assert seen == ("sup" if row["suppressed"] == "true" else row["value"])
                shown += 1
    assert shown > 1000


def test_the_command_prints_the_same_file(
    mo: FlaskClient, published: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACADEMY_DATABASE_URL", published.database.engine.url.render_as_string(hide_password=False))
    role = next(iter(published.framework.role_shares))
    for asked in ({"role": role, "state": "MX-NLE"}, {"role": "all", "scenario": "low"}, {"sector": "52", "role": role}):
        assert cli.main(["gap", *(part for name, value in asked.items() for part in (f"--{name}", value))]) == 0
        file = mo.get(f"/en/programs/gap.csv?{urlencode(asked)}").text
        assert capsys.readouterr().out.splitlines() == file.splitlines()


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_workbook_says_how_its_numbers_came_about(mo: FlaskClient, published: Site, language: str) -> None:
    sheets = list(workbook(mo.get(f"/{language}/programs/gap.xlsx?role=all&scenario=mid").data).values())
    method: Mapping[str, str] = {line[0]: line[1] for line in sheets[1]}
    report = gap.read(published, gap.Query())
    assert report is not None
    assert {report.as_of.isoformat(), str(report.seed), report.model_version, str(report.min_cell)} <= set(method.values())
    assert published.framework.scenarios["mid"].name[language] in method.values()
    assert [line[0] for line in sheets[2][1:]] == list(published.framework.claims)


@pytest.mark.parametrize("page", [XLSX, JSON])
def test_who_and_what_is_refused(page: str, stranger: FlaskClient, lena: FlaskClient, mo: FlaskClient) -> None:
    assert stranger.get(page).status_code == 302
    assert lena.get(page).status_code == 403
    assert mo.get(f"{page}?role=x").status_code == 400
    assert mo.get(page).status_code == 404
