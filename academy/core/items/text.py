"""`text`: a word or a short phrase; case, accents and spaces do not matter, `/patterns/` take linear time."""

from __future__ import annotations

import functools
import re
import unicodedata

from academy.core.content.model import Option
from academy.core.items.typed import Typed

# A pattern may hold words, character classes, one level of groups with | inside, and ? after a single
# part. Without *, + and nested groups there is no backtracking to blow up.
_SAFE = re.compile(r"(?:[\w \-']|\\[\w\-.]|\[[\w\-]+\]|\((?:\?:)?[\w \-'|]+\)|\?|\|)+")


class Text(Typed):
    """Type a word or phrase."""

    name = "text"

    def matches(self, option: Option, answer: str) -> bool:
        """Whether the answer is the option's spelling, or fits its pattern."""
        folded = fold(answer)
        pattern = _pattern(option.text)
        return bool(pattern.fullmatch(folded)) if pattern else folded == fold(option.text)

    def spec_fault(self, option: Option) -> str | None:
        """A spelling, or a pattern without repetition."""
        if not option.text.strip():
            return "text-empty"
        return "text-pattern" if _is_pattern(option.text) and _pattern(option.text) is None else None


def fold(text: str) -> str:
    """Text without differences of case, accents (the ñ stays) or space."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("ñ", "\0"))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFKC", bare).replace("\0", "ñ").split())


def _is_pattern(text: str) -> bool:
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


@functools.lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str] | None:
    if not _is_pattern(text) or not _SAFE.fullmatch(text[1:-1]):
        return None
    try:
        return re.compile(fold(text[1:-1]))
    except re.error:
        return None


TYPE = Text()
