"""How long calibration and the report on questions take: `python -m tests.bench.measurement`.

Calibration of 10,000 learners × 200 items, 2 million answers, from a CSV by the command, with the memory it takes; the same
from a database of fewer answers; the page on 26 questions with 427 attempts.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from academy.app import create_app
from academy.config import ROOT, read_settings
from academy.services import calibrate, registry
from academy.services.site import open_site
from academy.store import schema
from tests.conftest import add_person, client_of
from tests.factories import single, write_course
from tests.population import populate

LEARNERS, ITEMS = 10_000, 200


class Taken(NamedTuple):
    """Seconds by the clock, and of processors: on a busy machine the first says more of the others at work."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock:.2f} s ({self.processor:.2f} s of processors)"


ATTEMPTS, QUESTIONS = 427, 26
ROUNDS = 5


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        for model in ("2pl", "3pl"):
            taken, megabytes = _command(_answers(Path(folder)), model)
            print(f"academy calibrate --responses, {LEARNERS * ITEMS:,} answers, {model}: {taken}, {megabytes:.0f} MB")
        page, fitted = _database(Path(folder))
        print(f"academy calibrate on a database, {ATTEMPTS * QUESTIONS:,} answers, estimates derived again: {fitted}")
        print(f"/author/items, {ATTEMPTS} attempts × {QUESTIONS} questions, median of {ROUNDS}: {page}")
    return 0


def _answers(folder: Path) -> Path:
    """A file of simulated answers."""
    path = folder / "answers.csv"
    if not path.exists():
        chance = np.random.default_rng(1)
        a, b = np.exp(chance.normal(0.0, 0.3, ITEMS)), chance.normal(0.0, 1.0, ITEMS)
        theta = chance.normal(size=(LEARNERS, 1))
        marks = (chance.random((LEARNERS, ITEMS)) < 0.2 + 0.8 / (1.0 + np.exp(-a * (theta - b)))).astype(np.int8)
        np.savetxt(path, marks, fmt="%d", delimiter=",", header=",".join(f"q{item}" for item in range(ITEMS)), comments="")
    return path


def _command(path: Path, model: str) -> tuple[Taken, float]:
    """What the command takes, and its largest resident size [MB]."""
    begun, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "academy", "calibrate", "--responses", str(path), "--model", model, "--format", "json"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return Taken(time.perf_counter() - begun, processor), now.ru_maxrss / 1024.0


def _timed(work: Callable[[], object]) -> Taken:
    begun, used = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - begun, time.process_time() - used)


def _database(folder: Path) -> tuple[Taken, Taken]:
    """What the page takes, and a calibration."""
    names = [f"q{number:02}" for number in range(QUESTIONS)]
    write_course(folder / "courses", "".join(single(name) for name in names), languages=("es", "en"))
    settings = read_settings({"ACADEMY_DATA": str(folder), "ACADEMY_SECRET": "s" * 40, "ACADEMY_COURSES": str(folder / "courses")})
    site = open_site(settings)
    schema.migrate(site.database)
    registry.sync(site)
    places = dict(zip(names, np.linspace(-1.5, 1.5, QUESTIONS).tolist(), strict=True))
    populate(site, "ports", ATTEMPTS, seed=1, difficulty=places, languages=("es", "en"), missing=0.1)
    fitted = _timed(lambda: calibrate.calibrate(site))
    client = client_of(create_app(settings, site), add_person(site, "ed", "educator"))
    client.get("/en/author/items?course=ports")  # the first reads the templates
    taken = sorted(_timed(lambda: client.get("/en/author/items?course=ports")) for _ in range(ROUNDS))
    site.database.dispose()
    return taken[ROUNDS // 2], fitted


if __name__ == "__main__":
    sys.exit(main())
