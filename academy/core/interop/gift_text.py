"""GIFT's characters and percentages turned into plain values, and back. Source: Moodle's question/format/gift/format.php."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

# A decoded file holds no control characters but \n and \t, so these may stand for escaped characters meanwhile.
_STAND_INS = {"\\": "\x01", ":": "\x02", "#": "\x03", "=": "\x04", "{": "\x05", "}": "\x06", "~": "\x07", "n": "\x08"}
_MEANT = {ord(stand_in): ("\n" if char == "n" else char) for char, stand_in in _STAND_INS.items()}
_ESCAPE = re.compile(r"\\([\\:#={}~n])")
_SPECIAL = re.compile(r"[\\:#={}~\n]")
_WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]{0,12})?)%")
_WILDCARD = re.compile(r"(?<!\\)\*")
_FIGURE = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_LONGEST_FIGURE, _WIDEST_POWER = 40, 25
_COARSEST_SHARE, _SAME_SHARE = 20, 2e-5


def hide_escapes(text: str) -> str:
    """Text in which no escaped character is taken for a mark of GIFT."""
    return _ESCAPE.sub(lambda found: _STAND_INS[found[1]], text)


def show_escapes(text: str) -> str:
    """The characters that were meant."""
    return text.translate(_MEANT)


def escaped(text: str) -> str:
    """Text that GIFT gives back unchanged."""
    return _SPECIAL.sub(lambda found: "\\n" if found[0] == "\n" else f"\\{found[0]}", text)


def read_weight(answer: str) -> tuple[float | None, str]:
    """The share, −1 to 1, of an answer that begins with `%50%`, and the rest; None where it begins otherwise.

    Raises ValueError for a share beyond 100%. 33.33333% is a third: shares up to twentieths are exact.
    """
    match = _WEIGHT.match(answer)
    if match is None:
        return None, answer
    share = round(float(match[1]) / 100, 9)
    if abs(share) > 1:
        raise ValueError(f"the percentage {match[1]}% lies beyond 100%")
    near = float(Fraction(share).limit_denominator(_COARSEST_SHARE))
    return near if abs(near - share) < _SAME_SHARE else share, answer[match.end() :]


def written_weight(share: float) -> str:
    """A share as GIFT writes it: `%33.33333%`."""
    return f"%{round(share * 100, 5) + 0.0:.8g}%"


def without_wildcards(answer: str) -> str | None:
    """A short answer as it is meant; None where it has a `*` that stands for any text."""
    return None if _WILDCARD.search(answer) else answer.replace("\\*", "*")


def read_figures(text: str) -> str:
    """`5`, `5:0.5` or `4..6` as `5` or `4.5..5.5`. Raises ValueError that says why not."""
    low, dots, high = text.partition("..")
    if dots and low:
        first, last = _figure(low), _figure(high)
    else:
        middle, _, tolerance = text.partition(":")
        value, width = _figure(middle), _figure(tolerance or "0")
        first, last = value - width, value + width
    if first > last:
        raise ValueError(f"the range {_shown(text)} ends before it begins")
    return plain_figure(first) if first == last else f"{plain_figure(first)}..{plain_figure(last)}"


def plain_figure(value: Decimal) -> str:
    """A number without exponent or needless zeros."""
    return f"{value.normalize() + 0:f}"


def _figure(text: str) -> Decimal:
    bare = text.strip()
    if len(bare) <= _LONGEST_FIGURE and _FIGURE.fullmatch(bare):
        try:
            value = Decimal(bare)
        except InvalidOperation:  # an exponent beyond what is computed with
            value = Decimal("NaN")
        if value.is_finite() and (not value or abs(value.adjusted()) <= _WIDEST_POWER):
            return value
    raise ValueError(f"{_shown(text)} is not a number")


def _shown(text: str) -> str:
    return "“" + " ".join(show_escapes(text).split())[:40] + "”"
