"""How far a long command is, on stderr: rewritten in place on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time

_SECONDS = 0.2
_SECONDS_IN_A_FILE = 30.0


class Meter:
    """Called with how much of how much is done (0: nobody knows how much there is), and what of."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = self._begun = time.monotonic()
        self._open = False

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show it, unless something was shown a moment ago."""
        now = time.monotonic()
        if now - self._shown < (_SECONDS if self._terminal else _SECONDS_IN_A_FILE):
            return
        self._shown = now
        share = f"{done:,} of {total:,}" if total else f"{done:,}"
        line = f"  {share} {what}, {now - self._begun:.0f} s"
        print(f"\r{line:<70}" if self._terminal else line, end="" if self._terminal else "\n", file=sys.stderr, flush=True)
        self._open = self._terminal

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            print(f"\r{'':<70}\r", end="", file=sys.stderr, flush=True)
        self._open = False
