"""An educator edits a file and sees the page and its problems change; reads a learner's report and replies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from academy.services import accounts
from tests.browser.conftest import Product
from tests.conftest import PASSWORD
from tests.factories import single, take_quiz, write_course

pytestmark = pytest.mark.browser
FILE = "/en/author/files/courses/ports/1-first/quiz.es.md"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small course that its author is writing."""
    root = tmp_path_factory.mktemp("authoring") / "courses"
    write_course(root, single("first") + single("second"))
    return root


@pytest.fixture(scope="module")
def product(start_product: Callable[..., Product], root: Path) -> Product:
    """A product that serves it in development, with an educator and a learner who has answered."""
    found = start_product(ACADEMY_COURSES=str(root), ACADEMY_MODE="development")
    for name, role in (("ed", "educator"), ("lena", "learner")):
        email = f"{name}@example.org"
        person = accounts.create_account(found.site, email=email, name=name.title(), roles=(role,), language="en", password=PASSWORD)
    take_quiz(found.site, person.id, "ports", "1-first", right=1)
    return found


def signed_in(product: Product, new_context: Callable[..., BrowserContext], name: str, **options: object) -> Page:
    page = new_context(viewport={"width": 1280, "height": 900}, **options).new_page()
    page.goto(f"{product.url}/en/sign-in")
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def test_the_page_follows_the_file(product: Product, root: Path, new_context: Callable[..., BrowserContext]) -> None:
    page = signed_in(product, new_context, "ed")
    page.goto(f"{product.url}/en/author/")
    page.get_by_role("link", name="quiz.es.md", exact=True).click()
    page.wait_for_url(f"**{FILE}")
    expect(page.get_by_role("heading", name="Which one?")).to_have_count(2)

    path = root / "ports/1-first/quiz.es.md"
    good = path.read_text()
    path.write_text(good.replace("- [x] b) Two", "- [ ] b) Two", 1))  # as any editor would, elsewhere
    line = good.split("\n").index("### first: Which one?") + 1
    expect(page.locator(f"#l{line}")).to_contain_text("The question first has no right answer.")
    expect(page.locator(f"#l{line}")).to_contain_text("key-missing")
    expect(page.get_by_role("heading", name="Which one?")).to_have_count(1)

    path.write_text(good.replace("### first: Which one?", "### first: Which of these?"))
    expect(page.get_by_role("heading", name="Which of these?")).to_be_visible()
    expect(page.get_by_text("has no right answer")).to_have_count(0)
    path.write_text(good)
    expect(page.get_by_role("heading", name="Which one?")).to_have_count(2)


def test_without_javascript_the_page_is_reloaded(product: Product, root: Path, new_context: Callable[..., BrowserContext]) -> None:
    page = signed_in(product, new_context, "ed", java_script_enabled=False)
    page.goto(product.url + FILE)
    path = root / "ports/1-first/quiz.es.md"
    good = path.read_text()
    path.write_text(good.replace("About one.", "About the first."))
    page.reload()
    expect(page.locator(".preview")).to_contain_text("About the first.")
    path.write_text(good)


def test_an_educator_reads_a_learners_report(product: Product, new_context: Callable[..., BrowserContext]) -> None:
    lena = signed_in(product, new_context, "lena")
    lena.goto(f"{product.url}/en/attempts/1/first")
    lena.get_by_role("link", name="Something is wrong with this question").click()
    lena.get_by_label("The answer that counts as right is wrong").check()
    lena.get_by_label("In a few words, if you like").fill("Two is not a port.")
    lena.get_by_role("button", name="Send the report").click()
    lena.wait_for_url("**/en/attempts/1/first")
    expect(lena.get_by_role("main")).to_contain_text("You reported this question on")

    ed = signed_in(product, new_context, "ed")
    ed.goto(f"{product.url}/en/author/")
    ed.get_by_role("link", name="Reported questions (1)").click()
    report = ed.get_by_role("listitem").filter(has_text="Two is not a port.")
    expect(report).to_contain_text("Which one?")
    expect(report).to_contain_text("Answered: Two")
    expect(report).to_contain_text("ports / first · es · key")
    report.get_by_role("link", name="See it in its file").click()
    ed.wait_for_url(f"**{FILE}#l*")
    ed.go_back()
    report.get_by_label("Reply").fill("You are right; it is mended.")
    report.get_by_role("button", name="Settle it with this reply").click()
    expect(ed.get_by_role("main")).to_contain_text("Nothing waits")

    lena.reload()
    expect(lena.get_by_role("main")).to_contain_text("You are right; it is mended.")
