"""What people chose for matched tracks, in the store: ``media.choices.Choices`` for the whole program.

A choice lives in a table of this slice by guild and song, and outlives every queue. What cannot be read any
more was not chosen. Raises ``StoreError`` like the store itself when a choice cannot be kept.
"""

import logging
from typing import Generic, TypeVar

import msgspec
from attrs import define, frozen

from actors.core.ports import Store
from actors.store.errors import StoreError
from actors.store.rows import Params
from gateway_client.ids import GuildId
from media.choices import Candidate

log = logging.getLogger(__name__)

Row = TypeVar("Row")

SCHEMA = "player"


@frozen(kw_only=True)
class _Query(Generic[Row]):
    name: str
    params: Params
    row: type[Row]


@frozen(kw_only=True)
class _Choice:
    candidate: bytes


@define(eq=False)
class StoredChoices:
    """Choices by guild and song."""

    _store: Store

    async def get(self, guild_id: GuildId, song: str) -> Candidate | None:
        """What was chosen, ``None`` if nothing was."""
        query = _Query(name=f"{SCHEMA}.choice", params={"guild": guild_id, "song": song}, row=_Choice)
        try:
            rows = await self._store.run(query)
            return msgspec.json.decode(rows[0].candidate, type=Candidate) if rows else None
        except (StoreError, msgspec.MsgspecError) as error:
            log.warning("a choice cannot be read", extra={"guild": guild_id, "error": str(error)})
            return None

    async def put(self, guild_id: GuildId, song: str, chosen: Candidate) -> None:
        """Remember a choice over the one before; returns when it is durable."""
        data = msgspec.json.encode(chosen)
        params: Params = {"guild": guild_id, "song": song, "candidate": data}
        await self._store.execute(f"{SCHEMA}.choose", params)
