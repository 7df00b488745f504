"""`academy nightly`: the night's work in one command, for cron or a timer."""

from __future__ import annotations

import argparse

from academy.commands.progress import Meter
from academy.commands.upkeep import opened_site
from academy.services import nightly


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `nightly`."""
    night = subparsers.add_parser("nightly", help="the night's work: register, calibrate, purge, publish; safe to run again")
    night.set_defaults(run=run_nightly)


def run_nightly(_options: argparse.Namespace) -> int:
    """Run every step, a line each; exit 1 if one failed."""
    meter, failed = Meter(), False
    with opened_site() as site:
        for done in nightly.run(site, meter):
            meter.end()
            print(f"{done.name}: {'failed: ' if done.failed else ''}{done.said}.", flush=True)
            failed = failed or done.failed
    return 1 if failed else 0
