"""`categorize`: put each thing into its category."""

from __future__ import annotations

from academy.core.content.model import Item
from academy.core.items.protocol import JsonValue
from academy.core.items.tables import Tabled
from academy.core.items.words import named_by_letters


class Categorize(Tabled):
    """A table of things and their categories; several things share one."""

    name = "categorize"

    def shape(self, item: Item) -> JsonValue:
        """The letters; without them which rows share a category."""
        if named_by_letters(item):
            return super().shape(item)
        rights = [part.right for part in item.parts]
        return [len(item.options), list[JsonValue](rights.index(right) for right in rights)]


TYPE = Categorize()
