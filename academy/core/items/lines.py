"""`lines`: mark the lines of a log that matter."""

from __future__ import annotations

from collections.abc import Iterator

from academy.core.content.model import Item
from academy.core.items import choice
from academy.core.items.multiple import Multiple


class Lines(Multiple):
    """Mark lines; they keep their order and are numbered, not lettered."""

    name = "lines"
    lettered = False
    shuffled = False

    def problems(self, item: Item) -> Iterator[choice.Fault]:
        """Two lines or more, at least one of them marked."""
        yield from choice.wants(item, options=range(2, 61), right=range(1, 61))

    def guessing(self, item: Item) -> float:
        """Nobody marks all the right lines by chance."""
        return 0.0


TYPE = Lines()
