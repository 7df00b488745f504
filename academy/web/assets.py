"""Static files copied under names that carry their digest and compressed once, to be cached for a year."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import brotli

_COMPRESSED = {".css", ".js", ".svg", ".webmanifest"}


def build_assets(source: Path, target: Path) -> Mapping[str, str]:
    """Publish every file of `source` into `target`; returns published name by name. Safe to run side by side."""
    target.mkdir(parents=True, exist_ok=True)
    published = {}
    for path in sorted(source.iterdir()):
        if path.is_file():
            content = path.read_bytes()
            name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:10]}{path.suffix}"
            published[path.name] = name
            _publish(target, name, content)
    return published


def _publish(target: Path, name: str, content: bytes) -> None:
    variants: dict[str, Callable[[], bytes]] = {name: lambda: content}
    if Path(name).suffix in _COMPRESSED:
        variants |= {f"{name}.br": lambda: brotli.compress(content), f"{name}.gz": lambda: gzip.compress(content, mtime=0)}
    for variant, make in variants.items():
        path = target / variant
        if not path.exists():  # its name says what is in it
            handle, temporary = tempfile.mkstemp(dir=target)
            with os.fdopen(handle, "wb") as file:
                file.write(make())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
