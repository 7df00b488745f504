"""Words looked for turned into the lessons and glossary terms that hold them, best first."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from academy.core.content.glossary import Term
from academy.core.content.model import Course, Language, Lesson, Module, Prose
from academy.core.items.text import fold
from academy.services.site import Site
from academy.store.course_files import Library
from academy.store.search_index import Document, Hit, SearchIndex

_MARKUP = re.compile(
    r"^\[\^[^\]]+\]:.*$|^(?:```|~~~).*$|^ *\|[ :|-]+\|$|\[\^[^\]]+\]|\]\([^)]*\)|<[^>]*>|https?://\S+|[*_`#>|\[\]!]", re.MULTILINE
)
_LESSON, _TERM = "lesson", "term"

_lock = threading.Lock()
_indexes: WeakKeyDictionary[Library, SearchIndex] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class FoundLesson:
    """A lesson that holds the words, with pieces of its text; those at odd places are the words."""

    course: Course
    module: Module
    lesson: Lesson
    excerpt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that holds the words, best first."""

    terms: tuple[Term, ...]
    lessons: tuple[FoundLesson, ...]


def find(site: Site, query: str, language: Language) -> Found:
    """Lessons and terms that hold every word of the query or its beginning, without regard to accents and case."""
    library = site.courses.current
    terms: list[Term] = []
    lessons: list[FoundLesson] = []
    for hit in _index(library).find(query, language):
        kind, _, name = hit.key.partition("/")
        if kind == _TERM:
            terms.append(library.glossary.terms[name])
        else:
            lessons.append(_lesson(library, language, hit))
    return Found(tuple(terms), tuple(lessons))


def terms(site: Site, language: Language, query: str = "") -> list[Term]:
    """The glossary in the order of its terms; with a query, those whose words or meaning hold it."""
    wanted = fold(query)
    every = site.courses.current.glossary.terms.values()
    kept = [term for term in every if wanted in fold(" ".join(_words(term, language)))]
    return sorted(kept, key=lambda term: fold(term.wordings[language].term))


def _words(term: Term, language: Language) -> Iterator[str]:
    """All that stands with a term in one language, and what it is called in every other."""
    wording = term.wordings[language]
    yield from (wording.term, *wording.forms, *wording.avoid, wording.meaning)
    yield from (other.term for other in term.wordings.values())


def _index(library: Library) -> SearchIndex:
    with _lock:
        if library not in _indexes:
            _indexes[library] = SearchIndex(_documents(library))
        return _indexes[library]


def _documents(library: Library) -> Iterator[Document]:
    for course in library.courses.values():
        for module in course.modules:
            for (slug, language), lesson in module.lessons.items():
                text = "\n".join(part.markdown for part in lesson.segments if isinstance(part, Prose))
                key = f"{_LESSON}/{course.id}/{module.id}/{slug}"
                yield Document(key, language, lesson.title, lesson.summary, " ".join(_MARKUP.sub(" ", text).split()))
    for term in library.glossary.terms.values():
        for language, wording in term.wordings.items():
            title = " ".join((wording.term, *wording.forms, *wording.avoid))
            others = " ".join(other.term for other in term.wordings.values())
            yield Document(f"{_TERM}/{term.id}", language, title, others, wording.meaning)


def _lesson(library: Library, language: Language, hit: Hit) -> FoundLesson:
    _kind, course_id, module_id, slug = hit.key.split("/")
    course = library.courses[course_id]
    module = next(module for module in course.modules if module.id == module_id)
    return FoundLesson(course, module, module.lessons[slug, language], hit.excerpt)
