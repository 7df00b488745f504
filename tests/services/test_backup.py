"""A backup made while people answer, restored elsewhere: all of it, once, checked; and every file that must be refused."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, select

from academy.core.framework import Framework
from academy.services import audit, backup, one_time_links, privacy, rebuild, registry
from academy.services.site import Site
from academy.store import backups, schema
from academy.store.backups import BackupError
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.tables.accounts import Account
from academy.store.tables.learning import Response
from tests.conftest import Clock, add_person
from tests.factories import single, take_quiz, write_course

NewDatabase = Callable[[str], Database]


@pytest.fixture
def small(database: Database, tmp_path: Path, framework: Framework, clock: Clock) -> Site:
    """A site with a small course, a list of erasures and a few people."""
    return small_site(database, tmp_path, framework, clock)


def small_site(database: Database, folder: Path, framework: Framework, clock: Clock) -> Site:
    write_course(folder / "courses", single("one") + single("two"))
    courses = CourseLibrary([folder / "courses"], frozenset(framework.skills))
    here = Site(database, courses, framework, clock, erasures=folder / "erasures.jsonl")
    registry.sync(here)
    add_person(here, "ada", "admin")
    take_quiz(here, add_person(here, "lena", "learner").id, "ports", "1-first")
    return here


@pytest.fixture
def elsewhere(small: Site, empty_database: NewDatabase) -> Callable[[str], Site]:
    """The same site on an empty database of this kind."""
    return lambda kind: dataclasses.replace(small, database=empty_database(kind))


def counts(site: Site) -> dict[str, int]:
    """Rows of every table that a backup holds."""
    with site.database.reading() as session:
        kept = SQLModel.metadata.tables.keys() - backups.LEFT_OUT
        return {name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in kept}


def tables(site: Site) -> list[str]:
    with site.database.engine.connect() as connection:
        return inspect(connection).get_table_names()


def all_rows(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that a backup holds, as the product reads it."""
    with site.database.reading() as session:
        found = {table.name: session.execute(table.select()).all() for table in SQLModel.metadata.sorted_tables}
    return {name: sorted((tuple(row) for row in rows), key=repr) for name, rows in found.items() if name not in backups.LEFT_OUT}


@contextlib.contextmanager
def answering(site: Site, learners: list[int]) -> Iterator[None]:
    """Learners who take the quiz again and again while the block lasts."""
    over, begun = threading.Event(), threading.Barrier(len(learners) + 1)

    def learn(learner_id: int) -> None:
        take_quiz(site, learner_id, "ports", "1-first")
        begun.wait()
        while not over.is_set():
            take_quiz(site, learner_id, "ports", "1-first")

    with ThreadPoolExecutor(len(learners)) as pool:
        running = [pool.submit(learn, learner_id) for learner_id in learners]
        begun.wait()
        try:
            yield
        finally:
            over.set()
    for done in running:
        done.result()


def test_a_backup_under_load_is_restored_whole_into_the_other_kind(small: Site, elsewhere: Callable[[str], Site], tmp_path: Path) -> None:
    learners = [add_person(small, f"p{number}", "learner").id for number in range(2)]
    seen: list[str] = []
    with answering(small, learners):
        manifest = backup.save(small, tmp_path / "a.backup", lambda done, _all, what: seen.append(f"{done} {what}"))
    assert (tmp_path / "a.backup").stat().st_mode & 0o777 == 0o600
    assert seen
    there = elsewhere("postgresql" if small.database.sqlite else "sqlite")
    restored = backup.restore(there, tmp_path / "a.backup")
    assert restored.manifest == manifest
    written = {table.name: table.rows for table in manifest.tables}
    assert counts(there) == written | {"auditevent": written["auditevent"] + 1}, "that it was restored"
    assert rebuild.differences(there) == []
    assert audit.verify(there, "{}:{}".format(*manifest.audit_head or ()))[0] == []
    # it is the state of one moment: whoever has an attempt begun has the answers before it, and numbers go on
    with there.database.reading() as session:
        for learner in learners:
            numbers = list(session.exec(select(Response.sequence).where(Response.learner_id == learner).order_by(Response.sequence)))  # type: ignore[arg-type]  # SQLModel types a column as its value
            assert numbers == list(range(1, len(numbers) + 1))
            assert numbers
    assert add_person(there, "new", "learner").id > max(learners)
    take_quiz(there, learners[0], "ports", "1-first")


