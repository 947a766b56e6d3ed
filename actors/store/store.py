"""The way in: `open_store`, and the store that actors are given.

Opening takes the folder's lock, opens and migrates the database, and starts the owner thread. Closing does
what is queued, writes the journal and lets go of the lock, also when the body was cancelled.

Guarantees and failures are those of `actors.store.port.StorePort`.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import trio
from attrs import define

from actors.store import database
from actors.store.errors import StatementFailed
from actors.store.lock import hold_lock
from actors.store.migrate import read_sql
from actors.store.owner import Owner
from actors.store.rows import Params, Quarantined, SliceSchema, Snapshot, Statement

Row = TypeVar("Row")

DATABASE_NAME = "roadie.db"
JOURNAL_INTERVAL_S = 0.4


@asynccontextmanager
async def open_store(
    folder: Path, *, schemas: Sequence[SliceSchema] = (), journal_interval_s: float = JOURNAL_INTERVAL_S
) -> AsyncGenerator["Store"]:
    """Own the data folder and its database while the body runs.

    Args:
        folder: made if it is not there.
        schemas: the SQL of all slices.
        journal_interval_s: how long a noted value may wait in memory, seconds.

    Raises:
        StoreError: with the sentence to print, when the store cannot be opened.
    """
    sql = read_sql(schemas)
    with hold_lock(folder):
        owner = Owner(folder / DATABASE_NAME, sql, journal_interval_s)
        await owner.start()
        try:
            yield Store(owner)
        finally:
            with trio.CancelScope(shield=True):
                await owner.close()


@define(eq=False)
class Store:
    """The real `actors.store.port.StorePort`.

    Attributes:
        owner: the thread behind it, nobody's business outside this room.
    """

    owner: Owner

    async def save(self, kind: str, key: int, schema: int, data: bytes) -> None:
        """Keep the state of an actor; replaces the one before."""
        snapshot = Snapshot(kind=kind, key=key, schema=schema, at=datetime.now(UTC), data=data)
        await self.owner.call(lambda connection: database.save(connection, snapshot))

    async def load(self, kind: str, key: int) -> Snapshot | None:
        """The state of an actor, None if there is none."""
        return await self.owner.call(lambda connection: database.load(connection, kind, key))

    async def load_all(self, kind: str) -> list[Snapshot]:
        """The states of all actors of a kind, by key."""
        return await self.owner.call(lambda connection: database.load_all(connection, kind))

    async def delete(self, kind: str, key: int) -> None:
        """Forget an actor: its snapshot and its journal."""
        self.owner.forget_note(kind, key)
        await self.owner.call(lambda connection: database.delete(connection, kind, key))

    async def jot(self, kind: str, key: int, schema: int, data: bytes) -> None:
        """Save what has to outlive the process, but not the power: cheap, and no commit waits behind it."""
        snapshot = Snapshot(kind=kind, key=key, schema=schema, at=datetime.now(UTC), data=data)
        await self.owner.call(lambda connection: database.save(connection, snapshot), synced=False)

    async def strike(self, kind: str, key: int) -> None:
        """Forget what was jotted down."""
        await self.owner.call(lambda connection: database.delete(connection, kind, key), synced=False)

    async def quarantine(self, kind: str, key: int, reason: str) -> None:
        """Set a snapshot aside with a reason; drops its journal."""
        since = datetime.now(UTC)
        self.owner.forget_note(kind, key)
        await self.owner.call(
            lambda connection: database.quarantine(connection, kind, key, reason, since),
        )

    async def load_quarantined(self) -> list[Quarantined]:
        """Everything that was set aside, oldest first."""
        return await self.owner.call(database.load_quarantined)

    def journal(self, kind: str, key: int, data: bytes) -> None:
        """Note a value that changes all the time; written once per second and at the end."""
        self.owner.note(kind, key, data)

    async def load_journal(self, kind: str, key: int) -> bytes | None:
        """The latest noted value, written or not."""
        return await self.owner.call(lambda connection: self.owner.latest_note(connection, kind, key))

    async def run(self, statement: Statement[Row]) -> list[Row]:
        """Run a slice's statement and read its rows."""
        sql, params, row = self._sql(statement.name), statement.params, statement.row
        return await self.owner.call(lambda connection: database.read_rows(connection, sql, params, row))

    async def execute(self, name: str, params: Params) -> int:
        """Run a slice's statement for its effect; how many rows it changed."""
        sql = self._sql(name)
        return await self.owner.call(lambda connection: database.change_rows(connection, sql, params))

    async def execute_all(self, steps: Sequence[tuple[str, Params]]) -> int:
        """Run several statements as one: all happen or none."""
        texts = [(self._sql(name), params) for name, params in steps]
        return await self.owner.call(lambda connection: database.change_all(connection, texts))

    def _sql(self, name: str) -> str:
        try:
            return self.owner.sql.statements[name]
        except KeyError:
            raise StatementFailed(f"No statement is registered as {name!r}.") from None
