"""The author's guide is true: each of its questions is read without a problem and scored as it says."""

from __future__ import annotations

import re

import pytest

from academy.config import ROOT
from academy.core.content.lint import lint_item
from academy.core.content.model import Item
from academy.core.content.quiz import parse_item
from academy.core.framework import Framework
from academy.core.grading import grade, read_answer
from academy.core.items import ITEM_TYPES
from academy.core.items.open import marked
from academy.core.items.parted import Parted

GUIDE = (ROOT / "docs/authoring.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^(`{3,})markdown\n(.*?)^\1$", GUIDE, re.MULTILINE | re.DOTALL)
BLOCKS = [f"### {block}" for _fence, text in FENCES for block in f"\n{text}".split("\n### ")[1:]]


def item_of(block: str) -> Item:
    item, problems, end = parse_item(block.split("\n"), 0, "quiz.en.md")
    assert problems == []
    assert item is not None
    assert not "".join(block.split("\n")[end:]).strip()
    return item


ITEMS = {item.id: item for item in map(item_of, BLOCKS)}


def test_every_type_has_an_example() -> None:
    assert {item.type for item in ITEMS.values()} == set(ITEM_TYPES)
    for name in ITEM_TYPES:
        assert f"| `{name}` |" in GUIDE, "its rule stands in the table"


@pytest.mark.parametrize("name", ITEMS)
def test_an_example_checks_clean(name: str, framework: Framework) -> None:
    assert [problem.code for problem in lint_item(ITEMS[name])] == []
    assert ITEMS[name].skill in framework.skills


@pytest.mark.parametrize(
    ("name", "answer", "score"),
    [
        ("callback", ["b"], 1), ("callback", ["a"], 0),
        ("signs-of-cloning", ["a", "c"], 1), ("signs-of-cloning", ["a"], 0.5), ("signs-of-cloning", ["a", "b"], 0),
        ("enough", ["b"], 1), ("enough", ["a"], 0),
        ("odd-lines", ["2"], 1), ("odd-lines", ["1", "2"], 0),
        ("https-port", ["443"], 1), ("https-port", ["443.0"], 1), ("https-port", ["80"], 0),
        ("second-proof", ["Segúndo  FACTOR."], 1), ("second-proof", ["doble factor"], 1), ("second-proof", ["2fa"], 1),
        ("second-proof", ["dos factores"], 1), ("second-proof", ["contraseña"], 0), ("second-proof", ["factor"], 0),
    ],
)  # fmt: skip
def test_an_example_is_scored_as_the_guide_says(name: str, answer: list[str], score: float) -> None:
    item = ITEMS[name]
    assert grade(item, read_answer(item, {"answer": answer})) == pytest.approx(score)


@pytest.mark.parametrize(("name", "score"), [("first-steps", 1 / 3), ("risks", 1 / 2), ("signs", 2 / 3), ("ports", 1 / 2)])
def test_what_is_partly_right_earns_the_share_that_the_guide_says(name: str, score: float) -> None:
    item = ITEMS[name]
    item_type = ITEM_TYPES[item.type]
    assert isinstance(item_type, Parted)
    right = {part.id: part.right for part in item.parts}
    first, second, *_ = item.parts
    if name == "first-steps":
        wrong = right | {first.id: second.right, second.id: first.right}
    else:
        wrong = right | {first.id: next(offer for offer in first.offered if offer != first.right)}
    assert grade(item, wrong) == pytest.approx(score)
    assert grade(item, right) == 1


def test_a_rubric_is_scored_as_the_guide_says() -> None:
    assert grade(ITEMS["report"], marked(ITEMS["report"], "Text", ["a", "c"])) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        ("8400..8500", ["8400", "8500", "8,450", "8 450"], ["8399.99", "8501"]),
        ("37.5 ± 0.5", ["37", "38", "37.25"], ["36.9", "38.1"]),
        ("37.5 +- 0.5", ["37", "38"], ["38.01"]),
        ("200 ± 5%", ["190", "$210", "200.0"], ["189.9", "211"]),
        ("-3..-1", ["-2", "−2"], ["0", "2"]),
    ],
)
def test_numbers_have_ranges_and_tolerances(written: str, inside: list[str], outside: list[str]) -> None:
    block = next(block for block in BLOCKS if block.startswith("### https-port")).replace("[x] 443", f"[x] {written}")
    item = item_of(block)
    assert [grade(item, read_answer(item, {"answer": [typed]})) for typed in inside] == [1] * len(inside)
    assert [grade(item, read_answer(item, {"answer": [typed]})) for typed in outside] == [0] * len(outside)


@pytest.mark.parametrize("written", ["37.5 ± x", "± 2", "5 ± -1", "9..8", "1..", "a ± 5%"])
def test_what_is_no_number_is_told(written: str) -> None:
    block = next(block for block in BLOCKS if block.startswith("### https-port")).replace("[x] 443", f"[x] {written}")
    _item, problems, _end = parse_item(block.split("\n"), 0, "quiz.en.md")
    assert [problem.code for problem in problems] == ["number-unreadable"]


@pytest.mark.parametrize(
    ("accepted", "typed", "right"),
    [
        ("año", "AÑO", True), ("año", "ano", False), ("año", "an\u0303o", True), ("autenticación", "AUTENTICACION", True),
        ("pingüino", "pinguino", True), ("no-repudio", "no–repudio", True), ("d'accord", "d’accord", True), ("2FA", "2fa .", True),
        ("node.js", "nodejs", False), (".env", ".env", True), (".env", "env", False), ("etc.", "etc.", True), ("straße", "STRASSE", True),
    ],
)  # fmt: skip
def test_spellings_are_accepted_as_people_type_them(accepted: str, typed: str, right: bool) -> None:
    block = next(block for block in BLOCKS if block.startswith("### second-proof")).replace("[x] 2FA", f"[x] {accepted}")
    item = item_of(block)
    assert grade(item, read_answer(item, {"answer": [typed]})) == float(right)
