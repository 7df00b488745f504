"""`academy import` and `academy export`."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.cli import main
from academy.config import ROOT
from academy.core.content.assembly import CourseFiles
from academy.core.content.content_file import read_content_file
from academy.core.content.course import assemble_course
from academy.core.content.model import Quiz
from academy.core.content.quiz import parse_quiz
from academy.core.interop.formats import FORMATS
from academy.core.interop.model import Imported, ImportedOption, ImportResult
from academy.core.interop.quiz_writer import Assignment, write_quiz
from academy.store.course_files import CourseLibrary
from tests.factories import MANIFEST, single, write_course

BANK = """$CATEGORY: Ports/Web

::HTTPS::Which port has HTTPS?{=443#Yes. ~80#No. ~%50%8443}

Is SSH {T} on 22?

How many?{#5:1}

Only words.
"""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    path = tmp_path / "bank.gift"
    path.write_text(BANK)
    return path


def imported(folder: Path, language: str = "en") -> Quiz:
    path = folder / f"quiz.{language}.md"
    quiz, problems = parse_quiz(path.read_text(), "quiz.md", language)
    assert quiz is not None
    assert problems == ()
    return quiz


def test_import_writes_a_quiz_and_says_what_it_did(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = bank.parent / "1-ports"
    assert main(["import", "gift", str(bank), "--into", str(folder), "--language", "en"]) == 0
    out = capsys.readouterr().out
    assert "bank.gift:9: skipped: no question: it has no answers in braces, so it is a description." in out
    assert "bank.gift:3: altered: Answers that earned a part" in out
    assert "3 imported, 1 skipped. Written: " in out
    quiz = imported(folder)
    assert quiz.id == "1-ports"
    assert [(item.id, item.type, item.skill, item.level) for item in quiz.items] == [
        ("https", "single", None, "medium"), ("is-ssh-on-22", "truefalse", None, "medium"), ("how-many", "number", None, "medium"),
    ]  # fmt: skip
    assert [(option.text, option.right, option.feedback) for option in quiz.items[0].options] == [
        ("443", True, "Yes."), ("80", False, "No."), ("8443", False, None),
    ]  # fmt: skip


def test_json_has_exactly_what_others_rely_on(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "gift", str(bank), "--into", str(bank.parent / "out"), "--format", "json"]) == 0
    shown = capsys.readouterr()
    report = json.loads(shown.out)
    assert set(report) == {"imported", "skipped", "questions"}
    assert report["imported"] == 3
    assert report["skipped"] == [{"where": "bank.gift:9", "reason": "no question: it has no answers in braces, so it is a description"}]
    assert report["questions"][0] == {
        "id": "https",
        "type": "single",
        "stem": "Which port has HTTPS?",
        "options": [
            {"text": "443", "fraction": 1.0, "feedback": "Yes."},
            {"text": "80", "fraction": 0.0, "feedback": "No."},
            {"text": "8443", "fraction": 0.5, "feedback": None},
        ],
    }
    assert "altered" in shown.err


def test_spanish_quizzes_have_spanish_words(bank: Path) -> None:
    folder = bank.parent / "out"
    assert main(["import", "gift", str(bank), "--into", str(folder), "--language", "es"]) == 0
    assert [option.text for option in imported(folder, "es").items[1].options] == ["Verdadero", "Falso"]


def test_nothing_is_overwritten_unless_asked(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["import", "gift", str(bank), "--into", str(bank.parent), "--language", "en"]
    (bank.parent / "quiz.en.md").write_text("mine")
    assert main(command) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert (bank.parent / "quiz.en.md").read_text() == "mine"
    assert main([*command, "--force"]) == 0
    assert len(imported(bank.parent).items) == 3


def test_skills_come_from_ids_and_categories(bank: Path) -> None:
    mapping = bank.parent / "skills.csv"
    mapping.write_text("question,skill\nhow-many,unassigned\nhttps,ai-attack-economics\n$course$/top/Ports,ai-social-engineering\n")
    folder = bank.parent / "out"
    assert main(["import", "gift", str(bank), "--into", str(folder), "--language", "en", "--skills", str(mapping)]) == 0
    assert [item.skill for item in imported(folder).items] == ["ai-attack-economics", "ai-social-engineering", None]


@pytest.mark.parametrize("row", ["how-many,no-such-skill", "how-many", ",ai-attack-economics", "a,b,c"])
def test_a_bad_mapping_is_said_with_its_line(bank: Path, row: str, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = bank.parent / "skills.csv"
    mapping.write_text(f"https,ai-attack-economics\n{row}\n")
    assert main(["import", "gift", str(bank), "--into", str(bank.parent / "out"), "--skills", str(mapping)]) == 2
    shown = capsys.readouterr().err
    assert "skills.csv:2" in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("arguments", [
    ["import", "gift", "{0}/none.gift", "--into", "{0}/out"],
    ["import", "gift", "{0}", "--into", "{0}/out"],
    ["import", "gift", "{0}/bank.gift", "--into", "{0}/bank.gift"],
    ["import", "gift", "{0}/bank.gift", "--into", "{0}/out", "--skills", "{0}/none.csv"],
    ["export", "gift", "no-course", "-o", "{0}/x"],
])  # fmt: skip
def test_what_cannot_be_used_is_said_in_one_line(bank: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([argument.format(bank.parent) for argument in arguments]) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_a_folder_of_markdown_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in/a").mkdir(parents=True)
    (tmp_path / "in/a/1.md").write_text("---\nquestion: Which?\n---\n- [x] a\n- [ ] b\n")
    (tmp_path / "in/README.md").write_text("# Hello\n")
    assert main(["import", "mdquiz", str(tmp_path / "in"), "--into", str(tmp_path / "out"), "--language", "en"]) == 0
    assert "1 imported, 1 skipped" in capsys.readouterr().out


def test_nothing_imported_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.txt").write_text("words")
    assert main(["import", "aiken", str(tmp_path / "x.txt"), "--into", str(tmp_path / "out")]) == 0
    assert "0 imported, 1 skipped. Nothing was written." in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_a_course_goes_out_and_comes_back(tmp_path: Path, real_courses: CourseLibrary, capsys: pytest.CaptureFixture[str]) -> None:
    course = real_courses.current.courses["ai-threats"]
    module = course.modules[0]
    target = tmp_path / "out.gift"
    command = ["export", "gift", str(ROOT / "courses/ai-threats"), "-o", str(target), "--module", module.id]
    assert main([*command, "--language", "en"]) == 0
    out = capsys.readouterr().out
    items = [item for item in module.quizzes["en"].items if item.type != "lines"]
    assert f"{len(items)} exported" in out
    assert "the type lines" in out
    assert main(["import", "gift", str(target), "--into", str(tmp_path / "back"), "--language", "en"]) == 0
    back = imported(tmp_path / "back").items
    assert [(i.id, i.type, i.skill, i.level, i.points, i.stem, i.body, i.rationale) for i in back] == [
        (i.id, i.type, i.skill, i.level, i.points, i.stem, i.body, i.rationale) for i in items
    ]
    choices = [i.id for i in items if i.type in ("single", "multiple", "truefalse")]
    assert [[(o.text, o.right, o.feedback) for o in i.options] for i in back if i.id in choices] == [
        [(o.text, o.right, o.feedback) for o in i.options] for i in items if i.id in choices
    ]


def test_an_unassigned_question_is_no_error_and_measures_nothing(tmp_path: Path) -> None:
    text = "---\nquiz: first\n---\n### a: Is it?\n`truefalse` `unassigned` `easy`\n\n- [x] a) Yes\n- [ ] b) No\n    > No.\n\n> So.\n"
    file = read_content_file(text, "1-first/quiz.es.md")
    assert file is not None
    files = CourseFiles("ports", "ports", MANIFEST.format(id="ports"), {"1-first": [file]}, {})
    course, problems = assemble_course(files, {"ai-social-engineering"})
    assert course is not None
    assert {problem.code for problem in problems} <= {"module-empty", "translation-missing"}
    assert [item.skill for item in course.modules[0].quizzes["es"].items] == [None]


def test_an_imported_quiz_can_be_checked(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = write_course(bank.parent, "")
    assert main(["import", "gift", str(bank), "--into", str(module), "--language", "es", "--force"]) == 0
    main(["check", str(bank.parent / "ports"), "--format", "json"])
    found = capsys.readouterr().out.partition("[")
    codes = {row["code"] for row in json.loads(found[1] + found[2])}
    assert codes <= {"rationale-missing", "feedback-missing", "translation-missing", "longest-is-key"}


def written(*questions: Imported) -> tuple[list[str], list[str], str]:
    found = write_quiz(ImportResult(questions), quiz_id="q", title='A "title": x', language="en", assignment=Assignment({}, ()))
    quiz, problems = parse_quiz(found.text, "quiz.en.md", "en")
    assert quiz is not None
    assert [problem for problem in problems if problem.code != "quiz-empty"] == []
    assert [item.id for item in quiz.items] == [question.id for question in found.questions]
    return [question.type for question in found.questions], [skipped.reason for skipped in found.skipped], found.text


def choice(kind: str, *fractions: float, stem: str = "Q") -> Imported:
    return Imported("x", kind, stem, tuple(ImportedOption(f"o{place}", share) for place, share in enumerate(fractions)))


@pytest.mark.parametrize(("question", "kind"), [
    (choice("single", 1, 0), "single"),
    (choice("single", 1, 1, 0), "multiple"),
    (choice("multiple", 1, 0), "single"),
    (choice("multiple", 0.5, 0.5, -1), "multiple"),
    (choice("truefalse", 0, 1), "truefalse"),
    (choice("single", 1, 0, stem="# Head\n\n## Sub\n- [x] no option\n\n```\n### x: y\n- [ ] z"), "single"),
    (choice("single", 1, 0, stem="- a list\n- here"), "single"),
    (choice("single", 1, 0, stem="a\n\n`single` `x` `easy`\n\n> quote\n\n```x``` y"), "single"),
    (Imported("x", "single", "Q", (ImportedOption("A\n\n```\n1\n2\n```", 1, "f\n\n> g"), ImportedOption("t\nu", 0)), "r\n\n# s"), "single"),
    (Imported("x", "text", "Q", (ImportedOption("`x`", 1), ImportedOption("/etc/", 1))), "text"),
    (Imported("x", "match", "Q\n\n| a | b |\n| --- | --- |", pairs=(("a|b", "1"), ("c", "2"), ("", "3"))), "match"),
    (Imported("x", "match", "Q", pairs=(("a", "1"), ("b", "1"), ("c", "2"))), "categorize"),
])  # fmt: skip
def test_every_question_is_written_so_that_it_is_read_as_it_is(question: Imported, kind: str) -> None:
    kinds, reasons, _text = written(question)
    assert (kinds, reasons) == ([kind], [])


@pytest.mark.parametrize(("question", "reason"), [
    (choice("single", 0.5, 0), "no answer is fully right"),
    (choice("multiple", 0, -1, 0), "no answer is right"),
    (choice("multiple", 0.5, 0.5), "fewer than three"),
    (choice("single", 1, *[0] * 12), "12 are the most"),
    (Imported("x", "essay", "Q"), "type essay is not supported yet"),
    (Imported("x", "text", "Q", (ImportedOption("/etc/", 1),)), "no answer is fully right"),
    (Imported("x", "single", "Q", (ImportedOption(" ", 1), ImportedOption("b", 0))), "cannot be written"),
])  # fmt: skip
def test_what_cannot_be_held_is_skipped_with_its_reason(question: Imported, reason: str) -> None:
    kinds, reasons, _text = written(question)
    assert kinds == []
    assert reason in reasons[0]


NOISE = st.lists(
    st.sampled_from(["", "### x: y", "- [x] a", "- [ ] b", "`single` `x` `easy`", "```", "> q", "| a | b |", "| - |", "1. c", "    d"])
    | st.text(max_size=8),
    max_size=6,
).map("\n".join)


@given(st.sampled_from(["single", "multiple", "text", "match", "truefalse"]), st.lists(NOISE, min_size=6, max_size=6))
def test_any_words_are_written_so_that_they_are_read_as_they_are(kind: str, words: list[str]) -> None:
    stem, first, second, feedback, rationale, title = words
    options = (ImportedOption(first, 1, feedback), ImportedOption(second, 0), ImportedOption("c", 0.0))
    question = Imported("x", kind, stem, options[: 2 if kind == "truefalse" else 3], rationale, title=title)
    if kind == "match":
        question = Imported("x", kind, stem, (), rationale, ((first, "1"), (second, feedback)), title)
    kinds, reasons, _text = written(question, Imported("y", "truefalse", "Q", (ImportedOption("True", 1), ImportedOption("False", 0))))
    assert len(kinds) + len(reasons) == 2
    assert kinds[-1:] == ["truefalse"], "a question never spoils the next one"


def test_every_format_is_found() -> None:
    assert {"gift", "aiken", "mdquiz"} <= set(FORMATS)
    assert FORMATS["aiken"].write is None


def test_pictures_are_written_beside_the_quiz(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 30).decode()
    stem = '<![CDATA[<p><img src="@@PLUGINFILE@@/net.png" alt="a network"></p><p>Which <b>port</b>?</p>]]>'
    option = '<![CDATA[<img src="@@PLUGINFILE@@/net.png" alt="the net">]]>'
    bank = tmp_path / "bank.xml"
    bank.write_text(
        f'<quiz><question type="multichoice"><name><text>Port</text></name><questiontext format="html"><text>{stem}</text>'
        f'<file name="net.png" path="/" encoding="base64">{picture}</file></questiontext><single>true</single>'
        f'<answer fraction="100"><text>443</text></answer><answer fraction="0" format="html"><text>{option}</text></answer></question></quiz>'
    )
    folder = tmp_path / "1-ports"
    assert main(["import", "moodle-xml", str(bank), "--into", str(folder), "--language", "en"]) == 0
    assert "and 1 pictures" in capsys.readouterr().out
    (item,) = imported(folder).items
    (name,) = (path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
    assert f"![a network]({name})" in item.body
    assert [option.text for option in item.options] == ["443", "the net"]
    assert f"**the net**\n\n![the net]({name})" in item.body


@pytest.mark.parametrize("language", ["es", "en"])
def test_steps_categories_and_essays_become_questions_of_ours(tmp_path: Path, language: str) -> None:
    steps = "".join(f"<answer fraction='{n}'><text>{text}</text></answer>" for n, text in enumerate(["a) Stop", "Look", "Go"], 1))
    rows = "".join(f"<subquestion><text>{left}</text><answer><text>{right}</text></answer></subquestion>" for left, right in
                   [("SSH", "safe"), ("Telnet", "unsafe"), ("b) HTTPS", "safe")])  # fmt: skip
    kinds = {"ordering": steps, "matching": rows, "essay": ""}
    questions = "".join(
        f'<question type="{kind}"><name><text>{kind}</text></name><questiontext><text>Well?</text></questiontext>{inside}</question>'
        for kind, inside in kinds.items()
    )
    bank = tmp_path / "bank.xml"
    bank.write_text(f"<quiz>{questions}</quiz>")
    assert main(["import", "moodle-xml", str(bank), "--into", str(tmp_path / "out"), "--language", language]) == 0
    order, categorize, essay = imported(tmp_path / "out", language).items
    words = {option.id: option.text for option in order.options}
    assert [words[part.right] for part in order.parts] == ["a\\) Stop", "Look", "Go"]
    assert (categorize.type, [part.text for part in categorize.parts]) == ("categorize", ["SSH", "Telnet", "b\\) HTTPS"])
    assert (essay.type, len(essay.options), essay.skill) == ("open", 1, None)


@pytest.mark.parametrize("name", ["gift", "moodle-xml", "qti"])
def test_our_own_types_come_back_from_each_format(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    golden = (ROOT / "tests/core/golden/parted_types.md").read_text(encoding="utf-8").replace("`ports`", "`ai-social-engineering`")
    module = write_course(tmp_path / "courses", "### " + golden.partition("---\n### ")[2], languages=("en",))
    for path in module.parent.glob("course.yaml"):
        path.write_text(path.read_text().replace("source_language: es", "source_language: en"))
    output = tmp_path / "bank"
    assert main(["export", name, str(module.parent), "-o", str(output)]) == 0
    capsys.readouterr()
    assert main(["import", name, str(output), "--into", str(tmp_path / "out"), "--language", "en"]) == 0
    kinds = {item.id: item.type for item in imported(tmp_path / "out").items}
    assert kinds == {"risks": "match", "signs": "categorize"} | ({"steps": "order"} if name == "moodle-xml" else {})


def test_what_is_imported_can_be_checked_before_there_is_a_course(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = bank.parent / "out"
    assert main(["import", "gift", str(bank), "--into", str(folder), "--language", "en"]) == 0
    capsys.readouterr()
    for path in (folder, folder / "quiz.en.md"):
        assert main(["check", str(path), "--language", "en", "--format", "json"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert {problem["code"] for problem in found} <= {"rationale-missing", "feedback-missing"}
        assert {Path(problem["path"]).name for problem in found} == {"quiz.en.md"}
    (folder / "quiz.en.md").write_bytes(b"\xff")
    assert main(["check", str(folder), "--language", "en"]) == 1
    assert "file-encoding" in capsys.readouterr().out
    (folder / "quiz.en.md").unlink()
    assert main(["check", str(folder)]) == 2
    assert "there is no course below" in capsys.readouterr().err


def test_pictures_of_questions_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = single("first").replace("- [ ] a) One", "![A net](img/net.png)\n\n- [ ] a) One")
    module = write_course(tmp_path, asked + single("second"))

    def codes() -> set[str]:
        main(["check", str(tmp_path), "--language", "en", "--format", "json", "--no-cache"])
        return {problem["code"] for problem in json.loads(capsys.readouterr().out)} & {
            "image-missing",
            "image-unused",
            "image-alt",
            "item-link",
        }

    assert codes() == {"image-missing"}
    (module / "img").mkdir()
    (module / "img/net.png").write_bytes(b"\x89PNG")
    assert codes() == set()
    quiz = module / "quiz.es.md"
    quiz.write_text(quiz.read_text().replace("![A net]", "![]"))
    assert codes() == {"image-alt"}
    quiz.write_text(quiz.read_text().replace("![](img/net.png)", "[the net](img/net.png)"))
    assert codes() == {"item-link", "image-unused"}
