"""The quiz syntax: golden files that an educator can read, grading tables, and laws."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from academy.core.content.model import Item, Quiz
from academy.core.content.parse import parse_lesson
from academy.core.content.quiz import parse_quiz
from academy.core.content.version import item_versions, shuffled_options
from academy.core.grading import anticipated, grade, guessing, read_answer
from academy.core.items.protocol import AnswerError
from academy.core.items.text import fold

GOLDEN = Path(__file__).parent / "golden"
SAMPLE = (GOLDEN / "six_types.md").read_text(encoding="utf-8")
PARTED = (GOLDEN / "parted_types.md").read_text(encoding="utf-8")


def quiz_of(text: str) -> Quiz:
    quiz, problems = parse_quiz(text, "quiz.en.md", "en")
    assert quiz is not None
    assert problems == ()
    return quiz


def sample(item_id: str) -> Item:
    return next(item for item in quiz_of(SAMPLE).items if item.id == item_id)


def written(quiz: Quiz) -> str:
    lines = [f"{quiz.id} | {quiz.title} | pass {quiz.pass_percent}"]
    for item in quiz.items:
        cosmetic = (" cosmetic" if item.cosmetic else "") + (" self" if item.by_self else "")
        lines.append(f"{item.id} {item.type} {item.skill} {item.level} {item.points:g}{cosmetic} | {item.stem} | {item.body or '-'}")
        lines += [f"  [{'x' if o.right else ' '}] {o.id} {o.text} | {o.feedback or '-'}" for o in item.options]
        lines += [f"  heads {' | '.join(item.heads)}"] if item.heads else []
        lines += [f"  {p.id} {p.text or '-'} = {p.right} of {' '.join(p.offered)} | {p.feedback or '-'}" for p in item.parts]
        lines.append(f"  > {item.rationale}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["six_types", "parted_types", "open_answers"])
def test_a_quiz_is_read_as_it_is_meant(name: str) -> None:
    text = (GOLDEN / f"{name}.md").read_text(encoding="utf-8")
    assert written(quiz_of(text)) == (GOLDEN / f"{name}.expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("item", "answer", "score"),
    [
        ("one", ["b"], 1),
        ("one", ["a"], 0),
        ("several", ["a", "c"], 1),
        ("several", ["a"], 0.5),
        ("several", ["a", "b"], 0),
        ("several", ["a", "b", "c"], 0.5),
        ("several", ["b"], 0),
        ("holds", ["b"], 1),
        ("holds", ["a"], 0),
        ("how-many", ["120"], 1),
        ("how-many", [" 120.0 "], 1),
        ("how-many", ["121"], 0),
        ("word", ["Second  FACTOR"], 1),
        ("word", ["another proof"], 1),
        ("word", ["secónd stép"], 1),
        ("word", ["password"], 0),
        ("log", ["2"], 1),
        ("log", ["1", "2"], 0),
    ],
)
def test_answers_get_the_score_that_the_guide_says(item: str, answer: list[str], score: float) -> None:
    found = sample(item)
    assert grade(found, read_answer(found, {"answer": answer})) == pytest.approx(score)


@pytest.mark.parametrize("item", ["one", "several", "holds", "how-many", "word", "log"])
def test_nothing_sent_is_an_error_and_not_knowing_is_zero(item: str) -> None:
    with pytest.raises(AnswerError) as error:
        read_answer(sample(item), {})
    assert error.value.code == "answer-missing"
    assert grade(sample(item), None) == 0


@pytest.mark.parametrize(("item", "answer", "code"), [
    ("one", ["z"], "answer-unknown-option"),
    ("several", ["a", "q"], "answer-unknown-option"),
    ("one", ["a", "b"], "answer-missing"),
    ("how-many", ["two hours"], "answer-not-a-number"),
    ("how-many", ["9" * 500], "answer-not-a-number"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused(item: str, answer: list[str], code: str) -> None:
    with pytest.raises(AnswerError) as error:
        read_answer(sample(item), {"answer": answer})
    assert error.value.code == code


@pytest.mark.parametrize(("typed", "value"), [("1,250", 1250), ("$1,250.50", 1250.5), ("80 %", 80), ("-3", -3), ("1 250", 1250)])
def test_numbers_are_read_as_people_write_them(typed: str, value: float) -> None:
    text = SAMPLE.replace("- [x] 120\n", f"- [x] {value}\n")
    item = next(item for item in quiz_of(text).items if item.id == "how-many")
    assert grade(item, read_answer(item, {"answer": [typed]})) == 1


def test_foreseen_answers_have_their_feedback() -> None:
    found = anticipated(sample("how-many"), "2.5")
    assert found is not None
    assert found.feedback == "Those are the hours."
    assert anticipated(sample("how-many"), "77") is None
    assert anticipated(sample("one"), "a") is None


def test_spanish_letters_fold_as_spaniards_and_mexicans_read_them() -> None:
    assert fold("  Contraseña  ROBADA ") == fold("contraseña robada")
    assert fold("ano") != fold("año")
    assert fold("clonación") == fold("CLONACION")


def test_guessing_follows_the_type() -> None:
    assert [round(guessing(sample(item)), 3) for item in ("one", "several", "holds", "how-many", "word", "log")] == [
        0.5, 0.143, 0.5, 0.0, 0.0, 0.0,
    ]  # fmt: skip


def test_the_key_version_follows_the_key_and_not_the_words() -> None:
    before = item_versions({"en": sample("one")}, "en")
    reworded = next(i for i in quiz_of(SAMPLE.replace("Which port does", "What port does")).items if i.id == "one")
    rekeyed = next(i for i in quiz_of(SAMPLE.replace("[ ] a) 80", "[x] a) 80").replace("[x] b) 443", "[ ] b) 443")).items if i.id == "one")
    same, other = item_versions({"en": reworded}, "en"), item_versions({"en": rekeyed}, "en")
    assert same.key_version == before.key_version
    assert same.text_versions != before.text_versions
    assert other.key_version != before.key_version
    assert other.text_versions == before.text_versions, "what is read says nothing of the key"


@given(st.text(max_size=8))
def test_shuffling_does_not_know_the_key(seed: str) -> None:
    other = SAMPLE.replace("[x] a) A call", "[ ] a) A call").replace("[ ] b) A reply", "[x] b) A reply")
    twin = next(item for item in quiz_of(other).items if item.id == "several")
    here, there = shuffled_options(sample("several"), seed), shuffled_options(twin, seed)
    assert [option.id for option in here] == [option.id for option in there]


PIECES = ["[[", "[[a|b]]", "| a |", "|-|-|", "1. a) b", "`cloze` `a` `easy`", "```", "```lines", "- [x]", "### :", "`single`",
          "    >", ">", "---", "\t", "[^1]"]  # fmt: skip
NOISE = st.lists(
    st.one_of(
        st.sampled_from([*SAMPLE.split("\n"), *PARTED.split("\n"), *PIECES]),
        st.text(max_size=30),
    ),
    max_size=40,
).map("\n".join)


@given(NOISE)
@example("---\nquiz: a\n---\n### b: c\n`lines` `d` `easy`\n```lines\n")
@example("---\n? [a, b]\n: c\n---\n")
def test_any_text_gives_a_quiz_or_positioned_problems(text: str) -> None:
    for candidate in (text, f"---\nquiz: x\n---\n{text}"):
        quiz, problems = parse_quiz(candidate, "quiz.en.md", "en")
        assert quiz is not None or problems
        count = len(candidate.split("\n"))
        assert all(1 <= problem.line <= count + 1 and problem.column >= 1 for problem in problems)


@given(NOISE)
def test_any_text_gives_a_lesson_or_positioned_problems(text: str) -> None:
    lesson, problems = parse_lesson(f"---\ntitle: T\nsummary: S\n---\n{text}", "1-a.en.md", "en", "1-a")
    assert lesson is not None or problems
    assert all(problem.line >= 1 for problem in problems)
