"""Answers in one's own words: what the rubric makes of them, who marks, and what the author must write."""

from __future__ import annotations

from pathlib import Path

import pytest

from academy.core.content.model import Item
from academy.core.content.quiz import parse_quiz
from academy.core.content.version import canonical_text, drift, item_versions
from academy.core.grading import grade, guessing, read_answer
from academy.core.items.open import LONGEST_TEXT, marked
from academy.core.items.protocol import AnswerError

TEXT = (Path(__file__).parent / "golden/open_answers.md").read_text(encoding="utf-8")


def items(text: str = TEXT) -> dict[str, Item]:
    quiz, problems = parse_quiz(text, "quiz.en.md", "en")
    assert quiz is not None
    assert problems == ()
    return {item.id: item for item in quiz.items}


def codes(text: str) -> list[tuple[str, int]]:
    _quiz, problems = parse_quiz(text, "quiz.en.md", "en")
    return [(problem.code, problem.line) for problem in problems]


@pytest.mark.parametrize(("met", "score"), [([], 0), (["a"], 1 / 3), (["c", "a"], 2 / 3), (["a", "b", "c"], 1)])
def test_the_score_is_the_share_of_the_rubric_that_is_met(met: list[str], score: float) -> None:
    item = items()["report"]
    answer = marked(item, "They called at 17:42.", met)
    assert answer == {"text": "They called at 17:42.", "met": " ".join(sorted(met))}
    assert grade(item, answer) == pytest.approx(score)
    assert guessing(item) == 0


def test_no_marks_are_made_up() -> None:
    with pytest.raises(ValueError, match="criterion"):
        marked(items()["report"], "Text", ["d"])


def test_lines_are_kept_and_what_is_too_long_is_refused_not_cut() -> None:
    item = items()["report"]
    assert read_answer(item, {"answer": [" One.\r\nTwo.\r\n"]}) == "One.\nTwo."
    assert read_answer(item, {"answer": ["a" * LONGEST_TEXT]}) == "a" * LONGEST_TEXT
    for text, code in (("a" * (LONGEST_TEXT + 1), "answer-too-long"), (" \r\n ", "answer-missing")):
        with pytest.raises(AnswerError) as error:
            read_answer(item, {"answer": [text]})
        assert error.value.code == code


def test_what_is_read_before_answering_says_nothing_of_the_rubric() -> None:
    other = items(TEXT.replace("Names who was told", "Is signed"))["report"]
    assert canonical_text(items()["report"]) == canonical_text(other)
    assert item_versions({"en": items()["report"]}, "en").key_version == item_versions({"en": other}, "en").key_version, "reworded"


def test_who_marks_and_the_letters_make_another_key() -> None:
    before = items()["report"]
    longer = items(TEXT.replace("  yet\n", "  yet\n- [ ] d) Is short\n"))["report"]
    by_self = items(TEXT.replace("`open` `ai", "`open` `self` `ai", 1))["report"]
    assert drift(before, longer)
    assert drift(before, by_self)
    assert (before.measured, by_self.measured, by_self.skill) == ("ai-social-engineering", None, "ai-social-engineering")


def test_faults_of_a_rubric_are_named() -> None:
    at = {line: number for number, line in enumerate(TEXT.split("\n"), start=1)}
    rubric = "- [ ] a) Does not blame"
    heading = at["### think: What would you say to a colleague who paid?"]
    assert codes(TEXT.replace(rubric + "\n", "")) == [("rubric-number", heading)]
    assert codes(TEXT.replace(rubric, rubric.replace("[ ]", "[x]"))) == [("rubric-ticked", at[rubric])]
    assert ("chip-self", heading + 1) in codes(TEXT.replace("`open` `self`", "`single` `self`"))
    assert ("chip-unknown", heading + 1) in codes(TEXT.replace("`open` `self`", "`open` `self` `self`"))
