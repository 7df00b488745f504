"""The codes of `academy check` for items in parts or in one's own words: a small course is spoilt, and that code at that line appears."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from academy.core.framework import Framework
from academy.store.course_files import read_library
from tests.factories import write_course

GOLDEN = Path(__file__).parent.parent / "core/golden/parted_types.md"
OPEN = GOLDEN.parent / "open_answers.md"
ITEMS = "\n".join(
    "### " + golden.read_text(encoding="utf-8").partition("---\n### ")[2].replace("`ports`", "`ai-social-engineering`")
    for golden in (GOLDEN, OPEN)
)
TABLE = ITEMS[ITEMS.index("| Case") : ITEMS.index("> Ask who")]
TEXT = ITEMS[ITEMS.index("HTTPS uses") : ITEMS.index("```text")]

SPOILT: dict[str, list[tuple[str, str, str]]] = {
    "parts-number": [
        ("3. d) Tell whoever\n   the plan names\n4. b) Restore from a tested backup\n", "", "### steps"),
        ("| Tell nobody | Pressure |\n| One letter differs in the address | Forgery |\n", "", "### signs"),
    ],
    "step-number": [("2. a)", "3. a)", "3. a)"), ("1. c)", "4. c)", "4. c)")],
    "table-missing": [(TABLE, "", "### risks")],
    "table-head": [("| :-- | --- |\n", "", "| Sign | Kind |"), ("| --- | --- | --- |\n", "| - | b | c |\n", "| Case |")],
    "row-cells": [
        ("| Tell nobody | Pressure |", "| Tell nobody |", "| Tell nobody |"),
        ("files | c)", "files | and | more | c)", "| and |"),
    ],
    "pair-repeated": [("examples | a) Poisoned data \\| model", "examples | b) Prompt injection", "It learned")],
    "letter-mixed": [
        ("2. a) Save", "2. Save", "2. Save"),
        ("| c) It learned", "| It learned", "| It learned"),
        ("| c) Excessive", "| Excessive", "| Excessive"),
    ],
    "letter-twice": [("2. a) Save", "2. c) Save", "2. c) Save"), ("a) Poisoned", "b) Poisoned", "b) Poisoned")],
    "gap-missing": [(TEXT, "", "### gaps")],
    "gap-choices": [("[[22|443]]", "[[22]]", "[[22]]"), ("[[22|443]]", "[[22|]]", "[[22|]]"), ("[[22|443]]", "[[22|22]]", "[[22|22]]")],
    "gap-open": [("[[22|443]]", "[[22|443", "[[22|443")],
    "rubric-number": [("- [ ] a) Does not blame\n", "", "### think")],
    "rubric-ticked": [("- [ ] a) Does not blame", "- [x] a) Does not blame", "- [x] a)"), ("- [ ] b) Names", "- [X] b) Names", "- [X] b)")],
    "gap-in-heading": [("Complete the rule.", "Complete [[the|a]] rule.", "### gaps")],
}
"""For each code: what is replaced, by what, and what stands in the line to be named."""

ALSO: dict[str, list[tuple[str, str, str]]] = {
    "option-empty": [("nobody | Pressure |", "nobody | |", "nobody | |")],
    "option-duplicate": [
        ("4. b) Restore from a tested backup", "4. b) Save the **Evidence**", "4. b)"),
        ("| Tell nobody |", "| Do it today |", "| Do it today | Pressure |\n| One"),
        ("d) Misinformation", "d) Excessive Agency", "d) Excessive"),
    ],
    "options-number": [("the address | Forgery", "the address | Pressure", "### signs")],
    "feedback-missing": [(" Nobody was told anything false. |", " |", "d) Misinformation")],
    "rationale-missing": [("> Both are encrypted.\n", "", "### gaps")],
    "fence-open": [("here]]\n```\n", "here]]\n", "```text")],
}
"""Codes that the other types have too."""

CASES = [(code, *case) for code, cases in (SPOILT | ALSO).items() for case in cases]


def problems_of(root: Path, framework: Framework) -> list[tuple[str, str, int]]:
    library = read_library([root], frozenset(framework.skills), shown=lambda path: os.path.relpath(path, root))
    return [(problem.code, problem.path, problem.line) for problem in library.problems]


def written(tmp_path: Path, framework: Framework, items: str) -> list[tuple[str, str, int]]:
    """Problems of the course with these items, those of its surroundings left out."""
    write_course(tmp_path, items)
    return [problem for problem in problems_of(tmp_path, framework) if problem[0] != "translation-missing"]


def test_the_course_is_clean(tmp_path: Path, framework: Framework) -> None:
    assert written(tmp_path, framework, ITEMS) == []


@pytest.mark.parametrize(("code", "before", "after", "place"), CASES)
def test_a_spoilt_place_is_named_exactly(tmp_path: Path, framework: Framework, code: str, before: str, after: str, place: str) -> None:
    assert ITEMS.count(before) == 1
    spoilt = ITEMS.replace(before, after)
    found = written(tmp_path, framework, spoilt)
    text = (tmp_path / "ports/1-first/quiz.es.md").read_text()
    assert found == [(code, "ports/1-first/quiz.es.md", text[: text.rindex(place)].count("\n") + 1)]


def test_two_accepted_spellings_may_be_alike_but_not_a_right_and_a_wrong_one(tmp_path: Path, framework: Framework) -> None:
    item = "### word: What is it called?\n`text` `ai-social-engineering` `easy`\n\n- [x] erradicación\n- [x] erradicacion\n{more}\n> So.\n"
    assert written(tmp_path, framework, item.format(more="")) == []
    found = written(tmp_path, framework, item.format(more="- [ ] ERRADICACIÓN\n    > No.\n"))
    assert [(code, line) for code, _path, line in found] == [("option-duplicate", 11)]


def test_a_link_to_a_lesson_with_errors_is_not_missing(tmp_path: Path, framework: Framework) -> None:
    module = write_course(tmp_path, ITEMS)
    lesson = module / "1-hello.es.md"
    lesson.write_text(lesson.read_text() + "\nSee [on](2-on.es.md) and [off](3-off.es.md).\n")
    (module / "2-on.es.md").write_text("no front matter")
    found = [problem for problem in problems_of(tmp_path, framework) if problem[0] != "translation-missing"]
    assert [(code, path.rpartition("/")[2]) for code, path, _line in found] == [
        ("link-missing", "1-hello.es.md"), ("front-matter-missing", "2-on.es.md"),
    ]  # fmt: skip
