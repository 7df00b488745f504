"""`single`: one option is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from academy.core.content.model import Item
from academy.core.items import choice
from academy.core.items.protocol import Answer, Fault


class Single(choice.Choice):
    """Choose one."""

    name = "single"

    def problems(self, item: Item) -> Iterator[Fault]:
        """Two options or more, one of them right."""
        yield from choice.wants(item, options=range(2, 13), right=range(1, 2))

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """The letter chosen."""
        return choice.read_one(item, form)

    def grade(self, item: Item, answer: Answer) -> float:
        """1 or 0."""
        return choice.grade_one(item, answer)

    def guessing(self, item: Item) -> float:
        """One in the number of options."""
        return 1.0 / len(item.options)


TYPE = Single()
