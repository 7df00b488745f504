"""Documents turned into a full-text index in memory that is deaf to accents and case, and asked by words or their beginnings."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass

MOST_WORDS = 8
_WORD = re.compile(r"[^\W_]+")
_TITLE, _SUMMARY, _BODY = 8.0, 3.0, 1.0  # how much a hit in each counts
_AROUND = 24  # words shown around a hit


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that can be found. `key` says what it is; all texts are plain."""

    key: str
    language: str
    title: str
    summary: str
    body: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found: its key, and pieces of its text, those at odd places being the words looked for."""

    key: str
    excerpt: tuple[str, ...]


class SearchIndex:
    """An index of some documents; safe to ask from several threads."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._lock = threading.Lock()
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        self._base.execute(
            "CREATE VIRTUAL TABLE document USING fts5 (key UNINDEXED, language UNINDEXED, title, summary, body,"
            " tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3 4')"
        )
        rows = ((one.key, one.language, one.title, one.summary, one.body) for one in documents)
        self._base.executemany("INSERT INTO document VALUES (?, ?, ?, ?, ?)", rows)
        self._base.commit()

    def find(self, query: str, language: str, most: int = 30) -> list[Hit]:
        """The best documents in a language that hold every word of the query, or its beginning; none for an empty query."""
        words = _WORD.findall(query)[:MOST_WORDS]
        if not words:
            return []
        wanted = " ".join(f'"{word}"*' for word in words)
        with self._lock:
            rows = self._base.execute(
                "SELECT key, snippet(document, -1, char(1), char(1), '…', ?) FROM document"
                " WHERE document MATCH ? AND language = ? ORDER BY bm25(document, 0, 0, ?, ?, ?), key LIMIT ?",
                (_AROUND, wanted, language, _TITLE, _SUMMARY, _BODY, most),
            ).fetchall()
        return [Hit(key, tuple(excerpt.split("\1"))) for key, excerpt in rows]

    def close(self) -> None:
        """Let go of the memory."""
        self._base.close()
