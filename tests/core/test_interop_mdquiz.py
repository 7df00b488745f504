"""Task-list Markdown quizzes in the ways people write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.interop.mdquiz import read, read_folder
from academy.core.interop.model import Imported

WHOLE = """## Networks

#### Q1. Which port has HTTPS?

- [ ] 80
- [x] 443
- [ ] 8080

**Explanation**: 443 is the standard. [ref](https://example.org/443)

#### Q2. What does this print?

```bash
# Q9. not a heading
echo "- [x] not an option"
```

- [x] A

```
- [x] not an option
```

- [ ] B

```
b
```

#### Q3. Choose all.
- [x] One
    > Yes.
- [X] Two
- [ ] Three
  goes on
"""


def one(text: str) -> Imported:
    result = read(text.encode(), "q.md")
    assert result.skipped == ()
    assert len(result.questions) == 1
    return result.questions[0]


def test_a_whole_quiz() -> None:
    result = read(WHOLE.encode(), "net.md")
    first, second, third = result.questions
    assert result.skipped == ()
    assert (first.stem, first.type, first.category, first.where) == ("Which port has HTTPS?", "single", "Networks", "net.md:3")
    assert [(option.text, option.fraction) for option in first.options] == [("80", 0), ("443", 1), ("8080", 0)]
    assert first.rationale == "**Explanation**: 443 is the standard. [ref](https://example.org/443)"
    assert second.stem == 'What does this print?\n\n```bash\n# Q9. not a heading\necho "- [x] not an option"\n```'
    assert [option.text for option in second.options] == ["A\n\n```\n- [x] not an option\n```", "B\n\n```\nb\n```"]
    assert third.type == "multiple"
    assert [(option.text, option.fraction, option.feedback) for option in third.options] == [
        ("One", 0.5, "Yes."), ("Two", 0.5, None), ("Three\ngoes on", 0, None),
    ]  # fmt: skip


@pytest.mark.parametrize("mark", ["-", "*", "+", "1."])
def test_front_matter_asks_and_the_body_has_the_options(mark: str) -> None:
    question = one(
        '---\nquestion: "Which event, and why?"\ntitle: "Question 008"\n---\n\n'
        f"> https://example.org/docs\n{mark} [x] push\n{mark} [ ] pull\n"
    )
    assert question.stem == "Which event, and why?"
    assert question.rationale == "https://example.org/docs"
    assert [(option.text, option.fraction) for option in question.options] == [("push", 1), ("pull", 0)]
    assert "hint" in question.notes[0]


def test_without_headings_a_paragraph_asks() -> None:
    result = read(b"First?\n\n- [x] a\n- [ ] b\n> Since.\n\n2. Second?\n   - [ ] c\n   - [x] d\n", "q.md")
    assert [(question.stem, question.rationale) for question in result.questions] == [("First?", "Since."), ("Second?", None)]


def test_quiz_tags_and_rules_end_a_question() -> None:
    result = read(b"<quiz>\nA?\n- [x] a\n- [ ] b\n\nMore.\n</quiz>\n\n<quiz>\nB?\n- [x] a\n- [ ] b\n</quiz>\n", "q.md")
    assert [(question.stem, question.rationale) for question in result.questions] == [("A?", "More."), ("B?", None)]


def test_our_own_quizzes_are_read_with_all_they_say() -> None:
    text = "---\nquiz: a\n---\n### ports: How many?\n`number` `network-defense` `hard` `2 pts`\n\n- [x] 3..5\n- [ ] 1\n    > No.\n\n> So.\n"
    (question,) = read(text.encode(), "quiz.en.md").questions
    assert (question.id, question.type, question.rationale) == ("ports", "number", "So.")
    assert question.tags == ("hard", "network-defense", "2 pts")
    assert [(option.text, option.fraction) for option in question.options] == [("3..5", 1), ("1", 0)]


@pytest.mark.parametrize(("text", "reason"), [
    ("#### Q1. Which?\n- [ ] a\n- [ ] b\n", "marked as right"),
    ("#### Q1. Which?\n- [x] a\n", "fewer than two"),
    ("#### Q1. Explain.\n\nWords.\n", "no options"),
    ("- [x] a\n- [ ] b\n", "no question above"),
    ("#### Q1. Which?\n- [x] a\n- [ ]\n", "is empty"),
    ("#### Q1. Which?\n- [x] a\n- [ ] b\n\nAgain:\n\n- [x] a\n- [ ] b\n", "two lists"),
])  # fmt: skip
def test_what_is_no_question_is_listed_and_the_others_are_read(text: str, reason: str) -> None:
    result = read(f"{text}\n#### Q2. Good?\n- [x] a\n- [ ] b\n".encode(), "q.md")
    assert [question.stem for question in result.questions] == ["Good?"]
    (skipped,) = result.skipped
    assert skipped.where == "q.md:1"
    assert reason in skipped.reason


@pytest.mark.parametrize("text", ["# A page\n\nWords.\n", "", "---\nquestion: [\n---\n- [x] a\n- [ ] b\n"])
def test_a_file_without_questions_is_listed(text: str) -> None:
    result = read(text.encode(), "q.md")
    assert result.questions == ()
    assert len(result.skipped) == 1


def test_a_folder_gives_each_question_an_id_of_its_own() -> None:
    text = b"---\nquestion: Same?\n---\n- [x] a\n- [ ] b\n"
    result = read_folder({"b/2.md": text, "a/1.md": text, "notes.txt": text, "broken.md": b"\xff\xfe\xff"})
    assert [(question.id, question.where, question.category) for question in result.questions] == [
        ("same", "a/1.md:2", "a"), ("same-2", "b/2.md:2", "b"),
    ]  # fmt: skip
    assert [skipped.where for skipped in result.skipped] == ["broken.md:1"]


def test_images_and_active_parts_are_made_harmless_and_noted() -> None:
    question = one("## Which <script>alert(1)</script>?\n![map](img/map.png)\n- [x] [a](javascript:x)\n- [ ] `<script>`\n")
    assert question.stem == "Which &lt;script>alert(1)&lt;/script>?\n(map: `img/map.png`)"
    assert [option.text for option in question.options] == ["[a](#x)", "`<script>`"]
    assert len(question.notes) == 2


PIECES = ["# Q1. a", "## b", "- [x] c", "- [ ] d", "1. [x] e", "", "```", "> f", "    > g", "---", "question: h", "<quiz>", "![i](j)", "k"]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=30).map("\n".join) | st.binary(max_size=100))
def test_any_bytes_give_a_result(found: str | bytes) -> None:
    data = found if isinstance(found, bytes) else found.encode("utf-8", "replace")
    result = read(data, "q.md")
    assert result.questions or result.skipped
    assert all(question.stem and len(question.options) > 1 for question in result.questions)


@pytest.mark.parametrize(
    "piece", ["- [x] a\n", "# a\n", "```\n", "a\n- [x] b\n- [ ] c\n", "![", "> ", "- [ ", "    >\n", "Q1 ", "[a](", "<quiz "]
)
def test_time_is_bounded(piece: str) -> None:
    started = time.process_time()
    read((piece * (100_000 // len(piece))).encode(), "q.md")
    assert time.process_time() - started < 5


def test_questions_in_a_numbered_list() -> None:
    text = "# Ports\n\nTake your time.\n\n1. What is a port?\n   - [ ] a door\n   - [x] a number\n2. And IP?\n\n    - [x] a protocol\n    - [ ] a fruit\n"
    result = read(text.encode(), "q.md")
    assert [(found.stem, found.category) for found in result.questions] == [("What is a port?", "Ports"), ("And IP?", "Ports")]
    assert [skipped.reason for skipped in result.skipped] == ["the text below this heading belongs to no question"]
    steps = "### Which comes first?\n\n1. stop\n2. look\n\n- [x] stop\n- [ ] look\n"
    (question,) = read(steps.encode(), "q.md").questions
    assert "1. stop" in question.stem
