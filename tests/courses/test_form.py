"""Questions give nothing away by their form: whoever guesses by length, place or echoed words is hardly better than chance."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from academy.core.content.model import Item, Option
from academy.core.items.text import fold
from academy.store.course_files import CourseLibrary

LEAD = 0.10
"""How much better than chance a guess by form may be."""
ABSOLUTE = re.compile(r"\b(always|never|all|only|every|none|siempre|nunca|todos?|todas?|solo|ningun[oa]?|cualquier)\b")

Guess = Callable[[Item], Option]


def _echo(item: Item) -> Callable[[Option], int]:
    asked = set(re.findall(r"\w{5,}", fold(f"{item.stem} {item.body}")))
    return lambda option: len(asked & set(re.findall(r"\w{5,}", fold(option.text))))


GUESSES: dict[str, Guess] = {
    "longest": lambda item: max(item.options, key=lambda option: len(option.text)),
    "shortest": lambda item: min(item.options, key=lambda option: len(option.text)),
    "first": lambda item: item.options[0],
    "second": lambda item: item.options[1],
    "last": lambda item: item.options[-1],
    "echo": lambda item: max(item.options, key=_echo(item)),
    "least absolute": lambda item: min(item.options, key=lambda option: len(ABSOLUTE.findall(fold(option.text)))),
    "most marks": lambda item: max(item.options, key=lambda option: len(re.findall(r"[,;:0-9«»“”]", option.text))),
}


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("way", GUESSES)
def test_guessing_by_form_does_not_pay(real_courses: CourseLibrary, way: str, language: str) -> None:
    found = [versions.items[language] for _, versions in real_courses.current.all_item_versions()]
    for course in {item.path.split("/")[1] for item in found}:
        items = [item for item in found if item.type == "single" and item.path.split("/")[1] == course]
        hits = sum(GUESSES[way](item).right for item in items)
        chance = sum(1 / len(item.options) for item in items)
        assert hits / len(items) <= chance / len(items) + LEAD, f"{course}: {hits} of {len(items)} by chance {chance:.1f}"


@pytest.mark.parametrize("kind", ["truefalse"])
def test_statements_are_as_often_false_as_true(real_courses: CourseLibrary, kind: str) -> None:
    keys = [next(o.id for o in v.source.options if o.right) for _, v in real_courses.current.all_item_versions() if v.source.type == kind]
    assert 0.35 <= keys.count("a") / len(keys) <= 0.65
