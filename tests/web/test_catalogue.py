"""The Spanish catalogue: complete, nothing left over, placeholders kept."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message

from academy.config import ROOT
from tests import catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")
KEPT = list(catalogue.messages(catalogue.kept()))


def test_every_message_is_in_the_catalogue_and_no_other() -> None:
    """`python -m tests.catalogue` brings the list up to date."""
    present = catalogue.messages(catalogue.present())
    assert {(message.context, str(message.id)) for message in KEPT} == {(message.context, str(message.id)) for message in present}


@pytest.mark.parametrize("message", KEPT, ids=lambda message: str(message.id)[:40])
def test_it_is_translated_with_the_same_placeholders(message: Message) -> None:
    originals = [message.id] if isinstance(message.id, str) else list(message.id)
    translations = [message.string] if isinstance(message.string, str) else list(message.string or ())
    assert all(translations), message.id
    wanted = set(PLACEHOLDER.findall(originals[-1]))
    for text in translations:
        assert set(PLACEHOLDER.findall(text)) <= wanted, message.id
    assert set(PLACEHOLDER.findall(translations[-1])) == wanted, message.id


def test_a_bare_percent_sign_is_doubled_in_templates() -> None:
    """Templates fill every message, so a lone % would break the page."""
    for path in (ROOT / "academy/templates").rglob("*.html"):
        for text in re.findall(r'_\("([^"]*)"', path.read_text(encoding="utf-8")):
            assert "%" not in PLACEHOLDER.sub("", text), (path.name, text)


def test_no_template_speaks_outside_the_catalogue() -> None:
    """Words between tags that are not from an expression."""
    for path in (ROOT / "academy/templates").rglob("*.html"):
        text = re.sub(r"{% block place %}\w+{% endblock %}", "", path.read_text(encoding="utf-8"))
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", " ", text, flags=re.DOTALL)
        text = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", " ", text, flags=re.DOTALL)
        words = re.findall(r">([^<>]*[A-Za-zÀ-ÿ]{3,}[^<>]*)<", text)
        own = [word.strip() for word in words if not re.fullmatch(r"\s*(Español|English|(\./run )?academy [\w .@\[\]-]+)\s*", word)]
        assert own == [], (path.name, own)
