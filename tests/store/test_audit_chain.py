"""The audit chain: nothing can be edited, dropped, put in, reordered or cut off without being found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from academy.services import audit
from academy.services.site import Site
from academy.store import schema
from academy.store.audit import AuditEvent
from academy.store.db import Database
from tests.conftest import Clock, add_person

EVENTS = 12


@pytest.fixture
def log(site: Site, clock: Clock) -> Site:
    """A site whose log holds twelve events, some of them about a person."""
    person = add_person(site, "lena", "learner")  # the first event
    for number in range(EVENTS - 1):
        clock.forward(minutes=1)
        audit.note(site, "exported", actor=person.id if number % 2 else "system", what=f"thing {number} ñ", share=number / 7)
    return site


def run(site: Site, *statements: str) -> None:
    """What somebody does who can write to the database but has no key."""
    with site.database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def faults(site: Site, noted: str = "") -> list[str]:
    return [fault.what for fault in audit.verify(site, noted)[0]]


def test_an_untouched_log_is_whole_and_says_where_it_ends(log: Site) -> None:
    found, head = audit.verify(log)
    assert found == []
    assert head.startswith(f"{EVENTS}:")
    assert faults(log, head) == []


def test_a_noted_head_stays_true_while_the_log_grows(log: Site) -> None:
    _, head = audit.verify(log)
    audit.note(log, "exported", what="more")
    assert faults(log, head) == []


@pytest.mark.parametrize(
    "change",
    ["actor = 'system'", "action = 'signed-out'", "subject = 'x'", "origin = 'x'", "details = '{}'", "mac = ''",
     "mac = (SELECT mac FROM auditevent WHERE id = 5)", "at = '2026-03-02 15:00:00.000001'"],
)  # fmt: skip
def test_an_edited_event_is_found_and_only_that_one_named(log: Site, change: str) -> None:
    run(log, f"UPDATE auditevent SET {change} WHERE id = 7")
    assert "event 7 is not as it was written, or not in its place" in faults(log)
    assert not any("event 6 " in what or "event 9 " in what for what in faults(log))


def test_a_dropped_event_is_found(log: Site) -> None:
    run(log, "DELETE FROM auditevent WHERE id IN (4, 5)")
    assert faults(log) == ["events 4 to 5 are missing"]


def test_closing_the_gap_does_not_hide_a_dropped_event(log: Site) -> None:
    run(log, "DELETE FROM auditevent WHERE id = 4")
    for number in range(5, EVENTS + 1):
        run(log, f"UPDATE auditevent SET id = {number - 1} WHERE id = {number}")
    assert faults(log)


def test_the_beginning_cannot_be_dropped(log: Site) -> None:
    run(log, "DELETE FROM auditevent WHERE id = 1")
    assert "events 1 to 1 are missing" in faults(log)


def test_exchanged_events_are_found(log: Site) -> None:
    run(log, "UPDATE auditevent SET id = 99 WHERE id = 3", "UPDATE auditevent SET id = 3 WHERE id = 8",
        "UPDATE auditevent SET id = 8 WHERE id = 99")  # fmt: skip
    found = faults(log)
    assert "event 3 is not as it was written, or not in its place" in found
    assert "event 8 is not as it was written, or not in its place" in found


def test_an_invented_event_is_found(log: Site) -> None:
    others = "at, actor, action, subject, origin, details, mac"
    run(log, f"INSERT INTO auditevent (id, {others}) SELECT {EVENTS + 1}, {others} FROM auditevent WHERE id = {EVENTS}",
        f"UPDATE audithead SET position = {EVENTS + 1}")  # fmt: skip
    assert f"event {EVENTS + 1} is not as it was written, or not in its place" in faults(log)


def test_a_cut_end_is_found(log: Site) -> None:
    run(log, "DELETE FROM auditevent WHERE id > 9")
    assert faults(log) == [f"events 10 to {EVENTS} are missing at the end"]


def test_a_cut_end_that_was_covered_up_is_found_by_a_noted_head(log: Site) -> None:
    _, head = audit.verify(log)
    run(log, "DELETE FROM auditevent WHERE id > 9",
        "UPDATE audithead SET position = 9, mac = (SELECT mac FROM auditevent WHERE id = 9)")  # fmt: skip
    assert faults(log) == []  # an older state of the log, whole in itself
    assert faults(log, head) == [f"event {EVENTS} is not the one whose seal was noted"]
    for _ in range(5):  # nor does writing on hide it
        audit.note(log, "exported", what="later")
    assert faults(log, head) == [f"event {EVENTS} is not the one whose seal was noted"]


def test_an_emptied_log_is_found_and_can_be_written_on(log: Site) -> None:
    _, head = audit.verify(log)
    run(log, "DELETE FROM auditevent", "DELETE FROM audithead")
    audit.note(log, "exported", what="later")
    assert faults(log, head)


def test_another_key_finds_every_event_wrong(log: Site, framework: object) -> None:
    other = Site(log.database, log.courses, log.framework, now=log.now)
    assert len(faults(other)) == EVENTS


@pytest.mark.parametrize("noted", ["12", "x:y", "1:" + "g" * 64, ":" + "a" * 64])
def test_what_is_not_a_head_is_said(log: Site, noted: str) -> None:
    with pytest.raises(ValueError, match="a head is"):
        audit.verify(log, noted)


def test_many_writers_make_one_chain(site: Site) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: audit.note(site, "exported", what=number), range(40)))
    found, head = audit.verify(site)
    assert found == []
    assert head.startswith("40:")


def test_an_event_of_a_failed_transaction_leaves_no_gap(site: Site) -> None:
    with pytest.raises(RuntimeError), site.database.writing() as session:  # noqa: PT012  # both belong to the transaction
        audit.record(site, session, "exported")
        raise RuntimeError
    audit.note(site, "exported")
    assert faults(site) == []


def test_people_stand_under_random_keys(log: Site) -> None:
    with log.database.reading() as session:
        rows = session.execute(text("SELECT actor, subject, details FROM auditevent")).all()
    assert not any("lena" in str(row).lower() for row in rows)
    assert {row.subject for row in rows} - {""} <= {row.actor for row in rows}
    assert all(len(actor) == 32 for actor in {row.actor for row in rows} - {audit.COMMAND, audit.SYSTEM})


def test_events_from_before_the_seal_become_its_beginning(tmp_path: Path, sqlite_template: Path, light_site: Site) -> None:
    path = tmp_path / "older.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    try:
        site = Site(database, light_site.courses, light_site.framework)
        with database.writing() as session:
            for number in (1, 2):
                session.add(AuditEvent(id=number, at=site.now(), actor="system", action="regrade", details={"n": number}))
            session.execute(text("UPDATE audithead SET position = 2"))
        assert faults(site) == []
        audit.note(site, "exported")
        assert faults(site) == []
        run(site, "UPDATE auditevent SET details = '{}' WHERE id = 1")
        assert faults(site) == ["event 3 is not as it was written, or not in its place"]
    finally:
        database.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migration_keeps_events_of_an_unsealed_log(empty_database: Callable[[str], Database], light_site: Site, kind: str) -> None:
    database = empty_database(kind)
    site = Site(database, light_site.courses, light_site.framework)
    with database.writing() as session:
        schema.migrate_to(session, "0006")
    run(site, "INSERT INTO auditevent (id, at, actor, action, details) VALUES (1, '2026-03-02 15:00:00.000000', 'system', 'regrade', '{}')")
    schema.migrate(database)
    audit.note(site, "exported")
    found, head = audit.verify(site)
    assert found == []
    assert head.startswith("2:")
