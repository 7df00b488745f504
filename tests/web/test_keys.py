"""A page knows nothing of a key before there is an answer: for every type, another key gives the same bytes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from academy.core.framework import Framework
from academy.core.items import ITEM_TYPES
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from tests.conftest import add_person, client_of, fix_tokens, make_app, with_courses
from tests.factories import QUIZ, write_course

GOLDEN = Path(__file__).parent.parent / "core/golden"
SAMPLE = "\n### ".join(
    (GOLDEN / f"{name}.md").read_text(encoding="utf-8").partition("---\n### ")[2] for name in ("six_types", "parted_types", "open_answers")
)
KEYED = {
    "one": [("- [ ] a) 80\n    > That is HTTP.", "- [x] a) 80"), ("- [x] b) 443", "- [ ] b) 443\n    > Not so.")],
    "several": [("- [ ] b) A reply", "- [x] b) A reply"), ("- [x] c) A visit", "- [ ] c) A visit\n    > No.")],
    "holds": [("- [ ] a) True", "- [x] a) True"), ("- [x] b) False", "- [ ] b) False\n    > No, and here is why at length.")],
    "how-many": [("- [x] 120", "- [x] 7\n- [x] 8..9"), ("- [ ] 2..3\n    > Those are the hours.\n", "")],
    "word": [("- [x] second factor\n", "- [x] another thing\n"), ("- [ ] password\n    > That is the first.\n", "")],
    "log": [("[x] 09:01", "[ ] 09:01"), ("[ ] 09:00 start", "[x] 09:00 start")],
    "steps": [("1. c) Isolate the machines\n    > It spreads while you think.\n2. a) Save the **evidence**\n",
               "1. a) Save the **evidence**\n    > Not the first thing to do, as you will see.\n2. c) Isolate the machines\n")],
    "risks": [("b) Prompt injection | The text is taken for an order.", "c) Excessive agency | Quite another reason."),
              ("files | c) Excessive agency |", "files | d) Misinformation |"),
              ("| | d) Misinformation |", "| | b) Prompt injection |")],
    "signs": [("Tell nobody | Pressure", "Tell nobody | Forgery"), ("the address | Forgery", "the address | Pressure")],
    "report": [
        ("Says **what** happened, and when", "Is signed"), ("- [ ] b) Names who was told\n", ""), ("- [ ] c) Says", "- [ ] b) Says"),
    ],
    "think": [("- [ ] a) Does not blame", "- [ ] a) Is kind\n    > It helps.\n- [ ] b) Is short")],
    "gaps": [("[[443|80|22]]", "[[22|443|80]]"), ("[[key|`pass|word`]]", "[[`pass|word`|key]]")],
}  # fmt: skip


def _items(*, turned: bool) -> str:
    text = "### " + SAMPLE.replace("`ports`", "`ai-social-engineering`")
    if turned:
        for changes in KEYED.values():
            for before, after in changes:
                assert before in text, before
                text = text.replace(before, after)
        text = re.sub(r"^> .*$", "> Quite another reason.", text, flags=re.MULTILINE)
    return text


def test_every_type_is_in_the_sample() -> None:
    assert {f"`{name}`" for name in ITEM_TYPES} <= set(re.findall(r"`\w+`", SAMPLE))


@pytest.mark.parametrize("place", ["quiz", "lesson"])
@pytest.mark.parametrize("person", ["stranger", "learner"])
def test_another_key_gives_the_same_bytes(
    light_site: Site, framework: Framework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, person: str
) -> None:
    fix_tokens(monkeypatch)
    pages: list[list[str]] = []
    for turned in (False, True):
        root = tmp_path / str(turned)
        items = _items(turned=turned)
        module = write_course(root, items, check=items if place == "lesson" else "", languages=("es", "en"))
        if place == "lesson":
            for language in ("es", "en"):
                (module / f"quiz.{language}.md").write_text(QUIZ.format(items=items.replace("### ", "### q-")))
        site = with_courses(light_site, CourseLibrary([root], frozenset(framework.skills)))
        assert len(site.courses.current.versions) == (2 * len(KEYED) if place == "lesson" else len(KEYED)), site.courses.current.problems
        app = make_app(site, tmp_path)
        client = app.test_client() if person == "stranger" else client_of(app, add_person(site, f"lena{turned}", "learner"))
        client.post("/en/courses/ports/1-first/quiz")
        names = [item for _, item in site.courses.current.versions if place == "quiz" or item.startswith("q-")]
        addresses = ["/en/courses/ports", "/en/courses/ports/1-first/1-hello", "/en/courses/ports/1-first/quiz"]
        addresses += [f"/en/attempts/1/{name}" for name in names] if person == "learner" else []
        found = [client.get(address) for address in addresses]
        assert all(page.status_code == 200 for page in found)
        pages.append([re.sub(r'name="csrf_token" value="[^"]*"|Lena\w*', "", page.text) for page in found])
    assert pages[0] == pages[1]
