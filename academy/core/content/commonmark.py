"""A piece of Markdown turned into the lines where a CommonMark reader would make something else of it than our pages do."""

from __future__ import annotations

import functools
import html.parser
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markdown import Markdown
from markdown_it import MarkdownIt
from markdown_it.token import Token

_BLOCKS = {
    "p", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "div",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_SILENT = {"p", "thead", "tbody", "div", "span"}  # a paragraph shows by its border; loose and tight lists are alike
_VOID = {"hr", "br", "img"}
_NOTE_LINE = re.compile(r"^\[\^[^\]\s]{1,64}\]:.*$", re.MULTILINE)
_NOTE = re.compile(r"\[\^[^\]\s]{1,64}\]")
_LINE = "data-line"
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
LONGEST_PARAGRAPH, MOST_LINES, LONGEST_TEXT = 3_000, 100, 30_000
"""Characters and lines of a paragraph, and characters of a text, beyond which it is not compared: the readers compared may take
time that grows with the square of these."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines, from 0, at which both readings part and meet again; and what each of them sees there."""

    first: int
    last: int
    here: str
    elsewhere: str


@dataclass(frozen=True, slots=True)
class _Block:
    """A stretch of text with what it stands in, as `ul/li`, and the line it begins at."""

    place: str
    text: str
    line: int

    @property
    def alike(self) -> tuple[str, str]:
        return self.place, self.text


@functools.lru_cache(maxsize=4096)
def differences(markdown: str) -> tuple[Difference, ...]:
    """Where the text, as a lesson shows it, is not what CommonMark with tables makes of it. Footnotes, which it lacks, are left aside."""
    if len(markdown) > LONGEST_TEXT or not all(map(_comparable, _PARAGRAPHS.split(markdown))):
        return ()
    text = _NOTE.sub("", _NOTE_LINE.sub("", markdown))
    ours, theirs = _ours(text), _theirs(text)
    if [block.alike for block in ours] == [block.alike for block in theirs]:
        return ()
    return tuple(_differences(ours, theirs))


def _comparable(paragraph: str) -> bool:
    return len(paragraph) <= LONGEST_PARAGRAPH and paragraph.count("\n") < MOST_LINES


def _differences(ours: Sequence[_Block], theirs: Sequence[_Block]) -> Iterator[Difference]:
    matcher = SequenceMatcher(None, [block.alike for block in ours], [block.alike for block in theirs], autojunk=False)
    for kind, start, end, first, last in matcher.get_opcodes():
        if kind != "equal":
            # What both begin with alike is no difference: ours goes on where theirs begins anew.
            while start < end and first + 1 < last and _begins(ours[start], theirs[first]):
                first += 1
            at = theirs[first].line if first < len(theirs) else theirs[-1].line if theirs else 0
            after = theirs[last].line - 1 if last < len(theirs) else 10**9
            yield Difference(at, max(at, after), _called(ours[start:end]), _called(theirs[first:last]))


def _begins(here: _Block, there: _Block) -> bool:
    return here.place == there.place and here.text.startswith(f"{there.text} ")


def _called(blocks: Sequence[_Block]) -> str:
    """What a reader sees, in short: where the first block stands and how it begins."""
    if not blocks:
        return "—"
    place = blocks[0].place.rpartition("/")[2] or "p"
    return f"<{place}> {blocks[0].text[:40]}".strip()


_lock = threading.Lock()
_here = Markdown(
    extensions=["tables", "sane_lists", "pymdownx.superfences", "pymdownx.highlight"],
    extension_configs={"pymdownx.highlight": {"use_pygments": False}},
    output_format="html",
)
_elsewhere = MarkdownIt("commonmark").enable(["table"])


def _ours(text: str) -> list[_Block]:
    with _lock:
        try:
            rendered = str(_here.reset().convert(text))
        except Exception:  # noqa: BLE001  # what our reader cannot convert it shows as it is
            rendered = text.replace("&", "&amp;").replace("<", "&lt;")
    return _outline(rendered)


def _theirs(text: str) -> list[_Block]:
    tokens = _elsewhere.parse(text)
    for token in tokens:
        _mark(token)
    return _outline(_elsewhere.renderer.render(tokens, _elsewhere.options, {}))


def _mark(token: Token) -> None:
    """Carry a block's line into the HTML."""
    if token.map and token.nesting >= 0 and not token.hidden:
        token.attrSet(_LINE, str(token.map[0]))


def _outline(markup: str) -> list[_Block]:
    reader = _Outline()
    reader.feed(markup)
    reader.close()
    reader.flush()
    return reader.blocks


class _Outline(html.parser.HTMLParser):
    """HTML turned into its blocks of text; marks such as emphasis stay in the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[_Block] = []
        self._stack: list[str] = []
        self._text: list[str] = []
        self._line = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.flush()
            line = dict(attrs).get(_LINE)
            self._line = int(line) if line else self._line
            if tag in _VOID:
                self.blocks.append(_Block("/".join([*self._stack, tag]), "", self._line))
            elif tag not in _SILENT:
                self._stack.append(tag)
        elif tag == "code" and self._stack[-1:] == ["pre"]:
            self._line = int(dict(attrs).get(_LINE) or self._line)
        elif tag not in _SILENT:
            self._text.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.flush()
            if tag in self._stack and tag not in _SILENT:
                while self._stack.pop() != tag:
                    pass
        elif tag not in _SILENT and tag not in _VOID and not (tag == "code" and self._stack[-1:] == ["pre"]):
            self._text.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def flush(self) -> None:
        """End a block."""
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text:
            self.blocks.append(_Block("/".join(self._stack), text, self._line))
