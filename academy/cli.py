"""The `academy` command: arguments turned into one call of a command family."""

from __future__ import annotations

import argparse
import gc
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from academy import commands
from academy.commands import CommandError
from academy.config import SettingError


class _Parser(argparse.ArgumentParser):
    """Bad arguments end in one line on stderr and exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse types it as never returning
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def build_parser(only: str = "") -> argparse.ArgumentParser:
    """The parser of every command, gathered from `academy.commands`; of one module alone where it is named."""
    parser = _Parser(prog="academy", description="Cybersecurity training and the workforce gap.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        if only in ("", module.name):
            family = importlib.import_module(f"academy.commands.{module.name}")
            if hasattr(family, "register"):  # else several families share it
                family.register(subparsers)
    return parser


def _module_of(arguments: Sequence[str]) -> str:
    """The module of a command that is named like it: then no other has to be loaded, which takes longer than most commands."""
    name = arguments[0] if arguments else ""
    return name if name in {found.name for found in pkgutil.iter_modules(commands.__path__)} else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = build_parser(_module_of(given)).parse_args(given)
    gc.enable()
    try:
        return int(options.run(options) or 0)
    except (CommandError, SettingError) as error:
        print(f"academy {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        reason = _database_fault(error)
        if reason is None:
            raise
        print(f"academy {options.command}: {reason}", file=sys.stderr)
        return 2


def _database_fault(error: Exception) -> str | None:
    """What is wrong with the database; None for any other error. Commands that need no database do not load its libraries."""
    if "sqlalchemy" not in sys.modules:
        return None
    from sqlalchemy.exc import SQLAlchemyError

    from academy.store.schema import SchemaTooNew

    if isinstance(error, SchemaTooNew):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        return f"the database cannot be used: {str(getattr(error, 'orig', None) or error).strip().splitlines()[0]}"
    return None
