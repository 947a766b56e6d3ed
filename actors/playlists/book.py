"""The playlists in the store. A playlist is written with all its entries or not at all.

Raises ``StoreError`` like the store itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import msgspec
from attrs import define, frozen

from actors.core.envelope import Facts
from actors.core.ports import Store
from actors.playlists.entries import ENTRY_LIMIT, Entry
from actors.playlists.messages import Scope
from actors.playlists.state import Head, key_of, owner_of
from actors.store.rows import Params
from gateway_client.ids import GuildId, UserId

Row = TypeVar("Row")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Query(Generic[Row]):
    """A statement of this slice with its parameters and its rows."""

    name: str
    params: Params
    row: type[Row]


@define
class Book:
    """All playlists."""

    _store: Store

    async def heads(self, guild_id: GuildId, user_id: UserId) -> list[Head]:
        """What a person finds on a server: the server's, then their own, by name."""
        params = {"guild": guild_id, "user": user_id}
        return await self._store.run(Query(name="playlists.heads", params=params, row=Head))

    async def head(self, playlist_id: int) -> Head | None:
        """A playlist by its number."""
        rows = await self._store.run(Query(name="playlists.head", params={"id": playlist_id}, row=Head))
        return rows[0] if rows else None

    async def entries(self, playlist_id: int, *, offset: int = 0, limit: int = ENTRY_LIMIT) -> list[Entry]:
        """What a playlist holds, in order."""
        params = {"id": playlist_id, "offset": offset, "limit": limit}
        return await self._store.run(Query(name="playlists.entries", params=params, row=Entry))

    async def write(self, name: str, scope: Scope, entries: list[Entry], facts: Facts) -> None:
        """Keep a playlist, in place of one of this name and owner."""
        place = {"scope": scope.value, "owner": owner_of(scope, facts), "key": key_of(name)}
        at = (facts.at - _EPOCH) // timedelta(microseconds=1)
        await self._store.execute_all(
            [
                ("playlists.clear", place),
                ("playlists.add", place | {"name": name, "creator": facts.user_id, "at": at}),
                ("playlists.fill", place | {"entries": msgspec.json.encode(entries).decode()}),
            ]
        )

    async def remove(self, playlist_id: int) -> bool:
        """Forget a playlist; whether it was there."""
        return await self._store.execute("playlists.remove", {"id": playlist_id}) > 0
