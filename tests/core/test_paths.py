"""Learning paths: read with every fault named at its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.content.paths import Known, Path, PathStep, parse_paths

TEXT = """paths:
  - role: PD-WRL-001
    outcomes: {es: [Leer], en: [Read]}
    steps:
      - {course: nets, module: 1-ports, needs: [log-analysis], required: true}
      - {course: nets, module: 2-names, needs: []}
"""
KNOWN = Known({"PD-WRL-001", "PD-WRL-003"}, {"log-analysis"}, {("nets", "1-ports"), ("nets", "2-names")})


def test_a_path_is_read() -> None:
    steps = (PathStep("nets", "1-ports", ("log-analysis",), True), PathStep("nets", "2-names", (), False))
    assert parse_paths(TEXT, "p.yaml", KNOWN) == ((Path("PD-WRL-001", {"es": ("Leer",), "en": ("Read",)}, steps),), ())


@pytest.mark.parametrize(
    ("before", "after", "line", "code"),
    [
        ("role: PD-WRL-001", "role: PD-WRL-009", 2, "path-unknown"),
        ("module: 2-names", "module: 3-none", 6, "path-unknown"),
        ("needs: [log-analysis]", "needs: [magic]", 5, "path-unknown"),
        ("needs: []", "needs: none", 6, "field-type"),
        ("required: true", "required: maybe", 5, "field-type"),
        ("{es: [Leer], en: [Read]}", "{es: [Leer]}", 3, "field-type"),
        ("{es: [Leer], en: [Read]}", "none", 3, "field-type"),
        ("    steps:", "    hours: 3\n    steps:", 4, "field-unknown"),
        ("paths:", "paths: {{", 1, "front-matter-syntax"),
    ],
)
def test_faults_are_named_at_their_line(before: str, after: str, line: int, code: str) -> None:
    _paths, problems = parse_paths(TEXT.replace(before, after, 1), "p.yaml", KNOWN)
    assert (problems[0].code, problems[0].line if code != "front-matter-syntax" else 1) == (code, line)


def test_two_paths_to_one_role_are_one_too_many() -> None:
    paths, problems = parse_paths(TEXT + TEXT.removeprefix("paths:\n"), "p.yaml", KNOWN)
    assert len(paths) == 1
    assert [(problem.code, problem.line) for problem in problems] == [("path-duplicate", 7)]


@given(st.text("paths:role-{}[],\n 'needs", max_size=120))
def test_any_text_gives_paths_or_problems(text: str) -> None:
    assert parse_paths(text, "p.yaml", KNOWN)[0] == ()
