"""`truefalse`: a statement that holds or does not; its two options keep their order."""

from __future__ import annotations

from collections.abc import Iterator

from academy.core.content.model import Item
from academy.core.items import choice
from academy.core.items.protocol import Fault
from academy.core.items.single import Single


class TrueFalse(Single):
    """Choose between two."""

    name = "truefalse"
    shuffled = False

    def problems(self, item: Item) -> Iterator[Fault]:
        """Exactly two options, one of them right."""
        yield from choice.wants(item, options=range(2, 3), right=range(1, 2))


TYPE = TrueFalse()
