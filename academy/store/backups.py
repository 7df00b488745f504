"""All rows of a database turned into one sealed file, and such a file into rows of either kind of database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    Text,
    cast,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

FORMAT = 2
LEFT_OUT = frozenset({"alembic_version", "usersession", "onetimelink", "throttle"})
"""Tables that no backup holds: what lets people in must not come to life again, and the schema's version is in the manifest."""
_MANIFEST, _SEAL = "manifest.json", "manifest.seal"
_AT_ONCE = 1000
_CHUNK = 1024 * 1024
_LARGEST_MANIFEST = 1024 * 1024
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, NotImplementedError, OSError, RecursionError, OverflowError,
)  # fmt: skip
Progress = Callable[[int, int, str], None]


class BackupError(ValueError):
    """A backup that cannot be restored; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class TablePart:
    """One table in a backup. size and sha256: of its uncompressed lines, in bytes and in hexadecimal."""

    name: str
    columns: tuple[str, ...]
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. Tables stand in an order in which each refers only to those before it."""

    created: str
    schema: str
    audit_head: tuple[int, str] | None
    tables: tuple[TablePart, ...] = ()
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables)


def reflect(connection: Connection, left_out: frozenset[str] = LEFT_OUT) -> MetaData:
    """The tables as the database has them, with types that mean the same on either kind."""
    found = MetaData()
    event.listen(found, "column_reflect", _portable)
    found.reflect(connection, only=lambda name, _: name not in left_out)
    return found


def write(file: IO[bytes], session: Session, begun: Manifest, *, key: bytes, progress: Progress) -> Manifest:
    """Stream every row that the session sees into a zip: a table's rows as lines of JSON, then the manifest and its seal.

    begun: the manifest but for its tables.
    """
    done, parts = 0, list[TablePart]()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in reflect(session.connection()).sorted_tables:
            parts.append(_write_table(archive, session.connection(), table, done, progress))
            done += parts[-1].rows
        manifest = replace(begun, tables=tuple(parts))
        written = json.dumps(asdict(manifest), indent=1).encode()
        archive.writestr(_MANIFEST, written)
        archive.writestr(_SEAL, _seal(key, written))
    return manifest


@contextmanager
def opened(path: Path, key: bytes) -> Iterator[tuple[Manifest, zipfile.ZipFile]]:
    """A backup whose manifest is whole and sealed by this key. Raises BackupError; FileNotFoundError where there is no file."""
    with path.open("rb") as file:
        try:
            archive = zipfile.ZipFile(file)
            written = _read_whole(archive, _MANIFEST)
            seal = _read_whole(archive, _SEAL)
        except _UNREADABLE:
            raise BackupError("this file is no backup, or it is damaged or cut short") from None
        if not hmac.compare_digest(seal, _seal(key, written)):
            raise BackupError("this backup is not as it was written, or was made under another ACADEMY_KEY")
        with archive:
            yield _manifest(written), archive


def load(session: Session, manifest: Manifest, archive: zipfile.ZipFile, progress: Progress) -> None:
    """Insert a backup's rows into the tables of its own schema. Raises BackupError where the file is not as it was sealed.

    Every byte is compared with what was sealed before the first row is read.
    """
    for part in manifest.tables:
        _compare(archive, part)
    connection, done = session.connection(), 0
    present = reflect(connection)
    for table in reversed(present.sorted_tables):  # migrations may have put rows of their own there
        connection.execute(table.delete())
    tables = present.tables
    for part in manifest.tables:
        table = tables.get(part.name)
        if table is None or set(part.columns) != {column.name for column in table.columns}:
            raise BackupError(f"the table {part.name} of this backup does not fit schema {manifest.schema}")
        found = _rows(archive, part, [table.columns[name] for name in part.columns])
        while rows := list(islice(found, _AT_ONCE)):
            _insert(connection, table, rows)
            done += len(rows)
            progress(done, manifest.rows, f"rows, {part.name}")
        if connection.execute(select(func.count()).select_from(table)).scalar_one() != part.rows:
            raise BackupError(f"the table {part.name} has not the {part.rows} rows that it had")
        _advance_numbers(connection, table)


