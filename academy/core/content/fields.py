"""Front matter fields read with their types; every fault becomes a problem at its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from academy.core.content.codes import N_
from academy.core.content.front_matter import FrontMatter
from academy.core.content.model import Problem

_LARGEST = 1000
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
            self._type(name, N_("lower case letters, digits and hyphens"))
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
            self._type(name, N_("a line of text"))
            return None
        return value.strip()

    def says(self, name: str, word: str) -> bool:
        """Whether an optional field holds the one word that it may hold."""
        value = self._front.fields.get(name)
        if value is not None and value != word:
            self._type(name, word)
        return value == word

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number within bounds; `default` where it may be left out."""
        value = self._front.fields.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            self._missing(name)
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.fault(name, "field-range", field=name, low=str(low), high=str(high))
            return None
        return value

    def positive(self, name: str) -> float | None:
        """A required number above 0, up to 1,000."""
        value = self._front.fields.get(name)
        if value is None:
            self._missing(name)
            return None
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value <= _LARGEST:
            self._type(name, N_("a number above 0, up to 1,000"))
            return None
        return float(value)

    def words(self, name: str) -> tuple[str, ...]:
        """A required list of words."""
        value = self._front.fields.get(name)
        if value is None:
            self._missing(name)
            return ()
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self._type(name, N_("a list of words"))
            return ()
        return tuple(value)

    def names(self, name: str, languages: Sequence[str]) -> dict[str, str]:
        """A required text in each language."""
        value = self._front.fields.get(name)
        if value is None:
            self._missing(name)
            return {}
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self._type(name, N_("a text for each language"))
            return {}
        found = {str(language): str(text) for language, text in value.items()}
        for language in languages:
            if not found.get(language, "").strip():
                self.fault(name, "field-missing", field=f"{name}.{language}")
        return found

    def budget(self, name: str, default: Mapping[str, int]) -> dict[str, int]:
        """Kilobytes by what they are for; the default for what is not given."""
        value = self._front.fields.get(name)
        if value is None:
            return dict(default)
        fine = isinstance(value, dict) and all(key in default and type(size) is int and size > 0 for key, size in value.items())
        if not fine:
            self.fault(name, "budget")
            return dict(default)
        return {**default, **value}

    def line(self, name: str) -> int:
        """The line of a field, nested ones as `modules.0.folder`."""
        return self._front.line(name)

    def fault(self, name: str, code: str, /, **values: str) -> None:
        """Report a problem at a field, nested ones as `modules.0.folder`."""
        self.problems.append(Problem(self._path, self._front.line(name), 1, code, tuple(values.items())))

    def _missing(self, name: str) -> None:
        self.problems.append(Problem(self._path, 1, 1, "field-missing", (("field", name),)))

    def _type(self, name: str, expected: str) -> None:
        line = self._front.line(name)
        self.problems.append(Problem(self._path, line, 1, "field-type", (("field", name), ("expected", expected))))
