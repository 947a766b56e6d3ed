"""The reminders of all servers: one actor, one timer.

Everything that waits is in the store; the actor remembers only when the next one is due. So ten thousand that
wait cost one deadline. The deadline is recomputed from the wall clock whenever something happens, when the
connection comes (back), which is when a machine that slept wakes, and once per hour.

Failures: while the store cannot be read nothing is sent, and it is asked again every few seconds. A crash of
this actor loses nothing: the next generation reads the same rows.
"""

import logging

from attrs import define, field

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.pages import PageReady, PageWanted
from actors.reminders.book import Book
from actors.reminders.delivery import Delivery
from actors.reminders.messages import Attempted, Confirmed, Wake
from actors.reminders.orders import LIST, Orders
from actors.reminders.state import cut_list, to_micros
from actors.reminders.view import view_list
from actors.rest.payloads import Message
from actors.store.errors import StoreError
from gateway_client.ids import GuildId, UserId

log = logging.getLogger(__name__)

AT_ONCE = 500
"""So many are on their way at once: those of one channel wait for its limit and must not delay the others."""
LOOK_EVERY_S = 3600.0
READ_AGAIN_S = 5.0
ROUNDING_S = 0.001
"""Deadlines are a little late rather than early: two clocks of different resolution are compared."""


@define(eq=False)
class RemindersActor:
    """Everybody's reminders."""

    context: Context
    _book: Book = field(init=False)
    _delivery: Delivery = field(init=False)
    _orders: Orders = field(init=False)
    _next: int | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._book = Book(self.context.ports.store)
        self._delivery = Delivery(self.context, self._book)
        self._orders = Orders(self.context, self._book, self._delivery)

    async def load(self) -> None:
        """Find out what is next."""
        await self._look()

    async def handle(self, envelope: Envelope) -> None:
        """Somebody asks."""
        await self._orders.take(envelope)
        await self._look()

    async def observe(self, fact: object) -> None:
        """Something became true."""
        match fact:
            case Wake() | Attempted():
                await self._look()
            case Confirmed():
                await self._point(fact)
            case PageWanted():
                self.context.ports.tell(fact.pager, await self._render(fact))
            case other:
                raise TypeError(f"reminders cannot take {other!r}")

    def next_deadline(self) -> float | None:
        """When the next one is due, on the monotonic clock."""
        if self._next is None or len(self._delivery.sending) >= AT_ONCE:
            return None
        clock = self.context.ports.clock
        ahead_s = max(0.0, (self._next - to_micros(clock.at())) / 1e6)
        return clock.now() + min(ahead_s, LOOK_EVERY_S) + ROUNDING_S

    async def tick(self, now: float) -> None:
        """Send what is due."""
        at = self.context.ports.clock.at()
        if self._next is None or to_micros(at) < self._next:
            return
        sending = self._delivery.sending
        try:
            due = await self._book.due(at, AT_ONCE)
        except StoreError as error:
            self._read_again(error)
            return
        for reminder in [one for one in due if one.id not in sending][: AT_ONCE - len(sending)]:
            self._delivery.start(reminder)
        await self._look()

    def is_idle(self) -> bool:
        """Whether nothing waits."""
        return self._next is None and not self._delivery.sending

    async def goodbye(self) -> None:
        """What is on its way arrives and is noted."""
        await self._delivery.finished()

    async def _look(self) -> None:
        try:
            first = await self._book.first_waiting(self._delivery.sending)
        except StoreError as error:
            self._read_again(error)
        else:
            self._next = None if first is None else first.try_at

    def _read_again(self, error: StoreError) -> None:
        log.warning("reminders cannot be read", extra={"error": str(error)})
        self._next = to_micros(self.context.ports.clock.at()) + int(READ_AGAIN_S * 1e6)

    async def _point(self, confirmed: Confirmed) -> None:
        try:
            await self._book.point(confirmed.reminder_id, confirmed.message_id)
        except StoreError as error:
            log.warning("a reminder points to nothing", extra={"error": str(error)})

    async def _render(self, wanted: PageWanted) -> PageReady:
        word, guild, person = wanted.query.split(" ")
        assert word == LIST
        guild_id, reader = GuildId(int(guild)), UserId(int(person))
        say = self.context.ports.say_in(guild_id)
        try:
            count = await self._book.count(reader, guild_id)
            page, total = cut_list(wanted.page, count)
            reminders = await self._book.concerning(reader, guild_id, page)
        except StoreError as error:
            log.warning("reminders cannot be shown", extra={"error": str(error)})
            payload = Message(content=say("reminders.unreadable"))
            return PageReady(query=wanted.query, page=1, total=0, payload=payload)
        payload = view_list(reminders, reader, count, say)
        return PageReady(query=wanted.query, page=page, total=total, payload=payload)
