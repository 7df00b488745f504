"""`academy purge`: erasures that are due, accounts in disuse, and what has expired."""

from __future__ import annotations

import argparse

from academy.commands.upkeep import migrated_site
from academy.services import privacy


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `purge`."""
    parser = subparsers.add_parser("purge", help="erase whose term is over, apply the list of erasures, drop what has expired")
    parser.set_defaults(run=run_purge)


def run_purge(_options: argparse.Namespace) -> int:
    """Purge and say what was done."""
    site = migrated_site()
    done = privacy.purge(site)
    site.database.dispose()
    print(f"Erased: {done.erased}. Blocked for disuse: {done.inactive}. Taken from the list of erasures: {done.applied}.")
    return 0
