"""Characters of plain text that Markdown would read as markup, escaped; others are left alone."""

from __future__ import annotations

import re

# Every look around is bounded, so that any text takes linear time.
_INLINE = re.compile(
    r"(?P<code>`[^`\n]+`(?!`))"
    r"|(?P<run>_{4,})"
    r"|(?P<inner>(?<=[^\W_])_+(?=[^\W_]))"
    r"|(?P<free>(?<=\s)[*_](?=\s))"
    r"|(?P<slash>\\(?=[!-/:-@\[-`{-~]|$))"
    r"|(?P<mark>[*_`])"
    r"|(?P<link>\[(?=\^|[^\[\]\n]{0,200}\][(\[:]))"
    r"|(?P<tag><(?=[a-zA-Z/!?]))"
    r"|(?P<entity>&(?=#?\w{1,32};))"
)
_KEPT = {"code", "run", "inner", "free"}
_ENTITIES = {"tag": "&lt;", "entity": "&amp;"}
_START = re.compile(r"#|>|[-+*](?=\s|$)|={1,}\s*$|_{3,}\s*$|\|")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_RULE = re.compile(r"[-|:*_ ]+")


def escape_inline(text: str) -> str:
    """Text within a line that reads as it stands. A pair of backticks stays code."""
    return _INLINE.sub(_escaped, text)


def escape_line(line: str) -> str:
    """A line, escaped inside already, that begins no heading, list, quote, rule or fence."""
    number = _NUMBER.match(line)
    if number:
        return f"{number[1]}\\{line[number.end(1) :]}"
    if line.startswith("~~~"):
        return f"&#126;{line[1:]}"
    if _START.match(line) or (_RULE.fullmatch(line) and line[:1] in "-|*_"):
        return f"\\{line}"
    return f"&#58;{line[1:]}" if _RULE.fullmatch(line) and line[:1] == ":" else line


def _escaped(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    if kind in _KEPT:
        return found[0]
    return _ENTITIES.get(kind) or f"\\{found[0]}"
