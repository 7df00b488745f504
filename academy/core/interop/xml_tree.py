"""The bytes of an XML file turned into a tree that is safe to walk, and a tree into bytes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

DEEPEST = 200  # elements within elements; real question banks stay below 30
_LINE = "academy-line"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # characters that no XML 1.0 file can hold


class XmlError(ValueError):
    """A file that is refused as a whole; the message says why, in English."""


class _Builder(ET.TreeBuilder):
    """Counts how deep it is, forgets namespaces, and notes the line of every element."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.parser: DefusedXMLParser | None = None

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self.depth += 1
        if self.depth > DEEPEST:
            raise XmlError(f"elements are nested more than {DEEPEST} deep")
        assert self.parser is not None
        return super().start(local_name(tag), {**attrs, _LINE: str(self.parser.parser.CurrentLineNumber)})

    def end(self, tag: str, /) -> Element:
        self.depth -= 1
        return super().end(local_name(tag))


def read_xml(data: bytes) -> Element:
    """The root of an XML file, tags without namespaces. Raises XmlError.

    Refused: a DOCTYPE (so there are no entities either), nesting deeper than 200, anything that is not well formed.
    Text that says UTF-8 and is Windows-1252 is read as that.
    """
    if not data.strip():
        raise XmlError("the file is empty")
    try:
        return _parse(data)
    except ET.ParseError as error:
        text = _windows_text(data)
        if text is None:
            raise XmlError(f"this is not well-formed XML: {_shown(error)}") from None
    try:
        return _parse(text)
    except ET.ParseError as error:
        raise XmlError(f"this is not well-formed XML: {_shown(error)}") from None


def write_xml(root: Element) -> bytes:
    """A tree as a UTF-8 file. What XML cannot hold is replaced by U+FFFD."""
    for element in root.iter():
        element.text = storable(element.text) if element.text else element.text
        for name, value in element.attrib.items():
            element.set(name, storable(value))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def storable(text: str) -> str:
    """Text that an XML file can hold and gives back unchanged."""
    return _FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def local_name(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def line_of(element: Element) -> int:
    """The line of the file at which the element begins, from 1."""
    return int(element.get(_LINE, "1"))


def text_of(element: Element | None) -> str:
    """All text in an element, its children's too; empty where there is no element."""
    return "".join(element.itertext()) if element is not None else ""


def attribute(element: Element | None, name: str) -> str:
    """An attribute without space around it; empty where there is none."""
    return element.get(name, "").strip() if element is not None and name != _LINE else ""


def _parse(source: bytes | str) -> Element:
    builder = _Builder()
    try:
        parser = DefusedXMLParser(target=builder, forbid_dtd=True)
        builder.parser = parser
        parser.feed(source)
        root = parser.close()
    except DTDForbidden:
        raise XmlError("the file has a DOCTYPE, which is refused: it can make a reader open other files or fill its memory") from None
    except DefusedXmlException:
        raise XmlError("the file declares entities, which are refused") from None
    except ET.ParseError:
        raise
    except (LookupError, ValueError, AssertionError) as error:
        if isinstance(error, XmlError):
            raise
        raise XmlError("the file says that it has an encoding which is not read here") from None
    if not isinstance(root, Element):
        raise XmlError("the file holds no element")
    return root


def _windows_text(data: bytes) -> str | None:
    """The text where the file is not UTF-8 although it says so or says nothing; else None."""
    head = data[:200].lower()
    if b"encoding=" in head and b"utf-8" not in head:
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("windows-1252", errors="replace")
    return None


def _shown(error: ET.ParseError) -> str:
    line, column = error.position
    return f"line {line}, column {column + 1}: {str(error.msg).partition(':')[0]}"
