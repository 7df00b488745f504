"""`number`: a figure, exact, within a range or a tolerance; 1,250.5 is read as in Mexico and the United States."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from academy.core.content.model import Item, Option
from academy.core.items.protocol import Answer, AnswerError
from academy.core.items.typed import Typed

_GROUPED = re.compile(r"[-+]?\d{1,3}([, \u00a0\u202f]\d{3})+(\.\d+)?")
_PLAIN = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)")
_LONGEST_FIGURE = 40


class Number(Typed):
    """Type a number."""

    name = "number"

    def keyed_in_words(self, item: Item) -> bool:
        """Figures are the same in every language."""
        return False

    def matches(self, option: Option, answer: str) -> bool:
        """Whether the number lies in the option's range, ends included."""
        value, bounds = read_number(answer), read_range(option.text)
        return value is not None and bounds is not None and bounds[0] <= value <= bounds[1]

    def spec_fault(self, option: Option) -> str | None:
        """A number, one with a tolerance behind ±, or two with `..` between them, the lower first."""
        return None if read_range(option.text) else "number-unreadable"

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """The number as typed. Raises AnswerError when it is none."""
        typed = super().read(item, form)
        if not isinstance(typed, str) or read_number(typed) is None:
            raise AnswerError("answer-not-a-number")
        return typed


def read_number(text: str) -> Decimal | None:
    """A number as people write it, with thousands separators, a currency sign or a percent sign; None if it is none."""
    bare = text.strip().replace("−", "-").removeprefix("$").removesuffix("%").strip()
    if len(bare) > _LONGEST_FIGURE:
        return None
    if _GROUPED.fullmatch(bare):
        bare = re.sub(r"[, \u00a0\u202f]", "", bare)
    elif not _PLAIN.fullmatch(bare):
        return None
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None


def read_range(text: str) -> tuple[Decimal, Decimal] | None:
    """`443`, `8400..8500`, `37.5 ± 0.5` or `200 ± 5%` as its lowest and highest number; None if it is none of them."""
    middle, mark, tolerance = text.replace("+-", "±").partition("±")
    if mark:
        return _around(read_number(middle), tolerance.strip())
    low, dots, high = text.partition("..")
    first, last = read_number(low), read_number(high if dots else low)
    return (first, last) if first is not None and last is not None and first <= last else None


def _around(middle: Decimal | None, tolerance: str) -> tuple[Decimal, Decimal] | None:
    width = read_number(tolerance)
    if middle is None or width is None or width < 0:
        return None
    if tolerance.endswith("%"):
        width = abs(middle) * width / 100
    return middle - width, middle + width


TYPE = Number()
