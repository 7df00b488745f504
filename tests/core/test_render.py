"""Rendering: what authors may write, and what nobody can smuggle in."""

from __future__ import annotations

import html.parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.content.parse import parse_lesson
from academy.core.content.render import plain_text, render, render_lesson

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](javascript:alert(1))",
    "![x](//evil.example/a.png)",
    "![x](https://evil.example/a.png)",
    '<a href="j&#97;vascript:alert(1)">x</a>',
    "<iframe src=https://evil.example></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=https://evil.example><input name=a></form>",
    "<style>body{display:none}</style>",
    '<p style="position:fixed">x</p>',
    "<div onclick=alert(1) class=note>x</div>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "{{ 7 * 7 }} {% include '/etc/passwd' %}",
    "`<script>`",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<details open ontoggle=alert(1)>x</details>",
    "```html\n<script>alert(1)</script>\n```",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
]
ACTIVE = {
    "script", "style", "iframe", "object", "embed", "form", "input", "button", "base", "meta", "link", "details", "math", "video", "audio",
}  # fmt: skip


class Watcher(html.parser.HTMLParser):
    """Notes everything active in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ACTIVE:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.found.append(name)
            scheme = (value or "").strip().lower().partition(":")[0]
            if name in ("href", "src", "action") and scheme in ("javascript", "data", "vbscript"):
                self.found.append(f"{name}={value}")
            if tag == "img" and name == "src" and not (value or "").startswith("/b/"):
                self.found.append(f"src={value}")


def active(markup: str) -> list[str]:
    watcher = Watcher()
    watcher.feed(markup)
    return watcher.found


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("inline", [False, True])
def test_nothing_active_comes_out(text: str, inline: bool) -> None:
    assert active(render(text, base_url="/b/", icons="/i.svg", inline=inline)) == []


@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40)), max_size=12).map("\n\n".join))
def test_no_mixture_is_active_and_none_fails(text: str) -> None:
    assert active(render(text, base_url="/b/")) == []


def test_template_braces_are_words() -> None:
    assert "{{ 7 * 7 }}" in render("{{ 7 * 7 }}")


def test_callouts_tables_and_code_are_dressed() -> None:
    text = "> [!WARNING]\n> Careful.\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n```python\nx = 1\n```\n"
    out = render(text, icons="/i.svg", label="Scroll")
    assert '<div class="callout callout--risk"><svg' in out
    assert '<div class="scroll" role="region" tabindex="0" aria-label="Scroll"><table' in out
    assert '<th scope="col" class="r">b</th>' in out
    assert '<pre role="region" tabindex="0"' in out
    assert 'class=""' not in out


def test_images_of_the_lesson_are_served_from_its_folder() -> None:
    assert '<img loading="lazy" alt="A door" src="/b/img/x.svg">' in render("![A door](img/x.svg)", base_url="/b/")
    assert "<img" not in render("![A door](../../etc/x.svg)", base_url="/b/")


def test_a_lesson_is_cut_at_its_checks_and_its_sources_stand_apart() -> None:
    text = (
        "---\ntitle: T\nsummary: S\n---\nBefore.[^a]\n\n### k: Really?\n`truefalse` `x` `easy`\n\n"
        "- [x] a) Yes\n- [ ] b) No\n    > No.\n\n> So.\n\n"
        "After.[^b]\n\n[^a]: One, 2024\n[^b]: Two, 2025\n"
    )
    lesson, problems = parse_lesson(text, "1-a.en.md", "en", "1-a")
    assert lesson is not None
    assert problems == ()
    found = render_lesson(lesson, base_url="/b/", icons="/i.svg", label="Scroll", back="Back")
    before, check, after = found.parts
    assert "Before." in str(before)
    assert check == lesson.checks[0]
    assert "After." in str(after)
    assert "One, 2024" in found.sources
    assert 'aria-label="Back"' in found.sources
    assert "One, 2024" not in f"{before}{after}"


def test_plain_text_has_no_markup() -> None:
    assert plain_text("A **bold** `move` & more") == "A bold move & more"


def test_a_corner_without_words_is_no_head() -> None:
    page = render("| | a |\n| --- | --- |\n| x | 1 |")
    assert "<td></td>" in page
    assert page.count("<th") == page.count('<th scope="col">a</th>') + page.count("<thead") == 2
