"""The whole way once, in a real browser: from sign-up to the gap, in each language, and without JavaScript."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from academy.core.content.model import Item
from academy.services import accounts, profiles, rebuild
from academy.services.profiles import Profile
from academy.services.site import Site
from tests.browser.conftest import Product
from tests.conftest import PASSWORD
from tests.factories import right_answer, take_quiz

pytestmark = pytest.mark.browser
COURSE, MODULE, LESSON, QUIZ_TYPES = "ai-threats", "2-deepfakes", "1-voice-cloning", 6
ROLE, STATE = "PD-WRL-003", "MX-NLE"
EARLIER, LATER = 11, 6
"""Learners of the state and role before the story and, beside the one in the browser, in it."""


@pytest.fixture(scope="module", params=["es", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def product(start_product: Callable[..., Product], language: str) -> Product:
    """A product with some learners, a manager and a first publication."""
    found = start_product()
    site = _with_clock(found.site)
    for number in range(EARLIER):
        _learner(site, f"earlier{number}", language)
    accounts.create_account(site, email="mo@example.org", name="Mo", roles=("manager",), language=language, password=PASSWORD)
    found.academy("publish")
    return found


def test_the_whole_way(product: Product, language: str, new_context: Callable[..., BrowserContext]) -> None:
    before = _published(product, language, new_context)
    context = new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    _sign_up(page, product, language, "lucia@example.org")
    _read_and_check(page, product, language)
    _take_quiz(page, product, language, context)
    _skill_moved(page, product, language)
    site = _with_clock(product.site)
    for number in range(LATER):
        _learner(site, f"later{number}", language)
    assert "differences" in product.academy("rebuild", "--check")
    product.academy("publish")
    after = _published(product, language, new_context)
    assert before["enrolled"] == 10, "11 learners, rounded once"
    assert after["enrolled"] == 20, "18 learners, rounded once"
    assert rebuild.differences(product.site) == []


def test_the_learners_part_without_javascript(product: Product, language: str, new_context: Callable[..., BrowserContext]) -> None:
    context = new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    _sign_up(page, product, language, "noscript@example.org")
    _read_and_check(page, product, language)
    _take_quiz(page, product, language, context)
    _skill_moved(page, product, language)


def _sign_up(page: Page, product: Product, language: str, email: str) -> None:
    page.goto(f"{product.url}/{language}/sign-up")
    page.fill("#name", "Lucía")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    _press(page, "main form button.btn")
    page.wait_for_url(f"**/{language}/account")
    page.select_option("#target_role", ROLE)
    page.select_option("#state", STATE)
    _press(page, "main form button.btn >> nth=0")
    page.wait_for_url(f"**/{language}/account")


def _read_and_check(page: Page, product: Product, language: str) -> None:
    """Read a lesson, answer its knowledge check, finish it."""
    page.goto(f"{product.url}/{language}/courses/{COURSE}/{MODULE}/{LESSON}")
    assert page.locator("article .prose").first.is_visible()
    assert page.locator("article .callout--right, .opt--right").count() == 0
    check = next(iter(_module(product.site).lessons[LESSON, language].checks))
    _fill(page, check, f"#{check.id}")
    _press(page, f"#{check.id} button.btn >> nth=0")
    assert page.locator(f"#{check.id} .opt--right").count() >= 1
    assert page.locator(f"#{check.id} .callout").is_visible()
    _press(page, "form.pager button.next")
    page.wait_for_url("**/2-video-calls")


def _take_quiz(page: Page, product: Product, language: str, context: BrowserContext) -> None:
    """One answer of every type; the tab is closed midway and the quiz gone on with from home."""
    page.goto(f"{product.url}/{language}/courses/{COURSE}/{MODULE}/quiz")
    _press(page, "main form button.btn")
    items = {item.id: item for item in _module(product.site).quizzes[language].items}
    seen: set[str] = set()
    for position in range(len(items)):
        if position == 5:
            page.close()
            page = context.new_page()
            page.goto(f"{product.url}/{language}/")
            _press(page, ".wall--rosa a.btn")
            _press(page, "main form button.btn")
        item = items[page.url.rpartition("/")[2]]
        assert page.locator(".opt--right, .opt--wrong").count() == 0, "nothing is given away before an answer"
        _fill(page, item, "main")
        _press(page, "main form button.btn >> nth=0")
        assert page.locator(".note--ok").first.is_visible()
        assert page.locator(".callout").last.is_visible()
        seen.add(item.type)
        _press(page, "main .quiz p > a.btn")
    assert len(seen) == QUIZ_TYPES
    assert re.search(r"/attempts/\d+$", page.url)
    assert "100" in page.locator("h1").inner_text()


def _skill_moved(page: Page, product: Product, language: str) -> None:
    page = page.context.pages[-1]
    page.goto(f"{product.url}/{language}/skills")
    line = page.locator("#ai-social-engineering")
    share = float(str(line.locator("data").get_attribute("value")))
    assert 0.75 < share < 1
    assert "14" in line.inner_text(), "thirteen questions and one knowledge check"


def _press(page: Page, selector: str) -> None:
    """Click what leads to another page, and wait until that page is there."""
    with page.expect_navigation():
        page.click(selector)


def _fill(page: Page, item: Item, scope: str) -> None:
    for value in right_answer(item):
        if item.type in ("number", "text"):
            page.fill(f"{scope} input[name=answer]", value)
        else:
            page.check(f"{scope} input[name=answer][value='{value}']")


def _published(product: Product, language: str, new_context: Callable[..., BrowserContext]) -> dict[str, float]:
    """The cell as the manager sees it; page, CSV and command agree on every number of the state."""
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{product.url}/{language}/sign-in")
    page.fill("#email", "mo@example.org")
    page.fill("#password", PASSWORD)
    _press(page, "main form button.btn")
    page.wait_for_url(f"**/{language}/programs/gap")
    page.goto(f"{product.url}/{language}/programs/gap?role={ROLE}")
    cells = page.locator(f'tr[data-state="{STATE}"] td[data-metric]')
    shown = {}
    for cell in cells.all():
        data = cell.locator("data")
        assert data.count() == 1, cell.inner_text()
        shown[str(cell.get_attribute("data-metric"))] = float(str(data.get_attribute("value")))
    response = page.request.get(f"{product.url}/{language}/programs/gap.csv?role={ROLE}&state={STATE}")
    filed = _rows(list(csv.DictReader(io.StringIO(response.text()))))
    command = product.academy("gap", "--role", ROLE, "--state", STATE, "--format", "json")
    told = _rows(json.loads(command)["rows"])
    written = product.academy("gap", "--role", ROLE, "--state", STATE, "--format", "csv")
    assert written == response.text().replace("\r\n", "\n")
    for metric, value in shown.items():
        assert value == filed[metric] == told[metric], metric
    return shown


def _rows(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The state's values by metric, under the scenario shown first."""
    return {
        row["metric"]: float(row["value"])
        for row in rows
        if row["state"] == STATE and row["sector"] == "" and row["scenario"] in ("", "mid") and row["value"] not in ("", None)
    }


def _learner(site: Site, name: str, language: str) -> None:
    """One more learner of the state and role, who takes the same quiz through the services."""
    person = accounts.create_account(site, email=f"{name}@example.org", name=name, roles=("learner",), language=language)
    profiles.change_profile(site, person.id, Profile(name, language, STATE, "", ROLE))
    take_quiz(site, person.id, COURSE, MODULE, language, right=9)


def _module(site: Site):  # type: ignore[no-untyped-def]  # a Module
    return next(module for module in site.courses.current.courses[COURSE].modules if module.id == MODULE)


def _with_clock(site: Site) -> Site:
    return dataclasses.replace(site, now=lambda: datetime.now(UTC))
