"""A manager creates a cohort and invites by CSV; a learner joins by their link and takes a quiz; the cohort's page fills."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from academy.core.grading import read_answer
from academy.services import accounts, assess
from tests.browser.conftest import Product, screenshots
from tests.browser.test_story import _fill, _press
from tests.conftest import PASSWORD
from tests.factories import right_answer

pytestmark = pytest.mark.browser
COURSE, MODULE = "ai-threats", "1-attack-economics"


@pytest.fixture(scope="module")
def product(start_product: Callable[..., Product]) -> Product:
    """A product where nobody may sign up alone, with a manager."""
    found = start_product(ACADEMY_SIGN_UP="closed")
    accounts.create_account(found.site, email="mo@example.org", name="Mo", roles=("manager",), language="en", password=PASSWORD)
    return found


def test_a_cohort_is_made_invited_and_fills(product: Product, new_context: Callable[..., BrowserContext], tmp_path: Path) -> None:
    manager = new_context(viewport={"width": 1280, "height": 900}).new_page()
    _make(manager, product)
    links = _invite(manager, tmp_path)
    assert set(links) == {"ana@example.org", "luis@example.org"}
    learner = new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False).new_page()
    _join(learner, links["ana@example.org"])
    _take_quiz(learner, product)
    manager.goto(f"{product.url}/en/programs/cohorts/1")
    row = manager.locator("tr[data-member]")
    assert row.count() == 1
    assert "Ana" in row.inner_text()
    assert "Proficient" in row.inner_text(), "on what was assessed"
    assert "between" in row.inner_text()
    assert manager.locator(f"td[data-module='{COURSE}/{MODULE}']").inner_text() == "100%"
    assert manager.locator("#numbers b").first.inner_text() != "0%"
    _shoot(manager, "cohort-filled")


def _make(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/en/sign-in?next=/en/programs/cohorts/")
    page.fill("#email", "mo@example.org")
    page.fill("#password", PASSWORD)
    _press(page, "main form button.btn")
    _press(page, "main a.btn")
    page.fill("#name", "Norte")
    _press(page, "main form button.btn")
    page.fill("#name", "Monterrey 1")
    page.fill("#seats", "20")
    page.fill("#starts_on", "2026-01-10")
    page.fill("#ends_on", "2027-06-30")
    page.select_option("#target_role", "PD-WRL-003")
    page.fill("#cost", "200000")
    _press(page, "main form button.btn")
    page.select_option("#course", f"{COURSE}/{MODULE}")
    page.fill("#due_on", "2027-01-31")
    _press(page, "main form:has(#course) button.btn")
    assert "31 January 2027" in page.locator("main").inner_text()


def _invite(page: Page, folder: Path) -> dict[str, str]:
    """Try a file with faults, then invite the rest; the links by address."""
    sheet = folder / "people.csv"
    sheet.write_text("email;name;language\nana@example.org;Ana;es\nno address;;\nluis@example.org;Luis;es\nana@example.org;;\n")
    _press(page, "nav a:has-text('Invite')")
    page.set_input_files("#file", sheet)
    _press(page, "main form:has(#file) button.btn")
    assert page.locator("table[aria-labelledby=errors] tbody tr").count() == 2
    assert page.locator("table[aria-labelledby=good] tbody tr").count() == 2
    _shoot(page, "cohort-dry-run")
    with page.expect_download() as download:
        page.click("main form button.btn")
    rows = csv.DictReader(io.StringIO(Path(download.value.path()).read_text()))
    return {row["email"]: row["link"] for row in rows}


def _join(page: Page, link: str) -> None:
    page.goto(link)
    assert page.locator("#email").input_value() == "ana@example.org"
    assert "Mo" in page.locator("main").inner_text()
    page.fill("#password", PASSWORD)
    page.check("#agree")
    _press(page, "main form button.btn")
    assert page.locator("#groups").is_visible()


def _take_quiz(page: Page, product: Product) -> None:
    """The first questions in the browser, the others as a browser would send them."""
    _press(page, "#groups h3 a")
    page.goto(f"{product.url}/es/courses/{COURSE}/{MODULE}/quiz")
    _press(page, "main form button.btn")
    module = next(module for module in product.site.courses.current.courses[COURSE].modules if module.id == MODULE)
    items = {item.id: item for item in module.quizzes["es"].items}
    for _ in range(3):
        item = items.pop(page.url.rpartition("/")[2])
        _fill(page, item, "main")
        _press(page, "main form button.btn >> nth=0")
        _press(page, "main .quiz p > a.btn")
    ana = accounts.find_by_email(product.site, "ana@example.org")
    assert ana is not None
    for item in items.values():
        answer = read_answer(item, {"answer": right_answer(item)})
        assess.answer_item(product.site, ana.id, 1, item, course_id=COURSE, language="es", answer=answer)


def _shoot(page: Page, name: str) -> None:
    if folder := screenshots():
        page.screenshot(path=folder / f"{name}.png", full_page=True)
