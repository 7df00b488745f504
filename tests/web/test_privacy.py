"""The pages on one's own data, and the privacy notice."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.cli import main
from academy.config import read_settings
from academy.services import accounts
from academy.services.site import Site, open_site
from academy.store import schema
from tests.conftest import PASSWORD, add_person, client_of, make_app

DATA = "/en/account/data"


def test_a_learner_takes_everything_along(lena: FlaskClient) -> None:
    assert "Download my data" in lena.get(DATA).text
    answer = lena.post(f"{DATA}/download")
    assert answer.mimetype == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "academy.json" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()


def test_a_learner_is_blocked_at_once(app: Flask, light_site: Site) -> None:
    person = add_person(light_site, "lena", "learner", password=PASSWORD)
    client = client_of(app, person)
    assert "Mark that you want to be erased" in client.post(f"{DATA}/erase", data={"present": PASSWORD}).text
    assert client.post(f"{DATA}/erase", data={"present": "wrong mango 7", "confirm": "yes"}).status_code == 422
    answer = client.post(f"{DATA}/erase", data={"present": PASSWORD, "confirm": "yes"}, follow_redirects=True)
    assert "Your account is blocked. On 17 March 2026 everything about you is erased." in answer.text
    assert client.get("/en/account").status_code == 302
    assert client.post("/en/sign-in", data={"email": person.email, "password": PASSWORD}).status_code == 422


@pytest.mark.parametrize(("language", "law", "office"), [("en", "20 March 2025", "Secretaría Anticorrupción"),
                                                         ("es", "20 de marzo de 2025", "Secretaría Anticorrupción")])  # fmt: skip
def test_the_notice_says_what_is_missing(stranger: FlaskClient, language: str, law: str, office: str) -> None:
    page = stranger.get(f"/{language}/privacy").text
    assert law in page
    assert office in page
    assert page.count("<mark>[") == 4


def test_the_notice_names_the_operator(light_site: Site, tmp_path: Path) -> None:
    operator = {"ACADEMY_OPERATOR": "Escuela & Red, A.C.", "ACADEMY_OPERATOR_ADDRESS": "Calle 1", "ACADEMY_OPERATOR_CONTACT": "a@b.mx"}
    client = make_app(light_site, tmp_path, **operator).test_client()
    page = client.get("/es/privacy").text
    assert "Escuela &amp; Red, A.C." in page
    assert page.count("<mark>[") == 1  # who hosts it is for its operator to say


def test_the_notice_is_linked_where_data_are_given(stranger: FlaskClient) -> None:
    assert stranger.get("/en/sign-up").text.count('href="/en/privacy"') == 2


def test_the_command_erases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))
    monkeypatch.delenv("ACADEMY_DATABASE_URL", raising=False)
    site = open_site(read_settings())
    schema.migrate(site.database)
    ana = add_person(site, "ana", "learner")
    assert main(["user", "erase", ana.email]) == 0
    assert main(["user", "erase", ana.email, "--cancel"]) == 0
    assert main(["user", "erase", ana.email, "--now"]) == 0
    assert main(["user", "erase", ana.email]) == 2
    assert main(["purge"]) == 0
    out = capsys.readouterr().out
    assert "is open again" in out
    assert "Erased: 0." in out
    assert accounts.find(site, ana.id) is None
    site.database.dispose()
