"""Text in a named format turned into Markdown of ours, with a note of what cannot come along."""

from __future__ import annotations

import re
from collections.abc import Callable

from academy.core.interop.text import (
    Picture,
    html_to_markdown,
    losses,
    moodle_to_markdown,
    plain_to_markdown,
    safe_markdown,
    with_pictures,
)  # fmt: skip

_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.+)")
_MOODLE = ("moodle_auto_format", "wiki_like")
_PLAIN = ("plain_text", "plain", "text/plain")


def to_markdown(text: str, written_in: str, note: Callable[[str], None], picture: Picture | None = None) -> str:
    """Markdown in which nothing is active, without space around it. A format that is not known is read as HTML, as Moodle does.

    picture: what to do with images; without it they are left out, with a note.
    """
    written_in = written_in.lower()
    keep = picture or (lambda _source, _alt: None)
    if written_in in _PLAIN:
        return plain_to_markdown(text).strip()
    if written_in == "markdown":
        return safe_markdown(with_pictures(text, keep)).strip()
    for loss in losses(text, pictures=picture is not None):
        note(loss)
    return (moodle_to_markdown if written_in in _MOODLE else html_to_markdown)(text, keep).strip()


def criteria(markdown: str) -> tuple[str, ...]:
    """What graders are told as a rubric: each item of a list is a criterion, else all of it is one; lines are joined."""
    lines = [line.strip() for line in markdown.split("\n") if line.strip()]
    items = [found[1] for line in lines if (found := _ITEM.fullmatch(line))]
    if items and len(items) == len(lines):
        return tuple(items)
    return (" ".join(lines),) if lines else ()
