"""Addresses are those that Flask would build by itself, and nothing is made for them before."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import Map, Rule

from academy.web.late_rules import LateRule

RULES = ("/", "/plain", "/<language>/courses/<course_id>", "/attempts/<int(max=99):number>/<item_id>", "/<any(es,en):language>/x y")
ASKED: list[tuple[int, dict[str, Any]]] = [
    (0, {}),
    (1, {"more": "a b"}),
    (2, {"language": "es", "course_id": "ñ/&"}),
    (3, {"number": 7, "item_id": "a"}),
    (4, {"language": "en", "q": ["1", "2"]}),
]


def built(kind: type[Rule]) -> list[str]:
    rules = Map([kind(rule, endpoint=str(at)) for at, rule in enumerate(RULES)]).bind("h")
    return [rules.build(str(at), values) for at, values in ASKED for _ in range(2)]


def test_the_addresses_are_the_same() -> None:
    assert built(LateRule) == built(Rule)


def test_a_builder_is_made_when_it_is_asked_for_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = Rule._compile_builder

    def noted(self: Rule, append_unknown: bool = True) -> object:
        made.append(self.endpoint)
        return real(self, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", noted)
    rules = Map([LateRule(rule, endpoint=str(at)) for at, rule in enumerate(RULES)]).bind("h")
    assert made == []
    assert rules.match("/plain") == ("1", {})
    assert [rules.build("2", {"language": "es", "course_id": "c"}) for _ in range(2)] == ["/es/courses/c"] * 2
    assert made == ["2"]
