"""Placement and review in a real browser, in each language, with JavaScript and without."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page

from academy.core.content.model import Item
from academy.services import accounts, placement, profiles, review
from academy.services.profiles import Profile
from tests.browser.conftest import Product
from tests.conftest import PASSWORD
from tests.factories import right_answer, single, take_quiz, write_course

pytestmark = pytest.mark.browser
COURSE, MODULE, ROLE = "ai-threats", "1-attack-economics", "PD-WRL-003"
PHONE = {"width": 360, "height": 740}
VERDICTS = ".opt--right, .opt--wrong, .note--ok, .note--warn, .callout"
"""What tells whether an answer was right."""
scripts = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])


@pytest.fixture(scope="module", params=["es", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def product(start_product: Callable[..., Product]) -> Product:
    return start_product()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a course of 24 questions about one skill of the role: enough to decide it."""
    root = tmp_path_factory.mktemp("courses")
    write_course(root, "".join(single(f"q{number}") for number in range(24)), languages=("es", "en"))
    return str(root)


@scripts
def test_placement(
    bank: str, language: str, javascript: bool, start_product: Callable[..., Product], new_context: Callable[..., BrowserContext]
) -> None:
    name = f"placed-{language}-{javascript}"
    server = start_product(ACADEMY_COURSES=bank)
    person = _learner(server, name, language)
    page = new_context(viewport=PHONE, java_script_enabled=javascript).new_page()
    _sign_in(page, server, language, name)
    _press(page, f"main a[href='/{language}/placement'] >> nth=0")
    _press(page, "main form button.btn >> nth=0")
    for _ in range(3):
        _answer_placement(page, server, person, language)
    stopped_at = page.locator(".stem").inner_text()
    server.kill()
    again = start_product(**server.environment)
    page.goto(f"{again.url}/{language}/")  # cookies know no port: one is still signed in
    _press(page, f"main a[href='/{language}/placement'] >> nth=0")
    _press(page, "main form button.btn >> nth=0")
    assert page.locator(".stem").inner_text() == stopped_at, "the same question waits"
    while page.locator("input[name=question]").count():
        _answer_placement(page, again, person, language)
    sitting = placement.sitting(again.site, person, 1, language)
    assert sitting is not None
    assert sitting.finished_at is not None
    assert page.locator(".status--yes").count() == 1, "the one skill that has questions is demonstrated"
    assert page.locator("main", has_text="9").count() == 1, "of the other nine nothing is known"
    _press(page, f"main a[href='/{language}/placement/1/1']")
    assert page.locator(".opt--right, .callout").count() >= 1, "now it is explained"
    page.go_back()
    _press(page, "#skip form button >> nth=0")
    assert page.locator("#skip form button[name=undo]").count() == 1
    page.goto(f"{again.url}/{language}/courses/ports")
    assert page.locator("form button[name=undo]").count() == 1
    assert page.locator("ol.rows .small.soft", has_text="(").count() == 1, "the lesson says that it was skipped"
    _press(page, "form button[name=undo]")
    assert page.locator("form button[name=undo]").count() == 0
    assert "0 differences" in again.academy("rebuild", "--check")


@scripts
def test_review(product: Product, language: str, javascript: bool, new_context: Callable[..., BrowserContext]) -> None:
    name = f"reviewed-{language}-{javascript}"
    person = _learner(product, name, language)
    past = dataclasses.replace(product.site, now=lambda: datetime.now(UTC) - timedelta(days=40))
    take_quiz(past, person, COURSE, MODULE, language)
    page = new_context(viewport=PHONE, java_script_enabled=javascript).new_page()
    _sign_in(page, product, language, name)
    _press(page, f"main li a[href='/{language}/review']")
    assert page.locator(".status--unsure").count() == 1, "it has faded"
    page.fill("#ration", "3")
    _press(page, "form[action$='/ration'] button")
    _press(page, "#today form button.btn")
    for position in range(1, 4):
        assert page.locator(VERDICTS).count() == 0, "nothing is given away before an answer"
        sitting = review.sitting(product.site, person, 1, language)
        assert sitting is not None
        if position == 2:
            page.select_option("#effort", "easy")
        _fill(page, sitting.questions[position - 1].item)
        _press(page, "main form button.btn >> nth=0")
        assert page.locator(".note--ok").count() == 1
        _press(page, "main .quiz p > a.btn")
    assert page.locator(".status--yes").count() == 1, "it is retained again"
    page.goto(f"{product.url}/{language}/review")
    assert page.locator(".status--unsure").count() == 0
    assert page.locator("#ration").input_value() == "3"
    assert "0 differences" in product.academy("rebuild", "--check")


def _learner(product: Product, name: str, language: str) -> int:
    site = dataclasses.replace(product.site, now=lambda: datetime.now(UTC))
    person = accounts.create_account(site, email=f"{name}@example.org", name=name, roles=("learner",), language=language, password=PASSWORD)
    profiles.change_profile(site, person.id, Profile(name, language, "MX-NLE", "", ROLE))
    return person.id


def _sign_in(page: Page, product: Product, language: str, name: str) -> None:
    page.goto(f"{product.url}/{language}/sign-in")
    page.fill("#email", f"{name}@example.org".lower())
    page.fill("#password", PASSWORD)
    _press(page, "main form button.btn")
    page.goto(f"{product.url}/{language}/")


def _answer_placement(page: Page, product: Product, person: int, language: str) -> None:
    """Answer the open question rightly; nothing says so."""
    assert page.locator(VERDICTS).count() == 0, "nothing is given away, before an answer or after it"
    sitting = placement.sitting(product.site, person, 1, language)
    assert sitting is not None
    assert sitting.question is not None
    _fill(page, sitting.question.item)
    _press(page, "main form button.btn >> nth=0")


def _fill(page: Page, item: Item) -> None:
    for at, value in enumerate(right_answer(item)):
        if item.type in ("number", "text"):
            page.fill("main input[name=answer]", value)
        elif page.locator("main select[name=answer]").count():
            page.locator("main select[name=answer]").nth(at).select_option(value)
        else:
            page.check(f"main input[name=answer][value='{value}']")


def _press(page: Page, selector: str) -> None:
    """Click what leads to another page, and wait until that page is there."""
    with page.expect_navigation():
        page.click(selector)
