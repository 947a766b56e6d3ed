"""The shell of a guild's progress: follows works, keeps the book, and wishes for reactions.

Works and reactions tell the state at once, in the step in which they change; the mailbox only wakes the
actor, which then books and wishes. What needs no line in the book is wished for before anything is awaited.
If the book cannot be written, progress stays unseen, because a crash would leave it there for good; ends
are shown all the same.

On a stop it waits a moment for the goodbyes of the others to end their works, clears what cannot stay, and
leaves the rest to the next start, which finds it in the book. A crash of this actor is like a restart for the
messages that were open.
"""

import logging
from collections.abc import Sequence
from functools import partial

import trio
from attrs import define, field

from actors.core.cell import Context
from actors.core.claim import Claim, Place
from actors.core.envelope import Envelope
from actors.core.reactions import Settled
from actors.core.work import Work
from actors.status.book import Book
from actors.status.effects import LetGo, Line, Show, with_others
from actors.status.messages import GuildSeen, MessageEdited, MessagesGone, Moved
from actors.status.state import StatusState
from actors.status.style import style_of
from actors.store.errors import StoreError
from gateway_client.ids import MessageId

log = logging.getLogger(__name__)

HOLDER = "status"
OTHERS_END_S = 0.3
GOODBYE_S = 1.7
AGAIN_S = 5.0


@define(eq=False)
class StatusActor:
    """The progress of one guild's commands."""

    context: Context
    _state: StatusState = field(factory=StatusState)
    _book: Book = field(init=False)
    _crossed_out: set[MessageId] = field(factory=set[MessageId])
    _again_at: float | None = None
    _complained: bool = False
    _is_read: bool = False
    _moved: trio.Event = field(factory=trio.Event)

    def __attrs_post_init__(self) -> None:
        self._book = Book(self.context.ports.store, self.context.guild_id)

    async def load(self) -> None:
        """Mend what a former life left."""
        await self._read()
        await self._show()

    async def handle(self, envelope: Envelope) -> None:
        """It has no commands."""
        raise TypeError(f"status cannot take {envelope.message!r}")

    async def observe(self, fact: object) -> None:
        """Take note of something that became true."""
        match fact:
            case Claim():
                self._follow(fact)
            case MessagesGone(channel_id=channel_id, message_ids=message_ids):
                for message_id in message_ids:
                    self._state.gone(message_id)
                    self.context.ports.reactions.forget(channel_id, message_id)
            case MessageEdited(message_id=message_id):
                self._state.edited(message_id, self._now)
            case GuildSeen() | Moved():
                pass
            case _:
                raise TypeError(f"status cannot take {fact!r}")
        await self._show()

    def next_deadline(self) -> float | None:
        """When something is to be shown, has been shown for long enough, or can be booked at last."""
        clocks = (self._state.next_deadline(), self._again_at)
        return min((clock for clock in clocks if clock is not None), default=None)

    async def tick(self, now: float) -> None:
        """Time has passed."""
        if self._again_at is not None and now >= self._again_at:
            self._again_at = None
            await self._read()
        self._state.tick(now)
        await self._show()

    def is_idle(self) -> bool:
        """Whether nothing is shown, nobody waits and the book is empty."""
        return self._state.is_idle and self._is_read and not self._crossed_out

    async def goodbye(self) -> None:
        """Clear what cannot stay, as far as time and limits allow."""
        with trio.move_on_after(OTHERS_END_S):
            while self._state.works_open:
                await self._next_move()
        self._state.interrupt(self._now)
        await self._show()
        with trio.move_on_after(GOODBYE_S - OTHERS_END_S):
            while not self.is_idle():
                await self._next_move()
                await self._show()

    @property
    def _now(self) -> float:
        return self.context.ports.clock.now()

    def _follow(self, claim: Claim) -> None:
        style = style_of(self.context.ports.settings, self.context.guild_id)
        number = self._state.claim(claim, style, self._now)
        claim.work.watch(partial(self._hear, number))

    def _hear(self, number: int, work: Work) -> None:
        self._state.hear(number, work.stage, work.kind, self._now)
        self._wake()

    def _settled(self, message_id: MessageId, version: int, settled: Settled) -> None:
        self._state.settled(message_id, version, settled)
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self.context.tell_self(Moved(), key="moved")

    async def _read(self) -> None:
        """Once: find what a former life left; later if the book cannot be read now."""
        if self._is_read:
            return
        try:
            lines = await self._book.read()
        except StoreError as error:
            log.warning("the book of progress cannot be read", extra={"error": str(error)})
            self._again_at = self._now + AGAIN_S
            return
        self._is_read = True
        for line in lines:
            self._state.restore(line)

    async def _next_move(self) -> None:
        await self._moved.wait()
        self._moved = trio.Event()

    async def _show(self) -> None:
        """Let people see what is true now; what has to be booked first comes last."""
        unbooked: list[Show] = []
        for effect in self._state.flush(self._now):
            match effect:
                case Show(line=None):
                    self._wish(effect)
                case Show():
                    unbooked.append(effect)
                case LetGo(place, booked):
                    self.context.ports.reactions.release(place, HOLDER)
                    if booked:
                        self._crossed_out.add(place.message_id)
        lines = [self._with_others(show.line) for show in unbooked if show.line is not None]
        if lines or self._crossed_out:
            await self._write(lines, unbooked)

    async def _write(self, lines: Sequence[Line], unbooked: Sequence[Show]) -> None:
        gone = tuple(self._crossed_out)
        try:
            await self._book.write(lines, gone)
        except StoreError as error:
            self._not_booked(error, unbooked)
            return
        self._complained, self._again_at = False, None
        self._crossed_out.difference_update(gone)
        for line in lines:
            self._state.booked(line)
        for show in unbooked:
            self._wish_unless_overtaken(show)

    def _wish_unless_overtaken(self, show: Show) -> None:
        """What changed while the book was written is never sent."""
        if self._state.is_overtaken(show, self._now):
            self._state.withheld(show)
            self._wake()
        else:
            self._wish(show)

    def _not_booked(self, error: StoreError, unbooked: Sequence[Show]) -> None:
        if not self._complained:
            log.warning("progress cannot be booked and stays unseen", extra={"error": str(error)})
        self._complained, self._again_at = True, self._now + AGAIN_S
        for show in unbooked:
            if show.urgent:
                self._wish(show)
            else:
                self._state.withheld(show)

    def _wish(self, show: Show) -> None:
        settled = partial(self._settled, show.place.message_id, show.version)
        reactions = self.context.ports.reactions
        reactions.wish(show.place, HOLDER, show.wish, settled=settled, legacy=show.legacy)

    def _with_others(self, line: Line) -> Line:
        return with_others(line, self._others(line.place))

    def _others(self, place: Place) -> tuple[str, ...]:
        return self.context.ports.reactions.others(place, HOLDER)
