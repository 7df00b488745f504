"""What authors and learners write, in a real browser: no script of theirs runs; an open answer goes its whole way by keyboard alone."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page

from academy.app import create_app
from academy.config import read_settings
from academy.services import accounts, assess, rebuild, sessions
from tests.browser.conftest import Product
from tests.core.test_render import HOSTILE
from tests.factories import MANIFEST, OPEN, QUIZ, single

pytestmark = pytest.mark.browser
ITEM = """### {id}: Stem {text}
`{type}` `ai-social-engineering` `easy`

{body}

- [{a}] a) {text}
    > {text}
- [{b}] b) Another {text}
    > {text}

> {text}

"""
WATCH = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = () => { window.ran.push(name); };
"""


@pytest.fixture(scope="module")
def product(start_product: Callable[..., Product], tmp_path_factory: pytest.TempPathFactory) -> Product:
    """A product with one course whose every text is hostile, a learner and an educator."""
    root = tmp_path_factory.mktemp("courses")
    _write_hostile_course(root)
    found = start_product(ACADEMY_COURSES=str(root), ACADEMY_MODE="development")
    for name, role in (("lena", "learner"), ("ed", "educator")):
        accounts.create_account(found.site, email=f"{name}@example.org", name=f"{name.title()} <b>B</b>", roles=(role,), language="en")
    return found


def test_no_script_of_an_author_or_a_learner_runs(product: Product, new_context: Callable[..., BrowserContext]) -> None:
    context = _signed_in(product, new_context(), "lena")
    context.add_init_script(WATCH)
    asked: set[str] = set()
    context.on("request", lambda request: asked.add(request.url.split("/")[2]))
    page = context.new_page()
    lena = accounts.find_by_email(product.site, "lena@example.org")
    assert lena is not None
    quiz = product.site.courses.current.courses["hostile"].modules[0].quizzes["en"]
    assert len(quiz.items) > len(HOSTILE)
    number = assess.start_attempt(product.site, lena.id, "hostile", "1-first", quiz)
    _visit(page, product, "/courses/hostile", "/courses/hostile/1-first/1-hello", "/courses/hostile/1-first/quiz")
    for position, item in enumerate(quiz.items):
        _visit(page, product, f"/attempts/{number}/{item.id}")
        answer = HOSTILE[position % len(HOSTILE)] if item.type == "open" else "a"
        assess.answer_item(product.site, lena.id, number, item, course_id="hostile", language="en", answer=answer)
        _visit(page, product, f"/attempts/{number}/{item.id}")
    _visit(page, product, f"/attempts/{number}")
    educator = _signed_in(product, new_context(), "ed")
    educator.add_init_script(WATCH)
    page = educator.new_page()
    _visit(page, product, "/author/", "/author/answers/", f"/author/answers/{lena.id}/1")
    assert asked == {product.url.removeprefix("http://")}, "nothing is asked of anybody else"


@pytest.mark.parametrize("script", [True, False])
def test_an_open_answer_goes_its_whole_way_by_keyboard(product: Product, new_context: Callable[..., BrowserContext], script: bool) -> None:
    learner = _signed_in(product, new_context(viewport={"width": 360, "height": 740}, java_script_enabled=script), "lena")
    page = learner.new_page()
    page.goto(f"{product.url}/en/courses/hostile/2-plain/quiz")
    _press(page, "main form button.btn")
    first = page.url
    page.focus("main textarea")
    page.keyboard.type("I hang up.")
    page.keyboard.press("Enter")
    page.keyboard.type("Then I call back.")
    _tab_to(page, "Send my answer")
    assert "It waits to be marked." in page.locator("main").inner_text()
    assert "Hangs up" not in page.locator("main").inner_text()
    _press(page, "main .quiz p > a.btn")
    page.check("main input[value=b]")
    _press(page, "main form button.btn >> nth=0")
    _press(page, "main .quiz p > a.btn")
    assert "1 answer waits to be marked." in page.locator("h1").inner_text()
    educator = _signed_in(product, new_context(java_script_enabled=script), "ed").new_page()
    educator.goto(f"{product.url}/en/author/answers/")
    _press(educator, "main .rows li:last-child a")
    assert educator.locator("blockquote.written").inner_text() == "I hang up.\nThen I call back."
    educator.focus("main input[name=met] >> nth=0")
    educator.keyboard.press("Space")
    educator.keyboard.press("Tab")
    educator.keyboard.press("Tab")
    educator.keyboard.type("Say whom you call.")
    _tab_to(educator, "Save")
    assert "Marked." in educator.locator(".note--ok").inner_text()
    page.reload()
    assert "75%. You passed." in page.locator("h1").inner_text()
    page.goto(first)
    told = page.locator("main").inner_text()
    assert "Your answer has 1 of 2 things that a good one has." in told
    assert "Say whom you call." in told
    assert rebuild.differences(product.site) == []


