"""The parts of the documentation that follow the code. `python -m tests.documents` writes them; a test compares them."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Flask

from academy.cli import build_parser
from academy.config import ROOT, SETTINGS
from academy.core.content import codes
from academy.web.auth import guard_of

DOCS = ROOT / "docs"


def files() -> str:
    """Every source file with the sentence it opens with, by folder."""
    lines: list[str] = []
    paths = [path for path in sorted((ROOT / "academy").rglob("*.py")) if "versions" not in path.parts]
    folder = None
    for path in paths:
        if path.parent != folder:
            folder = path.parent
            lines += ["", f"**{folder.relative_to(ROOT)}/**", ""]
        sentence = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
        lines.append(f"- `{path.name}` {sentence}")
    return "\n".join(lines).strip()


def routes(app: Flask) -> str:
    """Every address with its methods and who may use it."""
    rows = ["| address | methods | who |", "| --- | --- | --- |"]
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        guard = guard_of(app.view_functions[rule.endpoint])
        assert guard is not None, rule.endpoint
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        address = re.sub(r"<any\([^)]*\):language>", "<language>", rule.rule)
        rows.append(f"| `{address}` | {methods} | {', '.join(sorted(guard.roles))} |")
    return "\n".join(rows)


def settings() -> str:
    """Every setting with what it accepts, its default and what it is for."""
    rows = ["| setting | accepts | default | what for |", "| --- | --- | --- | --- |"]
    rows += [f"| `{s.name}` | {s.type.replace('|', ' or ')} | {f'`{s.default}`' if s.default else 'empty'} | {s.help} |" for s in SETTINGS]
    return "\n".join(rows)


def commands() -> str:
    """Every command with its help."""
    rows = ["| command | does |", "| --- | --- |"]
    rows += [f"| `academy {name}` | {text} |" for name, text in _commands(build_parser())]
    return "\n".join(rows)


def check_codes() -> str:
    """Every code of `academy check` with what it says and how to mend it."""
    rows = ["| code | | says | mend |", "| --- | --- | --- | --- |"]
    for name, code in codes.all_codes().items():
        rows.append(f"| `{name}` | {code.severity} | {_plain(code.message)} | {_plain(code.remedy)} |")
    return "\n".join(rows)


def blocks(app: Flask) -> dict[tuple[Path, str], Callable[[], str]]:
    """Each generated block: the file and mark where it stands, and what makes it."""
    return {
        (DOCS / "architecture.md", "files"): files,
        (DOCS / "architecture.md", "routes"): lambda: routes(app),
        (DOCS / "operations.md", "settings"): settings,
        (DOCS / "operations.md", "commands"): commands,
        (DOCS / "authoring.md", "codes"): check_codes,
    }


def present(path: Path, mark: str) -> str:
    """What stands in a document between its marks."""
    text = path.read_text(encoding="utf-8")
    return text.partition(f"<!-- {mark} -->\n")[2].partition(f"\n<!-- end {mark} -->")[0]


def write(app: Flask) -> None:
    """Bring every block up to date."""
    for (path, mark), make in blocks(app).items():
        head, start, rest = path.read_text(encoding="utf-8").partition(f"<!-- {mark} -->\n")
        _old, end, tail = rest.partition(f"\n<!-- end {mark} -->")
        path.write_text(head + start + make() + end + tail, encoding="utf-8")


def _commands(parser: argparse.ArgumentParser, prefix: str = "") -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, child in action.choices.items():
                below = list(_commands(child, f"{prefix}{name} "))
                yield from below or [(f"{prefix}{name}", helps.get(name, ""))]


def _plain(text: str) -> str:
    return re.sub(r"%\((\w+)\)s", r"*\1*", text).replace("%%", "%").replace("|", "\\|")


if __name__ == "__main__":
    import tempfile

    from academy.app import create_app
    from academy.config import read_settings
    from academy.services.site import open_site
    from academy.store import schema

    with tempfile.TemporaryDirectory() as folder:
        found = read_settings({"ACADEMY_DATA": folder})
        opened = open_site(found)
        schema.migrate(opened.database)
        write(create_app(found, opened))
