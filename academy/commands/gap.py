"""`academy gap` prints the published numbers; `academy publish` freezes them."""

from __future__ import annotations

import argparse
import json
import sys

from academy.commands import CommandError
from academy.commands.upkeep import migrated_site
from academy.services import gap
from academy.services.publish import publish


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `gap` and `publish`."""
    numbers = subparsers.add_parser("gap", help="print the published numbers: need, workforce, shortage, coverage, learners")
    numbers.add_argument("--role", metavar="ID", help="work role such as PD-WRL-003; all: the roles together")
    numbers.add_argument("--state", metavar="ID", help="state such as MX-NLE; unknown: no state given; all: the states together")
    numbers.add_argument("--sector", metavar="ID", help="sector such as 31-33; unknown: no sector given; all: the sectors together")
    numbers.add_argument("--scenario", metavar="ID", help="which national shortage to believe")
    numbers.add_argument("--as-of", metavar="DATE", help="the newest publication up to this date, such as 2026-10-31")
    numbers.add_argument("--format", choices=("json", "csv"), default="csv", help="default: %(default)s")
    numbers.set_defaults(run=run_gap)
    freeze = subparsers.add_parser("publish", help="freeze today's gap as a snapshot that pages, files and `gap` read")
    freeze.add_argument("--seed", type=int, metavar="N", help="seed of the intervals (default: the date as a number)")
    freeze.set_defaults(run=run_publish)


def run_gap(options: argparse.Namespace) -> int:
    """Print the rows asked for."""
    site = migrated_site()
    try:
        query = gap.asked(
            site,
            role=options.role,
            state=options.state,
            sector=options.sector,
            scenario=options.scenario,
            as_of=options.as_of,
        )
    except gap.ChoiceError as error:
        raise CommandError(str(error)) from None
    report = gap.read(site, query)
    if report is None:
        raise CommandError("nothing was published up to then" if query.as_of else "nothing is published yet; run `academy publish`")
    if options.format == "json":
        print(json.dumps(gap.as_json(report), ensure_ascii=False, indent=1))
    else:
        sys.stdout.write(gap.as_csv(report))
    return 0


def run_publish(options: argparse.Namespace) -> int:
    """Publish and say what was frozen."""
    if options.seed is not None and not 0 <= options.seed < 2**31:
        raise CommandError("--seed must be a whole number from 0 to 2147483647")
    done = publish(migrated_site(), seed=options.seed)
    print(f"Published as of {done.as_of}: {done.cells:,} numbers, {done.hidden:,} of them hidden (snapshot {done.snapshot_id}).")
    return 0
