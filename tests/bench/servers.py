"""`python -m tests.bench.servers`: the product under granian with several numbers of workers and threads, in turns."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator

from tests.bench import product
from tests.bench.__main__ import READERS, database
from tests.bench.load import Measured, measure
from tests.bench.product import Prepared
from tests.bench.served import ACADEMY, Served, served

SHAPES = ((1, 1), (1, 4), (2, 1), (2, 2), (2, 3), (2, 4), (2, 8))
"""Workers and threads of each."""
Found = dict[tuple[int, int], tuple[list[Measured], list[Measured]]]


def main() -> int:
    """Measure on each database and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.servers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median counts (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of each measurement (default: %(default)s)")
    options = parser.parse_args()
    print("| database | workers x threads | lesson pages a second | p99 [ms] | answers a second | p99 [ms] | MB of a worker |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name in ("sqlite", "postgresql"):
        for line in _lines(name, options.rounds, options.seconds):
            print(line, flush=True)
    return 0


def _lines(name: str, rounds: int, seconds: float) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, database(name) as url, contextlib.ExitStack() as stack:
        given = {"ACADEMY_DATA": folder, "ACADEMY_SECRET": secrets.token_hex(20), "ACADEMY_DATABASE_URL": url, "ACADEMY_LOG": "off"}
        environment = {key: value for key, value in given.items() if value}
        prepared = product.prepare(environment)
        servers = {shape: stack.enter_context(served(ACADEMY, environment, workers=shape[0], threads=shape[1])) for shape in SHAPES}
        found = _measured(prepared, servers, rounds, seconds)
        for (workers, threads), (lessons, answers) in found.items():
            told = f"{_rate(lessons):,.0f} | {_p99(lessons):.1f} | {_rate(answers):,.0f} | {_p99(answers):.1f}"
            yield f"| {name} | {workers} x {threads} | {told} | {servers[workers, threads].workers_megabytes():.0f} |"


def _measured(prepared: Prepared, servers: dict[tuple[int, int], Served], rounds: int, seconds: float) -> Found:
    lessons = itertools.cycle([product.get(prepared.lesson, cookie) for cookie in prepared.cookies[:READERS]])
    answers = iter(prepared.answers)
    found: Found = {shape: ([], []) for shape in servers}
    for number in range(rounds + 1):
        for shape, server in servers.items():
            pages = measure(server.port, lessons, 200, seconds=seconds if number else seconds / 2)
            recorded = measure(server.port, answers, 303, seconds=seconds if number else seconds / 2)
            if number:  # the first round warms up
                found[shape][0].append(pages)
                found[shape][1].append(recorded)
    return found


def _rate(found: list[Measured]) -> float:
    return statistics.median(one.per_second for one in found)


def _p99(found: list[Measured]) -> float:
    return statistics.median(one.p99 for one in found)


if __name__ == "__main__":
    sys.exit(main())
