"""What an item type must offer to be written, shown, answered and graded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from academy.core.content.model import Item, Option, Part

Answer = str | list[str] | dict[str, str] | None
"""A recorded answer, ready for JSON: one option or words, several options, or the option put to each part. None is "I do not
know yet"."""

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

Fault = tuple[int, str, Mapping[str, str]]
"""What is wrong with an item: line, code and the values of its message."""


class AnswerError(ValueError):
    """A submitted answer that cannot be read; `code` names the message shown to the learner."""

    def __init__(self, code: str) -> None:
        """Keep the code: one of those in `web.items.answer_message`."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Source:
    """Where an item's answers stand: the file's lines and the index of their first, and the item's id and line."""

    lines: Sequence[str]
    at: int
    item_id: str
    item_line: int


@dataclass(frozen=True, slots=True)
class Written:
    """The answers as a type has read them, and the index of the first line after them.

    `body` is text that belongs to the question because it holds the answers' places; `unread` says that the answers could
    not be read to their end, so that none of them is missing.
    """

    end: int
    options: tuple[Option, ...] = ()
    parts: tuple[Part, ...] = ()
    heads: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    unread: bool = False


class ItemType(Protocol):
    """One way of asking. Implementations are stateless."""

    name: str
    lettered: bool  # options carry the author's letters
    shuffled: bool  # options may be shown in another order
    explained: bool  # each wrong option needs its feedback

    def begins(self, line: str) -> bool:
        """Whether the answers begin with this line, so that the question ends before it."""

    def parse(self, source: Source) -> Written:
        """The answers, from where they begin. Never raises."""

    def problems(self, item: Item) -> Iterator[Fault]:
        """Yield every structural fault of the item."""

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """Turn submitted form fields (field `answer`, repeated for several) into an answer. Raises AnswerError."""

    def grade(self, item: Item, answer: Answer) -> float:
        """Score of the answer, in [0, 1]."""

    def guessing(self, item: Item) -> float:
        """Chance of a full score without knowledge, in [0, 1)."""

    def key(self, item: Item) -> JsonValue:
        """The key as a canonical JSON value, equal exactly when grading is equal."""

    def keyed_in_words(self, item: Item) -> bool:
        """Whether the key consists of words, so that each language has a key of its own."""

    def shape(self, item: Item) -> JsonValue:
        """What must agree with the item in another language for both to be the same question."""
