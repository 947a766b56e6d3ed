"""The book: what may be under messages whose progress is not over, so that a crash leaves nothing stale.

Raises ``StoreError`` like the store itself.
"""

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec
from attrs import define, frozen

from actors.core.claim import Place
from actors.core.ports import Store
from actors.status.effects import Line
from actors.store.rows import Params
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId

Row = TypeVar("Row")


@frozen(kw_only=True)
class Query(Generic[Row]):
    """A statement of this slice with its parameters and its rows."""

    name: str
    params: Params
    row: type[Row]


@frozen(kw_only=True)
class _Row:
    guild: GuildId
    channel: ChannelId
    message: MessageId
    author: UserId
    perhaps: str
    last_word: str
    others: str


@define(eq=False)
class Book:
    """The lines of one guild."""

    _store: Store
    _guild_id: GuildId

    async def read(self) -> list[Line]:
        """What a former life left behind."""
        rows = await self._store.run(
            Query(name="status.of_guild", params={"guild": self._guild_id}, row=_Row)
        )
        return [_to_line(row) for row in rows]

    async def write(self, lines: Sequence[Line], gone: Sequence[MessageId]) -> None:
        """Keep these lines and cross those out, all or nothing."""
        steps: list[tuple[str, Params]] = [("status.keep", _to_params(line)) for line in lines]
        steps += [("status.cross_out", {"message": message_id}) for message_id in gone]
        if steps:
            await self._store.execute_all(steps)


def _to_line(row: _Row) -> Line:
    return Line(
        place=Place(guild_id=row.guild, channel_id=row.channel, message_id=row.message, author_id=row.author),
        perhaps=msgspec.json.decode(row.perhaps, type=tuple[str, ...]),
        last_word=row.last_word,
        others=msgspec.json.decode(row.others, type=tuple[str, ...]),
    )


def _to_params(line: Line) -> Params:
    return {
        "guild": line.place.guild_id,
        "channel": line.place.channel_id,
        "message": line.place.message_id,
        "author": line.place.author_id,
        "perhaps": msgspec.json.encode(line.perhaps).decode(),
        "last_word": line.last_word,
        "others": msgspec.json.encode(line.others).decode(),
    }
