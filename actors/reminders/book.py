"""The reminders in the store. Every question is answered by an index.

Raises ``StoreError`` like the store itself.
"""

from datetime import datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from attrs import define, frozen

from actors.core.ports import Store
from actors.core.zones import find_zone
from actors.reminders.state import KEEP_ENDED, LIST_PAGE, Said, from_micros, to_micros
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
class Reminder:
    """A row; times are microseconds since 1970.

    Attributes:
        message: what it points to: the message that asked for it, or the confirmation.
        scheduler: who asked for it.
        targets: whom it is for, as JSON.
        words: the moment as it was said.
        try_at: when it is sent (next); ``None`` once it has ended.
        attempts: how often sending has failed.
        ended_at: when it was delivered or given up.
        sent: the message as which it was delivered.
        snoozed_from: the reminder whose button made this one.
    """

    id: int
    guild: GuildId
    channel: ChannelId
    message: MessageId | None
    scheduler: UserId
    targets: str
    note: str
    words: str
    asked_at: int
    due_at: int
    try_at: int | None
    attempts: int
    ended_at: int | None
    sent: MessageId | None
    snoozed_from: int | None

    @property
    def people(self) -> tuple[UserId, ...]:
        """Whom it is for."""
        return msgspec.json.decode(self.targets, type=tuple[UserId, ...])

    @property
    def due(self) -> datetime:
        """When it is due."""
        return from_micros(self.due_at)

    @property
    def is_for_oneself(self) -> bool:
        """Whether it is for the one who asked for it, and nobody else."""
        return self.people == (self.scheduler,)


@frozen(kw_only=True)
class Wish:
    """A reminder to be."""

    guild: GuildId
    channel: ChannelId
    message: MessageId | None
    scheduler: UserId
    targets: tuple[UserId, ...]
    said: Said
    asked: datetime
    snoozed_from: int | None = None


@frozen(kw_only=True)
class Waiting:
    """When one is tried next."""

    id: int
    try_at: int


@frozen(kw_only=True)
class _Id:
    id: int


@frozen(kw_only=True)
class _Count:
    count: int


@frozen(kw_only=True)
class _Zone:
    zone: str


@define
class Book:
    """All reminders of all guilds."""

    _store: Store

    async def add(self, wish: Wish) -> int:
        """Write a reminder down; its number."""
        params: Params = {
            "guild": wish.guild,
            "channel": wish.channel,
            "message": wish.message,
            "scheduler": wish.scheduler,
            "targets": to_json(wish.targets),
            "note": wish.said.note,
            "words": wish.said.words,
            "asked_at": to_micros(wish.asked),
            "due_at": to_micros(wish.said.due),
            "snoozed_from": wish.snoozed_from,
        }
        (row,) = await self._store.run(Query(name="reminders.add", params=params, row=_Id))
        return row.id

    async def first_waiting(self, sending: frozenset[int]) -> Waiting | None:
        """The one that is tried next, besides those that are being sent."""
        query = Query(name="reminders.waiting", params={"limit": len(sending) + 1}, row=Waiting)
        return next((row for row in await self._store.run(query) if row.id not in sending), None)

    async def due(self, at: datetime, limit: int) -> list[Reminder]:
        """What is to be sent by now, the longest waiting first."""
        return await self._reminders("reminders.due", {"at": to_micros(at), "limit": limit})

    async def get(self, reminder_id: int) -> Reminder | None:
        """One, waiting or ended."""
        rows = await self._reminders("reminders.get", {"id": reminder_id})
        return rows[0] if rows else None

    async def count(self, person: UserId, guild_id: GuildId) -> int:
        """How many wait that concern somebody."""
        params = {"user": person, "guild": guild_id}
        (row,) = await self._store.run(Query(name="reminders.count_of_person", params=params, row=_Count))
        return row.count

    async def concerning(self, person: UserId, guild_id: GuildId, page: int) -> list[Reminder]:
        """A page of what waits for somebody or was asked for by them, soonest first."""
        params = {"user": person, "guild": guild_id, "limit": LIST_PAGE, "offset": (page - 1) * LIST_PAGE}
        return await self._reminders("reminders.of_person", params)

    async def point(self, reminder_id: int, message_id: MessageId) -> None:
        """Say which message a reminder points to, if it points to none."""
        await self._store.execute("reminders.point", {"id": reminder_id, "message": message_id})

    async def retry(self, reminder_id: int, at: datetime, failure: str) -> None:
        """Sending failed for a reason that may pass."""
        params = {"id": reminder_id, "try_at": to_micros(at), "failure": failure}
        await self._store.execute("reminders.retry", params)

    async def end(
        self, reminder_id: int, at: datetime, sent: MessageId | None, failure: str | None = None
    ) -> None:
        """It was delivered, or never will be. What ended long ago is forgotten with it."""
        params: Params = {"id": reminder_id, "at": to_micros(at), "sent": sent, "failure": failure}
        forget: Params = {"before": to_micros(at - KEEP_ENDED)}
        await self._store.execute_all([("reminders.ended", params), ("reminders.forget_ended", forget)])

    async def remove(self, reminder_id: int) -> None:
        """Forget one that waits."""
        await self._store.execute("reminders.remove", {"id": reminder_id})

    async def leave(self, reminder: Reminder, person: UserId, others: tuple[UserId, ...]) -> None:
        """One of several people wants to hear of it no more."""
        leave: Params = {"id": reminder.id, "targets": to_json(others)}
        forget: Params = {"id": reminder.id, "user": person}
        await self._store.execute_all([("reminders.leave", leave), ("reminders.forget_person", forget)])

    async def snoozed(self, reminder_id: int, person: UserId) -> Reminder | None:
        """The reminder that somebody's press on a delivered one has made, while it waits."""
        rows = await self._reminders("reminders.snoozed", {"id": reminder_id, "user": person})
        return rows[0] if rows else None

    async def move(self, reminder_id: int, due: datetime) -> None:
        """Put one off, or forward."""
        await self._store.execute("reminders.move", {"id": reminder_id, "due_at": to_micros(due)})

    async def zone_of(self, person: UserId) -> ZoneInfo | None:
        """The time zone that somebody lives in, if they said so."""
        rows = await self._store.run(Query(name="reminders.zone_of", params={"user": person}, row=_Zone))
        return find_zone(rows[0].zone) if rows else None

    async def set_zone(self, person: UserId, zone: ZoneInfo) -> None:
        """Note where somebody lives."""
        await self._store.execute("reminders.set_zone", {"user": person, "zone": zone.key})

    async def _reminders(self, name: str, params: Params) -> list[Reminder]:
        return await self._store.run(Query(name=name, params=params, row=Reminder))


def to_json(people: tuple[UserId, ...]) -> str:
    """The form of ``targets``."""
    return msgspec.json.encode(people).decode()
