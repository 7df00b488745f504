"""Upkeep: `academy migrate`, `academy config`, `academy rebuild`."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator

from academy.commands import CommandError
from academy.config import SETTINGS, present_values, read_settings
from academy.services import rebuild, registry
from academy.services.site import Site, open_site
from academy.store import schema


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `migrate`, `config` and `rebuild`."""
    migrate = subparsers.add_parser("migrate", help="bring the database to this release's schema")
    migrate.set_defaults(run=run_migrate)
    config = subparsers.add_parser("config", help="list the settings: default, meaning, present value")
    config.set_defaults(run=run_config)
    again = subparsers.add_parser("rebuild", help="derive estimates and standings again from the responses")
    again.add_argument("--check", action="store_true", help="only compare; exit 1 on any difference")
    again.set_defaults(run=run_rebuild)


def migrated_site() -> Site:
    """The site of the present settings. Raises CommandError when its schema is not this release's."""
    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    site = open_site(settings)
    if schema.present_version(site.database) != schema.newest_version():
        raise CommandError("the database has another schema; run `academy migrate` first")
    return site


@contextlib.contextmanager
def opened_site() -> Iterator[Site]:
    """The migrated site for the length of a block; its connections are closed at the end."""
    site = migrated_site()
    try:
        yield site
    finally:
        site.database.dispose()


def run_migrate(_options: argparse.Namespace) -> int:
    """Migrate the schema and register the courses' items."""
    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    site = open_site(settings)
    schema.migrate(site.database)
    registry.sync(site)
    print(f"Schema {schema.newest_version()}.")
    return 0


def run_config(_options: argparse.Namespace) -> int:
    """Print every setting."""
    values = present_values(read_settings())
    for setting in SETTINGS:
        print(f"{setting.name}={values[setting.name]}")
        print(f"    {setting.help} ({setting.type}; default: {setting.default or 'empty'})")
    return 0


def run_rebuild(options: argparse.Namespace) -> int:
    """Rebuild or compare everything derived."""
    with opened_site() as site:
        if not options.check:
            registry.sync(site)
            print(f"Rebuilt {rebuild.rebuild_all(site, progress=_progress)} learners.")
            return 0
        found = rebuild.differences(site, progress=_progress)
    for difference in found[:50]:
        print(f"learner {difference.learner_id}: {difference.what}")
    print(f"{len(found)} differences.")
    return 1 if found else 0


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"  {done:,} of {total:,} learners", end="\n" if done == total else "\r", file=sys.stderr, flush=True)
