"""From any released database to today's: numbered SQL files, one after the other.

``PRAGMA user_version`` is the number of the last migration that was applied; 0 is an empty database. Every
migration runs in a transaction together with its number, so a crash in the middle leaves the database at
the number before. Before the first migration of a database that holds something, a copy is made in
``copies/`` beside it; the newest `COPIES_KEPT` stay.

The numbers of all slices form one row without gaps: a gap means that a file is missing from the program,
two files with one number that two slices took the same.
"""

import os
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from attrs import frozen

from actors.store.errors import DatabaseTooNew, MigrationFailed
from actors.store.rows import SliceSchema
from actors.store.translate import to_store_error

COPIES_KEPT = 3
_MIGRATION_NAME = re.compile(r"(\d{4})_\w+\.sql")


@frozen(kw_only=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str


@frozen(kw_only=True)
class Sql:
    """All SQL of the program: migrations in their order, statements by ``slice.name``."""

    migrations: tuple[Migration, ...]
    statements: dict[str, str]


def read_sql(schemas: Sequence[SliceSchema]) -> Sql:
    """Read the ``sql`` folders of the store and of all slices.

    Raises:
        MigrationFailed: the numbers of the migrations have a gap or a double.
    """
    migrations: list[Migration] = []
    statements: dict[str, str] = {}
    for schema in (SliceSchema(name="store", package="actors.store"), *schemas):
        for file in resources.files(schema.package).joinpath("sql").iterdir():
            if match := _MIGRATION_NAME.fullmatch(file.name):
                text = file.read_text(encoding="utf-8")
                migrations.append(Migration(number=int(match[1]), name=file.name, sql=text))
            elif file.name.endswith(".sql"):
                statements[f"{schema.name}.{file.name[:-4]}"] = file.read_text(encoding="utf-8")
    migrations.sort(key=lambda migration: migration.number)
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        raise MigrationFailed(f"This build of Roadie is not whole: its migrations are numbered {numbers}.")
    return Sql(migrations=tuple(migrations), statements=statements)


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Bring the database to the newest number.

    Raises:
        DatabaseTooNew: a newer program was here.
        MigrationFailed: a file could not be applied.
        StoreError: the copy could not be made.
    """
    version = read_version(connection)
    if version > len(migrations):
        raise DatabaseTooNew(
            f"The data folder {path.parent} was written by a newer Roadie (database version {version}, "
            f"this program knows {len(migrations)}). "
            "Start the newer program, or set ROADIE_DATA to another folder."
        )
    if 0 < version < len(migrations):
        make_copy(connection, path, version)
    for migration in migrations[version:]:
        _apply(connection, migration)


def read_version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that was applied."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def make_copy(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """Copy the whole database into ``copies/`` and drop the oldest copies.

    Raises:
        StoreError: there is no space, or no right to write.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target = path.parent / "copies" / f"{path.stem}-v{version:04}-{stamp}.db"
    part = target.with_suffix(".part")
    try:
        target.parent.mkdir(exist_ok=True)
        with closing(sqlite3.connect(part)) as copy:
            connection.backup(copy)
        part.replace(target)
    except sqlite3.Error as error:
        part.unlink(missing_ok=True)
        raise to_store_error(error, target) from error
    except OSError as error:
        raise MigrationFailed(
            f"No copy of the database could be made in {target.parent}: {error}."
        ) from error
    copies = sorted(target.parent.glob(f"{path.stem}-v*.db"), key=os.path.getmtime)
    for old in copies[:-COPIES_KEPT]:
        old.unlink()
    return target


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    script = f"BEGIN IMMEDIATE;\n{migration.sql}\n;PRAGMA user_version = {migration.number};\nCOMMIT;"
    try:
        connection.executescript(script)
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise MigrationFailed(
            f"The database could not be brought up to date ({migration.name}: {error}). "
            "It is as it was before."
        ) from error
