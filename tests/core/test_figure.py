"""Drawings: what may stand in a page does, and nothing active ever does."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.content.figure import CLASSES, read_figure

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 200" {attributes}>{body}</svg>'


def drawing(body: str, attributes: str = "") -> str:
    return SVG.format(body=body, attributes=attributes)


def test_shapes_and_words_stay() -> None:
    words = '<text class="f-text" x="5">Un <tspan>día</tspan> &amp; más</text>'
    figure = read_figure(drawing(f'<g class="f-line"><rect x="1" y="2" width="30" height="4"/></g>{words}'))
    assert figure is not None
    assert (figure.width, figure.height, figure.left_out) == (360, 200, ())
    assert figure.body == f'<g class="f-line"><rect x="1" y="2" width="30" height="4"></rect></g>{words}'


def test_it_is_one_picture_with_a_name() -> None:
    figure = read_figure(drawing("<path d='M0 0h9'/>"))
    assert figure is not None
    assert figure.html('Dos "redes" <unidas>').startswith(
        '<svg class="drawing" viewBox="0 0 360 200" width="360" role="img" aria-label="Dos &quot;redes&quot; &lt;unidas&gt;">'
    )


@pytest.mark.parametrize(
    ("body", "left_out"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<style>*{fill:red}</style>", "<style>"),
        ('<a href="javascript:alert(1)"><text>x</text></a>', "<a>"),
        ('<image href="https://example.org/x.png"/>', "<image>"),
        ("<foreignObject><body>x</body></foreignObject>", "<foreignObject>"),
        ('<rect onload="alert(1)"/>', "onload"),
        ('<rect style="fill:red"/>', "style"),
        ('<rect fill="url(#x)"/>', "fill"),
        ('<rect class="btn f-line"/>', ".btn"),
        ('<g id="main"/>', "id"),
        ('<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>', "<script>"),
        ('<text xml:space="preserve">x</text>', "space"),
        ("<use href='#x'/>", "<use>"),
        ("<animate attributeName='x'/>", "<animate>"),
    ],
)
def test_what_may_not_stand_is_left_out_and_named(body: str, left_out: str) -> None:
    figure = read_figure(drawing(body))
    assert figure is not None
    assert figure.left_out == (left_out,)
    assert not any(word in figure.body for word in ("alert", "url", "http", "btn", "onload", "style"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no drawing",
        "<svg viewBox='0 0 9 9'/>",
        SVG.replace("0 0 360 200", "0 0 360"),
        SVG.replace("0 0 360 200", "0 0 1e999 2"),
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + drawing("<text>&a;</text>"),
        drawing("<g>" * 60 + "</g>" * 60),
    ],
)
def test_what_is_no_drawing_is_none(text: str) -> None:
    assert read_figure(text) is None


@given(st.recursive(st.text(max_size=8), lambda inner: st.tuples(st.text("abgsvcript:-", min_size=1, max_size=7), inner), max_leaves=6))
def test_nothing_but_known_shapes_comes_out(tree: object) -> None:
    def build(node: object) -> ET.Element:
        tag, inner = node if isinstance(node, tuple) else ("text", node)
        element = ET.Element(str(tag).strip(":-") or "g", {"class": "f-a x", "onclick": "1"})
        if isinstance(inner, tuple):
            element.append(build(inner))
        else:
            element.text = "".join(letter for letter in str(inner) if letter.isprintable())
        return element

    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 9 9"})
    root.append(build(tree))
    figure = read_figure(ET.tostring(root, encoding="unicode"))
    if figure is not None:
        for element in ET.fromstring(f"<svg>{figure.body}</svg>").iter():
            assert element.tag in {"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"}
            assert set(element.get("class", "").split()) <= CLASSES
            assert "onclick" not in element.attrib
