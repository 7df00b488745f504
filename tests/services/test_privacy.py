"""Privacy: everything handed over, everything erased, nothing forgotten, not even by a backup."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import SQLModel

from academy.config import Retention
from academy.services import accounts, audit, credentials, one_time_links, privacy, profiles, publish, rebuild, second_factor, sessions
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.profiles import Profile
from academy.services.site import Site
from academy.store import people
from academy.store.tables.accounts import Account
from tests.conftest import PASSWORD, Clock, add_person
from tests.factories import take_quiz

COURSE, MODULE = "ai-threats", "1-attack-economics"


@pytest.fixture
def listing(site: Site, tmp_path: Path) -> Site:
    """The site with a list of erasures."""
    return dataclasses.replace(site, erasures=tmp_path / "erasures.jsonl")


@pytest.fixture
def lena(listing: Site) -> Person:
    """A learner with something in many tables."""
    person = add_person(listing, "lena", "learner", "educator", password=PASSWORD)
    profiles.change_profile(listing, person.id, Profile("Lena", "en", "MX-NLE", "52", "PD-WRL-003"))
    take_quiz(listing, person.id, COURSE, MODULE, right=3)
    sessions.begin(listing, person, device="Firefox, Linux")
    one_time_links.reset_link(listing, person.id)
    second_factor.begin(listing, person.id, password=PASSWORD)
    return person


def counts(site: Site) -> dict[str, int]:
    """Rows of every table."""
    with site.database.reading() as session:
        return {name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in SQLModel.metadata.tables}


def everything(site: Site) -> str:
    """All rows but the courses' own words."""
    with site.database.reading() as session:
        tables = [table for table in SQLModel.metadata.sorted_tables if not table.name.startswith("item")]
        return str([session.execute(table.select()).all() for table in tables])


def test_a_person_gets_everything_and_no_secret(listing: Site, lena: Person) -> None:
    ana = add_person(listing, "ana", "learner")
    archive = zipfile.ZipFile(io.BytesIO(privacy.export(listing, lena.id)))
    data: dict[str, list[dict[str, Any]]] = json.loads(archive.read("academy.json"))
    assert data["account"][0]["email"] == "lena@example.org"
    assert data["account"][0]["state"] == "MX-NLE"
    assert {"attempt", "response", "skillestimate", "standing", "usersession", "rolegrant", "auditevent", "secondfactor"} <= set(data)
    assert {name.removesuffix(".csv") for name in archive.namelist() if name.endswith(".csv")} == set(data)
    responses = list(csv.DictReader(io.StringIO(archive.read("response.csv").decode())))
    assert len(responses) == len(data["response"]) > 3
    text_of_all = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "ana@example.org" not in text_of_all
    assert "argon2" not in text_of_all
    assert not any(field in people._SECRET for table in data.values() for row in table for field in row)
    assert ana.id != lena.id


def test_a_spreadsheet_only_shows_what_a_person_wrote(light_site: Site) -> None:
    eva = add_person(light_site, "=1+1", "learner")
    table = zipfile.ZipFile(io.BytesIO(privacy.export(light_site, eva.id))).read("account.csv").decode()
    assert next(csv.DictReader(io.StringIO(table)))["name"] == "'=1+1"


def test_every_table_that_leads_to_a_person_is_followed() -> None:
    followed = {table.name for table, _column, _about in people.references()}
    tables = SQLModel.metadata.sorted_tables
    named = {table.name for table in tables if {"account_id", "learner_id"} & {column.name for column in table.columns}}
    assert named - followed == {"erasure"}  # it outlives the person
    assert {"response", "attempt", "auditperson", "usersession"} <= followed


def test_asking_blocks_at_once_and_the_term_erases(listing: Site, lena: Person, clock: Clock) -> None:
    publish.publish(listing)
    add_person(listing, "ada", "admin")
    before = counts(listing)
    session = sessions.begin(listing, lena)
    with pytest.raises(FormError, match="password-wrong"):
        privacy.ask_erasure(listing, lena.id, password="wrong mango 7")
    due = privacy.ask_erasure(listing, lena.id, password=PASSWORD)
    assert (due - clock.time).days == 15
    assert sessions.find(listing, session) is None
    assert credentials.sign_in(listing, email=lena.email, password=PASSWORD) is None
    clock.forward(days=14)
    assert privacy.purge(listing).erased == 0
    assert accounts.find(listing, lena.id) is not None
    clock.forward(days=1)
    assert privacy.purge(listing).erased == 1
    assert privacy.purge(listing).erased == 0
    after = counts(listing)
    assert accounts.find(listing, lena.id) is None
    for table in ("response", "attempt", "standing", "skillestimate", "onetimelink", "secondfactor"):
        assert after[table] == 0 < before[table], table
    for table in ("snapshot", "snapshotcell", "itemversion", "itemtext"):
        assert after[table] == before[table], table
    assert "lena" not in everything(listing).lower()
    assert rebuild.differences(listing) == []


def test_the_log_keeps_its_events_and_forgets_who(listing: Site, lena: Person) -> None:
    add_person(listing, "ada", "admin")
    events = audit.listing(listing, person_id=lena.id, limit=500)[0]
    privacy.erase_now(listing, lena.id, by=None)
    kept = [event for event in audit.listing(listing, limit=500)[0] if events[0].subject in (event.actor, event.subject)]
    assert len(kept) == len(events) + 2  # that it was asked for and done
    assert {event.subject_name for event in kept} == {""}
    assert audit.listing(listing, person_id=lena.id)[0] == []
    assert audit.verify(listing)[0] == []


