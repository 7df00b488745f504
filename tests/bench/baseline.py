"""The bare Flask application that the product is compared with: one session row read, or read and one row committed."""

from __future__ import annotations

import os
import sqlite3
import threading
from typing import Any

import psycopg
from flask import Flask, abort, request

app = Flask(__name__)
_local = threading.local()
_PAGE = "x" * int(os.environ.get("BENCH_BYTES", "12000"))
_TABLES = (
    "CREATE TABLE session (id TEXT PRIMARY KEY, person INTEGER NOT NULL)",
    "CREATE TABLE answer (id {key}, person INTEGER, item TEXT, answer TEXT, score REAL)",
    "INSERT INTO session VALUES ('s1', 1)",
)


def connection() -> Any:
    """This thread's connection, as durable as the product's."""
    if not hasattr(_local, "connection"):
        _local.connection = _open(os.environ["BENCH_DATABASE"])
    return _local.connection


def _open(database: str) -> Any:
    if _is_postgresql(database):
        return psycopg.connect(database, autocommit=True)
    made = sqlite3.connect(database, isolation_level=None, timeout=30)
    made.execute("PRAGMA synchronous=FULL")
    return made


def _is_postgresql(database: str) -> bool:
    return database.startswith("postgresql")


def _sql(text: str) -> str:
    return text.replace("?", "%s") if _is_postgresql(os.environ["BENCH_DATABASE"]) else text


def prepare(database: str) -> None:
    """Make the two tables and one session."""
    made = _open(database)
    if not _is_postgresql(database):
        made.execute("PRAGMA journal_mode=WAL")  # it stays with the file
    key = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY" if _is_postgresql(database) else "INTEGER PRIMARY KEY"
    for statement in _TABLES:
        made.execute(statement.format(key=key))
    made.close()


def person() -> int:
    """Who asks, from one session row."""
    row = connection().execute(_sql("SELECT person FROM session WHERE id = ?"), (request.cookies.get("session"),)).fetchone()
    return int(row[0]) if row else abort(401)


@app.get("/page")
def show_page() -> str:
    """As many bytes as the product's lesson."""
    person()
    return _PAGE


@app.post("/answer")
def create_answer() -> tuple[str, int, dict[str, str]]:
    """One committed row, then a redirect."""
    who = person()
    base = connection()
    if isinstance(base, sqlite3.Connection):
        base.execute("BEGIN IMMEDIATE")
    values = (who, request.form["item"], request.form["answer"])
    base.execute(_sql("INSERT INTO answer (person, item, answer, score) VALUES (?, ?, ?, 1.0)"), values)
    if isinstance(base, sqlite3.Connection):
        base.execute("COMMIT")
    return "", 303, {"Location": "/page"}