def _write_hostile_course(root: Path) -> None:
    course = root / "hostile"
    for module in ("1-first", "2-plain"):
        (course / module).mkdir(parents=True)
    second = "  - folder: 2-plain\n    title: {es: Segundo, en: Second}\n"
    (course / "course.yaml").write_text(MANIFEST.format(id="hostile").replace("source_language: es", "source_language: en") + second)
    prose = "\n\n".join(HOSTILE)
    front = "---\ntitle: 'T <script>alert(1)</script>'\nsummary: 'S <img src=x onerror=alert(1)>'\n---\n"
    (course / "1-first/1-hello.en.md").write_text(f"{front}{prose}\n\n## <img src=x onerror=alert(1)> {{{{ 7 * 7 }}}}\n")
    items = [_item(number, text) for number, text in enumerate(HOSTILE)]
    rubric = OPEN.format(id="write", self="").replace("Hangs up", HOSTILE[1]).replace("Because.", HOSTILE[3])
    (course / "1-first/quiz.en.md").write_text(QUIZ.format(items=rubric + "".join(items)))
    (course / "2-plain/1-plain.en.md").write_text("---\ntitle: Plain\nsummary: S\n---\nText.\n")
    plain = QUIZ.replace("quiz: first", "quiz: second").format(items=OPEN.format(id="plain", self="") + single("one"))
    (course / "2-plain/quiz.en.md").write_text(plain)


def _item(number: int, text: str) -> str:
    """A question with a hostile text in every place that holds one line, and in its body all lines of it."""
    line = " ".join(text.split())
    kind = ("single", "multiple")[number % 2]
    extra = "- [ ] c) Third\n    > No.\n" if kind == "multiple" else ""
    body = textwrap.indent(text, "") if "```" not in text else line
    item = ITEM.format(id=f"h{number}", type=kind, text=line, body=body, a="x", b=" ")
    return item.replace("\n\n> ", f"\n{extra}\n> ", 1) if extra else item


def _signed_in(product: Product, context: BrowserContext, name: str) -> BrowserContext:
    app = create_app(read_settings(product.environment), product.site)
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    person = accounts.find_by_email(product.site, f"{name}@example.org")
    assert serializer is not None
    assert person is not None
    value = str(serializer.dumps({"_user_id": sessions.begin(product.site, person), "_fresh": True}))
    context.add_cookies([{"name": "academy", "value": value, "url": product.url}])
    return context


def _visit(page: Page, product: Product, *addresses: str) -> None:
    for address in addresses:
        response = page.goto(f"{product.url}/en{address}", wait_until="load")
        assert response is not None
        assert response.status == 200, address
        assert page.evaluate("window.ran") == [], address
        assert page.locator("script:not([src])").count() == 0, address


def _press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.click(selector)


def _tab_to(page: Page, name: str) -> None:
    """Walk to a button with the Tab key and press it."""
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text().strip().startswith(name):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} cannot be reached")