def test_every_value_comes_back_as_it_was(small: Site, elsewhere: Callable[[str], Site], tmp_path: Path) -> None:
    there, before = elsewhere("sqlite" if small.database.sqlite else "postgresql"), all_rows(small)
    backup.save(small, tmp_path / "a.backup")
    backup.restore(there, tmp_path / "a.backup")
    after = all_rows(there)
    after["auditevent"] = [row for row in after["auditevent"] if row in before["auditevent"]]  # what was added is asked for below
    assert after | {"audithead": ()} == before | {"audithead": ()}
    actions = [[event.action for event in audit.listing(site, limit=1)[0]] for site in (small, there)]
    assert actions == [["backed-up"], ["restored"]]
    assert not registry.sync(there)


def test_erasures_since_the_backup_are_applied(
    new_database: NewDatabase, empty_database: NewDatabase, tmp_path: Path, framework: Framework, clock: Clock
) -> None:
    small, saved = small_site(new_database("sqlite"), tmp_path, framework, clock), tmp_path / "a.backup"
    asked, gone = add_person(small, "asked", "learner").id, add_person(small, "gone", "learner").id
    backup.save(small, saved)
    privacy.begin_erasure(small, asked, by=None)
    privacy.begin_erasure(small, gone, by=None)
    later = dataclasses.replace(small, database=empty_database("sqlite"), now=lambda: small.now() + timedelta(days=1))
    assert small.erasures is not None  # the term of one of them is over at once
    lines = [json.loads(line) for line in small.erasures.read_text().splitlines()]
    lines[1]["due_at"] = lines[1]["asked_at"]
    small.erasures.write_text("".join(json.dumps(line) + "\n" for line in lines))
    restored = backup.restore(later, saved)
    assert (restored.begun, restored.erased) == (2, 1)
    with later.database.reading() as session:
        blocked = session.get(Account, asked)
        assert blocked is not None
        assert blocked.disabled_at is not None
        assert session.get(Account, gone) is None
    assert audit.verify(later)[0] == []


def test_what_lets_people_in_is_not_in_it(whole: tuple[Site, Path], empty_database: NewDatabase) -> None:
    site, path = whole
    with site.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM onetimelink")).scalar_one() == 1
    with zipfile.ZipFile(path) as archive:
        assert not {f"{name}.jsonl" for name in backups.LEFT_OUT} & set(archive.namelist())
    there = dataclasses.replace(site, database=empty_database("sqlite"))
    backup.restore(there, path)
    with there.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM onetimelink")).scalar_one() == 0


