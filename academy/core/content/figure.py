"""An author's SVG drawing turned into one that can stand within a page: known shapes only, coloured by the page's own classes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

LARGEST_FIGURE = 12_000
"""Bytes of a drawing file; a larger one is dear on prepaid data."""
CLASSES = frozenset({"f-line", "f-soft", "f-plane", "f-a", "f-b", "f-c", "f-hot", "f-arrow", "f-text", "f-note", "f-mono", "f-on"})
"""What a shape may be: the style sheet gives each its colour in both schemes."""

_GEOMETRY = {
    "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "d", "points", "dx", "dy", "transform",
    "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "fill-rule", "opacity",
    "text-anchor", "dominant-baseline", "font-size", "font-weight", "font-family", "letter-spacing",
}  # fmt: skip
_SHAPES = {"g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"}
_SIZE = re.compile(r"\d{1,4}(\.\d+)?")
_PLAIN_VALUE = re.compile(r"[\w\s.,#%()'+-]*")
_SVG = "{http://www.w3.org/2000/svg}"
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing that can stand in a page, and what of its file cannot: names of elements, attributes and classes."""

    width: float
    height: float
    body: str
    left_out: tuple[str, ...]

    def html(self, alt: str) -> str:
        """The drawing as one picture with a name for people who do not see it. alt: plain text, not yet escaped."""
        size = f'viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}"'
        return f'<svg class="drawing" {size} role="img" aria-label="{html.escape(alt, quote=True)}">{self.body}</svg>'


def read_figure(text: str) -> Figure | None:
    """The drawing in an SVG file; None where it is not well-formed SVG with a `viewBox` that begins at 0 0, or is nested too deep.

    Nothing active survives: no script, style, link, image, animation, entity or event attribute, whatever the file says.
    """
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    box = root.get("viewBox", "").replace(",", " ").split()
    if root.tag != f"{_SVG}svg" or len(box) != 4 or box[:2] != ["0", "0"] or not all(map(_SIZE.fullmatch, box[2:])):
        return None
    if _depth(root) > _DEEPEST:
        return None
    left_out: dict[str, None] = {}
    body = "".join(_written(child, left_out) for child in root)
    return Figure(float(box[2]), float(box[3]), body, tuple(left_out))


def _depth(root: Element) -> int:
    depth, level = 0, [root]
    while level:
        depth, level = depth + 1, [child for element in level for child in element]
    return depth


def _written(element: Element, left_out: dict[str, None]) -> str:
    """An element as markup, without what it may not hold; nothing where it is none of the known shapes."""
    name = str(element.tag).removeprefix(_SVG)
    if name not in _SHAPES:
        left_out[f"<{name.rpartition('}')[2]}>"] = None
        return ""
    attributes = "".join(f' {key}="{html.escape(value, quote=True)}"' for key, value in _attributes(element, left_out))
    inner = html.escape(element.text or "", quote=False) if name in ("text", "tspan") else ""
    for child in element:
        inner += _written(child, left_out)
        inner += html.escape(child.tail or "", quote=False) if name in ("text", "tspan") else ""
    return f"<{name}{attributes}>{inner}</{name}>"


def _attributes(element: Element, left_out: dict[str, None]) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        if key == "class":
            known = [name for name in value.split() if name in CLASSES]
            left_out.update({f".{name}": None for name in value.split() if name not in CLASSES})
            if known:
                yield key, " ".join(known)
        elif key in _GEOMETRY and _PLAIN_VALUE.fullmatch(value) and "url" not in value.lower():
            yield key, value
        else:
            left_out[key.rpartition("}")[2]] = None
