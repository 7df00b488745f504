"""What XML formats say about right answers turned into options that our item types can hold, or a reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

from academy.core.interop.model import Imported, ImportedOption
from academy.core.items.number import read_range

Note = Callable[[str], None]
_POINTS = re.compile(r"([1-9][0-9]?) pts?")
_LONGEST_FIGURE = 40
_WIDEST = 25  # powers of ten; beyond, a figure is no answer but an attack on memory
_FULL = 0.999  # shares are written with few digits


class Unusable(ValueError):
    """A question that cannot be taken over; the message is the reason, in English."""


def chosen_one(options: Sequence[ImportedOption]) -> None:
    """Check that there is something to choose, and something right. Raises Unusable."""
    if len(options) < 2:
        raise Unusable("it has fewer than two options")
    if not any(option.fraction >= _FULL for option in options):
        raise Unusable("no option is fully right")


def chosen_several(options: Sequence[ImportedOption]) -> None:
    """Check that some of the options are right. Raises Unusable."""
    if len(options) < 2:
        raise Unusable("it has fewer than two options")
    any_right(options)


def any_right(options: Sequence[ImportedOption]) -> None:
    """Raises Unusable where nothing is right."""
    if not any(option.fraction > 0 for option in options):
        raise Unusable("nothing is right")


def read_figure(text: str) -> Decimal | None:
    """A number as programs write it, `1.5e3` too, also with a decimal comma; None if it is none or out of bounds."""
    bare = text.strip().replace(",", ".") if text.count(",") == 1 and "." not in text else text.strip()
    if len(bare) > _LONGEST_FIGURE or not re.fullmatch(r"[-+]?[0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]{1,3})?", bare):
        return None
    try:
        value = Decimal(bare)
    except InvalidOperation:
        return None
    return value if abs(value.adjusted()) <= _WIDEST else None


def figures(low: Decimal, high: Decimal) -> str:
    """`443` or `8400..8500`, without zeros at the end."""
    return plain_figure(low) if low == high else f"{plain_figure(low)}..{plain_figure(high)}"


def plain_figure(value: Decimal) -> str:
    """A figure without exponent and without zeros at the end."""
    written = f"{value:f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written in {"-0", ""} else written


def read_shares(text: str) -> list[float]:
    """`0.5 0.5 -0.5` as shares; empty where any of it is none."""
    try:
        shares = [float(word) for word in text.split()]
    except ValueError:
        return []
    return shares if all(-1 <= share <= 1 for share in shares) else []


def points_of(question: Imported) -> int:
    """What a question is worth by its tag `2 pts`, else 1."""
    return next((int(match[1]) for tag in question.tags if (match := _POINTS.fullmatch(tag))), 1)


def true_and_false(question: Imported) -> bool:
    """Whether its options are called True and False, in this order, as formats write them that have no words of their own."""
    return [option.text for option in question.options] == ["True", "False"]


def no_pattern(option: ImportedOption) -> None:
    """Raises Unusable where a spelling is a `/pattern/`, which no other system reads as we do."""
    if len(option.text) > 2 and option.text.startswith("/") and option.text.endswith("/"):
        raise Unusable(f"the pattern {option.text[:60]} has no counterpart there")


def range_of(option: ImportedOption) -> tuple[Decimal, Decimal]:
    """The lowest and highest figure that an option of a `number` stands for. Raises Unusable."""
    found = read_range(option.text)
    if found is None:
        raise Unusable(f"the answer {option.text[:60]} is no number")
    return found
