"""A manager's story in a real browser: own demand imported, seen and undone; a what-if built, shared and kept; the brief printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from academy.services import accounts
from tests.browser.conftest import Product
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser
FILE = "role,state,sector,kind,low,mode,high,source,year,grade\n,MX-NLE,,need,3000,4000,6000,Cámara de Nuevo León,2025,B\n"
NEED = '#data tr[data-state="MX-NLE"] [data-metric="need_bottom_up"] data'


@pytest.fixture(scope="module")
def product(start_product: Callable[..., Product]) -> Product:
    """A product with two managers and a publication."""
    found = start_product()
    for name in ("mo", "max"):
        email = f"{name}@example.org"
        accounts.create_account(found.site, email=email, name=name.title(), roles=("manager",), language="es", password=PASSWORD)
    found.academy("publish")
    return found


def test_own_demand_is_imported_seen_and_undone_and_a_what_if_is_shared(
    product: Product, new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    page = _signed_in(product, new_context, "mo")
    before = _need(page, product)
    _import(page, product, tmp_path)
    _publish(page)
    assert _need(page, product) == "4000" != before
    page.goto(f"{product.url}/es/programs/demand")
    page.get_by_role("button", name="Deshacerlo").click()
    page.get_by_text("Deshecho:").wait_for()
    _publish(page)
    assert _need(page, product) == before, "as before"
    page.goto(f"{product.url}/es/programs/forecast?state=MX-NLE")
    page.fill("#seats", "900")
    page.fill("#completion", "40")
    page.get_by_role("button", name="Mostrar").first.click()
    page.wait_for_url("**seats=900**")
    link, said = page.url, page.locator(".say").inner_text()
    other = _signed_in(product, new_context, "max")
    other.goto(link)
    assert other.locator(".say").inner_text() == said
    assert other.input_value("#seats") == "900"
    assert other.locator("svg polyline").count() == 1
    other.fill("#view-name", "Norte con más lugares")
    other.get_by_role("button", name="Guardar esta vista").click()
    other.get_by_role("link", name="Norte con más lugares").click()
    assert other.url == link
    other.goto(f"{product.url}/es/programs/brief/MX-NLE")
    sheet = other.pdf(format="Letter", prefer_css_page_size=True)
    assert sheet.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1, "the brief is one sheet"


def _signed_in(product: Product, new_context: Callable[..., BrowserContext], name: str) -> Page:
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"{product.url}/es/sign-in")
    page.fill("#email", f"{name}@example.org")
    page.fill("#password", PASSWORD)
    page.locator("main form button.btn").first.click()
    page.wait_for_url(f"{product.url}/es/**")
    return page


def _import(page: Page, product: Product, place: Path) -> None:
    """Choose a file, look at what it would change, apply it."""
    file = place / "demanda.csv"
    file.write_text(FILE, encoding="utf-8")
    page.goto(f"{product.url}/es/programs/demand")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Revisarlo primero").click()
    assert page.locator('tr[data-place="need//MX-NLE/"] strong data').get_attribute("value") == "4000"
    page.get_by_role("button", name="Aplicar todo").click()
    page.get_by_text("demanda.csv").first.wait_for()


def _publish(page: Page) -> None:
    page.get_by_role("button", name="Publicar con las cifras vigentes").click()
    page.wait_for_url("**/es/programs/gap")


def _need(page: Page, product: Product) -> str | None:
    """The need from below of Nuevo León, as the gap's page shows it."""
    page.goto(f"{product.url}/es/programs/gap")
    return page.locator(NEED).get_attribute("value")
