"""Bytes, plain text and foreign Markdown turned into Markdown of ours in which nothing is active."""

from __future__ import annotations

import re
from collections.abc import Callable

from academy.core.interop.html_markdown import Picture as Picture
from academy.core.interop.html_markdown import html_to_markdown as html_to_markdown
from academy.core.interop.html_markdown import losses as losses
from academy.core.interop.markdown_escape import escape_inline, escape_line

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BLOCK_TAG = re.compile(r"<(?:p|br|div|li|ul|ol|pre|table|h[1-6])\b", re.IGNORECASE)
_CODE = re.compile(r"(`+)(?:[^`\n]+)\1(?!`)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HARMLESS_TAG = re.compile(r"</?(?:b|i|u|s|em|strong|code|br|sub|sup|kbd|p|del|ins|mark|small)\s{0,3}/?>", re.IGNORECASE)
_ADDRESS = re.compile(r"<(?:https?://|mailto:)[^\s<>\"']{1,2000}>", re.IGNORECASE)
_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,500})\]\(\s{0,5}<?([^()\s<>`]{1,2000})>?[^()\n]{0,300}\)")
_ACTIVE_LINK = re.compile(r"(\]\(\s{0,9}<?|\]:\s{0,9}<?)(?:javascript|vbscript|data|file):", re.IGNORECASE)


def decode(data: bytes) -> str:
    """Text of a file whose encoding nobody says: a byte order mark counts, then UTF-8, else Windows-1252. Lines end in \\n."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("windows-1252", errors="replace")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("\ufffd", text)


def plain_to_markdown(text: str) -> str:
    """Markdown that reads as the plain text does: lines stay lines, and no character is markup. A `span` in backticks is code."""
    paragraphs: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        words = " ".join(line.split())
        if words:
            paragraphs[-1].append(escape_line(escape_inline(words)))
        elif paragraphs[-1]:
            paragraphs.append([])
    return "\n\n".join("  \n".join(lines) for lines in paragraphs if lines)


def moodle_to_markdown(text: str, picture: Picture = lambda _source, _alt: None) -> str:
    """Moodle's own format: HTML in which a line break is one, unless it has blocks of its own."""
    if "<" not in text and "&" not in text:
        return plain_to_markdown(text)
    return html_to_markdown(text if _BLOCK_TAG.search(text) else text.replace("\n", "<br>\n"), picture)


def safe_markdown(text: str) -> str:
    """Markdown as written, but HTML that could be active is shown as text, and links that could run something lead nowhere.

    Code is left as it is. Applied twice, it changes nothing more.
    """
    return _outside_code(text, _safe_words)


def without_images(text: str) -> tuple[str, bool]:
    """Markdown in which images are links to them, or their names where they have no web address; and whether there were any."""
    found = _outside_code(text, lambda words: _IMAGE.sub(_linked, words))
    return found, found != text


def with_pictures(text: str, picture: Picture) -> str:
    """Markdown in which images that can be kept are; others stay as they are."""
    return _outside_code(text, lambda words: _IMAGE.sub(lambda found: picture(found[2], found[1].strip()) or found[0], words))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Markdown with its words changed, fences and code left alone."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]) else fence
            lines.append(line)
        elif mark:
            fence = mark[1]
            lines.append(line)
        else:
            lines.append(_changed_line(line, change))
    return "\n".join(lines)


def _changed_line(line: str, change: Callable[[str], str]) -> str:
    done: list[str] = []
    at = 0
    for code in _CODE.finditer(line):
        done += [change(line[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*done, change(line[at:])])


def _safe_words(words: str) -> str:
    words = _ACTIVE_LINK.sub(r"\1#", words)
    return _TAG.sub(lambda found: "<" if _stays(words, found.start()) else "&lt;", words)


def _stays(words: str, at: int) -> bool:
    return bool(_HARMLESS_TAG.match(words, at) or _ADDRESS.match(words, at))


def _linked(image: re.Match[str]) -> str:
    alt, source = image[1].strip() or "image", image[2]
    return f"[{alt}]({source})" if source.lower().startswith(("http://", "https://")) else f"({alt}: `{source}`)"