def test_an_erasure_can_be_cancelled_within_the_term(listing: Site, lena: Person, clock: Clock) -> None:
    privacy.begin_erasure(listing, lena.id, by=None)
    assert privacy.cancel_erasure(listing, lena.id, by=None)
    assert not privacy.cancel_erasure(listing, lena.id, by=None)
    clock.forward(days=40)
    assert privacy.purge(listing) == privacy.Purged(0, 0, 0)
    assert credentials.sign_in(listing, email=lena.email, password=PASSWORD) is not None


@pytest.mark.parametrize("pending", [False, True])
def test_whoever_was_erased_at_once_does_not_come_back_for_a_term(light_site: Site, tmp_path: Path, clock: Clock, pending: bool) -> None:
    site, gone = dataclasses.replace(light_site, erasures=tmp_path / "erasures.jsonl"), add_person(light_site, "gone", "learner")
    made_at = clock.time
    if pending:
        privacy.begin_erasure(site, gone.id, by=None)
        clock.forward(days=1)
    privacy.erase_now(site, gone.id, by=None)
    with site.database.writing() as session:  # as if the database were of the day before
        session.execute(text("DELETE FROM erasure"))
        session.add(Account(id=gone.id, email=gone.email, name=gone.name, created_at=made_at))
    assert privacy.purge(site) == privacy.Purged(applied=1, inactive=0, erased=1)
    assert accounts.find(site, gone.id) is None


def test_a_cancelled_erasure_is_listed_once_it_is_kept(light_site: Site, tmp_path: Path) -> None:
    site, lena = dataclasses.replace(light_site, erasures=tmp_path / "erasures.jsonl"), add_person(light_site, "lena", "learner")
    privacy.begin_erasure(site, lena.id, by=None)
    kept = (tmp_path / "erasures.jsonl").read_text()

    def fail(*_given: object) -> None:
        raise RuntimeError

    event.listen(site.database.engine, "commit", fail)
    with pytest.raises(RuntimeError):
        privacy.cancel_erasure(site, lena.id, by=None)
    assert (tmp_path / "erasures.jsonl").read_text() == kept


@pytest.mark.parametrize("done", [False, True])
def test_a_restored_older_backup_applies_the_list(listing: Site, lena: Person, clock: Clock, done: bool) -> None:
    add_person(listing, "ada", "admin")
    privacy.begin_erasure(listing, lena.id, by=None)
    if done:
        clock.forward(days=20)
    with listing.database.writing() as session:  # as if the database were of the day before
        session.execute(text("DELETE FROM erasure"))
        session.execute(text("UPDATE account SET disabled_at = NULL"))
    assert credentials.sign_in(listing, email=lena.email, password=PASSWORD) is not None
    assert privacy.purge(listing) == privacy.Purged(applied=1, inactive=0, erased=int(done))
    found = accounts.find(listing, lena.id)
    assert found is None if done else found is not None and found.disabled
    assert privacy.purge(listing).applied == 0


def test_the_list_names_nobody_and_a_half_written_line_hurts_nothing(listing: Site, lena: Person) -> None:
    privacy.begin_erasure(listing, lena.id, by=None)
    assert listing.erasures is not None
    kept = listing.erasures.read_text()
    assert "lena" not in kept.lower()
    listing.erasures.write_text(kept + '{"account": 3, "ma')
    assert privacy.apply_list(listing) == 0


def test_a_number_given_again_is_another_person(listing: Site, lena: Person, clock: Clock) -> None:
    add_person(listing, "ada", "admin")
    eva = add_person(listing, "eva", "learner")
    privacy.erase_now(listing, eva.id, by=None)
    clock.forward(seconds=1)
    with listing.database.writing() as session:
        session.execute(
            text("INSERT INTO account (id, email, name, password_hash, password_version, language, theme, state, sector, target_role, "
                 "synthetic, created_at) SELECT :id, 'new@example.org', name, '', 1, 'es', '', '', '', '', synthetic, :now FROM account "
                 "WHERE email = 'ada@example.org'"),
            {"id": eva.id, "now": clock.time.replace(tzinfo=None)},
        )  # fmt: skip
    assert privacy.apply_list(listing) == 0
    privacy.begin_erasure(listing, eva.id, by=None)


def test_the_last_admin_stays(listing: Site) -> None:
    ada = add_person(listing, "ada", "admin", password=PASSWORD)
    with pytest.raises(FormError, match="last-admin"):
        privacy.ask_erasure(listing, ada.id, password=PASSWORD)
    assert accounts.find(listing, ada.id) == ada


def test_accounts_in_disuse_are_blocked_first(listing: Site, lena: Person, clock: Clock) -> None:
    add_person(listing, "ada", "admin")
    site = dataclasses.replace(listing, retention=Retention(erasure_days=10, inactive_months=12))
    ana = add_person(site, "ana", "learner", password=PASSWORD)
    clock.forward(days=200)
    credentials.sign_in(site, email=ana.email, password=PASSWORD)
    clock.forward(days=200)
    assert privacy.purge(site) == privacy.Purged(0, 1, 0)
    found = accounts.find(site, lena.id)
    assert found is not None
    assert found.disabled
    clock.forward(days=10)
    assert privacy.purge(site) == privacy.Purged(0, 0, 1)
    assert accounts.find(site, ana.id) is not None


def test_what_has_expired_is_dropped(listing: Site, lena: Person, clock: Clock) -> None:
    credentials.sign_in(listing, email="nobody@example.org", password=PASSWORD, address="192.0.2.1")
    clock.forward(days=60)
    privacy.purge(listing)
    left = counts(listing)
    assert [left[name] for name in ("throttle", "usersession", "onetimelink", "secondfactor")] == [0, 0, 0, 0]
