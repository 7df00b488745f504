"""Addresses nobody meant, and errors that a page must survive."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from academy.services import sessions

QUERIES = ["endpoint=1", "_method=POST", "_external=1", "_anchor=x", "language=es", "values=1", "a=b&a=c", "%ff=%ff"]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("page", ["/en/courses", "/en/nowhere", "/en/sign-in"])
def test_any_query_is_only_a_query(app: Flask, stranger: FlaskClient, page: str, query: str) -> None:
    app.testing = False
    response = stranger.get(f"{page}?{query}", headers={"Host": "evil.example"})
    assert response.status_code in (200, 404)
    assert "evil.example" not in response.text
    assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize("number", ["0", "99", "2147483648", "99999999999999999999", "-1", "x"])
def test_attempts_that_cannot_be_are_404(lena: FlaskClient, number: str) -> None:
    assert lena.get(f"/en/attempts/{number}").status_code == 404
    assert lena.post(f"/en/attempts/{number}/one", data={"answer": "a"}).status_code in (404, 405)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("SELECT", {}, Exception("gone")), 503, "We cannot save anything right now"),
        (RuntimeError("broken"), 500, "Something failed on our side"),
    ],
)
def test_without_a_database_there_is_still_a_page(
    app: Flask, lena: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, words: str
) -> None:
    def gone(*_: object) -> None:
        raise error

    app.testing = False
    monkeypatch.setattr(sessions, "find", gone)
    response = lena.get("/en/")
    assert response.status_code == status
    assert words in response.text
    assert "Reference:" in response.text
    assert "Content-Security-Policy" in response.headers


def test_a_head_request_leaves_no_message(stranger: FlaskClient) -> None:
    assert stranger.head("/en/account").status_code == 302
    assert "You were signed out" not in stranger.get("/en/sign-in").text


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=cut"])
@pytest.mark.parametrize("address", ["/en/sign-in", "/en/account", "/en/programs/sources/import"])
def test_a_form_has_bounds(app: Flask, mo: FlaskClient, address: str, kind: str) -> None:
    app.testing = False
    assert mo.post(address, data=b"name=" + b"x" * 256 * 1024, content_type=kind).status_code == 413
