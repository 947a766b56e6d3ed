"""A store in memory for tests on a virtual clock.

The same SQL on an in-memory database, without a thread: work in threads is invisible to the virtual clock.
``fail_with`` makes every write fail until it is taken away, as a full disk does.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import trio
from attrs import Factory, define, field

from actors.store import database
from actors.store.errors import StoreError
from actors.store.migrate import Sql, read_sql
from actors.store.rows import Params, Quarantined, SliceSchema, Snapshot, Statement

Row = TypeVar("Row")


@define(eq=False)
class MemoryStore:
    """A `actors.store.port.StorePort` that is gone with the test."""

    schemas: Sequence[SliceSchema] = ()
    fail_with: StoreError | None = None
    _notes: dict[tuple[str, int], bytes] = Factory(dict[tuple[str, int], bytes])
    _sql: Sql = field(init=False)
    _connection: sqlite3.Connection = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._sql = read_sql(self.schemas)
        self._connection = database.open_database(Path(":memory:"), self._sql)

    def close(self) -> None:
        self._connection.close()

    async def save(self, kind: str, key: int, schema: int, data: bytes) -> None:
        await self._before_write()
        snapshot = Snapshot(kind=kind, key=key, schema=schema, at=datetime.now(UTC), data=data)
        database.save(self._connection, snapshot)

    async def load(self, kind: str, key: int) -> Snapshot | None:
        await trio.lowlevel.checkpoint()
        return database.load(self._connection, kind, key)

    async def load_all(self, kind: str) -> list[Snapshot]:
        await trio.lowlevel.checkpoint()
        return database.load_all(self._connection, kind)

    async def delete(self, kind: str, key: int) -> None:
        await self._before_write()
        self._notes.pop((kind, key), None)
        database.delete(self._connection, kind, key)

    async def jot(self, kind: str, key: int, schema: int, data: bytes) -> None:
        await self.save(kind, key, schema, data)

    async def strike(self, kind: str, key: int) -> None:
        await self.delete(kind, key)

    async def quarantine(self, kind: str, key: int, reason: str) -> None:
        await self._before_write()
        self._notes.pop((kind, key), None)
        database.quarantine(self._connection, kind, key, reason, datetime.now(UTC))

    async def load_quarantined(self) -> list[Quarantined]:
        await trio.lowlevel.checkpoint()
        return database.load_quarantined(self._connection)

    def journal(self, kind: str, key: int, data: bytes) -> None:
        self._notes[kind, key] = data

    async def load_journal(self, kind: str, key: int) -> bytes | None:
        await trio.lowlevel.checkpoint()
        return self._notes.get((kind, key))

    async def run(self, statement: Statement[Row]) -> list[Row]:
        await self._before_write()
        sql = self._sql.statements[statement.name]
        return database.read_rows(self._connection, sql, statement.params, statement.row)

    async def execute(self, name: str, params: Params) -> int:
        await self._before_write()
        return database.change_rows(self._connection, self._sql.statements[name], params)

    async def execute_all(self, steps: Sequence[tuple[str, Params]]) -> int:
        await self._before_write()
        texts = [(self._sql.statements[name], params) for name, params in steps]
        return database.change_all(self._connection, texts)

    async def _before_write(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.fail_with is not None:
            raise self.fail_with
