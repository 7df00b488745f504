"""The audit log's page, and that what matters comes to stand in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.cli import main
from academy.config import read_settings
from academy.services import accounts, audit, credentials, one_time_links, publish, role_grants
from academy.services.site import Site, open_site
from academy.store import schema
from tests.conftest import PASSWORD, add_person, client_of

OTHER = "otro mango con sal 8"


def actions(site: Site) -> list[str]:
    """Every action, oldest first."""
    return [event.action for event in reversed(audit.listing(site, limit=500)[0])]


def test_what_happens_to_an_account_is_recorded(site: Site) -> None:
    person = accounts.sign_up(site, email="ana@example.org", password=PASSWORD, name="Ana", language="es", address="192.0.2.7")
    credentials.sign_in(site, email="ana@example.org", password=PASSWORD, address="192.0.2.7")
    credentials.sign_in(site, email="ana@example.org", password=OTHER, address="192.0.2.7")
    credentials.sign_in(site, email="nobody@example.org", password=OTHER, address="192.0.2.7")
    boss = add_person(site, "ada", "admin")
    role_grants.grant(site, person.id, "educator", by=boss.id)
    role_grants.grant(site, person.id, "educator", by=boss.id)  # changes nothing
    role_grants.revoke(site, person.id, "educator", by=boss.id)
    role_grants.revoke(site, person.id, "educator", by=boss.id)
    one_time_links.use_reset_link(site, one_time_links.reset_link(site, person.id, by=boss.id), password=OTHER)
    credentials.change_password(site, person.id, present=OTHER, new=PASSWORD)
    accounts.disable(site, person.id, by=boss.id)
    publish.publish(site)
    assert actions(site) == [
        "account-made", "signed-in", "sign-in-failed", "sign-in-failed", "account-made", "role-granted", "role-revoked", "link-made",
        "link-used", "password-changed", "password-changed", "account-disabled", "published",
    ]  # fmt: skip
    events = audit.listing(site, person_id=person.id, limit=500)[0]
    assert {event.subject_name for event in events} == {"Ana"}
    made, granted = events[-1], next(event for event in events if event.action == "role-granted")
    assert (granted.actor_name, granted.details) == ("Ada", {"role": "educator"})
    assert len(made.origin) == 16
    assert made.origin == events[-2].origin
    assert audit.verify(site)[0] == []


def test_an_unknown_address_leaves_no_trace_of_what_was_typed(light_site: Site) -> None:
    credentials.sign_in(light_site, email="secret-typed-here@example.org", password="and my password", address="192.0.2.7")
    (event,) = audit.listing(light_site)[0]
    assert (event.subject, event.actor, event.details) == ("", audit.STRANGER, {})


def test_an_origin_says_nothing_after_its_month(light_site: Site, clock: object) -> None:
    credentials.sign_in(light_site, email="a@example.org", password="x", address="192.0.2.7")
    clock.forward(days=31)  # type: ignore[attr-defined]
    credentials.sign_in(light_site, email="a@example.org", password="x", address="192.0.2.7")
    first, second = audit.listing(light_site)[0]
    assert first.origin != second.origin


def test_an_admin_reads_the_log_by_action_and_person(ada: FlaskClient, light_site: Site) -> None:
    lena = add_person(light_site, "lena", "learner")
    add_person(light_site, "mo", "manager")
    one_time_links.reset_link(light_site, lena.id)
    page = ada.get("/en/admin/audit?email=LENA@example.org").text
    assert "One-time link made" in page
    assert "Command line" in page
    assert f"/en/admin/accounts/{lena.id}" in page
    assert ">Mo<" not in page
    assert page.count("<tr>") == 3  # the head, the account made, the link
    assert ada.get("/en/admin/audit?action=account-made").text.count("<tr>") == 4
    assert "Registro de auditoría" in ada.get("/es/admin/audit").text


def test_reading_the_log_and_looking_at_an_account_are_events(ada: FlaskClient, light_site: Site) -> None:
    lena = add_person(light_site, "lena", "learner")
    ada.get(f"/en/admin/accounts/{lena.id}")
    ada.get("/en/admin/audit")
    assert actions(light_site)[-2:] == ["account-viewed", "log-read"]


def test_numbers_taken_along_are_an_event(mo: FlaskClient, light_site: Site) -> None:
    publish.publish(light_site)
    forecast = f"forecast.csv?role={next(iter(light_site.framework.role_shares))}&seats=50"
    for taken, file in enumerate(("gap.csv", "gap.xlsx", "gap.json", forecast), start=1):
        assert mo.get(f"/en/programs/{file}").status_code == 200
        assert actions(light_site).count("exported") == taken, file


def test_pages_follow_each_other(ada: FlaskClient, light_site: Site) -> None:
    for number in range(60):
        audit.note(light_site, "exported", what=f"thing-{number}")
    first = ada.get("/en/admin/audit").text
    assert "thing-59" in first
    assert "thing-9<" not in first
    assert "Older events" in first
    assert "thing-9<" in ada.get("/en/admin/audit?before=12").text


@pytest.mark.parametrize("query", ["action=none", "before=x", "before=0", "before=99999999999", "before=²"])
def test_what_makes_no_sense_is_not_found(ada: FlaskClient, query: str) -> None:
    assert ada.get(f"/en/admin/audit?{query}").status_code == 404


def test_nobody_by_that_address_is_an_empty_page(ada: FlaskClient) -> None:
    page = ada.get("/en/admin/audit?email=%3Cscript%3E")
    assert page.status_code == 200
    assert "No such events" in page.text
    assert "<script>" not in page.text


def test_only_admins_read_it(app: Flask, light_site: Site, stranger: FlaskClient, mo: FlaskClient) -> None:
    assert stranger.get("/en/admin/audit").status_code == 302
    assert mo.get("/en/admin/audit").status_code == 403
    both = client_of(app, add_person(light_site, "both", "learner", "educator"))
    assert both.get("/en/admin/audit").status_code == 403


def test_the_command_says_whether_the_log_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))
    monkeypatch.delenv("ACADEMY_DATABASE_URL", raising=False)
    site = open_site(read_settings())
    schema.migrate(site.database)
    add_person(site, "lena", "learner")
    assert main(["audit", "verify"]) == 0
    out = capsys.readouterr().out
    head = out.split("Head: ")[1].strip()
    assert main(["audit", "verify", "--head", head]) == 0
    with site.database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM auditevent")
        session.connection().exec_driver_sql("UPDATE audithead SET position = 0, mac = ''")
    capsys.readouterr()
    assert main(["audit", "verify"]) == 0
    assert main(["audit", "verify", "--head", head]) == 1
    assert "seal was noted" in capsys.readouterr().out
    assert main(["audit", "verify", "--head", "nonsense"]) == 2
    site.database.dispose()
