"""Small values by name for services that are no actors.

A shelf is a set of keys of its own: what media remembers about files, say. Its methods have the shape of
``media.index.Index``, so that it can be handed over as one.
"""

import sqlite3

from attrs import frozen

from actors.store.owner import Owner

_PUT = "INSERT OR REPLACE INTO shelves (shelf, key, data) VALUES (?, ?, ?)"
_GET = "SELECT data FROM shelves WHERE shelf = ? AND key = ?"
_REMOVE = "DELETE FROM shelves WHERE shelf = ? AND key = ?"
_ITEMS = "SELECT key, data FROM shelves WHERE shelf = ? ORDER BY key"


@frozen
class Shelf:
    """Bytes by key."""

    owner: Owner
    name: str

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""

        def work(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute(_GET, (self.name, key)).fetchone()
            return None if row is None else row[0]

        return await self.owner.call(work)

    async def put(self, key: str, data: bytes) -> None:
        """Keep a value, over the one before; returns after its commit."""
        await self.owner.call(lambda connection: connection.execute(_PUT, (self.name, key, data)))

    async def remove(self, key: str) -> None:
        """Forget a key; an unknown one is fine."""
        await self.owner.call(lambda connection: connection.execute(_REMOVE, (self.name, key)))

    async def items(self) -> list[tuple[str, bytes]]:
        """Everything on the shelf, by key."""
        return await self.owner.call(lambda connection: connection.execute(_ITEMS, (self.name,)).fetchall())
