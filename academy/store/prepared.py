"""A statement turned once into what the driver takes, for the few that nearly every request makes."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import CompoundSelect, Connection, Dialect, Insert, Select, String, Update
from sqlalchemy.exc import DBAPIError
from sqlmodel import AutoString

Statement = Select[Any] | CompoundSelect[Any] | Insert | Update


class Prepared:
    """The statement's text, its own values, and what turns values on their way in and out.

    What SQLAlchemy does with a statement at each execution takes several times as long as these queries; this does it once.
    """

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        """Compile. A list of values (`in_` with one parameter) is not for this, nor is a value that the mapper would fill in."""
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._own = {name: value for name, value in (compiled.params or {}).items() if value is not None}
        self._names = list(compiled.params or {})
        types = {bound.key: _plain(bound.type) for bound in getattr(compiled, "binds", {}).values()}
        self._in = [(name, turn) for name, kind in types.items() if (turn := kind.dialect_impl(dialect).bind_processor(dialect))]
        columns = list(statement.exported_columns if isinstance(statement, Insert | Update) else statement.selected_columns)
        self._row: Any = namedtuple("Row", [str(column.key) for column in columns], rename=True)  # type: ignore[misc]  # known at run time
        self._makers = [_plain(column.type).dialect_impl(dialect).result_processor for column in columns]
        self._out: list[tuple[int, Any]] | None = None

    def values(self, given: Mapping[str, object]) -> dict[str, object]:
        """The values as the driver takes them; what the statement does not name is left out, for psycopg counts it."""
        found = {**self._own, **{name: given[name] for name in self._names if name in given}}
        for name, turn in self._in:
            if name in found:
                found[name] = turn(found[name])
        return found

    def rows(self, cursor: Any, dialect: Dialect) -> Sequence[Any]:
        """The rows as the statement's columns say, by name and position. cursor: the driver's, which ran the statement."""
        if not self._makers:
            return ()
        if self._out is None:  # what to turn depends on the type that the driver names
            types = (described[1] for described in cursor.description)
            turns = (maker(dialect, kind) for maker, kind in zip(self._makers, types, strict=True))
            self._out = [(at, turn) for at, turn in enumerate(turns) if turn is not None]
        if not self._out:
            return [self._row._make(raw) for raw in cursor.fetchall()]
        return [self._turned(raw, self._out) for raw in cursor.fetchall()]

    def _turned(self, raw: tuple[Any, ...], turns: Sequence[tuple[int, Any]]) -> Any:
        turned = list(raw)
        for at, turn in turns:
            if turned[at] is not None:
                turned[at] = turn(turned[at])
        return self._row._make(turned)


def _plain(kind: Any) -> Any:
    """The type of a column; SQLModel's text as plain text, for it would look at each value and leave it as it is."""
    return String() if isinstance(kind, AutoString) else kind


_CURSOR = "academy_cursor"
_kept: WeakKeyDictionary[Dialect, dict[Statement, Prepared]] = WeakKeyDictionary()


def run(connection: Connection, statement: Statement, values: Mapping[str, object]) -> Sequence[Any]:
    """Execute a statement on a connection, within its transaction if it has one; the rows that it gives.

    statement: made once and kept, for it is prepared once. Raises DBAPIError, as the connection itself would.
    """
    dialect, pooled = connection.dialect, connection.connection
    driver: Any = pooled.driver_connection
    statements = _kept.setdefault(dialect, {})
    prepared = statements.get(statement) or statements.setdefault(statement, Prepared(statement, dialect))
    given = prepared.values(values)
    try:
        # A cursor of the connection's for all of them: to make one each time takes a tenth of a short query.
        cursor = pooled.info.get(_CURSOR) or pooled.info.setdefault(_CURSOR, driver.cursor())
        return prepared.rows(cursor.execute(prepared.text, given), dialect)
    except dialect.loaded_dbapi.Error as error:
        gone = dialect.is_disconnect(error, driver, None)
        if gone:
            connection.invalidate()
        raise DBAPIError.instance(
            prepared.text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=gone, dialect=dialect
        ) from error
