"""The documentation is true: what it lists is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from academy.config import ROOT
from tests import documents

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])


@pytest.mark.parametrize("mark", ["files", "routes", "settings", "commands", "codes"])
def test_lists_follow_the_code(app: Flask, mark: str) -> None:
    """`python -m tests.documents` writes them."""
    for (path, name), make in documents.blocks(app).items():
        if name == mark:
            assert documents.present(path, name) == make()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^(`{3,}).*?^\1$|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)  # no code
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_named_exist(path: Path) -> None:
    """Paths in code marks that begin with a top-level folder are those of files."""
    for name in re.findall(r"`((?:academy|courses|docs|static|tests)/[\w./-]+)`", path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


def test_locks_hold_hashes_and_no_registry() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / lock).read_text()
        names = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE)
        assert len(names) > 20
        assert text.count("--hash=sha256:") >= len(names)
        assert "http" not in text
        assert "--index-url" not in text


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs/adr/0001-dependencies.md").read_text().lower()
    project = (ROOT / "pyproject.toml").read_text()
    for name in re.findall(r'^    "([a-z0-9-]+)[\[>=,"]', project, re.MULTILINE):
        assert f"`{name}`" in reasons, name
