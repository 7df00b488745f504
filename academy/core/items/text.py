"""`text`: a word or a short phrase; case, accents and spaces do not matter, `/patterns/` take linear time."""

from __future__ import annotations

import functools
import re
import unicodedata

from academy.core.content.model import Option
from academy.core.items.typed import Typed

# A pattern may hold words, character classes, one level of groups with | inside, and a few ?. Without *, + and nested
# groups, and with at most eight ?, a match takes at most 256 tries.
_SAFE = re.compile(r"(?:[\w \-']|\\[wds.\-]|\[[\w\-]+\]|\((?:\?:)?[\w \-'|]+\)|\?|\|)+")
_MOST_OPTIONAL = 8
_TYPEWRITER = str.maketrans("‘’‚“”„‐‑–—−", "'''\"\"\"-----")


class Text(Typed):
    """Type a word or phrase."""

    name = "text"

    def matches(self, option: Option, answer: str) -> bool:
        """Whether the answer is the option's spelling, or fits its pattern."""
        folded = fold(answer)
        pattern = _pattern(option.text)
        if pattern:
            return any(pattern.fullmatch(text) for text in (folded, _without_stop(folded)))
        return fold(option.text) in (folded, _without_stop(folded))

    def spec_fault(self, option: Option) -> str | None:
        """A spelling, or a pattern without repetition."""
        return "text-pattern" if _is_pattern(option.text) and _pattern(option.text) is None else None


def fold(text: str) -> str:
    """Text without differences of case, accents (the ñ stays), typographic quotes and dashes, or space."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text.translate(_TYPEWRITER)).casefold().replace("ñ", "\0"))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFKC", bare).replace("\0", "ñ").split())


def _without_stop(folded: str) -> str:
    """Without the full stop that phones put behind a word."""
    return folded.removesuffix(".").rstrip()


def _is_pattern(text: str) -> bool:
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


@functools.lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str] | None:
    if not _is_pattern(text) or not _SAFE.fullmatch(text[1:-1]) or text.count("?") > _MOST_OPTIONAL:
        return None
    try:
        return re.compile(fold(text[1:-1]))
    except re.error:
        return None


TYPE = Text()
