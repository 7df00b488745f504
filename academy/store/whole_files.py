"""Files that appear when they are whole, or not at all."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path


def keep_whole(path: Path, data: bytes) -> None:
    """Write a file in one step, its folder too; one that cannot be written is no hindrance, and leaves nothing behind."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            written = Path(file.name)
            try:
                file.write(data)
                file.flush()
                written.replace(path)
            finally:
                written.unlink(missing_ok=True)
