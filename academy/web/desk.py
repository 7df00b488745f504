"""One course file as its author needs it: its lines with their problems, what learners see, and both languages side by side."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from academy.config import LANGUAGES
from academy.core.content import codes
from academy.core.content.model import Course, Item, Lesson, Module, Quiz
from academy.core.content.render import render_lesson
from academy.web.auth import role_required
from academy.web.author import ShownProblem, shown_problems
from academy.web.items import ItemView, revealed_view
from academy.web.rendering import asset
from academy.web.requests import current_site

bp = Blueprint("desk", __name__)
PREFIX = "/author"
_NOTE_ID = re.compile(r' id="fn[^"]*"')


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file with what is wrong in it. `severity` is that of its gravest problem, "" without any."""

    number: int
    text: str
    problems: Sequence[ShownProblem]

    @property
    def severity(self) -> codes.Severity | str:
        """The gravest of its problems."""
        found = {problem.severity for problem in self.problems}
        return "error" if "error" in found else next(iter(found), "")


@dataclass(frozen=True, slots=True)
class Preview:
    """A lesson or a quiz as learners see it, with its key: HTML and questions in reading order."""

    content: Lesson | Quiz
    parts: Sequence[Markup | ItemView]
    sources: Markup


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file's content stands in its course."""

    course: Course
    module: Module
    content: Lesson | Quiz


@bp.get("/files/<path:path>")
@role_required("educator")
def show_file(path: str) -> ResponseReturnValue:
    """A file's source with the problems beside their lines, and what it becomes; with `?both=1` both languages side by side."""
    source = _source_or_404(path)
    places = _places()
    other = next((name for name in _translations(path) if name in current_site().courses.current.files), None)
    both = request.args.get("both") == "1" and other is not None
    preview, beside = _preview(places.get(path), alone=not both), _preview(places.get(other or ""), alone=False) if both else None
    lines = _lines(path, source)
    problems = [problem for line in lines for problem in line.problems]
    return render_template(
        "author/file.html",
        path=path,
        place=places.get(path),
        lines=lines,
        problems=problems,
        errors=sum(problem.severity == "error" for problem in problems),
        preview=preview,
        translation=other,
        both=both,
        pairs=list(_pairs(preview, beside)) if both else [],
        languages=[_language(path), _language(other or "")],
        digest=_digest(path) if current_site().courses.development else "",
        watch=url_for("desk.show_digest", path=path),
    )


@bp.get("/digests/<path:path>")
@role_required("educator")
def show_digest(path: str) -> ResponseReturnValue:
    """What changes when the page of a file would; for the page itself, which asks while its author edits. Development only."""
    if not current_site().courses.development:
        abort(404)
    _source_or_404(path)
    response: Response = make_response(_digest(path))
    response.mimetype = "text/plain"
    response.set_etag(_digest(path))
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _source_or_404(path: str) -> str:
    library = current_site().courses.current
    if path not in library.files:
        abort(404)
    return library.source(path) or ""


def _digest(path: str) -> str:
    """A digest of the file, its other languages and their problems."""
    library = current_site().courses.current
    seen = [library.source(name) or "" for name in (path, *_translations(path))]
    seen += [repr(problem) for problem in library.problems if problem.path == path]
    return hashlib.sha256("\0".join(seen).encode("utf-8", "surrogatepass")).hexdigest()


def _translations(path: str) -> Iterator[str]:
    """What the file would be called in the other languages."""
    own = _language(path)
    return (f"{path.removesuffix(f'.{own}.md')}.{language}.md" for language in LANGUAGES if own and language != own)


def _language(path: str) -> str:
    return next((language for language in LANGUAGES if path.endswith(f".{language}.md")), "")


def _lines(path: str, source: str) -> list[Line]:
    """The file's lines; a problem that stands behind the last one is shown there."""
    texts = source.removesuffix("\n").split("\n")
    by_line: dict[int, list[ShownProblem]] = defaultdict(list)
    for problem in shown_problems(path):
        by_line[min(problem.line, len(texts))].append(problem)
    return [Line(number, text, by_line.get(number, ())) for number, text in enumerate(texts, start=1)]


def _places() -> Mapping[str, Place]:
    """Every lesson and quiz that can be shown, by its path."""
    places: dict[str, Place] = {}
    for course in current_site().courses.current.courses.values():
        for module in course.modules:
            places |= {lesson.path: Place(course, module, lesson) for lesson in module.lessons.values()}
            places |= {quiz.path: Place(course, module, quiz) for quiz in module.quizzes.values()}
    return places


def _preview(place: Place | None, *, alone: bool) -> Preview | None:
    """What a file becomes. Where it does not stand alone on the page, its notes have no ids, which would be there twice."""
    if place is None:
        return None
    course, content = place.course, place.content
    if isinstance(content, Quiz):
        return Preview(content, [revealed_view(course.id, item) for item in content.items], Markup())
    base = url_for("lessons.show_image", course_id=course.id, module_id=place.module.id, name="-").removesuffix("img/-")
    label, back = _("Table or log; scroll sideways to see it all"), _("Back to the text")
    label += "" if alone else f" ({content.language})"
    rendered = render_lesson(
        content,
        base_url=base,
        icons=asset("icons.svg"),
        label=label,
        back=back,
        figures=place.module.figures if alone else None,  # twice on a page, their parts would have the same names
        glossary=current_site().courses.current.glossary,
        glossary_url=url_for("lookup.show_glossary"),
    )
    texts = [part if isinstance(part, Item) or alone else _NOTE_ID.sub("", part) for part in rendered.parts]
    parts = [revealed_view(course.id, part) if isinstance(part, Item) else Markup(part) for part in texts]  # noqa: S704  # sanitised
    return Preview(content, parts, Markup(rendered.sources))  # noqa: S704  # sanitised


Part = Markup | ItemView | None


def _pairs(here: Preview | None, there: Preview | None) -> Iterator[tuple[Part, Part]]:
    """What stands side by side: the same question by its id, and the text before it."""
    first, second = here.parts if here else (), there.parts if there else ()
    if all(isinstance(part, ItemView) for part in (*first, *second)):
        others = {part.item_id: part for part in second if isinstance(part, ItemView)}
        for part in first:
            yield part, others.pop(part.item_id, None) if isinstance(part, ItemView) else None
        yield from ((None, part) for part in others.values())
    else:
        yield from zip_longest(first, second)
