"""What answers are called: the author's letter, which survives rewording, or else a digest of their words.

Neither a letter nor a digest says where an answer belongs. Pages carry digests only (`token`), so that a habit of
lettering in the right order tells nobody anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from academy.core.content.model import Item
from academy.core.items.lists import Entry
from academy.core.items.protocol import Fault
from academy.core.items.text import fold

_LETTERED = re.compile(r"([a-z])\) +(\S.*)", re.DOTALL)
_SHOWN = 40  # characters of an answer quoted in a message


def token(item_id: str, words: str) -> str:
    """What stands for some words on a page: a digest of them and the item's id, 12 hex digits."""
    return hashlib.sha256(f"{item_id}\n{words}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def place_on_page(item: Item, words: str, seed: str) -> str:
    """What to sort by: an order that depends on the seed and the words alone, never on the key."""
    return token(f"{seed}\n{item.id}", words)


def name_entries(item_id: str, entries: Sequence[Entry]) -> Iterator[Fault]:
    """Give each entry its id in `mark`, taking the letter off its text. All have letters or none; yields what is wrong."""
    matches = [_LETTERED.fullmatch(entry.text) for entry in entries]
    lettered = any(matches)
    known: dict[str, str] = {}
    for entry, match in zip(entries, matches, strict=True):
        if not match:
            entry.mark = token(item_id, entry.text)
            if lettered:
                yield entry.line, "letter-mixed", {"item": item_id, "answer": entry.text[:_SHOWN]}
            continue
        entry.mark, entry.text = match[1], match[2]
        if known.setdefault(entry.mark, entry.text) != entry.text:
            yield entry.line, "letter-twice", {"item": item_id, "letter": entry.mark}


def repeated(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Different entries that say the same."""
    first: dict[str, Entry] = {}
    for entry in entries:
        before = first.setdefault(fold(entry.text), entry)
        if before is not entry:
            yield entry.line, "option-duplicate", {"first": _called(before), "second": _called(entry)}


def named_by_letters(item: Item) -> bool:
    """Whether the author lettered the answers."""
    return bool(item.options) and all(len(option.id) == 1 for option in item.options)


def _called(entry: Entry) -> str:
    return entry.mark if len(entry.mark) == 1 else f"“{entry.text[:_SHOWN]}”"
