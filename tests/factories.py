"""Small courses and learners for tests."""

from __future__ import annotations

from pathlib import Path

from academy.core.content.model import Item
from academy.core.grading import read_answer
from academy.core.items import ITEM_TYPES
from academy.core.items.parted import Parted
from academy.services import assess
from academy.services.site import Site

MANIFEST = """id: {id}
level: foundation
hours: 1
source_language: es
title: {{es: Puertos, en: Ports}}
summary: {{es: Sobre puertos., en: About ports.}}
skills: []
modules:
  - folder: 1-first
    title: {{es: Primero, en: First}}
"""
LESSON = "---\ntitle: {title}\nsummary: Short.\n---\nHello.\n\n{check}"
CHECK = """### {id}: Is it so?
`truefalse` `ai-social-engineering` `easy`

- [x] a) Yes
- [ ] b) No
    > No.

> So it is.
"""
QUIZ = """---
quiz: first
title: First
pass: 60
---
{items}"""
SINGLE = """### {id}: Which one?
`single` `{skill}` `medium`

- [{a}] a) One
    > About one.
- [{b}] b) Two
    > About two.
- [ ] c) Three
    > About three.

> Because.

"""


OPEN = """### {id}: What do you do?
`open` {self}`ai-social-engineering` `medium`

- [ ] a) Hangs up
    > A call can wait.
- [ ] b) Calls back

> Because.

"""


def single(item_id: str, key: str = "b", skill: str = "ai-social-engineering") -> str:
    """A question with one right answer."""
    return SINGLE.format(id=item_id, skill=skill, a="x" if key == "a" else " ", b="x" if key == "b" else " ")


def write_course(
    root: Path, items: str, *, course_id: str = "ports", check: str = "", languages: tuple[str, ...] = ("es",), limits: str = ""
) -> Path:
    """A course of one lesson and one quiz below a root; returns the module's folder. limits: lines of the Spanish quiz's front matter."""
    module = root / course_id / "1-first"
    module.mkdir(parents=True, exist_ok=True)
    (root / course_id / "course.yaml").write_text(MANIFEST.format(id=course_id))
    for language in languages:
        (module / f"1-hello.{language}.md").write_text(LESSON.format(title="Hello", check=check))
        quiz = QUIZ.format(items=items)
        limited = quiz.replace("pass: 60\n", f"pass: 60\n{limits}") if language == "es" else quiz
        (module / f"quiz.{language}.md").write_text(limited)
    return module


def right_answer(item: Item) -> list[str]:
    """Form values of a full answer."""
    item_type = ITEM_TYPES[item.type]
    if isinstance(item_type, Parted):
        return item_type.form(item, {part.id: part.right for part in item.parts})
    if item.type == "open":
        return ["Colgué y llamé al número del directorio."]
    if item.type in ("number", "text"):
        accepted = next(option.text for option in item.options if option.right and not option.text.startswith("/"))
        return [accepted.partition("..")[0]]
    return [option.id for option in item.options if option.right]


def take_quiz(site: Site, learner_id: int, course_id: str, module_id: str, language: str = "es", *, right: int | None = None) -> int:
    """Answer a whole quiz through the services, the first `right` questions rightly; returns the attempt's number."""
    course = site.courses.current.courses[course_id]
    module = next(module for module in course.modules if module.id == module_id)
    quiz = module.quizzes[language]
    number = assess.start_attempt(site, learner_id, course_id, module_id, quiz)
    for position, item in enumerate(quiz.items):
        form = right_answer(item) if right is None or position < right else None
        answer = None if form is None else read_answer(item, {"answer": form})
        assess.answer_item(site, learner_id, number, item, course_id=course_id, language=language, answer=answer)
    return number
