"""The educator's pages on questions, and that page, file and command say the same."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from academy.cli import main
from academy.core.framework import Framework
from academy.services import calibrate
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from tests.conftest import add_person, client_of, make_app, with_courses
from tests.factories import single, write_course
from tests.population import populate

PAGE, CSV, ITEM = "/en/author/items", "/en/author/items.csv", "/en/author/items/ports/two"
DIFFICULTY = {"one": -1.0, "two": 0.0, "three": 0.8}


@pytest.fixture
def asked(light_site: Site, tmp_path: Path, framework: Framework) -> Site:
    """A site with a course of three questions and no answers."""
    write_course(tmp_path / "courses", "".join(single(name) for name in DIFFICULTY), languages=("es", "en"))
    return with_courses(light_site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


@pytest.fixture
def edna(asked: Site, tmp_path: Path) -> FlaskClient:
    """Its educator."""
    return client_of(make_app(asked, tmp_path), add_person(asked, "edna", "educator"))


@pytest.fixture
def answered(asked: Site) -> Site:
    """The same with answers, one question much harder in English."""
    states, harder = ("MX-NLE", "MX-CMX"), {("two", "en"): 3.0}
    populate(asked, "ports", 240, seed=1, difficulty=DIFFICULTY, languages=("es", "en"), harder=harder, states=states)
    calibrate.calibrate(asked)
    return asked


def shown(page: str) -> Iterator[tuple[str, str, str]]:
    """Item, answers and share of every row of the page."""
    for row in re.findall(r'<tr data-item="(.*?)</tr>', page, re.DOTALL):
        item = row.partition('"')[0]
        metrics = dict(re.findall(r'data-metric="(\w+)">([^<]*)<', row))
        yield item, metrics["n"], metrics["facility"]


def test_page_file_and_command_say_the_same(
    answered: Site, edna: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ACADEMY_DATABASE_URL", answered.database.url)
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))
    monkeypatch.setenv("ACADEMY_COURSES", str(tmp_path / "courses"))
    file = edna.get(f"{CSV}?course=ports&group=state&focal=MX-NLE").text
    arguments = ["items", "--course", "ports", "--group", "state", "--focal", "MX-NLE", "--format"]
    assert main([*arguments, "csv"]) == 0
    assert capsys.readouterr().out == file
    assert main([*arguments, "json"]) == 0
    items = json.loads(capsys.readouterr().out)["courses"][0]["sets"][0]["items"]
    lines = [line for line in csv.DictReader(io.StringIO(file)) if line["language"] == "all"]
    for line, item in zip(lines, items, strict=True):
        assert line["item"] == item["item"]
        for name in ("n", "facility", "discrimination_index", "discriminative_efficiency", "effective_weight", "upper_lower_index"):
            assert float(line[name]) == item[name]
        assert line["flags"].split() == item["flags"]
        assert float(line["b"]) == item["parameters"]["b"]
    page = edna.get(f"{PAGE}?course=ports&group=state&focal=MX-NLE").text
    assert list(shown(page)) == [(item["item"], f"{item['n']:,}", f"{item['facility']:.0f}%") for item in items]
    assert main(["items", "--course", "ports"]) == 0
    assert "harder-in-en" in capsys.readouterr().out


def test_what_deserves_a_look_is_said_in_words(answered: Site, edna: FlaskClient) -> None:
    page = edna.get(PAGE).text
    assert "Harder in English than in Spanish." in page
    assert "deserve" in page
    spanish = edna.get(PAGE.replace("/en/", "/es/")).text
    assert "Más difícil en inglés que en español." in spanish


def test_a_question_shows_its_options_languages_and_comparisons(answered: Site, edna: FlaskClient) -> None:
    page = edna.get(f"{ITEM}?group=state&focal=MX-NLE").text
    assert re.findall(r'data-option="(\w)"', page) == ["a", "b", "c"]
    assert re.findall(r'data-language="(\w+)"', page) == ["all", "en", "es"]
    assert "C · large difference" in page
    assert "Nuevo León" in page
    assert "from 240 answers" in page


def test_few_answers_show_only_a_range(asked: Site, edna: FlaskClient) -> None:
    populate(asked, "ports", 6, seed=2, difficulty=DIFFICULTY)
    page = edna.get(PAGE).text
    assert page.count("few") >= 3
    assert 'data-metric="facility"' not in page
    assert 'data-metric="facility_interval"' in page
    assert "too few to say more than a range" in edna.get(ITEM).text


def test_fewer_than_fifty_are_said_to_be_too_few(asked: Site, edna: FlaskClient) -> None:
    populate(asked, "ports", 60, seed=3, difficulty=DIFFICULTY, languages=("es", "en"))
    assert "insufficient: 50 people in each group are needed; there are 30 and 30" in edna.get(ITEM).text


def test_before_anyone_answered_it_says_what_will_be_here(edna: FlaskClient) -> None:
    assert "No answers yet" in edna.get(PAGE).text
    assert "No answers yet" in edna.get(ITEM).text
    assert edna.get(CSV).text.count("\n") == 4


def test_without_courses_it_says_what_to_do(light_site: Site, framework: Framework, tmp_path: Path) -> None:
    site = with_courses(light_site, CourseLibrary([tmp_path / "nothing"], frozenset(framework.skills)))
    ed = client_of(make_app(site, tmp_path), add_person(site, "ed", "educator"))
    assert "No courses yet" in ed.get(PAGE).text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{PAGE}?course=none", 404),
        (f"{CSV}?course=none", 404),
        ("/en/author/items/none/two", 404),
        ("/en/author/items/ports/none", 404),
        (f"{PAGE}?group=sector&focal=52", 400),
        (f"{PAGE}?group=state&focal=none", 400),
        (f"{ITEM}?focal=MX-NLE", 400),
        (f"{PAGE}?group=state&focal=", 200),
    ],
)
def test_what_is_not_there_and_what_makes_no_sense(edna: FlaskClient, address: str, status: int) -> None:
    assert edna.get(address).status_code == status


def test_only_educators_and_admins_see_it(
    stranger: FlaskClient, lena: FlaskClient, mo: FlaskClient, ed: FlaskClient, ada: FlaskClient
) -> None:
    assert stranger.get(PAGE).status_code == 302
    assert [client.get(PAGE).status_code for client in (lena, mo, ed, ada)] == [403, 403, 200, 200]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--course", "none"], "there is no course none"),
        (["--group", "state"], "need each other"),
        (["--group", "state", "--focal", "none"], "there is no state none"),
        (["--key", "k.csv"], "need --responses"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(
    answered_database: None, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["items", *arguments]) == 2
    assert says in capsys.readouterr().err


@pytest.fixture
def answered_database(asked: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line on the site's database."""
    monkeypatch.setenv("ACADEMY_DATABASE_URL", asked.database.url)
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))
    monkeypatch.setenv("ACADEMY_COURSES", str(tmp_path / "courses"))
