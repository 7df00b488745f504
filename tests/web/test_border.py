"""Both sides of the border: each number with its definition and source, the United States as a nation only, and why."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from academy.services import gap
from academy.services.gap import Query
from academy.services.site import Site
from tests.publications import publish

PAGE = "/en/programs/border"


def numbers(text: str, country: str, metric: str) -> list[float]:
    """The numbers that a page shows of a country."""
    part = re.search(rf'data-country="{country}" data-metric="{metric}">(.*?)(?=data-country|<h2)', text, re.DOTALL)
    assert part, (country, metric)
    return [float(value) for value in re.findall(r'<data value="([^"]+)">', part[1])]


def test_both_countries_stand_side_by_side_with_their_definitions(mo: FlaskClient, light_site: Site) -> None:
    publish(light_site)
    text = mo.get(f"{PAGE}?scenario=mid").text
    view = gap.view(light_site, Query(scenario="mid"))
    assert view is not None
    nation = view.nation.numbers
    assert numbers(text, "mx", "workforce") == [536_027]
    assert numbers(text, "mx", "need") == [nation["need_top_down"].value, nation["need_bottom_up"].value]
    assert numbers(text, "mx", "shortage") == [260_000]
    assert numbers(text, "mx", "openings") == pytest.approx([0.14 * 536_027])
    assert numbers(text, "mx", "market_ratio") == pytest.approx([536_027 / (1.14 * 536_027)], abs=1e-4)
    assert numbers(text, "us", "workforce") == [1_250_000]
    assert numbers(text, "us", "shortage") == [265_000]
    assert numbers(text, "us", "openings") == [457_398, 514_359]
    assert numbers(text, "us", "market_ratio") == [0.83]
    assert "National figures only" in text
    assert text.count("CompTIA, CyberSeek 2024") >= 5
    assert "ISC2, Cybersecurity Workforce Study 2022" in text, "what the scenario rests on"
    former = re.search(r'id="cyberseek-2018-ratio">(.*?)</p>', text, re.DOTALL)
    assert former
    assert '<data value="2.5">' in former[1]
    assert 'href="https://www.burning-glass.com/' in former[1], "a ratio above 2 has its source as every figure has"
    assert "April 2017" in former[1]
    headline = mo.get(f"{PAGE}?scenario=headline").text
    assert numbers(headline, "mx", "shortage") == [500_000]
    assert numbers(headline, "us", "shortage") == [265_000]
    assert "Solo hay cifras nacionales" in mo.get(PAGE.replace("/en/", "/es/")).text


def test_the_united_states_need_is_what_gap_and_supply_make(light_site: Site) -> None:
    figures = {figure.id: figure for figure in light_site.framework.countries["us"].figures}
    need, missing, share = (figures[f"cyberseek-2024-{name}"] for name in ("need", "shortage", "ratio"))
    assert need.mode == pytest.approx(missing.mode / (1 - share.mode), abs=1)
    assert (need.low, need.high) == pytest.approx((missing.mode / 0.175, missing.mode / 0.165), abs=1)


def test_who_may_and_what_is_refused(mo: FlaskClient, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient) -> None:
    assert stranger.get(PAGE).status_code == 302
    assert lena.get(PAGE).status_code == 403
    assert ed.get(PAGE).status_code == 403
    assert mo.get(f"{PAGE}?scenario=none").status_code == 400
    assert "academy publish" in mo.get(PAGE).text
