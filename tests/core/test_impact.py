"""What an earlier answer is worth under a changed question."""

from __future__ import annotations

import pytest

from academy.core.content.impact import Impact, regraded, wording
from academy.core.content.model import Item
from academy.core.content.quiz import parse_item
from academy.core.content.version import canonical_text
from academy.core.items.protocol import Answer

CHOICE = """### q: Which?
`{type}` `s` `easy`

- [{a}] a) {A}
- [{b}] b) {B}
- [{c}] c) {C}
"""
LOG = "### q: Mark.\n`lines` `s` `easy`\n\n```lines\n{lines}\n```\n"
TABLE = "### q: Match.\n`match` `s` `easy`\n\n| This | That |\n| --- | --- |\n{rows}\n"
GAPS = "### q: Fill in.\n`cloze` `s` `easy`\n\n{text}\n"


def read(text: str) -> Item:
    item, problems, _ = parse_item(text.split("\n"), 0, "q.md")
    assert item is not None, problems
    return item


def choice(right: str, a: str = "One", b: str = "Two", c: str = "Three", kind: str = "single") -> Item:
    marks = {letter: "x" if letter in right else " " for letter in "abc"}
    return read(CHOICE.format(type=kind, A=a, B=b, C=c, **marks))


def again(before: Item, after: Item, answer: Answer) -> float | None:
    return regraded(after, answer, wording(canonical_text(before)))


@pytest.mark.parametrize(("answer", "score"), [("a", 1.0), ("b", 0.0), ("c", 0.0), (None, 0.0)])
def test_another_key_grades_the_same_choice_otherwise(answer: Answer, score: float) -> None:
    assert again(choice("b"), choice("a"), answer) == score


@pytest.mark.parametrize(("answer", "score"), [("a", 0.0), ("b", 1.0), ("c", 0.0)])
def test_an_answer_is_followed_by_its_words(answer: Answer, score: float) -> None:
    assert again(choice("b"), choice("a", a="Two", b="Three", c="One"), answer) == score


def test_reworded_options_keep_their_letters() -> None:
    assert again(choice("b"), choice("b", b="Two, exactly"), "b") == 1


def test_a_letter_that_now_says_what_another_said_is_not_followed() -> None:
    assert again(choice("b"), choice("a", a="Two", b="Four", c="Three"), "a") == 0, "One is gone, and a) says Two"


def test_one_or_several() -> None:
    assert again(choice("b"), choice("ab", kind="multiple"), "b") == 0.5
    assert again(choice("ab", kind="multiple"), choice("b"), ["b"]) == 1
    assert again(choice("ab", kind="multiple"), choice("b"), ["a", "b"]) is None, "two of one cannot be told"


def test_lines_are_followed_by_what_they_say() -> None:
    before = read(LOG.format(lines="[ ] boot\n[x] breach\n[ ] halt"))
    after = read(LOG.format(lines="[ ] new\n[ ] boot\n[x] breach\n[ ] halt"))
    assert again(before, after, ["2"]) == 1
    assert again(before, after, ["1", "2"]) == 0


def test_rows_are_followed_by_what_they_say_or_left_alone() -> None:
    before = read(TABLE.format(rows="| x | 1 |\n| y | 2 |"))
    ids = {part.text: part.id for part in before.parts}
    words = {option.text: option.id for option in before.options}
    answer: Answer = {ids["x"]: words["1"], ids["y"]: words["2"]}
    assert again(before, read(TABLE.format(rows="| x | 2 |\n| y | 1 |")), answer) == 0
    assert again(before, read(TABLE.format(rows="| x | 1 |\n| why | 2 |")), answer) is None, "nobody was asked about why"
    assert again(before, read(TABLE.format(rows="| x | 1 |\n| y | two |")), answer) is None, "two may be 2 in other words"
    lettered = read(TABLE.format(rows="| a) x | b) 1 |\n| b) y | a) 2 |"))
    reworded = read(TABLE.format(rows="| a) ex | b) one |\n| b) y | a) 2 |"))
    assert again(lettered, reworded, {"a": "b", "b": "a"}) == 1


def test_gaps_are_followed_by_their_choices() -> None:
    before = read(GAPS.format(text="[[443|80]] and [[22|23]]"))
    ids = {option.text: option.id for option in before.options}
    answer: Answer = {"1": ids["443"], "2": ids["22"]}
    assert again(before, read(GAPS.format(text="[[22|23]], then [[443|80]]")), answer) == 1
    assert again(before, read(GAPS.format(text="[[80|443]] and [[22|23]]")), answer) == 0.5
    assert again(before, read(GAPS.format(text="[[443|80]], [[22|23]] and [[53|54]]")), answer) is None


def test_typed_answers_are_compared_again() -> None:
    def asked(*accepted: str) -> Item:
        return read("### q: Word?\n`text` `s` `easy`\n\n" + "\n".join(f"- [x] {word}" for word in accepted))

    assert again(asked("port"), asked("port", "puerto"), "Puerto") == 1
    assert again(asked("port"), choice("a"), "port") is None
    assert again(choice("a"), asked("port"), "a") is None


def test_only_what_changes_is_counted() -> None:
    found = Impact()
    found.add_responses(("c", "q"), 1.0, 1.0, 5)
    assert not found.whole
    assert not found.items
    found.add_responses(("c", "q"), 0.0, 1.0, 3)
    found.add_responses(("c", "q"), 1.0, 0.5, 2)
    found.add_responses(("c", "q"), 1.0, None, 4)
    found.add_attempt(("c", "quiz"), frozenset({"q"}), passed_before=True, passes_now=False)
    tally = found.items["c", "q"]
    assert (tally.responses, tally.rise, tally.fall, tally.kept, tally.attempts, tally.pass_to_fail) == (5, 3, 2, 4, 1, 1)
    assert list(found.losing()) == [("c", "quiz")]


def test_what_people_marked_is_left_to_people() -> None:
    rubric = read("### q: Why?\n`open` `s` `easy`\n\n- [ ] a) Names the risk\n- [ ] b) Says what to do")
    assert again(rubric, rubric, {"text": "Because.", "met": "a"}) is None
    assert again(rubric, choice("a"), {"text": "Because.", "met": "a"}) is None
    assert again(read("### q: Word?\n`text` `s` `easy`\n\n- [x] port"), rubric, "port") is None
