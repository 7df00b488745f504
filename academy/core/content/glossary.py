"""The glossary: one word for each concept and language, linked where a lesson first uses it, and missed where another is used."""

from __future__ import annotations

import functools
import hashlib
import html
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from academy.core.content.fields import IDENTIFIER
from academy.core.content.front_matter import read_yaml
from academy.core.content.model import LANGUAGES, Language, Problem

_Words = tuple[str, ...]
_Phrases = Mapping[str, tuple[tuple[_Words, str], ...]]

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^>]*>")
_UNLINKED = {"a", "code", "pre", "h2", "h3", "h4", "h5", "h6", "svg", "th", "sup", "kbd"}
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NOT_PROSE = re.compile(
    r"^\[\^[^\]]+\]:.*|^(?:source|quiz|pass|minutes):.*"
    r"|`[^`]*`|(?<!\*)\*(?!\*)[^*]+\*(?!\*)|(?<!\w)_[^_]+_(?!\w)|«[^»]*»|“[^”]*”|\]\([^)]*\)|<https?:[^>]*>|https?://\S+|\[\^[^\]]*\]"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A concept in one language: its term, other forms of it (plurals), words that are not used for it, and what it means."""

    term: str
    forms: tuple[str, ...]
    avoid: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Term:
    """One concept in every language."""

    id: str
    wordings: Mapping[Language, Wording]
    line: int
    linked: bool = True
    """Whether lessons link it; a word that often means something else is better not."""


@dataclass(frozen=True, eq=False)
class Glossary:
    """All concepts by id, and where to find the words of each language."""

    terms: Mapping[str, Term] = field(default_factory=dict)
    used: Mapping[Language, _Phrases] = field(default_factory=dict)
    avoided: Mapping[Language, _Phrases] = field(default_factory=dict)
    digest: str = ""


def build_glossary(terms: Iterable[Term]) -> Glossary:
    """Concepts ready to be looked for; of two with one id, the first counts."""
    known: dict[str, Term] = {}
    for term in terms:
        known.setdefault(term.id, term)
    linked = [term for term in known.values() if term.linked]
    return Glossary(
        known,
        {code: _index(linked, code, lambda words: (words.term, *words.forms)) for code in LANGUAGES},
        {code: _index(known.values(), code, lambda words: words.avoid) for code in LANGUAGES},
        hashlib.sha256(repr(known).encode()).hexdigest() if known else "",
    )


def parse_glossary(text: str, path: str) -> tuple[tuple[Term, ...], tuple[Problem, ...]]:
    """The concepts in a glossary file and every problem in it; one that has a problem is left out."""
    fields, lines, problems = read_yaml(text, path)
    entries = (fields or {}).get("terms", [])
    if fields is not None and not isinstance(entries, list):
        return (), (Problem(path, lines.get("terms", 1), 1, "field-type", (("field", "terms"), ("expected", "a list of words"))),)
    terms: list[Term] = []
    seen: dict[tuple[str, str], str] = {}
    for number, entry in enumerate(entries):
        place = f"terms.{number}"
        term = _Entry(entry, place, path, lines, problems).term()
        if term is None:
            continue
        known = next((seen[key] for key in _names(term) if key in seen), None)
        if known is not None:
            problems.append(Problem(path, term.line, 1, "term-duplicate", (("term", term.id), ("other", known))))
            continue
        seen.update(dict.fromkeys(_names(term), term.id))
        terms.append(term)
    return tuple(terms), tuple(problems)


def link_terms(page: str, glossary: Glossary, language: Language, address: str) -> str:
    """The HTML of a lesson with the first use of each term linked to `address#id`; headings, links and code are left alone."""
    index = glossary.used.get(language) or {}
    if not index:
        return page
    out: list[str] = []
    linked: set[str] = set()
    at = closed = 0
    for tag in _TAG.finditer(page):
        text = page[at : tag.start()]
        out += [text if closed else _linked(text, index, linked, address), tag[0]]
        if tag[2] in _UNLINKED:
            closed += -1 if tag[1] else 1
        at = tag.end()
    return "".join([*out, page[at:]])


@functools.lru_cache(maxsize=4096)
def misused(text: str, glossary: Glossary, language: Language, path: str) -> tuple[Problem, ...]:
    """Words in a file's prose that the glossary replaces by another; code, quotations, emphasis and sources are not looked at."""
    return tuple(_misused(text, glossary, language, path)) if glossary.avoided.get(language) else ()


def _misused(text: str, glossary: Glossary, language: Language, path: str) -> Iterator[Problem]:
    index = glossary.avoided[language]
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        if mark or fence:
            continue
        prose = _NOT_PROSE.sub(lambda found: " " * len(found[0]), line)
        for start, end, term in _found(prose, index):
            values = (("word", line[start:end]), ("term", glossary.terms[term].wordings[language].term))
            yield Problem(path, number, start + 1, "term-avoided", values)


class _Entry:
    """Reads one concept and notes what is wrong with it."""

    def __init__(self, entry: Any, place: str, path: str, lines: Mapping[str, int], problems: list[Problem]) -> None:
        self._entry = entry if isinstance(entry, dict) else {}
        self._place, self._path, self._lines, self._problems = place, path, lines, problems

    def term(self) -> Term | None:
        before = len(self._problems)
        name = self._entry.get("id")
        if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
            self._fault("id", "lower case letters, digits and hyphens")
        for key in self._entry:
            if key not in ("id", "linked", *LANGUAGES):
                self._problems.append(Problem(self._path, self._line(key), 1, "field-unknown", (("field", f"{self._place}.{key}"),)))
        linked = self._entry.get("linked", True)
        if not isinstance(linked, bool):
            self._fault("linked", "true or false")
        wordings = {language: self._wording(language) for language in LANGUAGES}
        return Term(str(name), wordings, self._line("id"), linked is True) if len(self._problems) == before else None

    def _wording(self, language: Language) -> Wording:
        given = self._entry.get(language)
        given = given if isinstance(given, dict) else {}
        texts = []
        for key in ("term", "meaning"):
            value = given.get(key)
            if not isinstance(value, str) or not value.strip():
                self._fault(f"{language}.{key}", "a line of text")
            texts.append(str(value or "").strip())
        lists = []
        for key in ("forms", "avoid"):
            value = given.get(key, [])
            if not isinstance(value, list) or not all(isinstance(word, str) and _WORD.search(word) for word in value):
                self._fault(f"{language}.{key}", "a list of words")
                value = []
            lists.append(tuple(str(word) for word in value))
        return Wording(texts[0], lists[0], lists[1], texts[1])

    def _line(self, key: str) -> int:
        return self._lines.get(f"{self._place}.{key}", self._lines.get(self._place, 1))

    def _fault(self, key: str, expected: str) -> None:
        values = (("field", f"{self._place}.{key}"), ("expected", expected))
        self._problems.append(Problem(self._path, self._line(key), 1, "field-type", values))


def _names(term: Term) -> list[tuple[str, str]]:
    """What no other concept may be called: the id, and the term in each language."""
    return [("id", term.id), *((language, wording.term.casefold()) for language, wording in term.wordings.items())]


def _index(terms: Iterable[Term], language: Language, words_of: Callable[[Wording], Iterable[str]]) -> _Phrases:
    """Concepts by the first word of what stands for them, longest first."""
    found: dict[str, list[tuple[_Words, str]]] = {}
    for term in terms:
        for phrase in words_of(term.wordings[language]):
            words = tuple(word.casefold() for word in _WORD.findall(phrase))
            if words:
                found.setdefault(words[0], []).append((words, term.id))
    return {first: tuple(sorted(phrases, key=lambda phrase: -len(phrase[0]))) for first, phrases in found.items()}


def _found(text: str, index: _Phrases) -> Iterator[tuple[int, int, str]]:
    """Start, end and concept of every phrase in a text, the longest at each place; none overlap."""
    words = [(match.start(), match.end(), match[0].casefold()) for match in _WORD.finditer(text)]
    at = 0
    while at < len(words):
        length = 1
        for phrase, term in index.get(words[at][2], ()):
            last = at + len(phrase) - 1
            if last < len(words) and all(words[at + i][2] == word for i, word in enumerate(phrase)) and _near(text, words[at : last + 1]):
                yield words[at][0], words[last][1], term
                length = len(phrase)
                break
        at += length


def _near(text: str, words: Sequence[tuple[int, int, str]]) -> bool:
    """Whether only spaces stand between the words."""
    return all(not text[before[1] : after[0]].strip() for before, after in itertools.pairwise(words))


def _linked(text: str, index: _Phrases, linked: set[str], address: str) -> str:
    out, at = [], 0
    for start, end, term in _found(text, index):
        if term not in linked:
            linked.add(term)
            href = html.escape(f"{address}#{term}", quote=True)
            out += [text[at:start], f'<a class="term" href="{href}">{text[start:end]}</a>']
            at = end
    return "".join([*out, text[at:]])
