"""A value kept in a file with a digest of all that it was made from, so that it need not be made again while that stays the same."""

from __future__ import annotations

import hmac
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from academy.store.whole_files import keep_whole

T = TypeVar("T")
_SIZE = 32


@dataclass(frozen=True, slots=True)
class SealedFile:
    """Where a value is kept, and the key that seals it: only what this installation packed is unpacked."""

    path: Path
    key: bytes = field(repr=False)

    def value(self, digest: Callable[[], bytes], make: Callable[[], T]) -> T:
        """The value kept under this digest (32 bytes), else the one made now, which is kept from now on.

        A file that is missing, spoilt or sealed by another key is no hindrance, nor is a folder that cannot be written to.
        """
        before = digest()
        found: list[T] = self._kept(before)
        if found:
            return found[0]
        made = make()
        if digest() == before:  # else something was edited while it was read
            self._keep(before, made)
        return made

    def _kept(self, digest: bytes) -> list[T]:
        """The value, if there is one that counts."""
        try:
            data = self.path.read_bytes()
        except OSError:
            return []
        seal, packed = data[:_SIZE], data[_SIZE:]
        if not hmac.compare_digest(seal, self._seal(packed)) or packed[:_SIZE] != digest:
            return []
        return [pickle.loads(packed[_SIZE:])]  # noqa: S301  # sealed by this installation's own key

    def _keep(self, digest: bytes, value: object) -> None:
        packed = digest + pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        keep_whole(self.path, self._seal(packed) + packed)

    def _seal(self, packed: bytes) -> bytes:
        return hmac.digest(self.key, packed, "sha256")
