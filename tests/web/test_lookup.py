"""Search and glossary pages."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


def test_a_search_shows_lessons_and_terms(stranger: FlaskClient) -> None:
    page = stranger.get("/es/search?q=CLONADA").text
    assert "clonación de voz" in page
    assert 'href="/es/courses/ai-threats/' in page
    assert "<mark>" in page


@pytest.mark.parametrize("address", ["search?q=<script>alert(1)</script>", "glossary?q=<script>alert(1)</script>"])
def test_what_was_typed_is_shown_as_text(stranger: FlaskClient, address: str) -> None:
    response = stranger.get(f"/en/{address}")
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;" in response.text


def test_the_glossary_shows_both_names_and_a_place_for_each(stranger: FlaskClient) -> None:
    page = stranger.get("/en/glossary").text
    assert '<h2 id="backup">backup</h2>' in page
    assert '<span lang="es">respaldo</span>' in page


def test_nothing_found_says_what_to_do(stranger: FlaskClient) -> None:
    assert "Nada contiene" in stranger.get("/es/search?q=zzzz").text
    assert "Ningún término contiene" in stranger.get("/es/glossary?q=zzzz").text


def test_lessons_link_their_terms(stranger: FlaskClient) -> None:
    page = stranger.get("/es/courses/ai-threats/2-deepfakes/1-voice-cloning").text
    assert '<a class="term" href="/es/glossary#' in page
