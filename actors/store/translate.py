"""SQLite's errors as errors of this room.

SQLite reports a closed set of result codes; the low byte is the family. Disk space, rights, damage and
refused statements need different acts from different people, so each gets its own class and sentence.

Source: https://www.sqlite.org/rescode.html.
"""

import sqlite3
from pathlib import Path

from actors.store.errors import (
    DatabaseDamaged,
    DiskFull,
    FolderNotWritable,
    StatementFailed,
    StoreError,
)

_FAMILY = 0xFF
_NO_ACCESS = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def to_store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """The error of this room that says what SQLite's means."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _FAMILY
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(f"The disk that holds {path.parent} is full. Free some space; nothing is lost.", True)
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(f"The disk that holds {path.parent} reports an error ({error}).", retry=True)
    if code in _HELD:
        return StoreError(f"Another program holds the database {path} open for writing.", retry=True)
    if code in _NO_ACCESS:
        return not_writable(path)
    if code in _DAMAGED:
        return damaged(path, str(error))
    return StatementFailed(f"The database refused a statement: {error}.")


def not_writable(path: Path) -> FolderNotWritable:
    """The sentence for a file or folder that this user may only read."""
    return FolderNotWritable(
        f"The database {path} cannot be written. "
        "Give this user the right to write there, or set ROADIE_DATA to another folder.",
        retry=True,
    )


def damaged(path: Path, what: str) -> DatabaseDamaged:
    """The sentence for a file that cannot be trusted."""
    return DatabaseDamaged(
        f"The database {path} is damaged ({what}). "
        f"Put a copy from {path.parent / 'copies'} in its place, or move it away to start empty."
    )
