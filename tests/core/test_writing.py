"""Parse, write, parse: the same quiz again, for every type and whatever stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from academy.config import ROOT
from academy.core.content.model import Item, Quiz
from academy.core.content.quiz import parse_item, parse_quiz
from academy.core.items import ITEM_TYPES
from tests.core.writing import bare, write_item, write_quiz

GOLDEN = Path(__file__).parent / "golden"
FILES = [GOLDEN / f"{name}.md" for name in ("six_types", "parted_types", "open_answers")]
SHIPPED = sorted((ROOT / "courses").glob("*/*/quiz.*.md"))
BLOCKS = ["### " + block for path in FILES for block in path.read_text(encoding="utf-8").split("\n### ")[1:]]
MARKS = st.text(st.sampled_from("ab é ñ*_`|[]()<>#!:;.,?-+=\\/&'\"{}~^x1 "), max_size=12)


def quiz_of(text: str) -> Quiz:
    quiz, _problems = parse_quiz(text, "quiz.en.md", "en")
    assert quiz is not None
    return quiz


@pytest.mark.parametrize("path", [*FILES, *SHIPPED], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_quiz_is_the_same_when_written_again(path: Path) -> None:
    quiz = quiz_of(path.read_text(encoding="utf-8"))
    again = quiz_of(write_quiz(quiz))
    assert [bare(item) for item in again.items] == [bare(item) for item in quiz.items]
    assert (again.id, again.title, again.pass_percent, again.source_digest) == (
        quiz.id, quiz.title, quiz.pass_percent, quiz.source_digest,
    )  # fmt: skip


def test_every_type_is_written() -> None:
    assert {item.type for path in FILES for item in quiz_of(path.read_text(encoding="utf-8")).items} == set(ITEM_TYPES)


@given(st.sampled_from(BLOCKS), st.lists(st.tuples(st.integers(0, 200), MARKS), min_size=1, max_size=6))
@example(BLOCKS[0], [(3, "`x`")])
def test_whatever_stands_in_an_item_survives(block: str, edits: list[tuple[int, str]]) -> None:
    """Words of a sound item are replaced by anything; what the parser still makes of it is written and read again."""
    words = [match.span() for match in re.finditer(r"[\w.]+", block)]
    for number, text in sorted(edits, key=lambda edit: -(edit[0] % len(words))):
        start, end = words[number % len(words)]
        block = f"{block[:start]}{text}{block[end:]}"
    item = _item(block)
    assume(item is not None)
    assert item is not None
    again = _item(write_item(item))
    assert again is not None, write_item(item)
    assert bare(again) == bare(item)


def _item(block: str) -> Item | None:
    lines = block.split("\n")
    item, _problems, _end = parse_item(lines, 0, "quiz.en.md")
    return item
