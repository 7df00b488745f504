"""A file of digests of breached passwords, sorted as they are published, searched where it lies."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_DIGEST = 40
_LINE = re.compile(rb"[0-9A-F]{40}(:[0-9]+)?\r?\n?")
_SAMPLES = 64


@dataclass(frozen=True, slots=True)
class PasswordList:
    """Passwords that were breached, in a file of any size: a line each, the SHA-1 in capitals, sorted, as `SHA1:count` or alone."""

    path: Path

    def holds(self, password: str) -> bool:
        """Whether a password is in the list: the file is halved some thirty times, and a line read each time. Raises OSError."""
        # SHA-1 because the lists are published so; it protects nothing here.
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with self.path.open("rb") as file:
            low, high = 0, file.seek(0, 2)  # the line sought begins from low on, before high
            while low < high:
                middle = (low + high) // 2
                start, line = _line_from(file, middle)
                if start >= high or line[:_DIGEST] > wanted:
                    high = middle
                elif line[:_DIGEST] < wanted:
                    low = start + len(line)
                else:
                    return True
        return False

    def fault(self) -> str:
        """What is wrong with the file, so far as a few dozen of its lines tell; "" where nothing is."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, 2)
                lines = [line for _start, line in (_line_from(file, size * part // _SAMPLES) for part in range(_SAMPLES)) if line]
        except OSError as error:
            return f"{self.path}: {error.strerror}"
        if not lines or not all(_LINE.fullmatch(line) for line in lines):
            return f"{self.path} is not a list of SHA-1 digests in capitals, one a line"
        return "" if lines == sorted(lines) else f"{self.path} is not sorted by digest"


def _line_from(file: BinaryIO, place: int) -> tuple[int, bytes]:
    """The first line that begins at this byte or after it, and where; b"" at the end of the file."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    return file.tell(), file.readline()
