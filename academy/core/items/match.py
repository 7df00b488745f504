"""`match`: find what belongs to each row."""

from __future__ import annotations

import math
from collections.abc import Iterator

from academy.core.content.model import Item
from academy.core.items.protocol import Fault
from academy.core.items.tables import Tabled


class Match(Tabled):
    """A table of pairs; rows without a left cell offer something too many."""

    name = "match"

    def problems(self, item: Item) -> Iterator[Fault]:
        """Each right cell belongs to one row."""
        yield from super().problems(item)
        seen: set[str] = set()
        words = {option.id: option.text for option in item.options}
        for part in item.parts:
            if part.right in seen:
                yield part.line, "pair-repeated", {"item": item.id, "answer": words[part.right]}
            seen.add(part.right)

    def guessing(self, item: Item) -> float:
        """The product over the rows of one in what is left to choose from: who guesses uses nothing twice."""
        return 1.0 / math.perm(len(item.options), len(item.parts))


TYPE = Match()
