"""The insertion of a database that says what to do where a row is there already."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any


@functools.cache
def insertion(dialect: str) -> Callable[..., Any]:
    """SQLAlchemy's `insert` of this database, "sqlite" or "postgresql", with its ON CONFLICT; of no other is anything loaded."""
    found: Callable[..., Any] = importlib.import_module(f"sqlalchemy.dialects.{dialect}").insert
    return found