@pytest.fixture(scope="module")
def whole(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, framework: Framework) -> Iterator[tuple[Site, Path]]:
    """A site and a backup of it, for tests that change neither."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copyfile(sqlite_template, folder / "academy.db")
    site = small_site(Database(f"sqlite:///{folder / 'academy.db'}"), folder, framework, Clock())
    one_time_links.reset_link(site, 1)
    backup.save(site, folder / "a.backup")
    yield site, folder / "a.backup"
    site.database.dispose()


def rewritten(source: Path, **changed: Callable[[bytes], bytes]) -> Path:
    """A copy with some entries changed, each named without its ending."""
    target = source.with_name(f"{source.name}.forged")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = changed.get(name.partition(".")[0] if name != "manifest.seal" else "seal", bytes)
            new.writestr(name, change(old.read(name)))
    return target


def forged(source: Path, key: bytes, **fields: object) -> Path:
    """A copy whose manifest says something else, sealed as whoever has the key could."""
    with zipfile.ZipFile(source) as archive:
        manifest = json.dumps(json.loads(archive.read("manifest.json")) | fields).encode()
    return rewritten(source, manifest=lambda _: manifest, seal=lambda _: backups._seal(key, manifest))


def refilled(source: Path, key: bytes, rows: int = 1_102, **odd: object) -> Path:
    """A copy with 1,101 good accounts and one with these fields, sealed as whoever has the key could."""
    with zipfile.ZipFile(source) as archive:
        tables = json.loads(archive.read("manifest.json"))["tables"]
        part = next(table for table in tables if table["name"] == "account")
        known = dict(zip(part["columns"], json.loads(archive.read("account.jsonl").splitlines()[0]), strict=True))
    good = [known | {"id": number, "email": f"p{number}@example.org"} for number in range(1, 1_103)]
    lines = "".join(json.dumps(list(row.values())) + "\n" for row in [*good[:-1], good[-1] | odd]).replace('"DEEP"', "[" * 100_000).encode()
    part |= {"rows": rows, "size": len(lines), "sha256": hashlib.sha256(lines).hexdigest()}
    return rewritten(forged(source, key, tables=tables), account=lambda _: lines)


def cut(source: Path, share: float) -> Path:
    target = source.with_suffix(".cut")
    whole = source.read_bytes()
    target.write_bytes(whole[: int(len(whole) * share)])
    return target


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path, _: cut(path, 0.5), "cut short"),
        (lambda path, _: cut(path, 0.999), "cut short"),
        (lambda path, _: cut(path, 0), "cut short"),
        (lambda path, _: rewritten(path, response=lambda old: old.replace(b"1.0", b"0.0")), "not those that were written"),
        (lambda path, _: rewritten(path, response=lambda old: old[:-5]), "not those that were written"),
        (lambda path, _: rewritten(path, account=lambda old: old * 1000), "not those that were written"),
        (lambda path, _: rewritten(path, manifest=lambda _: b"[" * 100_000), "not as it was written"),
        (lambda path, _: rewritten(path, response=lambda old: b"".join(old.splitlines(True)[:-1])), "not those that were written"),
        (lambda path, _: rewritten(path, manifest=lambda old: old.replace(b'"rows": 2', b'"rows": 1')), "not as it was written"),
        (lambda path, _: rewritten(path, seal=lambda old: b"0" * 64), "not as it was written"),
        (lambda path, key: forged(path, key, schema="9999"), "schema 9999, newer than"),
        (lambda path, key: forged(path, key, format=3), "format 3"),
        (lambda path, key: forged(path, key, audit_head=(1, "0" * 64)), "audit log"),
        (lambda path, key: forged(path, key, tables=[]), "audit log"),
        (lambda path, _: Path(__file__), "no backup"),
        (lambda path, key: refilled(path, key, id=1), "account cannot be stored"),
        (lambda path, key: refilled(path, key, name={}), "account cannot be stored"),
        (lambda path, key: refilled(path, key, password_version=10**30), "account cannot be stored"),
        (lambda path, key: refilled(path, key, name="DEEP"), "account are damaged"),
        (lambda path, key: refilled(path, key, rows=1_101), "not as many"),
        (lambda path, key: forged(path, key, tables=[{"name": "account"}]), "manifest of this backup cannot be read"),
    ],
)
def test_spoilt_files_are_refused_and_leave_nothing(
    whole: tuple[Site, Path], empty_database: NewDatabase, spoil: Callable[[Path, bytes], Path], message: str
) -> None:
    site, path = whole
    there = dataclasses.replace(site, database=empty_database("sqlite"))
    with pytest.raises(BackupError, match=message):
        backup.restore(there, spoil(path, site.key_for("backup")))
    assert tables(there) == []


def test_a_failed_restore_leaves_postgresql_empty_too(whole: tuple[Site, Path], empty_database: NewDatabase) -> None:
    there = dataclasses.replace(whole[0], database=empty_database("postgresql"))
    with pytest.raises(BackupError):
        backup.restore(there, rewritten(whole[1], response=lambda old: old.replace(b"1.0", b"0.0")))
    assert tables(there) == []


def test_a_database_in_use_is_refused(whole: tuple[Site, Path]) -> None:
    site, path = whole
    before = counts(site)
    with pytest.raises(BackupError, match="not empty"):
        backup.restore(site, path)
    assert counts(site) == before


def test_another_key_is_refused(whole: tuple[Site, Path], empty_database: NewDatabase) -> None:
    there = dataclasses.replace(whole[0], database=empty_database("sqlite"), key=b"k" * 32)
    with pytest.raises(BackupError, match="another ACADEMY_KEY"):
        backup.restore(there, whole[1])


def test_a_file_that_is_there_is_kept(whole: tuple[Site, Path]) -> None:
    site, path = whole
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        backup.save(site, path)
    assert path.read_bytes() == before
    assert not list(path.parent.glob(".*.part"))


def test_an_empty_database_has_nothing_to_keep(whole: tuple[Site, Path], empty_database: NewDatabase, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to keep"):
        backup.save(dataclasses.replace(whole[0], database=empty_database("sqlite")), tmp_path / "b.backup")
    assert not list(tmp_path.glob("*b.backup*"))


def test_a_backup_of_an_older_schema_comes_back_migrated(whole: tuple[Site, Path], empty_database: NewDatabase, tmp_path: Path) -> None:
    light_site, _ = whole
    old = dataclasses.replace(light_site, database=empty_database("sqlite"))
    with old.database.writing() as session:
        schema.migrate_to(session, "0001")
        session.execute(
            text(
                "INSERT INTO account VALUES (7, 'ana@example.org', 'Ana', '', 1, 'es', '', '', '', '', 0,"
                " '2026-01-02 03:04:05.000006', NULL)"
            )
        )
    assert backup.save(old, tmp_path / "old.backup").schema == "0001"
    there = dataclasses.replace(light_site, database=empty_database("postgresql"))
    backup.restore(there, tmp_path / "old.backup")
    assert schema.present_version(there.database) == schema.newest_version()
    with there.database.reading() as session:
        ana = session.get(Account, 7)
        assert ana is not None
        assert (ana.name, ana.created_at.isoformat(), ana.ration) == ("Ana", "2026-01-02T03:04:05.000006+00:00", 6)
