"""What an item type must offer to be written, shown, answered and graded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from academy.core.content.model import Item

Answer = str | list[str] | None
"""A recorded answer, ready for JSON; None is "I do not know yet"."""

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


class AnswerError(ValueError):
    """A submitted answer that cannot be read; `code` names the message shown to the learner."""

    def __init__(self, code: str) -> None:
        """Keep the code: answer-missing, answer-unknown-option or answer-not-a-number."""
        super().__init__(code)
        self.code = code


class ItemType(Protocol):
    """One way of asking. Implementations are stateless."""

    name: str
    lettered: bool  # options carry the author's letters
    shuffled: bool  # options may be shown in another order
    keyed_per_language: bool  # the key differs between languages (typed words)

    def problems(self, item: Item) -> Iterator[tuple[int, str, Mapping[str, str]]]:
        """Yield (line, code, values) for every structural fault of the item."""

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """Turn submitted form fields (field `answer`, repeated for several) into an answer. Raises AnswerError."""

    def grade(self, item: Item, answer: Answer) -> float:
        """Score of the answer, in [0, 1]."""

    def guessing(self, item: Item) -> float:
        """Chance of a full score without knowledge, in [0, 1)."""

    def key(self, item: Item) -> JsonValue:
        """The key as a canonical JSON value, equal exactly when grading is equal."""
