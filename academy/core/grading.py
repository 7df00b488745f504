"""An item and a submitted or recorded answer turned into an answer read, a score, or the chance of guessing it; scores into a result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from academy.core.content.model import Item, Option
from academy.core.items import ITEM_TYPES
from academy.core.items.open import Open
from academy.core.items.protocol import Answer
from academy.core.items.typed import Typed


def read_answer(item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
    """The answer in submitted form fields. Raises AnswerError."""
    return ITEM_TYPES[item.type].read(item, form)


def grade(item: Item, answer: Answer) -> float:
    """Score of an answer, in [0, 1]; "I do not know yet" (None) scores 0."""
    return 0.0 if answer is None else ITEM_TYPES[item.type].grade(item, answer)


def guessing(item: Item) -> float:
    """Chance of a full score without knowledge, in [0, 1)."""
    return ITEM_TYPES[item.type].guessing(item)


def anticipated(item: Item, answer: Answer) -> Option | None:
    """For typed answers, the option whose feedback fits this answer; None where nobody foresaw it."""
    item_type = ITEM_TYPES[item.type]
    return item_type.anticipated(item, answer) if isinstance(item_type, Typed) else None


def graded_by_people(item: Item) -> bool:
    """Whether a person, not the product, says what an answer to this item is worth."""
    return isinstance(ITEM_TYPES[item.type], Open)


def result(marks: Iterable[tuple[float, float]]) -> float | None:
    """Share of the points earned, in [0, 1], from (score, points) of each item; None where there are no points to earn."""
    listed = list(marks)
    points = sum(worth for _, worth in listed)
    return sum(score * worth for score, worth in listed) / points if points else None


def passes(share: float | None, pass_percent: float) -> bool:
    """Whether a result reaches the share of points that passes, 0–100."""
    return share is not None and share * 100 >= pass_percent - 1e-9
