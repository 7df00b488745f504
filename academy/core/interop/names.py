"""Titles and stems turned into ids that our quizzes allow, each only once."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 48
_FINE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_CONTEXT = re.compile(r"^(?:\$[a-z0-9]{1,20}\$(?:/|$))?(?:top(?:/|$))?")
_SHORTENED = 400  # characters of a title that are looked at


class Names:
    """Ids given so far. One object for each file or folder read."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def take(self, *candidates: str) -> str:
        """An id from the first candidate that has letters or digits, else `question`; numbered where it is taken."""
        stem = next((found for text in candidates if (found := slug(text))), "question")
        number = self._last.get(stem, 0)
        while True:
            number += 1
            name = stem if number == 1 else f"{stem}-{number}"
            if name not in self._taken:
                break
        self._last[stem] = number
        self._taken.add(name)
        return name


def slug(text: str) -> str:
    """Text as lower case letters, digits and hyphens, at most 48 characters; empty where nothing is left. An id stays itself."""
    if _FINE.fullmatch(text):
        return text
    decomposed = unicodedata.normalize("NFKD", text[:_SHORTENED].casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    words = re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
    if len(words) <= _LONGEST:
        return words
    head, _, _ = words[: _LONGEST + 1].rpartition("-")
    return head or words[:_LONGEST]


def bare_category(written: str) -> str:
    """A category without what Moodle puts before its name: `$course$/top/Networks/Ports` is `Networks/Ports`."""
    return _CONTEXT.sub("", " ".join(written.split()))
