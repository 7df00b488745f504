"""`./run bench`: the product's hot paths as ratios to bare Flask, same server, same run, alternating, median of several rounds."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import platform
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from academy.config import ROOT
from tests import postgres
from tests.bench import baseline, product
from tests.bench.load import Measured, measure
from tests.bench.product import Prepared
from tests.bench.served import ACADEMY, THREADS, WORKERS, Served, served

PAGE = ROOT / "docs/performance.md"
MARK, END = "<!-- measured -->", "<!-- end measured -->"
GIB, READERS = 2**30, 40


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request: its server, the requests, the status expected, the case it is held against, and the least ratio."""

    name: str
    port: int
    requests: Iterator[bytes]
    status: int
    against: str
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured on one database: results by case, the dashboard alone [ms], seconds to start, MB of a worker."""

    database: str
    cases: Sequence[Case]
    found: dict[str, list[Measured]]
    dashboard: float
    start_seconds: float
    megabytes: float

    def rate(self, name: str) -> float:
        """Median answers per second of a case."""
        return statistics.median(one.per_second for one in self.found[name])

    def p99(self, name: str) -> float:
        """Median 99th percentile of a case [ms]."""
        return statistics.median(one.p99 for one in self.found[name])


def main() -> int:
    """Measure on each database asked for, print the tables, and write them into the documentation where asked to."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which the median counts (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each measurement (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    names = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    text = "\n\n".join(["\n".join(_table(_run(name, options.rounds, options.seconds))) for name in names])
    text = f"{_machine(options.rounds)}\n\n{text}"
    print(text)
    if options.write:
        head, _mark, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
        PAGE.write_text(f"{head}{MARK}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    return 0


def _run(name: str, rounds: int, seconds: float) -> Run:
    with tempfile.TemporaryDirectory() as folder, database(name) as url:
        environment = {"ACADEMY_DATA": folder, "ACADEMY_SECRET": secrets.token_hex(20), "ACADEMY_DATABASE_URL": url}
        prepared = product.prepare({key: value for key, value in environment.items() if value})
        bare_database = url.replace("+psycopg", "") if url else str(Path(folder) / "bare.db")
        baseline.prepare(bare_database)
        bare = {"BENCH_DATABASE": bare_database, "BENCH_BYTES": str(prepared.page_bytes)}
        with served(ACADEMY, environment) as academy, served("tests.bench.baseline:app", bare) as flask:
            return _measured(name, _cases(prepared, academy, flask), prepared, academy, rounds, seconds)


@contextlib.contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of an empty database; "" is the SQLite file of the data folder."""
    if name == "sqlite":
        yield ""
        return
    with postgres.server(durable=True) as url:
        yield url


def _cases(prepared: Prepared, academy: Served, flask: Served) -> list[Case]:
    read, written = "bare Flask: session row read", "bare Flask: session row and one INSERT"
    bare_get = product.get("/page", "session=s1")
    bare_post = product.post("/answer", "session=s1", "item=economics&answer=b")
    known = product.get(prepared.lesson, prepared.cookies[0], _tag(academy.port, prepared.lesson, prepared.cookies[0]))
    dashboard = product.get(product.DASHBOARD, prepared.manager)
    same = product.get(product.DASHBOARD, prepared.manager, _tag(academy.port, product.DASHBOARD, prepared.manager))
    # Few enough that nobody's last visit is a minute old, when it would be written again.
    again = [product.get(prepared.lesson, cookie) for cookie in prepared.cookies[:READERS]]
    first = (product.get(lesson, cookie) for lesson in prepared.lessons for cookie in prepared.cookies[READERS:])
    return [
        Case(read, flask.port, itertools.repeat(bare_get), 200, read),
        Case("lesson page, signed in", academy.port, itertools.cycle(again), 200, read, 0.5),
        Case("the same page, 304", academy.port, itertools.repeat(known), 304, read),
        Case("question of a quiz", academy.port, itertools.cycle(prepared.questions), 200, read),
        Case("dashboard, warm", academy.port, itertools.repeat(dashboard), 200, read),
        Case("dashboard, 304", academy.port, itertools.repeat(same), 304, read, 0.3),
        Case(written, flask.port, itertools.repeat(bare_post), 303, written),
        Case("lesson page, opened for the first time", academy.port, first, 200, written),
        Case("answer recorded", academy.port, iter(prepared.answers), 303, written, 0.3 if prepared.postgresql else 0.4),
    ]


def _tag(port: int, path: str, cookie: str) -> str:
    return product.entity_tag(port, product.get(path, cookie))


def _measured(name: str, cases: Sequence[Case], prepared: Prepared, academy: Served, rounds: int, seconds: float) -> Run:
    found: dict[str, list[Measured]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        for case in cases:
            result = measure(case.port, case.requests, case.status, seconds=seconds if number else seconds / 2)
            if number:  # the first round warms up
                found[case.name].append(result)
    alone = measure(academy.port, itertools.repeat(product.get(product.DASHBOARD, prepared.manager)), 200, connections=1, seconds=1.0)
    return Run(name, cases, found, alone.median, academy.start_seconds, academy.workers_megabytes())


def _table(run: Run) -> Iterator[str]:
    yield f"### {'SQLite' if run.database == 'sqlite' else 'PostgreSQL'}"
    yield ""
    yield "| request, 16 connections | per second | p99 [ms] | ratio | target | |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for case in run.cases:
        ratio = run.rate(case.name) / run.rate(case.against)
        wanted, verdict = ("", "") if case.least is None else (f"≥ {case.least}", _verdict(ratio >= case.least))
        yield f"| {case.name} | {run.rate(case.name):,.0f} | {run.p99(case.name):.1f} | {ratio:.2f} | {wanted} | {verdict} |"
    yield ""
    late = run.p99("answer recorded")
    yield "| one at a time | measured | target | |"
    yield "| --- | ---: | ---: | --- |"
    yield f"| p99 of a recorded answer, 16 connections | {late:.1f} ms | ≤ 25 ms | {_verdict(late <= 25)} |"
    yield f"| dashboard from a warm snapshot | {run.dashboard:.1f} ms | < 50 ms | {_verdict(run.dashboard < 50)} |"
    yield f"| server start until it answers | {run.start_seconds:.1f} s | < 1.5 s | {_verdict(run.start_seconds < 1.5)} |"
    yield f"| memory of one worker after the run | {run.megabytes:.0f} MB | ≤ 150 MB | {_verdict(run.megabytes <= 150)} |"


def _verdict(kept: bool) -> str:
    return "met" if kept else "missed"


def _machine(rounds: int) -> str:
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {names[0] if names else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python "
        f"{platform.python_version()}, granian with {WORKERS} workers × {THREADS} threads, load average {os.getloadavg()[0]:.1f} "
        f"(server, load and all else on the same cores), median of {rounds} alternating rounds."
    )


if __name__ == "__main__":
    sys.exit(main())
