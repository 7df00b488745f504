"""`academy audit verify`: the audit log walked from its beginning, and everything that was tampered with."""

from __future__ import annotations

import argparse

from academy.commands import CommandError
from academy.commands.upkeep import migrated_site
from academy.services import audit

_SHOWN = 50


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `audit verify`."""
    parser = subparsers.add_parser("audit", help="the log of what must be accounted for")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="find every edited, dropped, reordered or truncated event; exit 1 on any")
    verify.add_argument("--head", metavar="HEAD", default="", help="a head noted earlier: the log must still hold it")
    verify.set_defaults(run=run_verify)


def run_verify(options: argparse.Namespace) -> int:
    """Print every fault and the head, to be noted where nobody who can change the database can change it."""
    site = migrated_site()
    try:
        faults, head = audit.verify(site, options.head)
    except ValueError as error:
        raise CommandError(str(error)) from None
    finally:
        site.database.dispose()
    for fault in faults[:_SHOWN]:
        print(f"  {fault.what}")
    print(f"{len(faults)} faults." if faults else "The audit log is whole.")
    print(f"Head: {head}")
    return 1 if faults else 0
