"""The glossary: read with every fault named, terms linked once, other words for them missed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.content.glossary import Glossary, build_glossary, link_terms, misused, parse_glossary

TEXT = """terms:
  - id: backup
    es: {term: respaldo, forms: [respaldos], avoid: [copia de seguridad, backup], meaning: Copia aparte.}
    en: {term: backup, forms: [backups], meaning: A copy kept apart.}
  - id: immutable-backup
    es: {term: respaldo inmutable, meaning: No se puede borrar.}
    en: {term: immutable backup, meaning: It cannot be deleted.}
"""


def glossary() -> Glossary:
    terms, problems = parse_glossary(TEXT, "g.yaml")
    assert problems == ()
    return build_glossary(terms)


def linked(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<a class="term" href="/es/glossary#([a-z-]+)">([^<]*)</a>', link_terms(page, glossary(), "es", "/es/glossary"))


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>Un Respaldo y otro respaldo.</p>", [("backup", "Respaldo")]),
        ("<p>Dos respaldos inmutables.</p>", [("backup", "respaldos")]),
        ("<p>Un respaldo inmutable, un respaldo.</p>", [("immutable-backup", "respaldo inmutable"), ("backup", "respaldo")]),
        ("<h2>El respaldo</h2><p>Un <a href='/x'>respaldo</a>, <code>respaldo</code> y respaldo</p>", [("backup", "respaldo")]),
        ("<p>Un respaldo, inmutable</p>", [("backup", "respaldo")]),
        ("<p>respaldar</p><svg><text>respaldo</text></svg>", []),
    ],
)
def test_the_first_use_is_linked(page: str, expected: list[tuple[str, str]]) -> None:
    assert linked(page) == expected


def test_a_term_may_stay_unlinked() -> None:
    terms, problems = parse_glossary(TEXT.replace("- id: backup", "- id: backup\n    linked: false"), "g.yaml")
    assert problems == ()
    assert link_terms("<p>Un respaldo.</p>", build_glossary(terms), "es", "/g") == "<p>Un respaldo.</p>"


@given(st.text("<>/abp respaldo&;=\"'", max_size=80))
def test_linking_changes_nothing_but_links(page: str) -> None:
    after = link_terms(page, glossary(), "es", "/g")
    assert re.sub(r'<a class="term" href="/g#[a-z-]+">((?:(?!</a>).)*)</a>', r"\1", after) == page


def test_other_words_are_missed_where_they_are_prose() -> None:
    text = "\n".join(
        [
            "---", "title: El backup", "source: 0", "---", "Una copia de seguridad.", "**Uno** y `backup`, *backup*, «backup», **dos** y https://backup.example",
            "```", "backup", "```", "Dos backup aquí.[^a]", "", "[^a]: Editor, *Backup*, 2024 backup",
        ]
    )  # fmt: skip
    found = [(problem.line, problem.column, dict(problem.values)) for problem in misused(text, glossary(), "es", "x.md")]
    assert found == [
        (2, 11, {"word": "backup", "term": "respaldo"}),
        (5, 5, {"word": "copia de seguridad", "term": "respaldo"}),
        (10, 5, {"word": "backup", "term": "respaldo"}),
    ]
    assert list(misused(text, glossary(), "en", "x.md")) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "code"),
    [
        ("id: backup", "id: Back Up", 2, "field-type"),
        ("id: immutable-backup", "id: backup", 5, "term-duplicate"),
        ("term: respaldo inmutable", "term: Respaldo", 5, "term-duplicate"),
        ("meaning: It cannot be deleted.", "meaning: ''", 7, "field-type"),
        ("forms: [backups]", "forms: backups", 4, "field-type"),
        ("- id: backup", "- id: backup\n    linked: maybe", 3, "field-type"),
        ("terms:", "words:", 1, None),
        ("  - id: immutable-backup", "  - colour: red\n    id: immutable-backup", 5, "field-unknown"),
        ("    en: {term: backup,", "    fr: {term: backup,", 4, "field-unknown"),
        ("es: {term: respaldo inmutable", "es: {{term: respaldo inmutable", 7, "front-matter-syntax"),
    ],
)
def test_faults_are_named_at_their_line(before: str, after: str, line: int, code: str | None) -> None:
    _terms, problems = parse_glossary(TEXT.replace(before, after, 1), "g.yaml")
    assert [(problem.line, problem.code) for problem in problems][: 1 if code else 0] == ([(line, code)] if code else [])
    assert bool(problems) is bool(code)


@given(st.text("terms:-id esn{}[],\n 'x", max_size=120))
def test_any_text_gives_terms_or_problems(text: str) -> None:
    terms, problems = parse_glossary(text, "g.yaml")
    assert all(problem.line >= 1 for problem in problems)
    assert not (terms and problems and len(terms) > text.count("id"))
