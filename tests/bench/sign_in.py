"""How long failed sign-ins take for accounts that are there and for ones that are not. `python -m tests.bench.sign_in [TURNS]`."""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import time

from academy.config import read_settings
from academy.services import accounts, credentials
from academy.services.site import Site, open_site
from academy.store import schema

WRONG = "wrong mango 7"


def main() -> None:
    """Print medians and how far apart they are, in turns so that the machine's load falls on both alike."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as data:
        site = open_site(read_settings({"ACADEMY_DATA": data}))
        schema.migrate(site.database)
        wall, cpu = _measure(site, turns)
        site.database.dispose()
    for what, (known, unknown) in (("elapsed", wall), ("computed", cpu)):
        middle, other = statistics.median(known), statistics.median(unknown)
        spread = 1000 * statistics.median(abs(each - middle) for each in known)
        print(f"{what:9} known {1000 * middle:7.1f} ms (half within {spread:.1f}), unknown {1000 * other:7.1f} ms, {other / middle:.3f}")
    print(f"{turns} sign-ins each, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def _measure(site: Site, turns: int) -> tuple[tuple[list[float], list[float]], tuple[list[float], list[float]]]:
    """Elapsed and computing seconds of each sign-in, known and unknown."""
    wall: tuple[list[float], list[float]] = ([], [])
    cpu: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns):
        accounts.create_account(site, email=f"there{turn}@example.org", name="There", roles=("learner",), password="mango con chile 7")
    for turn, (kind, name) in itertools.product(range(turns), enumerate(("there", "absent"))):
        began, computed = time.perf_counter(), time.process_time()
        credentials.sign_in(site, email=f"{name}{turn}@example.org", password=WRONG, address=f"192.0.2.{turn % 250}")
        wall[kind].append(time.perf_counter() - began)
        cpu[kind].append(time.process_time() - computed)
    return wall, cpu


if __name__ == "__main__":
    main()
