"""HTML turned into Markdown: what is known is written anew, everything else is dropped, so nothing active survives."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from academy.core.interop.markdown_escape import escape_inline, escape_line

# Possessive, and a tag ends at the next "<" at the latest: any text takes linear time.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)((?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>")
_DECLARATION = re.compile(r"<[!?][^<>]*+>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_WITHOUT_CONTENT = {
    "script", "style", "iframe", "object", "noscript", "template", "svg", "math", "head", "select", "textarea", "audio", "video",
}  # fmt: skip
_PARAGRAPHS = {
    "p", "div", "section", "article", "header", "footer", "main", "figure", "figcaption", "address", "dl", "dt", "dd", "hr", "fieldset",
    "form", "center",
}  # fmt: skip
_EMPHASIS = {
    "b": "**", "strong": "**", "i": "*", "em": "*", "var": "*", "cite": "*", "code": "`", "tt": "`", "kbd": "`", "samp": "`",
    "sub": "sub", "sup": "sup", "a": "a",
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_DEEPEST_LIST = 6
_MOST_COLUMNS = 20
_ALLOWED_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"']+", re.IGNORECASE)
_UNSAFE_IN_LINK = str.maketrans({"(": "%28", ")": "%29", "\\": "%5C", "`": "%60"})


_LOST = (
    (re.compile(r"<img\b", re.IGNORECASE), "An image was left out; its description stays."),
    (
        re.compile(r"<(?:script|iframe|object|embed|applet|form|svg|math|video|audio|canvas)\b|\son[a-z]{3,20}\s?=|javascript:", re.I),
        "Active or embedded parts of its HTML were left out.",
    ),
)


Picture = Callable[[str, str], str | None]
"""Markdown for an image by its address and description; None where it cannot be kept, which is noted elsewhere."""


def losses(text: str, *, pictures: bool = False) -> tuple[str, ...]:
    """What `html_to_markdown` leaves out of the HTML, as notes. pictures: whether it is told what to do with images."""
    return tuple(note for pattern, note in _LOST[pictures:] if pattern.search(text))


def html_to_markdown(text: str, picture: Picture = lambda _source, _alt: None) -> str:
    """Markdown that says what the HTML says: paragraphs, lists, code, tables, emphasis, links, quotes.

    An image that is not kept becomes its alternative text in brackets. Unknown tags go, their text stays; scripts and the like go whole.
    """
    writer = _Writer(picture)
    at, endless = 0, set[str]()
    while at < len(text):
        start = text.find("<", at)
        if start < 0:
            break
        writer.text(text[at:start])
        at = _read_markup(text, start, writer, endless)
    writer.text(text[at:])
    return writer.finish()


def _read_markup(text: str, start: int, writer: _Writer, endless: set[str]) -> int:
    """Take in what begins with `<` and return the index after it. `endless`: what is known never to be closed."""
    if text.startswith("<!--", start):
        end = -1 if "!" in endless else text.find("-->", start)
        if end < 0:
            endless.add("!")
        return end + 3 if end >= 0 else start + 4
    tag = _TAG.match(text, start)
    if tag is None:
        declaration = _DECLARATION.match(text, start)
        if declaration is None:
            writer.text("<")
        return declaration.end() if declaration else start + 1
    name = tag[2].lower()
    if name in _WITHOUT_CONTENT and not tag[1] and not tag[3].endswith("/"):
        closing = None if name in endless else re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE).search(text, tag.end())
        if closing is None:
            endless.add(name)
        return closing.end() if closing else tag.end()
    writer.close(name) if tag[1] else writer.open(name, tag[3])
    return tag.end()


@dataclass(slots=True)
class _Level:
    """A list or a quote that is open. `mark` is written before its next paragraph, `indent` before all others."""

    kind: str
    mark: str = ""
    indent: str = "    "
    number: int = 0


@dataclass(slots=True)
class _Writer:
    """Markdown while it is written: finished blocks, and the pieces of the paragraph at hand."""

    picture: Picture
    blocks: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    emphases: list[tuple[str, int, str]] = field(default_factory=list)  # mark, index of its first piece, target of a link
    levels: list[_Level] = field(default_factory=list)
    rows: list[list[str]] | None = None
    code: list[str] | None = None
    inner_tables: int = 0

    def text(self, raw: str) -> None:
        if not raw:
            return
        words = html.unescape(raw)
        if self.code is not None:
            self.code.append(words)
        elif any(mark == "`" for mark, _, _ in self.emphases):
            self.pieces.append(re.sub(r"\s+", " ", words))
        else:
            self.pieces.append(escape_inline(re.sub(r"\s+", " ", words)))

    def open(self, name: str, attributes: str) -> None:
        if self.code is not None:
            if name == "br":
                self.code.append("\n")
        elif name == "img":
            alt = " ".join(_attribute(attributes, "alt").split())
            kept = self.picture(_attribute(attributes, "src"), alt)
            self.pieces.append(f" {kept} " if kept else escape_inline(f" [{alt or 'image'}] "))
        elif name == "br":
            self.pieces.append("\n")
        elif name in _EMPHASIS:
            self._begin(_EMPHASIS[name], _attribute(attributes, "href") if name == "a" else "")
        elif self.rows is not None or name == "table":
            self._open_in_table(name)
        elif name in _HEADINGS:
            self._flush()
            self._begin("**", "")
        else:
            self._open_block(name, attributes)

    def close(self, name: str) -> None:
        if self.code is not None:
            if name == "pre":
                self._end_code()
        elif name in _EMPHASIS:
            self._end(_EMPHASIS[name])
        elif self.rows is not None:
            self._close_in_table(name)
        elif name in _HEADINGS:
            self._end("**")
            self._flush()
        elif name in _PARAGRAPHS or name in {"ul", "ol", "blockquote", "li"}:
            self._flush()
            self._leave(name)

    def finish(self) -> str:
        if self.code is not None:
            self._end_code()
        self._flush()
        if self.rows is not None:
            self._end_table()
        return "\n".join(self.blocks).strip("\n")

    def _open_block(self, name: str, attributes: str) -> None:
        if name == "pre":
            self._flush()
            self.code = []
        elif name in _PARAGRAPHS:
            self._flush()
        elif name in {"ul", "ol", "blockquote"}:
            self._flush()
            if len(self.levels) < _DEEPEST_LIST:
                start = _attribute(attributes, "start")
                first = int(start) if start.isdecimal() and len(start) < 6 else 1
                self.levels.append(_Level(name, "> " if name == "blockquote" else "", "> " if name == "blockquote" else "    ", first))
        elif name == "li":
            self._flush()
            self._begin_item()

    def _begin_item(self) -> None:
        if not self.levels or self.levels[-1].kind == "blockquote":
            return
        level = self.levels[-1]
        level.mark = "- " if level.kind == "ul" else f"{level.number}. "
        level.number += 1

    def _leave(self, name: str) -> None:
        if name in {"ul", "ol", "blockquote"} and self.levels and self.levels[-1].kind == name:
            self.levels.pop()

    def _begin(self, mark: str, target: str) -> None:
        open_marks = {open_mark for open_mark, _, _ in self.emphases}
        if mark not in open_marks and "`" not in open_marks:
            self.emphases.append((mark, len(self.pieces), target))

    def _end(self, mark: str) -> None:
        """Close an emphasis, and with it those opened inside."""
        if all(open_mark != mark for open_mark, _, _ in self.emphases):
            return
        while self.emphases:
            found, first, target = self.emphases.pop()
            content = "".join(self.pieces[first:])
            self.pieces[first:] = [_emphasised(found, content, target)]
            if found == mark:
                return

    def _paragraph(self) -> list[str]:
        """The lines of the paragraph at hand, which is then empty."""
        while self.emphases:
            self._end(self.emphases[-1][0])
        lines = [" ".join(line.split()) for line in "".join(self.pieces).split("\n")]
        self.pieces.clear()
        return [line for line in lines if line]

    def _flush(self) -> None:
        if not self.pieces:
            return
        lines = [escape_line(line) for line in self._paragraph()]
        if lines:
            self._emit([f"{line}  " for line in lines[:-1]] + lines[-1:])

    def _emit(self, lines: list[str], *, code: bool = False) -> None:
        """Write a block below the open lists and quotes."""
        begins_item = any(level.mark and level.kind != "blockquote" for level in self.levels)
        if code and begins_item:  # a fence cannot begin an item
            self._emit(["code:"])
            begins_item = False
        first = "".join(level.mark or level.indent for level in self.levels)
        later = "".join(level.indent for level in self.levels)
        for level in self.levels:
            level.mark = "> " if level.kind == "blockquote" else ""
        if self.blocks and not (begins_item and self.blocks[-1].lstrip().startswith(("- ", *"123456789"))):
            self.blocks.append("")
        self.blocks.append("\n".join((first if position == 0 else later) + line for position, line in enumerate(lines)))

    def _end_code(self) -> None:
        text = "".join(self.code or ()).strip("\n")
        self.code = None
        if not text.strip():
            return
        longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        self._emit([fence, *text.replace("\r", "").split("\n"), fence], code=True)

    def _open_in_table(self, name: str) -> None:
        if name == "table":
            self.inner_tables += self.rows is not None
            if self.rows is None:
                self._flush()
                self.rows = []
        elif name == "tr" and not self.inner_tables and self.rows is not None:
            self._end_cell()
            self.rows.append([])
        elif name in {"td", "th"} and not self.inner_tables:
            self._end_cell()
        else:
            self.pieces.append(" ")

    def _close_in_table(self, name: str) -> None:
        if name == "table":
            if self.inner_tables:
                self.inner_tables -= 1
            else:
                self._end_table()
        elif name in {"td", "th"} and not self.inner_tables:
            self._end_cell(empty=True)
        else:
            self.pieces.append(" ")

    def _end_cell(self, *, empty: bool = False) -> None:
        words = " ".join(self._paragraph())
        if self.rows is not None and (words or empty):
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append(words.replace("|", "\\|"))

    def _end_table(self) -> None:
        self._end_cell()
        rows = [row for row in self.rows or () if row]
        self.rows = None
        width = max((len(row) for row in rows), default=0)
        if not rows:
            return
        if width > _MOST_COLUMNS or width < 2:
            self._emit([escape_line(" ".join(row)) + "  " for row in rows])
            return
        written = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
        self._emit([written[0], "|" + " --- |" * width, *written[1:]])


def _attribute(attributes: str, name: str) -> str:
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == name:
            return html.unescape(found[2] or found[3] or found[4] or "").strip()
    return ""


def _emphasised(mark: str, content: str, target: str) -> str:
    core = content.strip()
    if not core:
        return content
    lead = content[: len(content) - len(content.lstrip())]
    trail = content[len(content.rstrip()) :]
    return f"{lead}{_marked(mark, core, target)}{trail}"


def _marked(mark: str, core: str, target: str) -> str:
    if mark == "a":
        link = _ALLOWED_LINK.fullmatch(target)
        return f"[{core}]({target.translate(_UNSAFE_IN_LINK)})" if link else core
    if mark in {"sub", "sup"}:
        return f"<{mark}>{core}</{mark}>"
    if mark == "`":
        longest = max((len(run) for run in re.findall(r"`+", core)), default=0)
        ticks = "`" * (longest + 1)
        return f"{ticks} {core} {ticks}" if longest else f"`{core}`"
    return f"{mark}{core}{mark}"