def is_empty(connection: Connection) -> bool:
    """Whether the database has no table at all."""
    return not inspect(connection).get_table_names()


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table, before: int, progress: Progress) -> TablePart:
    columns = [cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column for column in table.columns]
    digest, count, size = hashlib.sha256(), 0, 0
    found = connection.execution_options(stream_results=True, yield_per=_AT_ONCE).execute(select(*columns))
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
        for rows in found.partitions():
            lines = "".join(json.dumps([_plain(value) for value in row], separators=(",", ":")) + "\n" for row in rows).encode()
            file.write(lines)
            digest.update(lines)
            size += len(lines)
            count += len(rows)
            progress(before + count, 0, f"rows, {table.name}")
    return TablePart(table.name, tuple(column.name for column in table.columns), count, size, digest.hexdigest())


def _compare(archive: zipfile.ZipFile, part: TablePart) -> None:
    """Raise BackupError where a table's bytes are not those that were sealed, at the cost of reading them once."""
    digest, name = hashlib.sha256(), f"{part.name}.jsonl"
    try:
        same = archive.getinfo(name).file_size == part.size
        with archive.open(name) as file:
            while same and (chunk := file.read(_CHUNK)):
                digest.update(chunk)
    except _UNREADABLE:
        raise BackupError(f"the rows of {part.name} are damaged") from None
    if not same or digest.hexdigest() != part.sha256:
        raise BackupError(f"the rows of {part.name} are not those that were written")


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    try:
        connection.execute(table.insert(), rows)
    except (SQLAlchemyError, OverflowError, ValueError) as error:  # SQLite's driver raises the last two bare
        raise BackupError(f"the rows of {table.name} cannot be stored ({type(error).__name__})") from None


def _rows(archive: zipfile.ZipFile, part: TablePart, columns: Sequence[Column[Any]]) -> Iterator[dict[str, Any]]:
    count = 0
    readers = [(column.name, _reader(column)) for column in columns]
    try:
        with archive.open(f"{part.name}.jsonl") as file:
            for count, line in enumerate(file, 1):
                if count > part.rows:
                    break
                yield {name: read(value) for (name, read), value in zip(readers, json.loads(line), strict=True)}
    except _UNREADABLE:
        raise BackupError(f"the rows of {part.name} are damaged") from None
    if count != part.rows:
        raise BackupError(f"the rows of {part.name} are not as many as were written")


def _portable(_inspector: Any, _table: Table, column: Any) -> None:
    """SQLite keeps moments without their zone; and whether JSON is null or absent must survive."""
    if isinstance(column["type"], DateTime):
        column["type"] = UTCDateTime()
    elif isinstance(column["type"], JSON):
        column["type"] = JSON(none_as_null=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes | memoryview) else value


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    """How a value of this column is read back."""
    kind = column.type
    if isinstance(kind, UTCDateTime):
        return lambda value: None if value is None else datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return lambda value: None if value is None else date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return lambda value: None if value is None else base64.b64decode(value)
    if isinstance(kind, JSON):
        return lambda value: None if value is None else JSON.NULL if value == "null" else json.loads(value)
    return lambda value: value


def _advance_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number the next rows behind those restored; SQLite does so by itself."""
    numbers = list(table.primary_key.columns)
    if connection.dialect.name != "postgresql" or len(numbers) != 1:
        return
    sequence = connection.execute(select(func.pg_get_serial_sequence(f'"{table.name}"', numbers[0].name))).scalar_one()
    if sequence is not None:
        last = connection.execute(select(func.max(numbers[0]))).scalar_one()
        connection.execute(text("SELECT setval(:sequence, :next, false)"), {"sequence": sequence, "next": (last or 0) + 1})


def _read_whole(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _LARGEST_MANIFEST:
        raise ValueError("no manifest of ours is that large")
    return archive.read(name)


def _manifest(written: bytes) -> Manifest:
    try:
        found = json.loads(written)
        if found["format"] == FORMAT:
            tables = tuple(TablePart(**part | {"columns": tuple(part["columns"])}) for part in found["tables"])
            head = found["audit_head"]
            return Manifest(found["created"], found["schema"], head and (head[0], head[1]), tables)
    except _UNREADABLE:
        raise BackupError("the manifest of this backup cannot be read") from None
    raise BackupError(f"this backup has format {found['format']}; this release reads format {FORMAT}")


def _seal(key: bytes, written: bytes) -> bytes:
    return hmac.new(key, written, hashlib.sha256).hexdigest().encode("ascii")
