"""A first publication turned into the same one in another test's database: what rests on equal facts is worked out once."""

from __future__ import annotations

import atexit
import functools
import shutil
import sqlite3
import tempfile
from collections.abc import Hashable
from contextlib import closing
from pathlib import Path

from sqlmodel import select

from academy.core.framework import Framework
from academy.services import audit, inputs, standstill
from academy.services.publish import Publication
from academy.services.publish import publish as work_out
from academy.services.site import Site
from academy.store import snapshots, stage_changes
from academy.store.tables.standings import SkillEstimate

TABLES = ("snapshot", "snapshotcell")
_KEPT: dict[Hashable, tuple[Publication, Path, Framework]] = {}
"""With the framework, so that no other one is taken for it."""


def publish(site: Site) -> Publication:
    """Leave a site on SQLite as the product's `publish` would, which is asked unless everything that it would read was seen before.

    It is always asked where there is a publication, a change of stage that was kept or is due, or an estimate of a skill.
    """
    facts = rests_on(site)
    if facts is None:
        return work_out(site)
    if facts not in _KEPT:
        path = _folder() / f"{len(_KEPT)}.db"
        publication = work_out(site)
        _keep(site, path)
        _KEPT[facts] = publication, path, site.framework
        return publication
    publication, path, _ = _KEPT[facts]
    _insert(site, path)
    details = {"snapshot": publication.snapshot_id, "seed": int(f"{publication.as_of:%Y%m%d}"), "cells": publication.cells}
    with site.database.writing() as session:
        audit.record(site, session, "published", actor=None, details=details)
    return publication


def rests_on(site: Site) -> Hashable | None:
    """All that a first publication is made of; None where there may be more to it."""
    now = site.now()
    with site.database.reading() as session:
        if snapshots.latest(session) or stage_changes.first_seen(session) or session.exec(select(SkillEstimate)).first():
            return None
        if stage_changes.newly_lapsed(session, now, after=0, most=1):
            return None
        counts = frozenset(snapshots.learner_counts(session, now)), frozenset(standstill.counts(site, session).items())
    return id(site.framework), now, site.min_cell, site.demo, inputs.present(site).digest, counts


def _keep(site: Site, path: Path) -> None:
    with closing(sqlite3.connect(_file(site))) as connection:
        connection.execute("ATTACH ? AS kept", (str(path),))
        for table in TABLES:
            connection.execute(f"CREATE TABLE kept.{table} AS SELECT * FROM main.{table}")
        connection.commit()


def _insert(site: Site, path: Path) -> None:
    with closing(sqlite3.connect(_file(site))) as connection:
        connection.execute("ATTACH ? AS kept", (str(path),))
        for table in TABLES:
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM kept.{table}")
        connection.commit()


def _file(site: Site) -> str:
    assert site.database.engine.dialect.name == "sqlite"
    assert site.database.engine.url.database
    return site.database.engine.url.database


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="academy-publications-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
