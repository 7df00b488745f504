"""One writer at a time on SQLite, over all threads and processes, and small writes that wait for their turn committed as one."""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class WriteLock:
    """Waiting in SQLite itself is many times slower than waiting for a file lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.thread = threading.Lock()
        """Which of this process's threads has its turn."""
        self._file: Any = None

    def __enter__(self) -> None:
        self.thread.acquire()
        try:
            self._lock_file()
        except BaseException:
            self.thread.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._unlock_file()
        self.thread.release()

    @contextlib.contextmanager
    def over_processes(self) -> Iterator[None]:
        """Keep the other processes away, for the thread that has its turn."""
        self._lock_file()
        try:
            yield
        finally:
            self._unlock_file()

    def _lock_file(self) -> None:
        if self._file is None:
            self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def _unlock_file(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file; the next writer opens it again."""
        with self.thread:
            if self._file is not None:
                self._file.close()
                self._file = None


@dataclass(slots=True)
class _Waiting(Generic[T]):
    """What a thread wants written, and whether it was; None until it had its turn."""

    what: T
    kept: bool | None = None


class JointWrites(Generic[T]):
    """Whichever thread's turn it is writes for all that wait: a commit waits for the disk, and as one they wait once."""

    def __init__(self, lock: WriteLock, keep: Callable[[Sequence[T]], Sequence[bool]]) -> None:
        """keep: writes all of it, and says for each whether it was written; called by one thread of all processes at a time."""
        self._lock, self._keep = lock, keep
        self._queue: deque[_Waiting[T]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    def store(self, what: T) -> bool:
        """Have it written; whether it was, once it is on the disk. Raises what `keep` raises for the thread whose turn it was."""
        mine = _Waiting(what)
        self._queue.append(mine)
        with self._lock.thread:
            if mine.kept is None:
                with self._lock.over_processes():
                    self._write()
        return bool(mine.kept)

    def _write(self) -> None:
        """Write all that waits by now."""
        taken = [self._queue.popleft() for _ in range(len(self._queue))]
        for one in taken:
            one.kept = False  # unless it is
        for one, kept in zip(taken, self._keep([one.what for one in taken]), strict=True):
            one.kept = kept
