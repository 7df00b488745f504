"""Email addresses: which fit an account, and how they are kept."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"""[^@\s,;:<>()[\]\\"]{1,64}@[^@\s.,;:<>()[\]\\"]+(\.[^@\s.,;:<>()[\]\\"]+)+""")


def fold(email: str) -> str:
    """An email address as accounts are kept under it."""
    return email.strip().lower()


def fits(email: str) -> bool:
    """Whether this can be an email address of an account."""
    return len(email) <= 254 and email.isprintable() and _EMAIL.fullmatch(fold(email)) is not None
