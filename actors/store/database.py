"""The connection, and every sentence that the store itself speaks to SQLite.

Only the owner thread touches what is here. Functions that change something run inside the transaction of
the current batch; they never begin or commit one.

Durability: WAL with ``synchronous=FULL`` syncs the log at each commit;
``fullfsync`` makes that true on macOS. With ``NORMAL`` a commit outlives the process at once, and the power
as soon as a later one is synced.
Source: https://www.sqlite.org/pragma.html, "synchronous", "fullfsync"; https://www.sqlite.org/wal.html.
"""

import os
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from actors.store.errors import StatementFailed, StoreError
from actors.store.migrate import Sql, migrate
from actors.store.rows import Params, Quarantined, Snapshot
from actors.store.translate import damaged, not_writable, to_store_error

Row = TypeVar("Row")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BUSY_TIMEOUT_S = 2.0  # somebody looks at the database with another program

_SETUP = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA journal_size_limit = 8388608;
"""

_SAVE = "INSERT OR REPLACE INTO snapshots (kind, key, schema, at, data) VALUES (?, ?, ?, ?, ?)"
_LOAD = "SELECT kind, key, schema, at, data FROM snapshots WHERE kind = ? AND key = ?"
_LOAD_ALL = "SELECT kind, key, schema, at, data FROM snapshots WHERE kind = ? ORDER BY key"
_SET_ASIDE = """
INSERT INTO quarantine (kind, key, schema, at, data, reason, since)
SELECT kind, key, schema, at, data, ?, ? FROM snapshots WHERE kind = ? AND key = ?
"""
_LOAD_ASIDE = "SELECT kind, key, schema, at, data, reason, since FROM quarantine ORDER BY id"
_NOTE = "INSERT OR REPLACE INTO journal (kind, key, at, data) VALUES (?, ?, ?, ?)"


def open_database(path: Path, sql: Sql) -> sqlite3.Connection:
    """Open, check and migrate the database.

    Raises:
        StoreError: it cannot be opened, is damaged, too new, or cannot be migrated.
    """
    _check_rights(path)
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_TIMEOUT_S)
    except sqlite3.Error as error:
        raise to_store_error(error, path) from error
    try:
        _prepare(connection, path, sql)
    except sqlite3.Error as error:
        connection.close()
        raise to_store_error(error, path) from error
    except StoreError:
        connection.close()
        raise
    return connection


def _check_rights(path: Path) -> None:
    """SQLite opens what it may only read and says so at the first write; we want to know at the start.

    Raises:
        FolderNotWritable: the database, or the folder that its log goes into, cannot be written.
    """
    for place in (path, path.parent):
        if place.exists() and not os.access(place, os.W_OK):
            raise not_writable(path)


def _prepare(connection: sqlite3.Connection, path: Path, sql: Sql) -> None:
    connection.executescript(_SETUP)
    verdict: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise damaged(path, verdict)
    migrate(connection, path, sql.migrations)


def set_synced(connection: sqlite3.Connection, *, synced: bool) -> None:
    """Whether the next commits are synced; between two transactions only."""
    connection.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")


@contextmanager
def whole(connection: sqlite3.Connection) -> Generator[None]:
    """Make several statements one: an error undoes all of them and leaves the batch alone."""
    connection.execute("SAVEPOINT whole")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO whole")
            connection.execute("RELEASE whole")
        raise
    connection.execute("RELEASE whole")


def save(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Write a snapshot over the one before."""
    row = (snapshot.kind, snapshot.key, snapshot.schema, _to_micros(snapshot.at), snapshot.data)
    connection.execute(_SAVE, row)


def load(connection: sqlite3.Connection, kind: str, key: int) -> Snapshot | None:
    """Read one snapshot."""
    row = connection.execute(_LOAD, (kind, key)).fetchone()
    return None if row is None else _parse_snapshot(*row)


def load_all(connection: sqlite3.Connection, kind: str) -> list[Snapshot]:
    """Read all snapshots of a kind, by key."""
    return [_parse_snapshot(*row) for row in connection.execute(_LOAD_ALL, (kind,))]


def delete(connection: sqlite3.Connection, kind: str, key: int) -> None:
    """Forget a snapshot and its journal."""
    with whole(connection):
        connection.execute("DELETE FROM snapshots WHERE kind = ? AND key = ?", (kind, key))
        connection.execute("DELETE FROM journal WHERE kind = ? AND key = ?", (kind, key))


def quarantine(connection: sqlite3.Connection, kind: str, key: int, reason: str, since: datetime) -> None:
    """Move a snapshot aside."""
    with whole(connection):
        connection.execute(_SET_ASIDE, (reason, _to_micros(since), kind, key))
        delete(connection, kind, key)


def load_quarantined(connection: sqlite3.Connection) -> list[Quarantined]:
    """Read everything that was set aside, oldest first."""
    return [
        Quarantined(snapshot=_parse_snapshot(*row[:5]), reason=row[5], since=_from_micros(row[6]))
        for row in connection.execute(_LOAD_ASIDE)
    ]


def write_journal(
    connection: sqlite3.Connection, notes: Mapping[tuple[str, int], bytes], at: datetime
) -> None:
    """Write the latest values of all journals."""
    micros = _to_micros(at)
    connection.executemany(_NOTE, [(kind, key, micros, data) for (kind, key), data in notes.items()])


def load_journal(connection: sqlite3.Connection, kind: str, key: int) -> bytes | None:
    """Read one journal as it was last written."""
    row = connection.execute("SELECT data FROM journal WHERE kind = ? AND key = ?", (kind, key)).fetchone()
    return None if row is None else row[0]


def read_rows(connection: sqlite3.Connection, sql: str, params: Params, row: type[Row]) -> list[Row]:
    """Run a statement and make its rows, by the names of their columns.

    Raises:
        StatementFailed: a row does not fit the class.
    """
    cursor = _execute(connection, sql, params)
    names = [column[0] for column in cursor.description or ()]
    dicts = [dict(zip(names, values, strict=True)) for values in cursor]
    try:
        return msgspec.convert(dicts, list[row], strict=False)
    except msgspec.ValidationError as error:
        raise StatementFailed(f"A row does not fit {row.__name__}: {error}.") from error


def change_rows(connection: sqlite3.Connection, sql: str, params: Params) -> int:
    """Run a statement for its effect; how many rows it changed."""
    return max(0, _execute(connection, sql, params).rowcount)


def change_all(connection: sqlite3.Connection, steps: Sequence[tuple[str, Params]]) -> int:
    """Run several statements, all or none; how many rows they changed."""
    with whole(connection):
        return sum(change_rows(connection, sql, params) for sql, params in steps)


def _execute(connection: sqlite3.Connection, sql: str, params: Params) -> sqlite3.Cursor:
    try:
        return connection.execute(sql, params)
    except OverflowError as error:
        raise StatementFailed(f"A parameter is out of range: {error}.") from error


def _parse_snapshot(kind: str, key: int, schema: int, at: int, data: bytes) -> Snapshot:
    return Snapshot(kind=kind, key=key, schema=schema, at=_from_micros(at), data=data)


def _to_micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
