"""The entries in the store. Every question is answered by an index; totals are kept by triggers.

Raises ``StoreError`` like the store itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from attrs import define, frozen

from actors.core.ports import Store
from actors.reputation.state import COOLDOWN_S, UNDO_S, Page
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


@frozen(kw_only=True)
class Entry:
    """One point; ``at`` is in microseconds since 1970."""

    id: int
    giver: UserId
    receiver: UserId
    points: int
    reason: str
    at: int


@frozen(kw_only=True)
class Standing:
    """What somebody has: the sum of points and the number of entries."""

    receiver: UserId
    total: int = 0
    entries: int = 0


@frozen(kw_only=True)
class _Latest:
    at: int | None


@frozen(kw_only=True)
class _Count:
    count: int


@define
class Ledger:
    """One guild's entries."""

    _store: Store
    _guild_id: GuildId

    async def give(self, giver: UserId, receiver: UserId, points: int, reason: str, at: datetime) -> None:
        """Write an entry."""
        gift = {"giver": giver, "receiver": receiver, "points": points, "reason": reason}
        await self._store.execute("reputation.give", {"guild": self._guild_id, "at": to_micros(at)} | gift)

    async def last_given_s(self, giver: UserId, receiver: UserId, at: datetime) -> float | None:
        """When this giver last gave to this receiver, in seconds since 1970, if it matters still."""
        since = to_micros(at - timedelta(seconds=COOLDOWN_S))
        params = {"guild": self._guild_id, "giver": giver, "receiver": receiver, "since": since}
        (row,) = await self._store.run(Query(name="reputation.last_given", params=params, row=_Latest))
        return None if row.at is None else row.at / 1e6

    async def undoable(self, giver: UserId, at: datetime) -> Entry | None:
        """The newest entry that this giver may still take back."""
        since = to_micros(at - timedelta(seconds=UNDO_S))
        params = {"guild": self._guild_id, "giver": giver, "since": since}
        rows = await self._store.run(Query(name="reputation.undoable", params=params, row=Entry))
        return rows[0] if rows else None

    async def undo(self, entry: Entry, at: datetime) -> None:
        """Take an entry back; it stays in the table."""
        await self._store.execute("reputation.undo", {"id": entry.id, "at": to_micros(at)})

    async def standing(self, person: UserId) -> Standing:
        """Somebody's sum and count."""
        params = {"guild": self._guild_id, "receiver": person}
        rows = await self._store.run(Query(name="reputation.total", params=params, row=Standing))
        return rows[0] if rows else Standing(receiver=person)

    async def received(self, person: UserId, page: Page) -> list[Entry]:
        """What somebody was given, newest first."""
        params = {"guild": self._guild_id, "receiver": person, "limit": page.limit, "offset": page.offset}
        return await self._store.run(Query(name="reputation.received", params=params, row=Entry))

    async def people(self) -> int:
        """How many people have entries."""
        params = {"guild": self._guild_id}
        (row,) = await self._store.run(Query(name="reputation.people", params=params, row=_Count))
        return row.count

    async def ranked(self, page: Page) -> list[Standing]:
        """People by total, then by number of entries, then by id."""
        params = {"guild": self._guild_id, "limit": page.limit, "offset": page.offset}
        return await self._store.run(Query(name="reputation.ranked", params=params, row=Standing))

    async def ranked_last(self, count: int) -> list[Standing]:
        """The last ones, the very last at the end."""
        params = {"guild": self._guild_id, "limit": count}
        rows = await self._store.run(Query(name="reputation.ranked_last", params=params, row=Standing))
        return rows[::-1]


def to_micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)
