"""Requests sent over a few open connections as fast as they are answered; plain sockets, so that the load takes little of the machine."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measured:
    """Answers per second, and the median and 99th percentile of how long one took [ms]."""

    per_second: float
    median: float
    p99: float


@dataclass(slots=True)
class _Connection:
    """One connection: when its request was sent, and what has come of the answer."""

    socket: socket.socket
    began: float = 0.0
    received: bytes = field(default=b"", repr=False)

    def send(self, request: bytes) -> None:
        self.received, self.began = b"", time.perf_counter()
        self.socket.sendall(request)

    def is_answered(self, expected: bytes) -> bool:
        """Take in what has come; whether that is the whole answer. Raises RuntimeError for another status than expected."""
        came = self.socket.recv(1 << 16)
        if not came:
            raise RuntimeError("the server ended a connection")
        self.received += came
        head, mark, body = self.received.partition(b"\r\n\r\n")
        if not mark:
            return False
        if expected not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.decode(errors="replace"))
        return len(body) >= _length(head)


def measure(port: int, requests: Iterator[bytes], expected: int, *, connections: int = 16, seconds: float = 2.0) -> Measured:
    """Send the requests until the time is up. Raises RuntimeError for another status than expected."""
    times: list[float] = []
    status = f" {expected} ".encode()
    chooser = selectors.DefaultSelector()
    start = time.perf_counter()
    for _ in range(connections):
        opened = _Connection(socket.create_connection(("127.0.0.1", port), timeout=60))
        chooser.register(opened.socket, selectors.EVENT_READ, opened)
        _next(chooser, opened, requests)
    while chooser.get_map():
        for key, _ in chooser.select():
            if key.data.is_answered(status):
                now = time.perf_counter()
                times.append(now - key.data.began)
                _next(chooser, key.data, requests if now < start + seconds else iter(()))
    spent = time.perf_counter() - start
    times.sort()
    return Measured(len(times) / spent, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)


def _next(chooser: selectors.BaseSelector, connection: _Connection, requests: Iterator[bytes]) -> None:
    """Send the next request; where there is none, the connection ends."""
    request = next(requests, None)
    if request is not None:
        connection.send(request)
    else:
        chooser.unregister(connection.socket)
        connection.socket.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
