"""The parts of a QTI 1.2 item turned into values: metadata, texts, scoring rules and feedback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element

from academy.core.content.render import render
from academy.core.interop.keys import Note, read_figure
from academy.core.interop.markup import to_markdown
from academy.core.interop.text import safe_markdown
from academy.core.interop.xml_tree import attribute, text_of

RESPONSES = ("response_lid", "response_str", "response_num", "response_grp", "response_xy")
"""The elements that stand for an answer to give."""

_LONGEST_SOURCE = 50_000  # characters

SHARES = "option_shares"
"""The metadata field in which our own files keep what each option earns, where the scoring rule cannot say it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One rule of the scoring: the answers it asks for, what it earns (None: nothing is said), the feedback it shows."""

    element: Element
    asked: tuple[tuple[str, str], ...]  # (response, value) of every varequal that is not negated
    score: Decimal | None
    feedback: tuple[str, ...]


def fields_of(element: Element) -> dict[str, str]:
    """The metadata fields directly below an element's `<itemmetadata>` or `<qtimetadata>`, by their label."""
    found: dict[str, str] = {}
    for path in ("itemmetadata/qtimetadata/qtimetadatafield", "qtimetadata/qtimetadatafield"):
        for entry in element.iterfind(path):
            found[text_of(entry.find("fieldlabel")).strip()] = text_of(entry.find("fieldentry")).strip()
    return found


def conditions_of(element: Element) -> list[Condition]:
    """The scoring rules of an item, in their order."""
    return [_condition(found) for found in element.iterfind("resprocessing/respcondition")]


def _condition(element: Element) -> Condition:
    score: Decimal | None = None
    for found in element.iterfind("setvar"):
        value = read_figure(text_of(found))
        if value is not None:
            score = -value if attribute(found, "action").lower() == "subtract" else value
    asked = tuple((attribute(found, "respident"), " ".join(text_of(found).split())) for found in _asserted(element.find("conditionvar")))
    return Condition(element, asked, score, tuple(attribute(found, "linkrefid") for found in element.iterfind("displayfeedback")))


def _asserted(element: Element | None) -> Iterator[Element]:
    """Every varequal below an element that is not negated. Trees are bounded in depth."""
    for child in element if element is not None else ():
        if child.tag == "varequal":
            yield child
        elif child.tag != "not":
            yield from _asserted(child)


def feedback_of(element: Element, note: Note) -> dict[str, str]:
    """Markdown of every feedback that says something, by its ident."""
    return {attribute(found, "ident"): text for found in element.iterfind("itemfeedback") if (text := material_of(found, note))}


def stem_of(presentation: Element | None, note: Note) -> str:
    """All material before the answers."""
    parts: list[str] = []

    def gather(element: Element) -> None:
        for child in element:
            if child.tag == "material":
                parts.append(_material_text(child, note))
            elif child.tag not in RESPONSES:
                gather(child)

    if presentation is not None:
        gather(presentation)
    return "\n\n".join(part for part in parts if part)


def material_of(element: Element, note: Note) -> str:
    """The first material that stands in an element before any choices."""
    for child in element:
        if child.tag == "material":
            return _material_text(child, note)
        if child.tag.startswith("flow") and (found := material_of(child, note)):
            return found
    return ""


def _material_text(material: Element, note: Note) -> str:
    return "\n\n".join(text for found in material.iter("mattext") if (text := _markdown(found, note)))


def _markdown(mattext: Element, note: Note) -> str:
    """The text as Markdown: that in its label where it is the source of this very HTML, as our own files have it."""
    text, source = text_of(mattext), attribute(mattext, "label")
    written_in = attribute(mattext, "texttype").lower() or "text/plain"
    if written_in == "text/html" and 0 < len(source) <= _LONGEST_SOURCE and render(source).strip() == text.strip():
        return safe_markdown(source)
    return to_markdown(text, written_in if written_in == "text/html" else "text/plain", note)
