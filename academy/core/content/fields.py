"""Front matter fields read with their types; every fault becomes a problem at its line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from academy.core.content.front_matter import FrontMatter
from academy.core.content.model import Problem

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class FieldReader:
    """Reads fields one by one and gathers what is wrong with them."""

    def __init__(self, front: FrontMatter, path: str, known: Sequence[str]) -> None:
        """Fields outside `known` are reported at once."""
        self._front = front
        self._path = path
        self.problems: list[Problem] = [
            Problem(path, front.line(name), 1, "field-unknown", (("field", name),)) for name in front.fields if name not in known
        ]

    def identifier(self, name: str) -> str | None:
        """A required id of lower case letters, digits and hyphens."""
        value = self._front.fields.get(name)
        if value is None:
            self._missing(name)
            return None
        if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
            self._type(name, "lower case letters, digits and hyphens")
            return None
        return value

    def text(self, name: str, default: str | None = None) -> str | None:
        """A line of text; `default` where it may be left out."""
        value = self._front.fields.get(name)
        if value is None:
            if default is None:
                self._missing(name)
            return default
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            self._type(name, "a line of text")
            return None
        return value.strip()

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number within bounds; `default` where it may be left out."""
        value = self._front.fields.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            self._missing(name)
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self._type(name, f"a whole number from {low} to {high}")
            return None
        return value

    def _missing(self, name: str) -> None:
        self.problems.append(Problem(self._path, 1, 1, "field-missing", (("field", name),)))

    def _type(self, name: str, expected: str) -> None:
        line = self._front.line(name)
        self.problems.append(Problem(self._path, line, 1, "field-type", (("field", name), ("expected", expected))))
