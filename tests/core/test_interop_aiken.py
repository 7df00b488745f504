"""Aiken: questions, answers and the line that says which is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.interop.aiken import read

GOOD = "What is a port?\nA. A number\nB) A ship\nC. A door\nANSWER: A\n"


def test_a_question_is_read() -> None:
    (question,) = read(GOOD.encode(), "a.txt").questions
    assert (question.id, question.type, question.stem, question.where) == ("what-is-a-port", "single", "What is a port?", "a.txt:1")
    assert [(option.text, option.fraction) for option in question.options] == [("A number", 1), ("A ship", 0), ("A door", 0)]


@pytest.mark.parametrize("data", [
    GOOD.replace("\n", "\r\n").encode(),
    GOOD.replace("\n", "\r").encode(),
    b"\xef\xbb\xbf" + GOOD.encode(),
    GOOD.replace("\n", "\n\n").encode(),
    ("  " + GOOD.replace("ANSWER: A", "answer : a")).encode(),
])  # fmt: skip
def test_line_ends_marks_and_blank_lines_do_not_matter(data: bytes) -> None:
    result = read(data, "a")
    assert (len(result.questions), result.skipped) == (1, ())
    assert [option.fraction for option in result.questions[0].options] == [1, 0, 0]


def test_a_question_or_an_answer_may_go_on() -> None:
    (question,) = read(b"Look:\n1. first\nWhich?\nA. one\n  more\nB. two\nANSWER: B", "a").questions
    assert question.stem == "Look:  \n1\\. first  \nWhich?"
    assert [option.text for option in question.options] == ["one more", "two"]
    assert "joined" in question.notes[0]


def test_several_letters_make_several_right() -> None:
    (question,) = read(GOOD.replace("ANSWER: A", "ANSWER: A, C").encode(), "a").questions
    assert question.type == "multiple"
    assert [option.fraction for option in question.options] == [0.5, 0, 0.5]


@pytest.mark.parametrize(("text", "where", "reason"), [
    ("Two\nA. u\nB. v\nThree?\nA. 1\nB. 2\nANSWER: B\n", "a:1", "no line ANSWER"),
    ("Two\nA. u\nANSWER: A\n", "a:1", "fewer than two"),
    ("Two\nA. u\nB. v\nANSWER: D\n", "a:1", "names none"),
    ("Two\nA. u\nB. v\nANSWER:\n", "a:1", "names none"),
    ("Two\nA. u\nA. v\nANSWER: A\n", "a:1", "same letter"),
    ("A. u\nB. v\nANSWER: A\n", "a:1", "asks nothing"),
    ("ANSWER: A\n", "a:1", "without answers"),
    ("Only words\nANSWER: A\n", "a:1", "without answers"),
])  # fmt: skip
def test_what_is_no_question_is_listed_and_the_others_are_read(text: str, where: str, reason: str) -> None:
    result = read((text + GOOD).encode(), "a")
    assert "what-is-a-port" in [question.id for question in result.questions]
    (skipped,) = result.skipped
    assert skipped.where == where
    assert reason in skipped.reason


def test_the_end_of_the_file_hides_nothing() -> None:
    assert [skipped.where for skipped in read((GOOD + "Last?\nA. x\nB. y").encode(), "a").skipped] == ["a:6"]
    assert [skipped.where for skipped in read((GOOD + "Last?").encode(), "a").skipped] == ["a:6"]


def test_text_is_text_and_not_markup() -> None:
    (question,) = read(GOOD.replace("What", "<script>x</script> *What*").encode(), "a").questions
    assert question.stem == "&lt;script>x&lt;/script> \\*What\\* is a port?"


@given(st.binary(max_size=200) | st.text(st.sampled_from("AB.) ab\nANSWER:,"), max_size=200).map(str.encode))
def test_any_bytes_give_a_result(data: bytes) -> None:
    result = read(data, "a")
    assert all(len(question.options) > 1 and question.stem for question in result.questions)
