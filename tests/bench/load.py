"""Requests sent over a few open connections as fast as they are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Answers per second, and the median and 99th percentile of how long one took [ms]."""

    per_second: float
    median: float
    p99: float


def measure(port: int, requests: Iterator[bytes], expected: int, *, connections: int = 16, seconds: float = 2.0) -> Measured:
    """Send the requests until the time is up. Raises RuntimeError for another status than expected."""
    return asyncio.run(_measure(port, requests, expected, connections, seconds))


async def _measure(port: int, requests: Iterator[bytes], expected: int, connections: int, seconds: float) -> Measured:
    times: list[float] = []
    start = time.perf_counter()
    end = start + seconds
    await asyncio.gather(*(_client(port, requests, expected, end, times) for _ in range(connections)))
    spent = time.perf_counter() - start
    times.sort()
    return Measured(len(times) / spent, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)


async def _client(port: int, requests: Iterator[bytes], expected: int, end: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    status = f" {expected} ".encode()
    while time.perf_counter() < end:
        began = time.perf_counter()
        request = next(requests, None)
        if request is None:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if status not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.decode(errors="replace"))
        await reader.readexactly(_length(head))
        times.append(time.perf_counter() - began)
    writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
