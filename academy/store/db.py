"""A database URL turned into short, durable transactions, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from academy.store import prepared
from academy.store.prepared import Statement
from academy.store.write_lock import JointWrites, WriteLock

_WRITE = "academy_write"
_PAGES_UNTIL_CHECKPOINT = 20_000
"""Of the write-ahead log (80 MB): whoever's commit comes then waits until all of them are in the file, and so do those behind."""
Step = tuple[Statement, Mapping[str, Any]]
"""A statement and its values."""
Steps = Sequence[Step]


class Database:
    """An engine with two kinds of transaction, `reading()` and `writing()`; `select` for a single statement, `store` for a few."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Open lazily; no connection is made here. `read_only`: the database itself refuses to be changed."""
        self.url = url
        self.read_only = read_only
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.sqlite:
            self.engine = _sqlite_engine(url, read_only=read_only)
            self.selecting = _sqlite_engine(url, read_only=True, single=True)
            self.storing = _sqlite_engine(url, read_only=read_only, single=True)
        else:
            options = {"options": "-c default_transaction_read_only=on"}
            usual = options if read_only else {}
            self.engine = create_engine(url, max_overflow=-1, pool_pre_ping=True, hide_parameters=True, connect_args=usual)
            single: dict[str, Any] = {"poolclass": NullPool, "isolation_level": "AUTOCOMMIT", "hide_parameters": True}
            self.selecting = create_engine(url, **single, connect_args=options)
            self.storing = create_engine(url, **single, connect_args=usual)
        self._joined = threading.local()
        self._writer = WriteLock(Path(f"{make_url(url).database}.lock")) if self.sqlite else None
        self._joint = JointWrites(self._writer, self._store_all) if self._writer else None

    @contextlib.contextmanager
    def reading(self, *, steady: bool = False) -> Iterator[Session]:
        """A session that only reads; anything changed in it is rolled back. `steady`: all of it sees one moment."""
        if (joined := self._present()) is not None:
            yield joined
            return
        # SQLite always reads one moment; PostgreSQL does when asked to.
        options = {"isolation_level": "REPEATABLE READ"} if steady and not self.sqlite else {}
        with self.engine.connect().execution_options(**options) as connection, Session(connection) as session:
            yield session

    def select(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of one statement, as they are at this moment, over a connection that the thread keeps.

        For what nearly every request asks: without a session, a transaction or a checkout, which take longer than the query.
        statement: made once and kept, for it is prepared once.
        """
        if (joined := self._present()) is not None:
            joined.flush()
            return joined.connection().execute(statement, values).all()
        connection = self._kept("selector", self.selecting)
        try:
            return prepared.run(connection, statement, values)
        except DBAPIError as error:
            self._joined.selector = None
            if not error.connection_invalidated:
                connection.invalidate()
                raise
        # The database went away and came back; reading again is safe.
        return self._kept("selector", self.selecting).execute(statement, values).all()

    def store(self, first: Step, *others: Step) -> bool:
        """Write all of it or, unless the first gives a row, nothing; over a connection that the thread keeps.

        False too where the thread writes in another transaction, or the database refuses: then `writing()` is the way, and
        says what is wrong. SQLite commits what several threads store as one. PostgreSQL takes a single step, for it is its own
        transaction. Each statement: made once and kept.
        """
        if self.read_only or self._present() is not None or getattr(self._joined, "writes", False):
            return False
        steps = (first, *others)
        return self._joint.store(steps) if self._joint else self._store_all([steps])[0]

    def _store_all(self, batch: Sequence[Steps]) -> list[bool]:
        """Write each as `store` says; if the database refuses, one by one."""
        connection: Connection | None = None
        try:
            connection = self._kept("storer", self.storing)
            return self._stored(connection, batch)
        except (DBAPIError, self.storing.dialect.loaded_dbapi.Error):
            self._joined.storer = None
            if connection is not None:
                connection.invalidate()
        return [self._store_all([steps])[0] for steps in batch] if len(batch) > 1 else [False]

    def _stored(self, connection: Connection, batch: Sequence[Steps]) -> list[bool]:
        """Write each, on SQLite in one transaction."""
        if not self.sqlite:
            assert all(len(steps) == 1 for steps in batch), "what is written without a transaction around it is one statement"
            return [_written(connection, steps) for steps in batch]
        driver = _driver(connection)
        driver.execute("BEGIN IMMEDIATE")
        try:
            found = [_written(connection, steps) for steps in batch]
            driver.execute("COMMIT")
            return found
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")

    def _kept(self, name: str, engine: Engine) -> Connection:
        """The thread's own connection of this name."""
        found: Connection | None = getattr(self._joined, name, None)
        if found is None or found.closed or found.engine is not engine:
            found = engine.connect()
            setattr(self._joined, name, found)
        return found

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits once at the end, or not at all when an error leaves it."""
        if (joined := self._present()) is not None:
            yield joined
            joined.flush()
            return
        if self.read_only:
            raise RuntimeError("this database was opened to be read only")
        with self._writer or contextlib.nullcontext(), self.engine.connect() as connection:
            connection.execution_options(**{_WRITE: True})
            with self._noted(), connection.begin(), _InTransaction(connection, expire_on_commit=False) as session:
                yield session
                session.complete()

    @contextlib.contextmanager
    def _noted(self) -> Iterator[None]:
        """Note that the thread writes."""
        self._joined.writes = True
        try:
            yield
        finally:
            self._joined.writes = False

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Let this thread's transactions inside the block be parts of one: for bulk work, which a commit each would slow down."""
        with self.writing() as session:
            self._joined.session = session
            try:
                yield
            finally:
                self._joined.session = None

    def _present(self) -> Session | None:
        return getattr(self._joined, "session", None)

    def dispose(self) -> None:
        """Close all pooled connections and the lock file."""
        self.engine.dispose()
        self._joined = threading.local()
        if self._writer:
            self._writer.close()


class _InTransaction(Session):
    """A session within a transaction of its connection, which alone commits: who only handles plain rows never wakes the session."""

    def __init__(self, connection: Connection, **options: Any) -> None:
        super().__init__(connection, **options)
        self._own = connection

    def connection(self, *_: Any, **__: Any) -> Connection:
        """The connection; what the session holds back is not written for it."""
        return self._own

    def complete(self) -> None:
        """Write what the session holds back."""
        if self.in_transaction():
            self.flush()


def _written(connection: Connection, steps: Steps) -> bool:
    """Execute the first and, if it gives a row, the others."""
    first, *others = steps
    if not prepared.run(connection, *first):
        return False
    for step in others:
        prepared.run(connection, *step)
    return True


def _driver(connection: Connection) -> Any:
    """The driver's own connection."""
    return connection.connection.driver_connection


def _sqlite_engine(url: str, *, read_only: bool, single: bool = False) -> Engine:
    """single: every statement by itself, without a transaction around it."""
    options: dict[str, Any] = {"timeout": 30, "check_same_thread": False}
    pragmas: tuple[str, ...] = ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", f"wal_autocheckpoint={_PAGES_UNTIL_CHECKPOINT}")
    if read_only:
        path = quote(str(Path(make_url(url).database or "").resolve()))
        url, pragmas = f"sqlite:///file:{path}?mode=ro&uri=true", ("query_only=ON",)
    # By name: a value that a statement names many times is bound once. Errors are logged: what people wrote is not.
    engine = create_engine(url, hide_parameters=True, connect_args=options, paramstyle="named", poolclass=NullPool if single else None)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we emit BEGIN ourselves, else DDL would not be transactional
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if single:
            return
        write = connection.get_execution_options().get(_WRITE, False)
        # On the driver's own connection: going through the engine would take longer than many a query.
        _driver(connection).execute("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
