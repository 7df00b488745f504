"""GIFT as Moodle reads it: tables of blocks, the way back, and hostile bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.interop.gift import read, write
from academy.core.interop.gift_text import plain_figure, read_figures
from academy.core.interop.model import Imported, ImportedOption, ImportResult
from academy.core.interop.text import html_to_markdown, moodle_to_markdown, plain_to_markdown, safe_markdown


def one(text: str) -> Imported:
    result = read(text.encode(), "bank.gift")
    assert result.skipped == ()
    assert len(result.questions) == 1
    return result.questions[0]


def answers(question: Imported) -> list[tuple[str, float, str | None]]:
    return [(option.text, round(option.fraction, 5), option.feedback) for option in question.options]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Q{=right ~wrong}", "single", [("right", 1, None), ("wrong", 0, None)]),
        ("Q{\n=right # yes\n~wrong#no\n}", "single", [("right", 1, "yes"), ("wrong", 0, "no")]),
        ("Q{~wrong =right ~%50%half}", "single", [("wrong", 0, None), ("right", 1, None), ("half", 0.5, None)]),
        ("Q{~%50%a ~%50%b ~%-100%c}", "multiple", [("a", 0.5, None), ("b", 0.5, None), ("c", -1, None)]),
        ("Q{~%33.33333%a ~%66.66667%b}", "multiple", [("a", 0.33333, None), ("b", 0.66667, None)]),
        ("Q{T}", "truefalse", [("True", 1, None), ("False", 0, None)]),
        ("Q{FALSE#wrong#right}", "truefalse", [("True", 0, "wrong"), ("False", 1, "right")]),
        ("Q{TRUE#wrong#right}", "truefalse", [("True", 1, "right"), ("False", 0, "wrong")]),
        ("Q{=Four =%50%4#half}", "text", [("Four", 1, None), ("4", 0.5, "half")]),
        ("Q{=T}", "text", [("T", 1, None)]),
        ("Q{true}", "text", [("true", 1, None)]),
        ("Q{=2\\*3}", "text", [("2*3", 1, None)]),
        ("Q{#1822:5}", "number", [("1817..1827", 1, None)]),
        ("Q{#1..5}", "number", [("1..5", 1, None)]),
        ("Q{#=1822:0#Right =%50%1822:2 # near}", "number", [("1822", 1, "Right"), ("1820..1824", 0.5, "near")]),
        ("Q{#3.141..3.142}", "number", [("3.141..3.142", 1, None)]),
        ("Q{#-2:0.5}", "number", [("-2.5..-1.5", 1, None)]),
    ],
)  # fmt: skip
def test_each_kind_of_answers_is_told_apart(text: str, kind: str, expected: list[tuple[str, float, str | None]]) -> None:
    question = one(text)
    assert question.type == kind
    assert answers(question) == expected


def test_pairs_come_before_true_or_false_and_short_answers() -> None:
    question = one("Match.{=cat -> meow =dog->woof = -> moo}")
    assert question.type == "match"
    assert question.pairs == (("cat", "meow"), ("dog", "woof"), ("", "moo"))


def test_a_question_that_goes_on_has_a_blank() -> None:
    assert one("Two plus {=two ~three} is four.").stem == "Two plus _____ is four."
    assert one("Two plus two is {=four ~three}").stem == "Two plus two is"


def test_colons_and_equals_signs_in_the_question_are_text() -> None:
    assert one("Note: a = b, and http://example.org/?x=1 {T}").stem == "Note: a = b, and http://example.org/?x=1"


def test_escapes() -> None:
    question = one(r"::A\: b::Is \{x\} \= \~ \# \: \\ so?{=C\#\=\~#no\: \}}")
    assert question.title == "A: b"
    assert question.stem == r"Is {x} = ~ # : \ so?"
    assert answers(question) == [("C#=~", 1, "no: }")]


def test_an_escaped_n_is_a_line_break_and_an_escaped_backslash_none() -> None:
    assert one(r"one\ntwo{T}").stem == "one  \ntwo"
    assert one(r"[markdown]one\\ntwo{T}").stem == r"one\ntwo"


@pytest.mark.parametrize(("tag", "stem"), [
    ("[html]<p>a <b>b</b> c*d</p>", r"a **b** c\*d"),
    ("[plain]a <b>b</b>", "a &lt;b>b&lt;/b>"),
    ("[markdown]a **b**", "a **b**"),
    ("[moodle]a <i>b</i>", "a *b*"),
    ("a <i>b</i>", "a *b*"),
    ("[other] a", "[other] a"),
])  # fmt: skip
def test_each_text_has_its_format(tag: str, stem: str) -> None:
    assert one(f"{tag}{{T}}").stem == stem


def test_answers_have_the_format_of_the_question_unless_they_say_otherwise() -> None:
    question = one("[markdown]Q{=**a**#*x* ~[plain]**b**}")
    assert answers(question) == [("**a**", 1, "*x*"), (r"\*\*b\*\*", 0, None)]


def test_general_feedback_and_names_and_categories() -> None:
    result = read(b"$CATEGORY: $course$/top/Ports\n\n::First::Q{=a ~b####because}\n\n$CATEGORY: other\n\nR{T####so}", "b")
    assert [(q.title, q.rationale, q.category) for q in result.questions] == [
        ("First", "because", "Ports"), ("", "so", "other"),
    ]  # fmt: skip


def test_comments_begin_a_line_only() -> None:
    result = read(b"// a note {=x}\n\n// [id:my-id] [tag:hard]\nSee http://a.b // c {\n=x\n  // ~ not an answer\n~y\n}", "b")
    (question,) = result.questions
    assert (question.id, question.tags, question.where) == ("my-id", ("hard",), "b:4")
    assert question.stem == "See http://a.b // c"
    assert len(question.options) == 2
    assert result.skipped == ()


@pytest.mark.parametrize(("text", "reason"), [
    ("Only words.", "no question"),
    ("Q{=a ~b", "never closed"),
    ("Q =a ~b}", "without its {"),
    ("Q{=a ~b} and {=c ~d}", "more than one pair of braces"),
    ("Q{~only}", "fewer than two"),
    ("Q{#}", "gives none"),
    ("Q{#abc}", "“abc” is not a number"),
    ("Q{#5..1}", "ends before it begins"),
    ("Q{#1e999}", "not a number"),
    ("Q{=a -> b = c}", "a pair has no ->"),
    ("Q{=a -> b}", "fewer than two pairs"),
    ("Q{~%150%a ~b}", "lies beyond 100%"),
    ("{=a ~b}", "asks nothing"),
    ("Q{=*}", "no answer is left"),
])  # fmt: skip
def test_what_is_no_question_is_listed_and_the_others_are_read(text: str, reason: str) -> None:
    result = read(f"// first\n\n{text}\n\nGood{{=a ~b}}\n".encode(), "bank.gift")
    assert [question.stem for question in result.questions] == ["Good"]
    (skipped,) = result.skipped
    assert skipped.where == "bank.gift:3"
    assert reason in skipped.reason


def test_an_essay_is_an_open_question() -> None:
    (question,) = read(b"::E::Write an essay. {}\n\n", "b").questions
    assert (question.type, question.stem, question.options, question.notes) == ("open", "Write an essay.", (), ())
    (told,) = read(b"::E::Why? {####Because.}", "b").questions
    assert (told.type, told.rationale) == ("open", "Because.")


def test_several_lefts_with_one_right_are_categories() -> None:
    (question,) = read(b"Sort {=a -> x =b -> y =c -> x}", "b").questions
    assert (question.type, question.pairs) == ("categorize", (("a", "x"), ("b", "y"), ("c", "x")))


def test_an_arrow_in_feedback_would_make_a_pair() -> None:
    made = write([Imported("x", "text", "Q", (ImportedOption("a", 1.0, "b -> c"),), where="q.md:3")], "")
    assert [(skipped.where, skipped.reason) for skipped in made.skipped] == [
        ("q.md:3", "GIFT takes -> in an answer or its feedback for a pair")
    ]


def test_a_rubric_is_told_of_where_it_cannot_go_along() -> None:
    made = write([Imported("x", "open", "Why?", (ImportedOption("Names it", 0.0),), where="q.md:3")], "")
    assert [(skipped.where, skipped.reason) for skipped in made.skipped] == [("q.md:3", "written, but without its rubric")]
    assert read(made.data, "b").questions[0].type == "open"


def test_a_blank_line_ends_a_question_even_inside_braces() -> None:
    result = read(b"Q{=a\n\n~b}", "b")
    assert result.questions == ()
    assert [skipped.where for skipped in result.skipped] == ["b:1", "b:3"]


@pytest.mark.parametrize("data", [
    b"\xef\xbb\xbfCaf\xc3\xa9?{T}\r\n\r\nR{F}",
    b"Caf\xe9?{T}\r\rR{F}",
    "Café?{T}\n\nR{F}".encode("utf-16"),
])  # fmt: skip
def test_byte_order_marks_line_ends_and_windows_text(data: bytes) -> None:
    result = read(data, "b")
    assert [question.stem for question in result.questions] == ["Café?", "R"]


def test_what_is_altered_is_noted() -> None:
    assert "*" in one("Q{=a =b*}").notes[0]
    assert "image" in one("[html]Q <img src='x.png' alt='A map'>{T}").notes[0]
    assert "Active" in one("[html]Q<script>alert(1)</script>{T}").notes[0]
    assert one("[html]Q<script>alert(1)</script>{T}").stem == "Q"
    assert "every other number" in one("Q{#=5 ~#no}").notes[0]


# The way back. Characters that mean something to GIFT, Markdown or Moodle are frequent.
WORDS = (
    st.text(st.sampled_from("abñ 12~=#{}:\\n*_`[]()<>%$/|!-.\"'é→"), min_size=1, max_size=14)
    .map(lambda text: safe_markdown(" ".join(text.split())))
    .filter(lambda text: bool(text) and text == text.strip() and safe_markdown(text) == text)
)
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n\n".join).filter(lambda text: safe_markdown(text) == text)
MAYBE = st.none() | LINES
NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
SHARES = st.sampled_from([0.0, 0.5, 1 / 3, 0.25, 0.2, 1 / 7, -0.5, -1.0, -1 / 3, 0.123])


def question(kind: str, options: object, pairs: object = ()) -> st.SearchStrategy[Imported]:
    return st.builds(
        Imported,
        id=NAMES,
        type=st.just(kind),
        stem=LINES,
        options=options if isinstance(options, st.SearchStrategy) else st.just(options),
        rationale=MAYBE,
        pairs=pairs if isinstance(pairs, st.SearchStrategy) else st.just(pairs),
        title=st.just("") | st.from_regex(r"[A-Z][a-z:#]{0,9}", fullmatch=True),
        category=st.sampled_from(["", "a/b", "top: {x}"]),
        tags=st.sampled_from([(), ("hard", "skill-x"), ("2 pts", "a]b\\")]),
    )


def option(text: st.SearchStrategy[str], fraction: st.SearchStrategy[float]) -> st.SearchStrategy[ImportedOption]:
    return st.builds(ImportedOption, text, fraction, MAYBE)


RIGHT, WRONG = option(WORDS, st.just(1.0)), option(WORDS, SHARES)
ONE_RIGHT = st.tuples(st.lists(WRONG, min_size=1, max_size=3), RIGHT).map(lambda found: (*found[0], found[1]))
SOME = st.lists(WRONG, min_size=2, max_size=5).map(tuple)
TWO = st.tuples(RIGHT, option(WORDS, st.just(0.0)))
TRUE_FALSE = st.tuples(st.booleans(), MAYBE, MAYBE).map(
    lambda found: (ImportedOption("True", float(found[0]), found[1]), ImportedOption("False", float(not found[0]), found[2]))
)
FIGURES = st.tuples(st.decimals(-9999, 9999, places=3), st.decimals(0, 99, places=2)).map(
    lambda found: plain_figure(found[0]) if not found[1] else f"{plain_figure(found[0])}..{plain_figure(found[0] + found[1])}"
)
TYPED = WORDS.filter(lambda text: "->" not in text)
SPELLING = option(TYPED, SHARES | st.just(1.0)).filter(lambda found: "->" not in (found.feedback or ""))
PAIRS = st.lists(st.tuples(st.just("") | TYPED, WORDS), min_size=2, max_size=4, unique_by=lambda pair: pair[1]).map(tuple)
SORTED = st.tuples(TYPED, TYPED, TYPED, st.lists(WORDS, min_size=2, max_size=2, unique=True)).map(
    lambda found: ((found[0], found[3][0]), (found[1], found[3][1]), (found[2], found[3][0]))
)
QUESTIONS = st.one_of(
    question("single", ONE_RIGHT),
    question("multiple", SOME),
    question("truefalse", TRUE_FALSE),
    question("truefalse", TWO),
    question("number", st.lists(option(FIGURES, SHARES | st.just(1.0)), min_size=1, max_size=3).map(tuple)),
    question("text", st.lists(SPELLING, min_size=1, max_size=3).map(tuple)),
    question("match", (), PAIRS),
    question("categorize", (), SORTED),
    question("open", ()),
)


@given(st.lists(QUESTIONS, min_size=1, max_size=3, unique_by=lambda found: found.id), st.sampled_from(["", "Title"]))
def test_what_is_written_is_read_again(questions: list[Imported], title: str) -> None:
    made = write(questions, title)
    assert made.skipped == ()
    assert read(made.data, "b") == ImportResult(tuple(questions))


@pytest.mark.parametrize("kind", ["lines", "order", "cloze", ""])
def test_what_cannot_be_held_is_listed(kind: str) -> None:
    made = write([Imported("x", kind, "Q", where="quiz.en.md:3")], "")
    assert [skipped.where for skipped in made.skipped] == ["quiz.en.md:3"]


NOISE = st.text(st.sampled_from("ab =~#{}:\\\n%0159.->*[]<>/!&;$T\r\"'`"), max_size=400).map(str.encode)


@given(st.binary(max_size=200) | NOISE)
def test_any_bytes_give_a_result(data: bytes) -> None:
    result = read(data, "b")
    assert all(found.stem and found.where for found in result.questions)
    assert all(skipped.reason and skipped.where for skipped in result.skipped)


@pytest.mark.parametrize("piece", [
    "{", "}", "~", "=", "#", "::", "\\", "[html]", "//", "%50", "$CATEGORY:", "{=a~b}\n\n", "[html]<b>", "<a ", "<!--", "[id:", "[tag:\\",
    "`", "``x", "*", "_a", "[", "&lt;", "<ul><li>", "<table><tr><td>", "<script>", "-> =", "%33%", "![", "](javascript:", "<a x='",
])  # fmt: skip
def test_long_runs_come_to_an_end(piece: str) -> None:
    """Linear by construction: a quadratic reader would take minutes here and be noticed."""
    text = piece * (100_000 // len(piece))
    for candidate in (text, f"Q{{={text}", f"// {text}\nQ{{T}}", f"[html]{text}{{=a ~b}}"):
        read(candidate.encode(), "b")
    for convert in (html_to_markdown, plain_to_markdown, moodle_to_markdown, safe_markdown):
        convert(text)


@pytest.mark.parametrize(
    ("text", "figures"), [("5", "5"), ("5:0", "5"), ("5.50:.5", "5..6"), (" 1 .. 2 ", "1..2"), ("1e3", "1000"), ("-0", "0")]
)
def test_numbers_with_tolerances_are_ranges(text: str, figures: str) -> None:
    assert read_figures(text) == figures
