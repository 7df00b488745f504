"""A file and the digest of an older text of it turned into that text, where git still has it."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

MOST_REVISIONS = 500
_SECONDS = 30


def text_with_digest(path: Path, digest: str) -> str | None:
    """The newest committed text of a file whose SHA-256 begins with `digest`; None where git has none, or there is no git."""
    if not digest or not all(char in "0123456789abcdef" for char in digest):
        return None
    listed = _git(path, "log", f"--max-count={MOST_REVISIONS}", "--format=%H", "--", path.name)
    for revision in (listed or b"").decode().split():
        raw = _git(path, "show", f"{revision}:./{path.name}")
        text = None if raw is None else raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        if text is not None and hashlib.sha256(text.encode()).hexdigest().startswith(digest):
            return text
    return None


def _git(path: Path, *arguments: str) -> bytes | None:
    """What git prints, in the file's folder; None where it fails."""
    command = ["git", "-C", str(path.parent), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603  # no shell; the name follows --
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
