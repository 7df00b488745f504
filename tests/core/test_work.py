"""Reading takes work in proportion to the text, whatever it holds: counted in lines of our code that run, not in seconds.

How long that takes, inside regular expressions too, is measured by `python -m tests.bench.check`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from academy.core.content.content_file import read_content_file
from academy.core.content.quiz import parse_quiz
from academy.core.items import ITEM_TYPES
from tests.core.hostile import PIECES

SHORT = 1_500
LEADS = ("", "- [x] ", "| a | b |\n|-|-|\n| ", "1. ", "```lines\n[x] ")


class Work:
    """Lines of the product's code that ran, those of a loop or comprehension each time."""

    def __init__(self) -> None:
        self.lines = 0

    def trace(self, frame: FrameType, event: str, _argument: Any) -> Callable[..., Any] | None:
        if "/academy/" not in frame.f_code.co_filename and not frame.f_code.co_filename.startswith("academy/"):
            return None
        if event == "line":
            self.lines += 1
        return self.trace


@contextmanager
def counted() -> Iterator[Work]:
    work, before = Work(), sys.gettrace()
    sys.settrace(work.trace)
    try:
        yield work
    finally:
        sys.settrace(before)


def lines_run(read: Callable[[str], object], text: str) -> int:
    with counted() as work:
        read(text)
    return work.lines


def _assert_proportional(read: Callable[[str], object], piece: str) -> None:
    once, thrice = (lines_run(read, piece * (times * SHORT // len(piece))) for times in (1, 3))
    assert once > 0
    assert thrice <= 3.5 * once + 200, piece


@pytest.mark.parametrize("name", sorted(ITEM_TYPES))
def test_reading_a_question_is_linear(name: str) -> None:
    for lead in LEADS:
        for piece in PIECES:
            head = f"---\nquiz: x\n---\n### a: b\n`{name}` `c` `easy`\n\n{lead}"
            _assert_proportional(lambda text, head=head: parse_quiz(head + text, "quiz.en.md", "en"), piece)  # type: ignore[misc]


def test_reading_a_lesson_and_checking_it_is_linear() -> None:
    for piece in PIECES:
        _assert_proportional(lambda text: read_content_file(f"---\ntitle: T\nsummary: S\n---\n{text}", "1-a.en.md", compare=False), piece)
