"""`academy check`, `new`, `stamp`, `translations`, `coverage`: what educators type."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from academy.cli import main
from academy.config import ROOT
from academy.core.content import codes
from academy.core.content.translation import DIGEST_SHOWN
from academy.core.content.version import digest
from academy.core.framework import Framework
from tests.factories import OPEN, single, write_course


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ACADEMY_COURSES", str(tmp_path / "courses"))
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    (tmp_path / "courses").mkdir()
    monkeypatch.chdir(tmp_path)


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["check", *arguments])
    return code, capsys.readouterr().out


# new


@pytest.mark.parametrize("source", ["es", "en"])
def test_what_new_begins_checks_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str) -> None:
    assert main(["new", "course", "first-steps", "--source", source, "--title", "Sí: ¿no?", "--title-en", "Yes"]) == 0
    assert main(["new", "module", "first-steps", "second", "--skill", "log-analysis"]) == 0
    assert main(["new", "lesson", "first-steps/2-second", "more"]) == 0
    assert main(["new", "lesson", str(tmp_path / "courses/first-steps/2-second"), "more"]) == 0
    assert main(["new", "module", str(tmp_path / "courses/first-steps"), "third"]) == 0
    quiz = tmp_path / "courses/first-steps/3-third"
    for path in quiz.glob("quiz.*"):
        path.unlink()
    assert main(["new", "quiz", "first-steps/3-third"]) == 0
    assert check(capsys) == (0, "Courses: first-steps. Errors: 0. Warnings: 0.\n")
    assert sorted(path.name for path in (tmp_path / "courses/first-steps/2-second").glob("*.es.md"))[1:] == [
        "2-more.es.md", "3-more.es.md", "quiz.es.md",
    ]  # fmt: skip
    assert "`log-analysis`" in (tmp_path / "courses/first-steps/2-second/quiz.es.md").read_text()


def test_a_translation_is_begun_with_its_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "courses/ai-threats", tmp_path / "courses/ai-threats")
    module = tmp_path / "courses/ai-threats/2-deepfakes"
    for path in (*module.glob("*.en.md"), *module.glob("img/*.en.svg")):
        path.unlink()
    for path in sorted(module.glob("*.es.md")):
        assert main(["new", "translation", str(path)]) == 0
    assert check(capsys) == (0, "Courses: ai-threats. Errors: 0. Warnings: 0.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["course", "Not An Id"],
        ["course", "ports"],
        ["module", "none", "x"],
        ["module", "ports", "X"],
        ["lesson", "ports/9-none", "x"],
        ["lesson", "ports/1-first", "x", "--skill", "magic"],
        ["quiz", "ports/1-first"],
        ["translation", "courses/ports/1-first/1-hello.en.md"],
        ["translation", "none.es.md"],
    ],
)
def test_what_cannot_be_begun_is_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    write_course(tmp_path / "courses", single("one"))
    before = sorted(tmp_path.rglob("*"))
    assert main(["new", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("academy new: ")
    assert error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_new_module_leaves_the_rest_of_the_manifest_as_it_is(tmp_path: Path) -> None:
    write_course(tmp_path / "courses", single("one"))
    manifest = tmp_path / "courses/ports/course.yaml"
    text = manifest.read_text() + "# the end\nbudget: {lesson: 50}\n"
    manifest.write_text(text)
    assert main(["new", "module", "ports", "second"]) == 0
    entry = "  - folder: 2-second\n    title: {es: Second, en: Second}\n"
    assert manifest.read_text() == text.replace("# the end\n", f"# the end\n{entry}")
    manifest.write_text(re.sub(r"modules:(.|\n)*", "modules: [{folder: 1-first, title: {es: A, en: B}}]\n", text))
    assert main(["new", "module", "ports", "third"]) == 2
    assert not (tmp_path / "courses/ports/3-third").exists()


# stamp and translations


def test_what_is_stale_is_listed_with_its_diff_and_stamped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["new", "course", "first-steps"])
    module = tmp_path / "courses/first-steps/1-primer-modulo"
    source, path = module / "1-primera-leccion.es.md", module / "1-primera-leccion.en.md"
    _git(tmp_path, "init", "-q")
    _commit(tmp_path, "First")
    old = digest(source.read_text())[:DIGEST_SHOWN]
    source.write_text(source.read_text().replace("Explica una sola idea.", "Explica dos."))
    _commit(tmp_path, "Second")
    source.write_text(source.read_text() + "\nY una más.\n")
    (module / "quiz.en.md").write_text(re.sub("source: .*\n", "", (module / "quiz.en.md").read_text()))
    capsys.readouterr()
    assert main(["translations", "--format", "json"]) == 0
    found = {Path(one["path"]).name: one for one in json.loads(capsys.readouterr().out)}
    assert {name: one["state"] for name, one in found.items()} == {path.name: "stale", "quiz.en.md": "unstamped"}
    assert found[path.name]["stamped"] == old
    changed = [line for line in found[path.name]["diff"].split("\n") if line[:1] in "+-"][2:]
    assert changed == ["-Explica una sola idea. Un dato lleva su fuente.", "+Explica dos. Un dato lleva su fuente.", "+", "+Y una más."]
    main(["translations", "first-steps"])
    out = capsys.readouterr().out
    assert "+Explica dos." in out
    assert out.endswith("Translations to bring up to date: 2.\n")
    assert main(["stamp", str(path), str(module / "quiz.en.md")]) == 0
    assert check(capsys) == (0, "Courses: first-steps. Errors: 0. Warnings: 0.\n")
    main(["translations"])
    assert capsys.readouterr().out == "Translations to bring up to date: 0.\n"


def test_without_git_what_is_stale_is_still_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_course(tmp_path / "courses", single("one"), languages=("es", "en"))
    module = tmp_path / "courses/ports/1-first"
    (module / "1-hello.en.md").write_text("---\ntitle: Hello\nsummary: S\nsource: 0123456789ab\n---\nHi.\n")
    (module / "quiz.en.md").unlink()
    assert main(["translations", "ports"]) == 0
    out = capsys.readouterr().out
    assert "1-hello.en.md: was made from an older text" in out
    assert "git has no text of the source with the digest 0123456789ab" in out
    assert "quiz.en.md: is missing" in out


@pytest.mark.parametrize("name", ["courses/ports/1-first/quiz.es.md", "courses/ports/1-first/none.en.md", "courses/ports/course.yaml"])
def test_only_translations_are_stamped(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    write_course(tmp_path / "courses", single("one"), languages=("es", "en"))
    before = {path: path.read_bytes() for path in (tmp_path / "courses").rglob("*.*")}
    assert main(["stamp", "courses/ports/1-first/quiz.en.md", name]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert {path: path.read_bytes() for path in (tmp_path / "courses").rglob("*.*")} == before


# coverage


def test_coverage_counts_what_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str], framework: Framework) -> None:
    items = "".join(single(f"q{number}", skill="log-analysis") for number in range(12))
    write_course(tmp_path / "courses", items + OPEN.format(id="o", self="") + OPEN.format(id="p", self="`self` "))
    manifest = tmp_path / "courses/ports/course.yaml"
    manifest.write_text(manifest.read_text().replace("skills: []", "skills: [log-analysis]"))
    assert main(["coverage", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    skills = {one["skill"]: one for one in found["skills"]}
    assert set(skills) == set(framework.skills)
    logs = skills["log-analysis"]
    assert (logs["items"], logs["levels"], logs["types"]) == (12, {"easy": 0, "medium": 12, "hard": 0}, {"single": 12})
    assert (logs["enough"], logs["thin_levels"], logs["claimed_by"]) == (True, ["easy", "hard"], ["ports"])
    assert (skills["ai-social-engineering"]["items"], found["practice"]) == (1, 1), "what learners mark themselves measures nothing"
    for role in found["roles"]:
        needs = framework.roles[role["role"]].requirements
        assert role["skills"] == len(needs)
        assert role["enough"] == sum(need.skill_id == "log-analysis" for need in needs)
        assert role["at_level"] == sum(need.skill_id == "log-analysis" and need.level == "medium" for need in needs)
        assert set(role["missing"]) == {need.skill_id for need in needs} - {"log-analysis"}
    assert main(["coverage", "ports"]) == 0
    assert re.search(r"^log-analysis +12 +0! +12 +0! +enough +claimed by ports$", capsys.readouterr().out, re.MULTILINE)


def test_coverage_of_nothing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage"]) == 2
    assert "no course" in capsys.readouterr().err


# check


@pytest.fixture
def spoilt(tmp_path: Path) -> str:
    """A course without translations, a question without a key, and a name that must be written as an address."""
    module = write_course(tmp_path / "courses", single("one", key="c") + single("two"))
    (module / "1-ünd eins.md").write_text("x")
    return "courses/ports/1-first/quiz.es.md"


def test_text_names_place_code_and_remedy(capsys: pytest.CaptureFixture[str], spoilt: str) -> None:
    code, out = check(capsys, "--no-cache")
    assert code == 1
    line = next(line for line in out.split("\n") if "key-missing" in line)
    assert line == f"{spoilt}:6:1: key-missing The question one has no right answer. Mark one with [x]."
    assert out.endswith("Courses: ports. Errors: 1. Warnings: 3.\n")


@pytest.mark.parametrize(("language", "words"), [("en", "has no right answer"), ("es", "no tiene respuesta correcta")])
def test_json_and_sarif_hold_every_problem_in_both_languages(
    capsys: pytest.CaptureFixture[str], spoilt: str, language: str, words: str
) -> None:
    code, out = check(capsys, "--format", "json", "--language", language)
    rows = json.loads(out)
    assert code == 1
    assert len(rows) == 4
    one = next(row for row in rows if row["code"] == "key-missing")
    assert (one["path"], one["line"], one["column"], one["severity"]) == (spoilt, 6, 1, "error")
    assert words in one["message"]
    code, out = check(capsys, "--format", "sarif", "--language", language)
    log = json.loads(out)
    assert code == 1
    assert [result["ruleId"] for result in _results(log)] == [row["code"] for row in rows]
    assert any(words in result["message"]["text"] for result in _results(log))
    assert log["runs"][0]["tool"]["driver"]["language"] == language


def test_sarif_keeps_the_rules_of_its_standard(capsys: pytest.CaptureFixture[str], spoilt: str) -> None:
    """What SARIF 2.1.0 requires in §3.13 to §3.30 of the properties that are written."""
    _code, out = check(capsys, "--format", "sarif")
    log = json.loads(out)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run = log["runs"][0]
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    driver = run["tool"]["driver"]
    assert driver["name"]
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert "%(" not in rule["shortDescription"]["text"] + rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note", "none")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == codes.all_codes()[result["ruleId"]].severity
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", place["artifactLocation"]["uri"]), "an address, not a path"
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1


def test_what_was_found_is_kept_until_a_file_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str], spoilt: str) -> None:
    first = check(capsys)
    (kept,) = (tmp_path / "data/checked").iterdir()
    altered = kept.read_text().replace("key-missing", "key-too-many")
    kept.write_text(altered.replace('["item", "one"]', '["item", "kept"], ["found", "2"], ["most", "1"]'))
    assert "The question kept has 2 right answers" in check(capsys)[1], "the kept result is used"
    assert check(capsys, "--no-cache") == first
    (tmp_path / spoilt).write_text((tmp_path / spoilt).read_text() + "\n")
    assert check(capsys) == first, "another digest, so everything is read anew"
    for rubbish in ("", "[]", "{}", '{"digest": 5}'):
        kept.write_text(rubbish)
        assert check(capsys) == first
    (tmp_path / "courses/ports/1-first/2-more.es.md").write_text("---\ntitle: T\nsummary: S\n---\nText.\n")
    assert "2-more.es.md:1:1: translation-missing" in check(capsys)[1]
    shutil.rmtree(tmp_path / "courses/ports/1-first")
    assert "module-folder" in check(capsys)[1]


def test_paths_and_duplicates_are_told_as_seen_from_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_course(tmp_path / "courses", single("one") + single("one"), languages=("es", "en"))
    write_course(tmp_path / "more", single("one"), languages=("es", "en"))
    _code, here = check(capsys)
    assert "already used in line 6 of courses/ports/1-first/quiz.es.md" in here
    monkeypatch.chdir(tmp_path / "courses")
    assert "already used in line 6 of ports/1-first/quiz.es.md" in check(capsys)[1], "kept, and told from elsewhere"
    monkeypatch.setenv("ACADEMY_COURSES", f"{tmp_path / 'courses'}:{tmp_path / 'more'}")
    assert "more/ports/course.yaml:1:1: course-duplicate Another course already has the id ports: ports/course.yaml" in check(capsys)[1]


def test_many_files_are_read_by_several_processes_with_the_same_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_course(tmp_path / "courses", single("one"))
    module = tmp_path / "courses/ports/1-first"
    for number in range(2, 70):
        (module / f"{number}-l.es.md").write_text(f"---\ntitle: T\nsummary: S\n---\nText {number}.\n- one\n")
    code, out = check(capsys, "--no-cache", "--format", "json")
    assert code == 0
    rows = json.loads(out)
    assert sum(row["code"] == "list-blank" for row in rows) == 68
    assert len(rows) == 68 + 70


def _results(log: dict[str, Any]) -> list[dict[str, Any]]:
    return list(log["runs"][0]["results"])


def _git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


def _commit(folder: Path, message: str) -> None:
    _git(folder, "add", "courses")
    _git(folder, "commit", "-q", "-m", message)
