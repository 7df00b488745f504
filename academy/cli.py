"""The `academy` command: arguments turned into one call of a command family."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from academy import commands
from academy.commands import CommandError
from academy.config import SettingError
from academy.store.schema import SchemaTooNew


class _Parser(argparse.ArgumentParser):
    """Bad arguments end in one line on stderr and exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse types it as never returning
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command, gathered from `academy.commands`."""
    parser = _Parser(prog="academy", description="Cybersecurity training and the workforce gap.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        importlib.import_module(f"academy.commands.{module.name}").register(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except (CommandError, SettingError, SchemaTooNew) as error:
        print(f"academy {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
