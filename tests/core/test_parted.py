"""Items that are answered part by part: order, match, categorize, cloze."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy.core.content.model import Item
from academy.core.content.quiz import parse_quiz
from academy.core.content.version import drift, item_versions
from academy.core.grading import grade, guessing, read_answer
from academy.core.items import ITEM_TYPES
from academy.core.items.cloze import mark_gaps
from academy.core.items.parted import Parted
from academy.core.items.protocol import AnswerError

SAMPLE = (Path(__file__).parent / "golden/parted_types.md").read_text(encoding="utf-8")
NAMES = ("steps", "risks", "signs", "gaps")
ORDER = "### o: Order?\n`order` `ports` `easy`\n\n{steps}\n\n> Why.\n"


@functools.cache
def items_of(text: str) -> dict[str, Item]:
    quiz, problems = parse_quiz(text, "quiz.en.md", "en")
    assert quiz is not None
    assert problems == ()
    return {item.id: item for item in quiz.items}


def sample(name: str) -> Item:
    return items_of(SAMPLE)[name]


def type_of(item: Item) -> Parted:
    found = ITEM_TYPES[item.type]
    assert isinstance(found, Parted)
    return found


def in_words(item: Item, *words: str) -> dict[str, str]:
    """The answer that puts these words to the parts, as the author wrote both, in order."""
    ids = {option.text: option.id for option in item.options}
    return {part.id: ids[word] for part, word in zip(item.parts, words, strict=True)}


def steps(count: int) -> Item:
    listed = "\n".join(f"{place}. Step number {place}" for place in range(1, count + 1))
    return items_of("---\nquiz: q\n---\n" + ORDER.format(steps=listed))["o"]


def permuted(item: Item, places: tuple[int, ...]) -> dict[str, str]:
    """The step whose right place is places[0] at place 1, and so on."""
    return {str(place): item.parts[right - 1].right for place, right in enumerate(places, start=1)}


@pytest.mark.parametrize(
    ("places", "score"),
    [
        ((1, 2, 3, 4, 5), 1),
        ((2, 1, 3, 4, 5), 0.8),
        ((2, 3, 1, 4, 5), 0.6),
        ((5, 1, 2, 3, 4), 0.2),
        ((5, 4, 3, 2, 1), 0),
        ((3, 5, 1, 2, 4), 0),
    ],
)
def test_an_order_earns_its_right_pairs_less_the_wrong_ones(places: tuple[int, ...], score: float) -> None:
    item = steps(5)
    assert grade(item, permuted(item, places)) == pytest.approx(score)


@settings(deadline=None)  # a shared machine may pause
@given(st.permutations(range(1, 7)))
def test_an_order_scores_kendalls_tau(places: list[int]) -> None:
    """Tau counted pair by pair, as Kendall (1938) defines it; what is negative is 0."""
    pairs = list(itertools.combinations(places, 2))
    tau = sum(1 if first < second else -1 for first, second in pairs) / len(pairs)
    item = steps(6)
    assert grade(item, permuted(item, tuple(places))) == pytest.approx(max(0.0, tau))


@pytest.mark.parametrize(
    ("name", "words", "score"),
    [
        ("risks", ["Prompt injection", "Excessive agency", "Poisoned data | model"], 1),
        ("risks", ["Prompt injection", "Poisoned data | model", "Excessive agency"], 1 / 3),
        ("risks", ["Prompt injection", "Prompt injection", "Prompt injection"], 1 / 3),
        ("risks", ["Misinformation", "Misinformation", "Misinformation"], 0),
        ("signs", ["Pressure", "Pressure", "Forgery"], 1),
        ("signs", ["Pressure", "Forgery", "Forgery"], 2 / 3),
        ("gaps", ["443", "22", "key"], 1),
        ("gaps", ["22", "22", "key"], 2 / 3),
        ("gaps", ["80", "443", "`pass|word`"], 0),
    ],
)
def test_the_others_earn_the_share_of_right_parts(name: str, words: list[str], score: float) -> None:
    item = sample(name)
    assert grade(item, in_words(item, *words)) == pytest.approx(score)


def test_guessing_is_the_product_over_the_parts() -> None:
    assert [guessing(sample(name)) for name in NAMES] == pytest.approx([1 / 24, 1 / (4 * 3 * 2), 1 / 2**3, 1 / (3 * 2 * 2)])


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)  # a shared machine may pause
@given(chance=st.randoms(use_true_random=False))
def test_what_a_page_sends_is_read_as_it_was_meant(name: str, chance: random.Random) -> None:
    """Whatever is chosen in the rows of a page comes back, and scores between 0 and 1; only the key scores 1."""
    item = sample(name)
    answer = _some_answer(item, chance)
    form = type_of(item).form(item, answer)
    shown = {offer.value for row in type_of(item).rows(item, str(chance.random())) for offer in row.offers}
    assert set(form) <= shown
    chance.shuffle(form)
    assert read_answer(item, {"answer": form}) == answer
    assert 0 <= grade(item, answer) <= 1
    assert (grade(item, answer) == 1) == (answer == {part.id: part.right for part in item.parts})


def _some_answer(item: Item, chance: random.Random) -> dict[str, str]:
    if item.type == "order":
        mixed = [option.id for option in item.options]
        chance.shuffle(mixed)
        return dict(zip((part.id for part in item.parts), mixed, strict=True))
    return {part.id: chance.choice(part.offered) for part in item.parts}


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    item = sample(name)
    full = type_of(item).form(item, {part.id: part.right for part in item.parts})
    for sent, code in (
        ([], "answer-missing"),
        (["", ""], "answer-missing"),
        (full[:-1], "answer-incomplete"),
        ([*full[:-1], "1:nothing"], "answer-unknown-option"),
        (["a:b"], "answer-unknown-option"),
    ):
        with pytest.raises(AnswerError) as error:
            read_answer(item, {"answer": sent})
        assert error.value.code == code
    assert grade(item, None) == 0
    assert grade(item, "a") == 0
    assert grade(item, {"9": "z"}) == 0


def test_one_place_for_two_steps_is_refused() -> None:
    item = sample("steps")
    rows = type_of(item).rows(item, "seed")
    first = [row.offers[0].value for row in rows]
    for sent in (first, [rows[0].offers[0].value, *(rows[0].offers[n].value for n in range(1, 4))]):
        with pytest.raises(AnswerError) as error:
            read_answer(item, {"answer": sent})
        assert error.value.code == "answer-place-twice"


REWORDED = {
    "steps": [("Isolate the machines", "Take the machines off the network")],
    "risks": [("Excessive agency", "Too much agency"), ("Hidden orders", "Orders that nobody sees")],
    "signs": [("Sort the signs.", "Sort these signs.")],
    "gaps": [("HTTPS uses port", "The port of HTTPS is")],
}
REKEYED = {
    "steps": [("1. c) Isolate the machines", "1. a) Save the **evidence**"), ("2. a) Save the **evidence**", "2. c) Isolate the machines")],
    "risks": [("document | b) Prompt injection", "document | c) Excessive agency"),
              ("files | c) Excessive agency", "files | b) Prompt injection")],
    "signs": [("Tell nobody | Pressure", "Tell nobody | Forgery")],
    "gaps": [("[[22|443]]", "[[443|22]]")],
}  # fmt: skip


def changed(name: str, changes: list[tuple[str, str]]) -> Item:
    text = SAMPLE
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return items_of(text)[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_key_version_follows_the_key_and_not_the_words(name: str) -> None:
    before = item_versions({"en": sample(name)}, "en")
    reworded, rekeyed = (item_versions({"en": changed(name, change[name])}, "en") for change in (REWORDED, REKEYED))
    assert reworded.key_version == before.key_version
    assert reworded.text_versions != before.text_versions
    assert rekeyed.key_version != before.key_version
    assert rekeyed.text_versions == before.text_versions, "what is read says nothing of the key"


@pytest.mark.parametrize("name", ["steps", "risks"])
def test_letters_keep_answers_through_rewording(name: str) -> None:
    item, reworded = sample(name), changed(name, REWORDED[name])
    answer = read_answer(item, {"answer": type_of(item).form(item, {part.id: part.right for part in item.parts})})
    assert grade(reworded, answer) == 1


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)  # a shared machine may pause
@given(seed=st.text(max_size=8))
def test_rows_do_not_know_the_key(name: str, seed: str) -> None:
    item, other = sample(name), changed(name, REKEYED[name])
    assert type_of(item).rows(item, seed) == type_of(other).rows(other, seed)


def test_letters_do_not_show() -> None:
    """Lettered another way, the same steps give the same rows: a habit of lettering tells nobody anything."""
    relettered = SAMPLE.replace("1. c)", "1. a)").replace("2. a)", "2. b)").replace("3. d)", "3. c)").replace("4. b)", "4. d)")
    item, other = sample("steps"), items_of(relettered)["steps"]
    assert type_of(item).rows(item, "seed") == type_of(other).rows(other, "seed")


def _translated(text: str) -> Item:
    return next(iter(items_of(f"---\nquiz: q\n---\n{text}").values()))


TRANSLATIONS: list[tuple[str, Callable[[str], str], bool]] = [
    ("steps", lambda text: text.replace("Isolate the machines", "Aísla los equipos"), False),
    ("steps", lambda text: text.replace("1. c)", "1. a)").replace("2. a)", "2. c)"), True),
    ("risks", lambda text: text.replace("Misinformation", "Desinformación"), False),
    ("risks", lambda text: text.replace("| | d) Misinformation | Nobody was told anything false. |\n", ""), True),
    ("signs", lambda text: text.replace("Pressure", "Presión").replace("Forgery", "Falsificación"), False),
    ("signs", lambda text: text.replace("Tell nobody | Pressure", "Tell nobody | Forgery"), True),
    ("gaps", lambda text: text.replace("[[443|80|22]]", "[[443|80]]").replace("uses", "usa"), False),
    ("gaps", lambda text: text.replace("[[22|443]]", "22"), True),
]


@pytest.mark.parametrize(("name", "translate", "drifted"), TRANSLATIONS)
def test_translations_agree_in_letters_or_in_shape(name: str, translate: Callable[[str], str], *, drifted: bool) -> None:
    start = SAMPLE.index(f"### {name}:")
    text = SAMPLE[start:].partition("\n### ")[0] + "\n"
    assert drift(sample(name), _translated(translate(text))) is drifted


def test_outcomes_say_what_was_given_and_what_is_right() -> None:
    item = sample("risks")
    answer = in_words(item, "Misinformation", "Excessive agency", "Prompt injection")
    found = {row.text: row for row in type_of(item).outcomes(item, answer, "seed")}
    row = found["Hidden orders in a document"]
    assert (row.given, row.right, row.hit) == ("Misinformation", "Prompt injection", False)
    assert row.feedback == "Nobody was told anything false.\n\nThe text is taken for an order."
    assert found["The assistant deletes files"].hit
    for name in NAMES:
        strange = type_of(sample(name)).outcomes(sample(name), {"1": "gone"}, "seed")
        assert all(row.given is None and not row.hit for row in strange), "answers to other wordings"


def test_code_holds_no_gap() -> None:
    body = sample("gaps").body
    assert mark_gaps(body, lambda number: f"<{number}>").startswith(
        "Read it twice.\n\nHTTPS uses port <1>, and `[[ -f x ]]` is code. SSH uses <2>\nwith a <3>."
    )
    assert mark_gaps("```\nx[[1]]\n```\n`y[[2]]` [[3]]", lambda _: "?") == "```\nx[[1]]\n```\n`y[[2]]` ?"
