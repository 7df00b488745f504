"""A text with gaps turned into pieces of sanitised HTML and, between them, the numbers of the gaps."""

from __future__ import annotations

import re

from markupsafe import Markup

from academy.core.content.model import Item
from academy.core.content.version import digest
from academy.core.items.cloze import mark_gaps
from academy.web.rendering import markdown

_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')


def pieces(item: Item) -> tuple[Markup | int, ...]:
    """HTML, and where a gap stands its index from 0. A gap that the HTML has swallowed comes at the end: each can be filled."""
    name = f"gap{digest(item.body)[:16]}x"  # a mark that no author can have written, as it is made of the text itself
    mark = re.compile(name + r"(\d+)x")
    found: list[str | int] = [""]
    for position, segment in enumerate(_TAG.split(markdown(mark_gaps(item.body, lambda number: f"{name}{number}x")))):
        if position % 2:  # a tag
            found[-1] = f"{found[-1]}{mark.sub('', segment)}"
            continue
        for place, text in enumerate(mark.split(segment)):
            if place % 2:
                found += [int(text) - 1, ""]
            else:
                found[-1] = f"{found[-1]}{text}"
    found += [index for index in range(len(item.parts)) if index not in found]
    return tuple(Markup(piece) if isinstance(piece, str) else piece for piece in found if piece != "")  # noqa: S704  # sanitised
