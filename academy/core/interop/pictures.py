"""Files that come embedded in a question bank turned into pictures that a quiz may show, or a reason why not."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from academy.core.interop.names import slug

LARGEST = 1_000_000
"""Bytes of a picture."""

_STARTS = ((b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"))
_DATA = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,([A-Za-z0-9+/=\s]*)", re.IGNORECASE)
_UNLIKE_ALT = str.maketrans({"[": "(", "]": ")", "\\": "/", "\n": " ", "`": "'", "<": "(", ">": ")"})


@dataclass(slots=True)
class Pictures:
    """The pictures kept so far, by the name under which Markdown refers to them."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def keep(self, name: str, data: bytes, alt: str) -> str:
        """Markdown that shows a file as a picture. What it is, its first bytes say, not its name. Raises ValueError with the reason."""
        kind = _kind(data)
        if not kind:
            raise ValueError("it is no PNG, JPEG or WebP picture")
        if len(data) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST // 1_000_000} MB")
        bare = slug(name.rpartition("/")[2].rpartition(".")[0]) or "picture"
        # Named by its content too, so that it never replaces another picture.
        address = f"img/{bare}-{hashlib.sha256(data).hexdigest()[:8]}{kind}"
        self.kept[address] = data
        return f"![{' '.join(alt.translate(_UNLIKE_ALT).split())}]({address})"


def decoded(text: str) -> bytes:
    """The bytes of Base64. Raises ValueError."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("its Base64 is damaged") from None


def inline_data(address: str) -> str | None:
    """The Base64 of an address that holds a picture itself; None for any other."""
    found = _DATA.fullmatch(address)
    return found[1] if found else None


def _kind(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    return next((kind for start, kind in _STARTS if data.startswith(start)), "")
