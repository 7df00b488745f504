"""Authors' Markdown turned into HTML that carries no active element, whatever the source says."""

from __future__ import annotations

import functools
import html
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

import nh3
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from pygments.token import STANDARD_TYPES

from academy.core.content.model import Item, Lesson, Prose

_CALLOUTS = {"NOTE": ("", "info"), "TIP": (" callout--try", "try"), "WARNING": (" callout--risk", "risk"), "CAUTION": (" callout--risk", "risk")}
_CALLOUT = re.compile(r"\s*\[!(NOTE|TIP|WARNING|CAUTION)\]\s*")
_PLAIN = re.compile(r"[^\\`*_{}\[\]()#+!|<>&~\n:@/-]*")
_INLINE_TAGS = {"em", "strong", "code", "sup", "sub", "a", "kbd", "br"}
_BLOCK_TAGS = _INLINE_TAGS | {
    "p", "ul", "ol", "li", "blockquote", "pre", "h2", "h3", "h4", "h5", "h6", "hr", "img", "div", "span", "section", "dl", "dt", "dd",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"}, "img": {"src", "alt", "title", "width", "height"}, "ol": {"start"}, "li": {"id"}, "sup": {"id"},
    "th": {"align"}, "td": {"align"},
}  # fmt: skip
_CLASSES = {
    "div": {"callout", "callout--try", "callout--risk", "callout__body", "footnote"},
    "span": {name for name in STANDARD_TYPES.values() if name},
    "a": {"footnote-ref", "footnote-backref"},
}
_BREAK = "academy-check-{}-here"
_BROKEN = re.compile(r"<p>academy-check-(\d+)-here</p>")
_SOURCES = '<div class="footnote">'


@dataclass(frozen=True, slots=True)
class RenderedLesson:
    """A lesson as HTML parts and knowledge checks in reading order, and its list of sources."""

    parts: tuple[str | Item, ...]
    sources: str


class _Callouts(Treeprocessor):
    """Turns block quotes that begin with `[!NOTE]` and its kin into callouts."""

    def run(self, root: Element) -> None:
        for quote in list(root.iter("blockquote")):
            first = quote.find("p")
            match = _CALLOUT.match((first.text or "") if first is not None else "")
            if first is None or match is None:
                continue
            first.text = (first.text or "")[match.end() :]
            children = list(quote)
            for child in children:
                quote.remove(child)
            quote.tag, quote.text = "div", None
            quote.set("class", f"callout{_CALLOUTS[match[1]][0]}")
            body = SubElement(quote, "div", {"class": "callout__body"})
            body.extend(children if (first.text.strip() or len(first)) else children[1:])


class _Academy(Extension):
    """Callouts."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # the library's name
        md.treeprocessors.register(_Callouts(md), "academy-callouts", 5)


_lock = threading.Lock()
_markdown = Markdown(
    extensions=["tables", "footnotes", "sane_lists", "pymdownx.superfences", "pymdownx.highlight", "pymdownx.magiclink", _Academy()],
    extension_configs={
        "tables": {"use_align_attribute": True},
        "footnotes": {"BACKLINK_TEXT": "↑", "BACKLINK_TITLE": ""},
        "pymdownx.highlight": {"css_class": "code", "guess_lang": False},
        "pymdownx.magiclink": {},
    },
    output_format="html",
)


@functools.lru_cache(maxsize=8192)
def render(markdown: str, *, base_url: str = "", icons: str = "", inline: bool = False, label: str = "") -> str:
    """Sanitised HTML of a piece of Markdown.

    base_url: folder of its images. icons: address of the icon sprite. inline: one line, without a paragraph around it.
    label: what a scrolling table or log is called for people who do not see it.
    """
    if inline:
        return _inline(markdown)
    return _finish(_clean(_convert(markdown), base_url), icons, label)


def render_lesson(lesson: Lesson, *, base_url: str, icons: str, label: str) -> RenderedLesson:
    """A lesson's text in one piece, so that its footnotes count through, cut where its knowledge checks stand."""
    checks = lesson.checks
    numbers = iter(range(len(checks)))
    text = "\n\n".join(part.markdown if isinstance(part, Prose) else _BREAK.format(next(numbers)) for part in lesson.segments)
    body, found, sources = render(text, base_url=base_url, icons=icons, label=label).partition(_SOURCES)
    pieces: list[str | Item] = []
    for position, piece in enumerate(_BROKEN.split(body)):
        if position % 2:
            pieces.append(checks[int(piece)])
        elif piece.strip():
            pieces.append(piece)
    return RenderedLesson(tuple(pieces), found + sources if found else "")


def plain_text(markdown: str) -> str:
    """The words of a piece of Markdown, without markup."""
    return html.unescape(nh3.clean(render(markdown), tags=set())).strip()


def _inline(markdown: str) -> str:
    if _PLAIN.fullmatch(markdown):
        return html.escape(markdown)
    cleaned = nh3.clean(_convert(markdown), tags=_INLINE_TAGS, attributes={"a": {"href"}}, link_rel="noopener", url_schemes=_SCHEMES)
    return cleaned.strip()


def _convert(markdown: str) -> str:
    """HTML as the library makes it; text it cannot convert is shown as it is."""
    with _lock:
        try:
            return str(_markdown.reset().convert(markdown))
        except Exception:  # a bug in a parser must not take a page down: the reader still gets the words
            return f"<p>{html.escape(markdown)}</p>"


_SCHEMES = {"http", "https", "mailto"}


def _clean(raw: str, base_url: str) -> str:
    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return value if value.startswith(("fn:", "fnref")) else None
        if tag == "img" and name == "src":
            return _image(value, base_url)
        return value

    return nh3.clean(
        raw,
        tags=_BLOCK_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        allowed_classes=_CLASSES,
        link_rel="noopener",
        url_schemes=_SCHEMES,
        strip_comments=True,
    )


def _image(source: str, base_url: str) -> str | None:
    """The address of an image beside the lesson; None for any other."""
    if ":" in source or source.startswith(("/", "\\", "#")) or ".." in source:
        return None
    return base_url + source


def _finish(cleaned: str, icons: str, label: str) -> str:
    """Add what authors cannot write: icons of callouts, names and focus for what scrolls, lazy images."""
    region = f' role="region" tabindex="0" aria-label="{html.escape(label, quote=True)}"' if label else ' tabindex="0"'
    text = cleaned.replace("<table>", f'<div class="scroll"{region}><table class="table">').replace("</table>", "</table></div>")
    text = text.replace("<th>", '<th scope="col">').replace("<pre>", f"<pre{region}>").replace("<img ", '<img loading="lazy" ')
    text = _cells(text)
    for style, icon in set(_CALLOUTS.values()):
        mark = f'<svg class="i" aria-hidden="true"><use href="{html.escape(icons, quote=True)}#{icon}"/></svg>' if icons else ""
        text = text.replace(f'<div class="callout{style}">', f'<div class="callout{style}">{mark}')
    return text


def _cells(text: str) -> str:
    marks: Mapping[str, str] = {'<th align="right">': '<th scope="col" class="r">', '<td align="right">': '<td class="r">'}
    for before, after in marks.items():
        text = text.replace(before, after)
    return re.sub(r'<(th|td) align="\w+">', lambda m: '<th scope="col">' if m[1] == "th" else "<td>", text)
