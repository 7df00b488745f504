"""An application turned into a running server, as `academy serve` starts one, and what a start and a worker cost."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from academy.config import ROOT

WORKERS, THREADS = 2, 2
ACADEMY = "academy"
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """A server: its port, the seconds until it answered, and its process."""

    port: int
    start_seconds: float
    process: int

    def workers_megabytes(self) -> float:
        """The most memory that one of its workers holds now, shared pages included [MB]."""
        return max((_resident(child) for child in _children(self.process)), default=_resident(self.process))


@contextlib.contextmanager
def served(target: str, environment: Mapping[str, str], *, workers: int = WORKERS, threads: int = THREADS) -> Iterator[Served]:
    """Serve a WSGI application with granian, or ACADEMY by its own command, while the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(workers), "--blocking-threads", str(threads)]
    command += ["--log-level", "warning", target]
    if target == ACADEMY:
        command = [sys.executable, "-m", "academy", "serve"]
        environment = {**environment, "ACADEMY_WORKERS": str(workers), "ACADEMY_THREADS": str(threads)}
    began = time.perf_counter()
    process = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                raise RuntimeError(f"{target} does not answer")
            time.sleep(0.02)
        yield Served(port, time.perf_counter() - began, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    """Whether a request is answered, whatever with."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()


def _children(process: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(status.parent.name))
    return found


def _resident(process: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0
