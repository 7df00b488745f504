"""No number of the gap without its source, and a switch between scenarios on every page that shows one."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from academy.config import ROOT
from academy.services import inputs
from academy.services.site import Site
from tests.publications import publish

TEMPLATES = ROOT / "academy/templates"
SHOWS = re.compile(r"shortage|need_(top_down|bottom_up)|workforce|coverage|\bneed\.(top_down|bottom_up)|scenario\.(low|mode|high)")
SOURCED = re.compile(r"numbers\.(grade|stat)\(|programs\.show_sources|\.provenance")
PARTS = {"programs/numbers.html", "charts/tilemap.html"}
"""Macros: whoever calls them gives the source."""
PAGES = (
    "gap", "gap?role=PD-WRL-003&state=MX-NLE", "forecast?seats=900", "forecast?role=PD-WRL-003", "demand", "border",
    "brief/", "brief/MX-NLE", "", "funnel", "funnel?role=PD-WRL-003", "compare?b_state=MX-NLE", "fairness",
)  # fmt: skip
VOID = {"area", "br", "circle", "hr", "img", "input", "line", "link", "meta", "path", "polygon", "polyline", "rect", "source", "use"}


class Sections(HTMLParser):
    """Each section of a page that holds a published number, and whether it tells a source or a grade."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[list[bool]] = []
        self.unsourced: list[str] = []
        self.numbers = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self.open.append([False, False])
        elif tag == "data":
            self.numbers += 1
            assert self.open, "a number outside of every section"
            self.open[-1][0] = True
        elif (tag == "a" and "/programs/sources" in (given.get("href") or "")) or "grade" in (given.get("class") or "").split():
            for section in self.open:
                section[1] = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "section":
            shows, sourced = self.open.pop()
            if shows and not sourced:
                self.unsourced.append(f"line {self.getpos()[0]}")


@pytest.fixture
def published(light_site: Site) -> Site:
    publish(light_site)
    return light_site


def test_every_template_that_shows_a_number_of_the_gap_names_a_source() -> None:
    showing = 0
    for path in sorted(TEMPLATES.rglob("*.html")):
        name, text = path.relative_to(TEMPLATES).as_posix(), path.read_text(encoding="utf-8")
        shown = re.search(r"(figure|stat|number|percent|amount|data value)[ (=]", text) and SHOWS.search(text)
        if shown and name not in PARTS:
            showing += 1
            assert SOURCED.search(text), f"{name} shows a number without its source"
    assert showing >= 6


def test_every_number_stands_in_a_section_with_its_source_and_every_page_switches_scenarios(mo: FlaskClient, published: Site) -> None:
    for page in PAGES:
        text = mo.get(f"/en/programs/{page}").text
        found = Sections()
        found.feed(text)
        assert found.unsourced == [], page
        switch = re.search(r'<nav class="seg" aria-label="Scenario">(.*?)</nav>', text, re.DOTALL)
        assert switch, page
        for scenario in inputs.present(published).scenarios:
            assert f"scenario={scenario}" in switch[1], (page, scenario)


def test_a_public_page_names_the_claims_of_each_number(stranger: FlaskClient, published: Site) -> None:
    found = Sections()
    text = stranger.get("/en/roles/PD-WRL-003").text
    found.feed(text)
    assert found.numbers >= 3
    assert found.unsourced == []
    assert all(claim in text for claim in ("ISC2", "Fortinet", "A3Sec"))
