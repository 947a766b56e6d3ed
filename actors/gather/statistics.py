"""Who was how punctual: what a gather adds to the store, and what is read from it.

Raises ``StoreError`` like the store itself. A gather that was cancelled within its grace period says nothing
about those who were still missing: they had time left. Whoever waited for a place is not counted at all.
"""

from typing import Generic, TypeVar

from attrs import define, frozen

from actors.core.ports import Store
from actors.gather.gather import Gather, Phase
from actors.gather.roster import Row, Status
from actors.gather.rules import GRACE_S
from actors.store.rows import Params
from gateway_client.ids import GuildId, UserId

PAGE = 10

R = TypeVar("R")


@frozen(kw_only=True)
class Query(Generic[R]):
    """A statement of this slice with its parameters and its rows."""

    name: str
    params: Params
    row: type[R]


@frozen(kw_only=True)
class Standing:
    """How often somebody was what; ``late_s`` is the sum of all their lateness, in seconds."""

    user: UserId
    on_time: int
    late: int
    out: int
    missing: int
    late_s: int

    @property
    def gathers(self) -> int:
        """How many gathers that is."""
        return self.on_time + self.late + self.out + self.missing

    @property
    def share_pct(self) -> int | None:
        """Of those they did not opt out of, how many they were on time for, in per cent."""
        awaited = self.on_time + self.late + self.missing
        return round(100 * self.on_time / awaited) if awaited else None


@frozen(kw_only=True)
class Attended:
    """One gather of one person; ``at`` in milliseconds since 1970."""

    at: int
    outcome: str
    late_s: int


@frozen(kw_only=True)
class _Count:
    count: int


def results(gather: Gather) -> list[tuple[UserId, str, int]]:
    """Who was what and how late in seconds, for an ended gather."""
    if not gather.checks_in or gather.ended is None:
        return []
    spares = gather.phase is Phase.CANCELLED and gather.ended - gather.began <= GRACE_S
    counted = [row for row in gather.roster.rows() if not _is_spared(row, spares=spares)]
    return [(row.who.id, row.status.value, row.late_s or 0) for row in counted]


@define(eq=False)
class Statistics:
    """One guild's results."""

    _store: Store
    _guild_id: GuildId

    async def note(self, gather: Gather, at_ms: int) -> None:
        """Add the result of a gather; adding it again changes nothing."""
        about: Params = {"guild": self._guild_id, "gather": gather.id, "at": at_ms}
        rows: list[Params] = [
            {**about, "user": user_id, "outcome": outcome, "late_s": late_s}
            for user_id, outcome, late_s in results(gather)
        ]
        if rows:
            await self._store.execute_all([("gather.note", row) for row in rows])

    async def people(self) -> int:
        """How many people were ever gathered here."""
        params: Params = {"guild": self._guild_id}
        (row,) = await self._store.run(Query(name="gather.people", params=params, row=_Count))
        return row.count

    async def ranked(self, page: int) -> list[Standing]:
        """A page of everybody, the most punctual first; ``page`` counts from 1."""
        params: Params = {"guild": self._guild_id, "limit": PAGE, "offset": (page - 1) * PAGE}
        return await self._store.run(Query(name="gather.ranked", params=params, row=Standing))

    async def total(self, user_id: UserId) -> Standing:
        """One person, all in all."""
        params: Params = {"guild": self._guild_id, "user": user_id}
        (row,) = await self._store.run(Query(name="gather.total", params=params, row=Standing))
        return row

    async def attended(self, user_id: UserId, page: int) -> list[Attended]:
        """A page of one person's gathers, newest first."""
        params: Params = {
            "guild": self._guild_id,
            "user": user_id,
            "limit": PAGE,
            "offset": (page - 1) * PAGE,
        }
        return await self._store.run(Query(name="gather.attended", params=params, row=Attended))


def _is_spared(row: Row, *, spares: bool) -> bool:
    return row.status is Status.WAITING or (spares and row.status is Status.MISSING)
