"""`cloze`: choose what belongs into the gaps of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from academy.core.content.model import Item, Option, Part
from academy.core.items.lists import code_spans, fence_end, fence_name
from academy.core.items.parted import Parted
from academy.core.items.protocol import Fault, JsonValue, Source, Written
from academy.core.items.words import token

# What each repetition may hold ends where it could begin anew, so that a line takes time proportional to its length.
_HIDDEN = re.compile(r"!\[[^\[\]]*\]|\]\([^)\]]*\)|</?[A-Za-z][^<>]*>")
_GAP = re.compile(r"\[\[((?:[^\[\]]|\[(?!\[)|\](?!\]))*)\]\]")
_MOST_CHOICES = 8
_BLANK = "\0"


class Cloze(Parted):
    """A text with gaps `[[right|wrong|wrong]]`; in the item's body they stand as `[[1]]`, `[[2]]`."""

    name = "cloze"
    explained = False  # a choice has no room for feedback: the rationale teaches
    in_text = True
    least = 1

    def begins(self, line: str) -> bool:
        """The first line with a gap, code left aside."""
        return "[[" in _masked(line)

    def parse(self, source: Source) -> Written:
        """The text up to the rationale, with its gaps numbered."""
        body: list[str] = []
        parts: list[Part] = []
        words: dict[str, Option] = {}
        faults: list[Fault] = []
        at = source.at
        while at < len(source.lines) and not source.lines[at].startswith((">", "### ", "## ", "# ")):
            if fence_name(source.lines[at]) is not None:
                end = fence_end(source.lines, at)
                if end is None:
                    return Written(len(source.lines), faults=(*faults, (at + 1, "fence-open", {})), unread=True)
                body += source.lines[at : end + 1]
                at = end + 1
                continue
            body.append(_line(source, at, parts, words, faults))
            at += 1
        if not parts and not faults:
            faults.append((source.item_line, "gap-missing", {"item": source.item_id}))
        options = tuple(sorted(words.values(), key=lambda option: option.id))
        return Written(at, options, tuple(parts), body=tuple(body), faults=tuple(faults), unread=bool(faults))

    def problems(self, item: Item) -> Iterator[Fault]:
        """Gaps stand below the heading, which is read as the question."""
        if "[[" in _masked(item.stem):
            yield item.line, "gap-in-heading", {"item": item.id}
        yield from super().problems(item)

    def shape(self, item: Item) -> JsonValue:
        """How many gaps there are; what is offered in them may differ between languages."""
        return len(item.parts)

    def keyed_in_words(self, item: Item) -> bool:
        """The key is made of words."""
        return True

    def _shown(self, item: Item, seed: str) -> tuple[Part, ...]:
        return item.parts


def mark_gaps(body: str, mark: Callable[[str], str]) -> str:
    """An item's body with each gap `[[1]]` as `mark` writes its number; what looks like one in code stays as it is."""
    lines, marked, at = body.split("\n"), [], 0
    while at < len(lines):
        end = fence_end(lines, at) if fence_name(lines[at]) is not None else None
        if end is not None:
            marked += lines[at : end + 1]
            at = end + 1
            continue
        line, masked = lines[at], _masked(lines[at])
        for gap in reversed(list(_GAP.finditer(masked))):
            line = f"{line[: gap.start()]}{mark(gap[1])}{line[gap.end() :]}"
        marked.append(line)
        at += 1
    return "\n".join(marked)


def _line(source: Source, at: int, parts: list[Part], words: dict[str, Option], faults: list[Fault]) -> str:
    """One line of the text with its gaps numbered; what they offer is kept."""
    line, masked, shown, after, open_before = source.lines[at], _masked(source.lines[at]), "", 0, False
    for gap in _GAP.finditer(masked):
        choices = [choice.strip() for choice in _split(line, masked, gap.start(1), gap.end(1))]
        number = str(len(parts) + 1)
        if not 2 <= len(choices) <= _MOST_CHOICES or not all(choices) or len(set(choices)) < len(choices):
            faults.append((at + 1, "gap-choices", {"gap": line[gap.start() : gap.end()][:60], "most": str(_MOST_CHOICES)}))
        ids = [token(source.item_id, choice) for choice in choices]
        for position, (option_id, choice) in enumerate(zip(ids, choices, strict=True)):
            right = position == 0 or (option_id in words and words[option_id].right)
            words[option_id] = Option(option_id, choice, right, None, at + 1)
        parts.append(Part(number, "", ids[0], tuple(sorted(ids)), None, at + 1))
        shown += f"{line[after : gap.start()]}[[{number}]]"
        open_before = open_before or "[[" in masked[after : gap.start()]
        after = gap.end()
    if open_before or "[[" in masked[after:]:
        faults.append((at + 1, "gap-open", {"item": source.item_id}))
    return shown + line[after:]


def _split(line: str, masked: str, start: int, end: int) -> Iterator[str]:
    """The pieces between the bars of a gap; a bar in code is none."""
    for position in range(start, end):
        if masked[position] == "|":
            yield line[start:position]
            start = position + 1
    yield line[start:end]


def _masked(line: str) -> str:
    """The line with code, images and addresses blotted out, as long as before."""
    pieces, after = [], 0
    for start, end in code_spans(line):
        pieces += [line[after:start], _BLANK * (end - start)]
        after = end
    return _HIDDEN.sub(lambda match: _BLANK * len(match[0]), "".join([*pieces, line[after:]]))


TYPE = Cloze()
