"""`academy calibrate` and `academy nightly` on the database, and the migration that they need."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

from academy.cli import main
from academy.core.framework import Framework
from academy.services.site import Site
from academy.store import schema
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from tests.bench.recovery import recover
from tests.conftest import with_courses
from tests.factories import single, write_course
from tests.population import populate

DIFFICULTY = {"one": -1.0, "two": 0.0, "three": 0.8}


@pytest.fixture
def answered(light_site: Site, tmp_path: Path, framework: Framework, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with answers, and the command line on its database."""
    write_course(tmp_path / "courses", "".join(single(name) for name in DIFFICULTY), languages=("es", "en"))
    site = with_courses(light_site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))
    populate(site, "ports", 50, seed=1, difficulty=DIFFICULTY)
    monkeypatch.setenv("ACADEMY_DATABASE_URL", site.database.url)
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))
    monkeypatch.setenv("ACADEMY_COURSES", str(tmp_path / "courses"))
    return site


def test_calibrate_says_what_it_found(answered: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rebuild", "--check"]) == 0
    capsys.readouterr()
    assert main(["calibrate", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == "3pl"
    assert [(one["skill"], one["items"], one["n_responses"], one["estimating"]) for one in found["skills"]] == [
        ("ai-social-engineering", 3, 150, 3)
    ]
    assert found["learners_derived_again"] == 50
    assert main(["rebuild", "--check"]) == 0
    assert capsys.readouterr().out == "0 differences.\n"
    assert main(["calibrate"]) == 0
    assert capsys.readouterr().out == "0 skills with new answers calibrated, 0 learners derived again.\n"
    assert main(["calibrate", "--all"]) == 0
    assert "3 items (0 provisional, 3 estimating), 150 answers" in capsys.readouterr().out


def test_the_night_prints_a_line_for_each_step(answered: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nightly"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["register", "calibrate", "purge", "publish"]
    assert "1 skills calibrated, 50 learners derived again" in lines[1]
    assert main(["nightly"]) == 0
    assert "already published" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--model", "2pl"], ["--priors", "flat"], ["--freq", "n"], ["--scores"]])
def test_what_belongs_to_files_is_refused(answered: Site, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(["calibrate", *arguments]) == 2
    assert "needs --responses" in capsys.readouterr().err


def test_a_file_is_always_calibrated_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "--responses", str(tmp_path / "f.csv"), "--all"]) == 2
    assert "--all is for the database" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migration_keeps_rows_and_makes_the_tables_of_the_code(new_database: Callable[[str], Database], kind: str) -> None:
    database = new_database(kind)
    with database.writing() as session:
        config = schema._config()
        config.attributes["connection"] = session.connection()
        before = ScriptDirectory.from_config(config).get_revision("0005").down_revision
        command.downgrade(config, str(before))
        session.connection().execute(
            text(
                "INSERT INTO itemtext (course_id, item_id, language, text_version, canonical, first_seen_at) "
                "VALUES ('c', 'i', 'es', 'v', '{}', '2026-01-01 00:00:00+00:00')"
            )
        )
    schema.migrate(database)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT edition FROM itemtext WHERE course_id = 'c'")).scalars().all() == [0]
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [change for change in compare_metadata(context, SQLModel.metadata) if change[0] != "modify_type"] == []


def test_more_answers_find_the_parameters_better() -> None:
    few, many = recover(10, 2), recover(300, 1)
    assert many.b < few.b < 0.85
    assert few.covered > 0.85
    assert few.converged == many.converged == 1.0
