"""Search and glossary: found without regard to accents and case, in each language apart."""

from __future__ import annotations

import pytest

from academy.services import search
from academy.services.site import Site


@pytest.mark.parametrize("query", ["clonación", "CLONACION", "clonaci", "  clonacion   voz "])
def test_accents_case_and_endings_do_not_matter(light_site: Site, query: str) -> None:
    found = search.find(light_site, query, "es")
    assert "voice-cloning" in {term.id for term in found.terms}


def test_lessons_are_found_by_their_text_with_the_words_marked(light_site: Site) -> None:
    found = search.find(light_site, "cooperativa transferencia", "es")
    assert found.lessons
    assert all(any(piece.casefold().startswith(("cooperativa", "transferencia")) for piece in hit.excerpt[1::2]) for hit in found.lessons)
    assert {hit.lesson.language for hit in found.lessons} == {"es"}


def test_titles_come_first(light_site: Site) -> None:
    lesson = light_site.courses.current.courses["ai-threats"].modules[1].lessons["1-voice-cloning", "en"]
    assert search.find(light_site, lesson.title, "en").lessons[0].lesson == lesson


@pytest.mark.parametrize("query", ["", "   ", "zzzz", '" OR 1=1', "*", "NEAR(", "título:x", "a" * 500, "\0", "ñ' --"])
def test_odd_queries_find_nothing_or_something_but_never_fail(light_site: Site, query: str) -> None:
    search.find(light_site, query, "es")


def test_terms_stand_in_the_order_of_their_language(light_site: Site) -> None:
    spanish = [term.wordings["es"].term for term in search.terms(light_site, "es")]
    assert len(spanish) >= 150
    assert spanish.index("activo") < spanish.index("adversario") < spanish.index("vulnerabilidad")
    assert [term.id for term in search.terms(light_site, "es", "encriptacion")] == ["cipher"], "found by the word that is not used"
    assert "mfa" in {term.id for term in search.terms(light_site, "en", "VERIFICATION")}
