"""`python -m tests.bench.derivation`: CPU milliseconds for deriving a learner again, on either kind of database."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
from sqlalchemy import insert
from sqlmodel import SQLModel

from academy.config import read_settings
from academy.services import calibrate, rebuild, registry
from academy.services.site import Site, open_site
from academy.store import schema
from tests import postgres

ROLES = ("PD-WRL-003", "PD-WRL-001", "OG-WRL-005", "")


def main() -> int:
    """Fill either database, and derive every learner for the first time, after a calibration, and when nothing has changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=2_000)
    parser.add_argument("--each", type=int, nargs="+", default=[10, 20], help="answers of each learner (default: %(default)s)")
    options = parser.parse_args()
    for kind in ("sqlite", "postgresql"):
        for each in options.each:
            with _site(kind) as site:
                _fill(site, options.learners, each)
                for what, act in ACTS.items():
                    print(f"{kind:10} {each:3} answers, {what:20} {act(site, options.learners)}", flush=True)
    return 0


@contextlib.contextmanager
def _site(kind: str) -> Iterator[Site]:
    """A site with the real courses and nobody on a fresh database."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"sqlite:///{folder}/academy.db" if kind == "sqlite" else stack.enter_context(postgres.server(durable=True))
        site = open_site(read_settings({"ACADEMY_DATA": folder, "ACADEMY_SECRET": "s" * 40, "ACADEMY_DATABASE_URL": url}))
        schema.migrate(site.database)
        registry.sync(site)
        yield site
        site.database.dispose()


def _fill(site: Site, learners: int, each: int) -> None:
    """Learners who answer neighbouring questions, each some days after the last, about six of ten rightly."""
    chance, now, tables = np.random.default_rng(1), site.now(), SQLModel.metadata.tables
    bank = [(course, found) for course, found in site.courses.current.all_item_versions() if found.source.measured]
    accounts = [
        {"id": n, "email": f"s{n}@bench.example", "name": "S", "target_role": ROLES[n % len(ROLES)], "created_at": now}
        for n in range(1, learners + 1)
    ]
    responses = []
    for learner in range(1, learners + 1):
        at = now - timedelta(days=200)
        for sequence in range(1, each + 1):
            course, found = bank[(learner * 37 + sequence) % len(bank)]
            at += timedelta(minutes=3) if sequence % 5 else timedelta(days=float(chance.exponential(10.0)))
            responses.append(
                {"learner_id": learner, "sequence": sequence, "submission": f"x/{sequence}", "course_id": course,
                 "item_id": found.source.id, "key_version": found.key_version, "text_version": found.text_versions["es"],
                 "language": "es", "answer": "a", "score": float(chance.random() < 0.6), "answered_at": at}
            )  # fmt: skip
    with site.database.writing() as session:
        defaults = {"password_hash": "", "password_version": 1, "language": "es", "theme": "", "state": "", "sector": "", "ration": 6}
        session.connection().execute(insert(tables["account"]), [{**defaults, "synthetic": True, **row} for row in accounts])
        session.connection().execute(insert(tables["response"]), [{**row, "purpose": "practice", "effort": ""} for row in responses])


class _Enough(Exception):
    """The parameters are kept; deriving may begin."""


def _calibrated(site: Site, learners: int) -> str:
    def stop(_done: int, _all: int, what: str) -> None:
        if what == calibrate.DERIVING:
            raise _Enough

    with contextlib.suppress(_Enough):
        calibrate.calibrate(site, progress=stop)
    return _taken(lambda: calibrate.calibrate(site), learners)


def _rebuilt(site: Site, learners: int) -> str:
    return _taken(lambda: rebuild.rebuild_all(site), learners)


def _taken(act: Callable[[], object], learners: int) -> str:
    cpu, wall = time.process_time(), time.perf_counter()
    act()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return f"{1000 * cpu / learners:6.3f} ms of CPU, {1000 * wall / learners:6.3f} ms in all, each"


ACTS = {"for the first time": _rebuilt, "after a calibration": _calibrated, "nothing changed": _rebuilt}

if __name__ == "__main__":
    raise SystemExit(main())
