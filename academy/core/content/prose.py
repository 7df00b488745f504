"""A lesson's own lines and questions, code left out, turned into what they point at: images, links and anchors of headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from academy.core.content.model import Item, Lesson, Prose

# Every repetition is bounded or stops at the next mark, so that no line takes more than time proportional to its length.
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_IMAGE = re.compile(r"!\[([^\[\]]{0,500})\]\(\s{0,9}<?([^()\s<>]{1,500})>?([^()]{0,500})\)")
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|!\[[^\[\]]{0,500}\]\([^()]{0,500}\)){1,500})\]\(\s{0,9}<?([^()\s<>]{1,500})>?[^()]{0,500}\)")
_REFERENCE = re.compile(r" {0,3}\[(?!\^)[^\[\]]{1,200}\]:\s{1,9}<?([^\s<>]{1,500})>?")
_CODE = re.compile(r"`[^`]*`")
_HEADING = re.compile(r"#{1,6} +(\S.*?)[ #]*")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+) *")
_MARKUP = re.compile(
    r"\[\^[^\[\]]{1,64}\]|!\[[^\[\]]{0,500}\]\([^()]{0,500}\)|<[^<>]{0,200}>|&#?\w{1,32};"
    r"|(?<=\])\([^()]{0,500}\)|(?<=\])\[[^\[\]]{0,200}\]"
)
_BESIDE = re.compile(r"img/[\w.-]+")
_EXTERNAL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Something that a line points at, and where; `alt` is an image's text."""

    target: str
    line: int
    column: int
    alt: str = ""

    @property
    def external(self) -> bool:
        """Whether it lies outside the course."""
        return _EXTERNAL.match(self.target) is not None


def prose_lines(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """The lesson's own lines with their numbers, code left out; an empty line stands between stretches."""
    for segment in lesson.segments:
        if not isinstance(segment, Prose):
            continue
        fence = ""
        for number, line in enumerate(segment.markdown.split("\n"), start=segment.line):
            mark = _FENCE.match(line)
            if mark and not fence:
                fence = mark[1]
            elif mark and fence and mark[1].startswith(fence):
                fence = ""
            elif not fence:
                yield number, line
                continue
            yield number, ""
        yield segment.line, ""


def images(lesson: Lesson) -> Iterator[Pointer]:
    """Every image that a lesson shows."""
    for number, line in prose_lines(lesson):
        yield from images_in(line, number)


def images_in(line: str, number: int) -> Iterator[Pointer]:
    """The images in a line."""
    for match in _IMAGE.finditer(without_code(line)):
        yield Pointer(match[2], number, match.start() + 1, match[1])


def item_pictures(item: Item) -> Iterator[Pointer]:
    """The pictures in `img/` that a question shows: in its text, in feedback and in its rationale. Its heading and options show none."""
    texts = ["" if item.type == "cloze" else item.body, item.rationale or ""]
    texts += [option.feedback or "" for option in item.options] + [part.feedback or "" for part in item.parts]
    for line in "\n".join(texts).split("\n"):
        yield from (pointer for pointer in images_in(line, item.line) if _BESIDE.fullmatch(pointer.target))


def links(lesson: Lesson) -> Iterator[Pointer]:
    """Every link of a lesson, those to other places too."""
    for number, line in prose_lines(lesson):
        yield from links_in(line, number)


def links_in(line: str, number: int) -> Iterator[Pointer]:
    """The links in a line."""
    bare = without_code(line)
    for match in _LINK.finditer(bare):
        yield Pointer(match[2], number, match.start() + 1)
    if reference := _REFERENCE.match(bare):
        yield Pointer(reference[1], number, 1)


def without_code(line: str) -> str:
    """The line with its code blotted out, as long as before."""
    return _CODE.sub(lambda match: " " * len(match[0]), line)


def anchors(lesson: Lesson) -> frozenset[str]:
    """What a link may give behind `#` to lead to one of the lesson's headings."""
    seen: Counter[str] = Counter()
    found = [numbered(anchor(_MARKUP.sub("", text)), seen) for text in _headings(lesson)]
    return frozenset(name for name in found if name)


def anchor(text: str) -> str:
    """The words of a heading as an anchor: lower case letters and digits, hyphens for spaces."""
    words = "".join(char for char in text.lower() if char.isalnum() or char in " -").split()
    return "-".join(words)


def numbered(name: str, seen: Counter[str]) -> str:
    """The anchor, with a number from the second heading of that name on."""
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}-{seen[name] - 1}"


def _headings(lesson: Lesson) -> Iterator[str]:
    before = ""
    for _number, line in prose_lines(lesson):
        match = _HEADING.fullmatch(line)
        if match:
            yield match[1]
        elif before.strip() and not before.startswith((">", "#", "-", "|")) and _UNDERLINE.fullmatch(line):
            yield before
        before = line
