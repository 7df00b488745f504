"""Authors' Markdown turned into HTML that carries no active element, whatever the source says."""

from __future__ import annotations

import functools
import hashlib
import html
import itertools
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

import nh3
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from pygments.token import STANDARD_TYPES

from academy.core.content.figure import Figure
from academy.core.content.glossary import Glossary, link_terms
from academy.core.content.model import Item, Lesson, Prose
from academy.core.content.prose import anchor, numbered

_CALLOUTS = {
    "NOTE": ("", "info"),
    "TIP": (" callout--try", "try"),
    "WARNING": (" callout--risk", "risk"),
    "CAUTION": (" callout--risk", "risk"),
}
_CALLOUT = re.compile(r"\s*\[!(NOTE|TIP|WARNING|CAUTION)\]\s*")
_PLAIN = re.compile(r"[^\\`*_{}\[\]()#+!|<>&~\n:@/-]*")
_INLINE_TAGS = {"em", "strong", "code", "sup", "sub", "a", "kbd", "br"}
_BLOCK_TAGS = _INLINE_TAGS | {
    "p", "ul", "ol", "li", "blockquote", "pre", "h2", "h3", "h4", "h5", "h6", "hr", "img", "div", "span", "section", "dl", "dt", "dd",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"}, "img": {"src", "alt", "title", "width", "height"}, "ol": {"start"}, "li": {"id"}, "sup": {"id"},
    "th": {"align"}, "td": {"align"}, "h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "h5": {"id"}, "h6": {"id"},
}  # fmt: skip
_CLASSES = {
    "div": {"callout", "callout--try", "callout--risk", "callout__body", "footnote"},
    "span": {name for name in STANDARD_TYPES.values() if name},
    "a": {"footnote-ref", "footnote-backref"},
}
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
ANCHOR = "h-"
"""What the ids of headings begin with, so that none is that of another part of the page."""
_STASHED = re.compile("\x02[^\x03]*\x03")
_BESIDE = re.compile(r"((?:\.\./|[\w-]+/)*)([\w-]+)\.[a-z]{2}\.md")
_NO_SOURCE = re.compile(r"<img(?![^>]*\bsrc=)[^>]*>")
_NO_HEAD = re.compile(r"<th\b[^>]*>\s*</th>")  # a corner without words heads nothing
_SOURCES = '<div class="footnote">'
_PICTURE = re.compile(r"<p>\s*<img ([^>]*)>\s*</p>")
_ATTRIBUTE = re.compile(r'(src|alt)="([^"]*)"')


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


class _Anchors(Treeprocessor):
    """Gives headings the ids that links to them use."""

    def run(self, root: Element) -> None:
        seen: Counter[str] = Counter()
        for heading in root.iter():
            if heading.tag in _HEADINGS and (name := anchor(_STASHED.sub("", _words(heading)))):
                heading.set("id", f"{ANCHOR}{numbered(name, seen)}")


def _words(element: Element) -> str:
    """The text in an element, without the marks of its footnotes."""
    if element.tag == "sup":
        return ""
    return (element.text or "") + "".join(_words(child) + (child.tail or "") for child in element)


