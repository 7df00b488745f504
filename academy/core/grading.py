"""An item and a submitted or recorded answer turned into an answer read, a score, or the chance of guessing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from academy.core.content.model import Item, Option
from academy.core.items import ITEM_TYPES
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
