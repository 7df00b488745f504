"""`multiple`: one option or several are right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from academy.core.content.model import Item
from academy.core.items import choice
from academy.core.items.protocol import Answer, Fault


class Multiple(choice.Choice):
    """Choose all that hold."""

    name = "multiple"

    def problems(self, item: Item) -> Iterator[Fault]:
        """Three options or more, at least one of them right."""
        yield from choice.wants(item, options=range(3, 13), right=range(1, 13))

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """The letters chosen."""
        return choice.read_several(item, form)

    def grade(self, item: Item, answer: Answer) -> float:
        """A share for each right choice, less a share for each wrong one."""
        return choice.grade_several(item, answer)

    def guessing(self, item: Item) -> float:
        """One in the number of selections that are not empty."""
        return 1.0 / float(2 ** len(item.options) - 1)


TYPE = Multiple()