class _Academy(Extension):
    """Callouts and anchors."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # the library's name
        md.treeprocessors.register(_Callouts(md), "academy-callouts", 5)
        md.treeprocessors.register(_Anchors(md), "academy-anchors", 4)


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
def render(markdown: str, *, base_url: str = "", icons: str = "", inline: bool = False, label: str = "", back: str = "") -> str:
    """Sanitised HTML of a piece of Markdown.

    base_url: folder of its images. icons: address of the icon sprite. inline: one line, without a paragraph around it.
    label: what a scrolling table or log is called for people who do not see it. back: likewise, the way back from a source.
    """
    if inline:
        return _inline(markdown)
    return _finish(_clean(_convert(markdown), base_url), icons, label, back)


def render_lesson(
    lesson: Lesson,
    *,
    base_url: str,
    icons: str,
    label: str,
    back: str,
    figures: Mapping[str, Figure] | None = None,
    glossary: Glossary | None = None,
    glossary_url: str = "",
) -> RenderedLesson:
    """A lesson's text in one piece, so that its footnotes count through, cut where its knowledge checks stand.

    figures: drawings by their name in the lesson; one that stands alone in a paragraph becomes part of the page.
    glossary: whose terms are linked where the lesson first uses them, to the glossary at `glossary_url`.
    """
    checks = lesson.checks
    # A mark that no author can have written, as it is made of the text itself.
    mark = "check-" + hashlib.sha256(repr(lesson.segments).encode()).hexdigest()[:24]
    text = "\n\n".join(part.markdown if isinstance(part, Prose) else mark for part in lesson.segments)
    whole = _drawn(render(text, base_url=base_url, icons=icons, label=label, back=back), base_url, figures or {})
    body, found, sources = whole.partition(_SOURCES)
    body = link_terms(body, glossary, lesson.language, glossary_url) if glossary else body
    pieces = body.split(f"<p>{mark}</p>")
    if len(pieces) != len(checks) + 1:  # an author's HTML has swallowed a mark: then each stretch stands alone
        options = {"base_url": base_url, "icons": icons, "label": label}
        return RenderedLesson(tuple(render(p.markdown, **options) if isinstance(p, Prose) else p for p in lesson.segments), "")
    parts = [part for piece, check in itertools.zip_longest(pieces, checks) for part in (piece, check)]
    return RenderedLesson(tuple(part for part in parts if isinstance(part, Item) or (part or "").strip()), found + sources)


def _drawn(text: str, base_url: str, figures: Mapping[str, Figure]) -> str:
    """The page with its drawings in place of the pictures that only name them."""

    def draw(match: re.Match[str]) -> str:
        given = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(match[1])}
        figure = figures.get(given.get("src", "").removeprefix(base_url))
        return match[0] if figure is None else f'<figure class="fig">{figure.html(given.get("alt", ""))}</figure>'

    return _PICTURE.sub(draw, text) if figures else text


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
        except Exception:  # noqa: BLE001  # a bug in a parser must not take a page down: the reader still gets the words
            return f"<p>{html.escape(markdown)}</p>"


_SCHEMES = {"http", "https", "mailto"}


def _clean(raw: str, base_url: str) -> str:
    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return value if value.startswith(("fn:", "fnref")) or (base_url and value.startswith(ANCHOR)) else None
        if tag == "a" and name == "href":
            return _link(value, base_url)
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


def _link(target: str, base_url: str) -> str:
    """The address of a link: one to a file beside the lesson leads to its page, one to a heading to its id."""
    path, mark, name = target.partition("#")
    beside = _BESIDE.fullmatch(path)
    if beside:
        path = f"{base_url}{beside[1]}{beside[2]}"
    if mark and (beside or not path) and not name.startswith(("fn:", "fnref")):
        name = f"{ANCHOR}{name}"
    return f"{path}{mark}{name}"


def _image(source: str, base_url: str) -> str | None:
    """The address of an image beside the lesson; None for any other."""
    if ":" in source or source.startswith(("/", "\\", "#")) or ".." in source:
        return None
    return base_url + source


def _finish(cleaned: str, icons: str, label: str, back: str) -> str:
    """Add what authors cannot write: icons of callouts, names and focus for what scrolls, lazy images."""
    cleaned = _NO_SOURCE.sub("", cleaned.replace(' class=""', ""))
    if back:
        cleaned = cleaned.replace('class="footnote-backref"', f'class="footnote-backref" aria-label="{html.escape(back, quote=True)}"')
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
    text = re.sub(r'<(th|td) align="\w+">', lambda m: '<th scope="col">' if m[1] == "th" else "<td>", text)
    return _NO_HEAD.sub("<td></td>", text)
