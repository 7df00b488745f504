"""`academy backup` and `academy restore`."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from academy.cli import main
from academy.config import read_settings
from academy.services.site import open_site
from academy.store import schema


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a database that the commands find."""
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ACADEMY_DATABASE_URL", raising=False)
    (tmp_path / "data").mkdir()
    shutil.copyfile(sqlite_template, tmp_path / "data" / "academy.db")
    return tmp_path


def test_there_and_back(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "add", "eva@example.org", "--name", "Eva", "--role", "learner"]) == 0
    capsys.readouterr()
    assert main(["backup", str(folder / "a.backup")]) == 0
    out = capsys.readouterr().out
    assert f"schema {schema.newest_version()}" in out
    head = out.split("Audit head: ")[1].strip()
    monkeypatch.setenv("ACADEMY_DATA", str(folder / "other"))
    (folder / "other").mkdir()
    shutil.copyfile(folder / "data" / "key", folder / "other" / "key")
    assert main(["restore", str(folder / "a.backup")]) == 0
    said = capsys.readouterr()
    assert f"Audit head then: {head}" in said.out
    assert "there is no list of erasures" in said.err
    assert main(["audit", "verify", "--head", head]) == 0
    assert main(["rebuild", "--check"]) == 0
    site = open_site(read_settings())
    assert schema.present_version(site.database) == schema.newest_version()
    site.database.dispose()


def test_a_file_with_other_rows_is_refused_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", str(folder / "a.backup")]) == 0
    with zipfile.ZipFile(folder / "a.backup") as old, zipfile.ZipFile(folder / "b.backup", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) * (3 if name == "itemversion.jsonl" else 1))
    monkeypatch.setenv("ACADEMY_DATA", str(folder / "other"))
    (folder / "other").mkdir()
    shutil.copyfile(folder / "data" / "key", folder / "other" / "key")
    capsys.readouterr()
    assert main(["restore", str(folder / "b.backup")]) == 2
    said = capsys.readouterr().err
    assert said == "academy restore: the rows of itemversion are not those that were written. Nothing was restored\n"
    site = open_site(read_settings())
    assert schema.present_version(site.database) is None
    site.database.dispose()


def test_what_cannot_be_done_is_said_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "no.backup").write_text("nothing of ours")
    for arguments, words in (
        (["restore", str(folder / "no.backup")], "no backup, or it is damaged or cut short. Nothing was restored"),
        (["restore", str(folder / "missing.backup")], "No such file"),
        (["backup", str(folder / "no.backup")], "is there already"),
        (["backup", str(folder / "nowhere" / "a.backup")], "No such file"),
    ):
        assert main(arguments) == 2
        said = capsys.readouterr().err
        assert words in said
        assert len(said.splitlines()) == 1
