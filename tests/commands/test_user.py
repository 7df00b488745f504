"""`academy user`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from academy.cli import main
from academy.config import read_settings
from academy.services import accounts, one_time_links, sessions
from academy.services.site import Site, open_site
from tests.conftest import PASSWORD

ANA = "ana@example.org"


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A migrated site that the commands find, and an account in it."""
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))
    monkeypatch.delenv("ACADEMY_DATABASE_URL", raising=False)
    shutil.copyfile(sqlite_template, tmp_path / "academy.db")
    site = open_site(read_settings())
    accounts.create_account(site, email=ANA, name="Ana", roles=("learner",), language="en")
    yield site
    site.database.dispose()


def test_add_prints_a_link_that_sets_the_password(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["user", "add", "Eva@example.org", "--name", "Eva", "--role", "manager", "--role", "admin", "--role", "admin"])
    out = capsys.readouterr().out
    assert code == 0
    assert "eva@example.org: manager, admin." in out
    assert "/es/reset/" in out
    eva = one_time_links.use_reset_link(site, out.split("/reset/")[1].strip(), password=PASSWORD)
    assert eva is not None
    assert (eva.name, sorted(eva.roles), eva.language) == ("Eva", ["admin", "manager"], "es")


def test_reset_prints_a_link_in_the_language_of_the_account(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "reset", ANA]) == 0
    token = capsys.readouterr().out.split("/en/reset/")[1].strip()
    assert one_time_links.link_works(site, "reset", token)


def test_role_grants_and_revokes(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "role", "ANA@example.org", "--grant", "educator"]) == 0
    assert capsys.readouterr().out == "ana@example.org: learner, educator.\n"
    assert main(["user", "role", ANA, "--revoke", "learner"]) == 0
    assert main(["user", "role", ANA, "--revoke", "educator"]) == 0
    assert capsys.readouterr().out == "ana@example.org: educator.\nana@example.org: no role.\n"


def test_disable_closes_the_account(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "disable", ANA]) == 0
    assert capsys.readouterr().out == "ana@example.org is disabled.\n"
    found = accounts.find_by_email(site, ANA)
    assert found is not None
    assert found.disabled


def test_sign_out_ends_all_sessions(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    ana = accounts.find_by_email(site, ANA)
    assert ana is not None
    tokens = [sessions.begin(site, ana) for _ in range(2)]
    assert main(["user", "sign-out", ANA]) == 0
    assert capsys.readouterr().out == "ana@example.org: 2 sessions ended.\n"
    assert not any(sessions.find(site, token) for token in tokens)
    assert main(["user", "sign-out", ANA]) == 0
    assert capsys.readouterr().out == "ana@example.org: 0 sessions ended.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", ANA, "--name", "Ana", "--role", "learner"], "already an account"),
        (["add", "ana", "--name", "Ana", "--role", "learner"], "Write an email address"),
        (["add", "eva@example.org", "--name", " ", "--role", "learner"], "Write a name"),
        (["reset", "nobody@example.org"], "there is no account nobody@example.org"),
        (["role", "nobody@example.org", "--grant", "learner"], "there is no account"),
        (["disable", "nobody@example.org"], "there is no account"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(site: Site, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert main(["user", *arguments]) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


@pytest.mark.parametrize("arguments", [[], ["add", ANA], ["role", ANA], ["role", ANA, "--grant", "boss"], ["eat", ANA]])
def test_bad_arguments_end_in_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["user", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["disable", ANA], ["role", ANA, "--revoke", "admin"]])
def test_the_last_admin_stays(site: Site, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(["user", "role", ANA, "--grant", "admin"]) == 0
    assert main(["user", *arguments]) == 2
    assert "Nobody else can grant roles" in capsys.readouterr().err


def test_without_a_schema_it_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path))
    monkeypatch.delenv("ACADEMY_DATABASE_URL", raising=False)
    assert main(["user", "reset", ANA]) == 2
    assert "academy migrate" in capsys.readouterr().err
