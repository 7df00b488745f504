"""A new password by mail: sent to who has an account, silent about who has none, gone after an hour."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.config import SettingError, read_settings
from academy.services import accounts, audit
from academy.services.mail import Mailer, later
from academy.services.site import Site
from academy.services.throttle import LIMITS
from tests.conftest import PASSWORD, Clock, add_person, make_app, sign_in
from tests.post_office import read

OTHER = "otro mango con sal 8"


@pytest.fixture
def client(mail_site: Site, tmp_path: Path) -> FlaskClient:
    """A stranger on that site."""
    return make_app(mail_site, tmp_path).test_client()


def ask(client: FlaskClient, address: str, language: str = "en") -> str:
    answer = client.post(f"/{language}/forgotten", data={"email": address})
    assert answer.status_code == 200
    later.finish()
    return re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)


def test_a_link_comes_by_mail_and_works_once(client: FlaskClient, mail_site: Site, post_office: tuple[str, list[bytes]]) -> None:
    add_person(mail_site, "lena", "learner", password=PASSWORD)
    assert "Revisa tu correo" in ask(client, " LENA@example.org ", "es")
    (raw,) = post_office[1]
    mail, text = read(raw)
    assert (mail["To"], mail["From"]) == ("lena@example.org", "academy@example.org")
    assert "new password" in mail["Subject"]  # in her language, not the page's
    (link,) = re.findall(r"https://academy\.example\.org(/en/reset/\S+)", text)
    assert client.post(link, data={"password": OTHER}).status_code == 303
    assert client.post(link, data={"password": PASSWORD}).status_code == 410
    client.post("/en/sign-out")
    sign_in(client, "lena@example.org", OTHER)
    made = audit.listing(mail_site, action="link-made")[0]
    assert [event.actor for event in made] == [audit.STRANGER]


def test_who_has_no_account_gets_the_same_answer_and_no_mail(
    client: FlaskClient, mail_site: Site, post_office: tuple[str, list[bytes]]
) -> None:
    add_person(mail_site, "lena", "learner", password=PASSWORD)
    accounts.disable(mail_site, add_person(mail_site, "dora", "learner", password=PASSWORD).id)
    pages = {ask(client, f"{name}@example.org") for name in ("lena", "nobody", "dora")}
    assert len(pages) == 1
    assert len(post_office[1]) == 1


def test_the_link_is_gone_after_an_hour(client: FlaskClient, mail_site: Site, post_office: tuple[str, list[bytes]], clock: Clock) -> None:
    add_person(mail_site, "lena", "learner", password=PASSWORD)
    ask(client, "lena@example.org")
    (link,) = re.findall(rb"https://academy\.example\.org(/en/reset/\S+)", post_office[1][0].replace(b"=\r\n", b""))
    clock.forward(hours=1)
    assert client.get(link.decode()).status_code == 410


def test_asking_is_throttled_per_account_and_says_nothing(client: FlaskClient, post_office: tuple[str, list[bytes]]) -> None:
    for _ in range(LIMITS["reset", "account"].burst):
        ask(client, "nobody@example.org")
    assert client.post("/en/forgotten", data={"email": "nobody@example.org"}).status_code == 429


def test_a_header_cannot_be_smuggled_in(client: FlaskClient, mail_site: Site, post_office: tuple[str, list[bytes]]) -> None:
    ask(client, "lena@example.org\r\nBcc: eve@example.org")
    assert post_office[1] == []


def test_a_server_that_is_gone_hurts_nobody(light_site: Site, tmp_path: Path) -> None:
    site = dataclasses.replace(light_site, mailer=Mailer("smtp://127.0.0.1:9", "academy@example.org", "https://academy.example.org"))
    add_person(site, "lena", "learner", password=PASSWORD)
    ask(make_app(site, tmp_path).test_client(), "lena@example.org")


def test_without_a_mail_server_there_is_no_such_page(app: Flask, stranger: FlaskClient) -> None:
    assert stranger.get("/en/forgotten").status_code == 404
    assert stranger.post("/en/forgotten", data={"email": "a@example.org"}).status_code == 404
    assert "Ask the person who runs your program" in stranger.get("/en/sign-in").text


@pytest.mark.parametrize(
    "environment",
    [{"ACADEMY_SMTP": "http://x"}, {"ACADEMY_SMTP": "smtps://x"}, {"ACADEMY_SMTP": "smtps://x", "ACADEMY_URL": "https://x"},
     {"ACADEMY_URL": "academy.example.org"}],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(SettingError):
        read_settings(environment)
