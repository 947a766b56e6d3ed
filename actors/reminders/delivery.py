"""Sending one reminder: in its channel, or, when that can never be, its owner is told in private.

At least once: a reminder ends in the store only after Discord has taken it. And not twice before people's
eyes: every attempt of one firing carries the same nonce, which Discord compares for a few minutes, so an
attempt after a lost answer or a ``kill -9`` finds the first message instead of writing a second. What was
sent but could not be noted, because the disk is full, is noted later and not sent again. What is so late
that Discord may have forgotten the nonce, as after a long time without power, is looked for in its channel
first, where its buttons tell it from all others.

Source: Discord, "Message" resource, sections "Create Message", ``enforce_nonce``, and "Get Channel Messages".
"""

import logging
from datetime import datetime, timedelta

import trio
from attrs import define, field

from actors.core.cell import Context
from actors.core.texts import Say
from actors.reminders.book import Book, Reminder
from actors.reminders.messages import Attempted
from actors.reminders.state import SNOWFLAKES_BEGAN, may_pass, pause_s
from actors.reminders.view import snooze_ids, view_fired, view_undeliverable
from actors.rest.errors import MalformedAnswer, RestError
from actors.store.errors import StoreError
from gateway_client.ids import MessageId

log = logging.getLogger(__name__)

NOTE_AGAIN_S = 5.0
NONCE_KNOWN = timedelta(minutes=1)
"""So long, to be sure, does Discord know a nonce."""
SKEW = timedelta(seconds=10)
"""By so much may our clock be ahead of Discord's."""


@define(eq=False)
class Delivery:
    """Every reminder that is being sent."""

    _context: Context
    _book: Book
    _sending: dict[int, Reminder] = field(factory=dict[int, Reminder])
    _quiet: trio.Event = field(factory=trio.Event)

    @property
    def sending(self) -> frozenset[int]:
        """Their numbers."""
        return frozenset(self._sending)

    def start(self, reminder: Reminder) -> None:
        """Send it in a task of its own; ``Attempted`` comes back."""
        self._sending[reminder.id] = reminder
        self._context.run(lambda: self._run(reminder))

    async def finished(self) -> None:
        """Wait until nothing is being sent."""
        while self._sending:
            self._quiet = trio.Event()
            await self._quiet.wait()

    async def _run(self, reminder: Reminder) -> None:
        try:
            await self._attempt(reminder)
        finally:
            del self._sending[reminder.id]
            self._quiet.set()
            self._context.tell_self(Attempted(reminder.id))

    async def _attempt(self, reminder: Reminder) -> None:
        try:
            sent = await self._send(reminder)
        except RestError as error:
            if may_pass(error):
                await self._try_later(reminder, error)
            else:
                await self._tell_owner(reminder, error)
        else:
            await self._note_end(reminder, sent)

    async def _send(self, reminder: Reminder) -> MessageId:
        ports = self._context.ports
        if ports.clock.at() - reminder.due > NONCE_KNOWN:
            sent = await self._sent_before(reminder)
            if sent is not None:
                return sent
        message = view_fired(reminder, ports.clock.at(), self._say(reminder))
        posted = await ports.rest.create_message(reminder.channel, message, nonce=_nonce(reminder))
        return posted.id

    async def _sent_before(self, reminder: Reminder) -> MessageId | None:
        """The message as which it was sent by somebody who could not note it.

        Raises:
            RestError: for a reason that may pass.
        """
        ports, ours = self._context.ports, snooze_ids(reminder)
        try:
            messages = await ports.rest.get_messages(reminder.channel, _moment_id(reminder.due - SKEW))
        except RestError as error:
            if may_pass(error) and not isinstance(error, MalformedAnswer):
                raise
            return None  # nobody can read it; whether it may be written is seen next
        for message in messages:
            shown = {item.custom_id for row in message.components for item in row.components}
            if message.author.id == ports.me and shown & ours:
                return message.id
        return None

    async def _tell_owner(self, reminder: Reminder, why: RestError) -> None:
        log.warning("a reminder cannot be delivered", extra={"reminder": reminder.id, "error": str(why)})
        rest = self._context.ports.rest
        message = view_undeliverable(reminder, self._say(reminder))
        try:
            private = await rest.open_dm(reminder.scheduler)
            await rest.create_message(private.id, message, nonce=f"{_nonce(reminder)}x")
        except RestError as error:
            if may_pass(error):
                await self._try_later(reminder, error)
                return
            log.warning("nor can its owner be told", extra={"reminder": reminder.id, "error": str(error)})
        await self._note_end(reminder, None, str(why))

    async def _try_later(self, reminder: Reminder, error: RestError) -> None:
        pause = pause_s(reminder.attempts, error)
        log.info(
            "a reminder is tried again",
            extra={"reminder": reminder.id, "pause_s": round(pause, 1), "error": str(error)},
        )
        at = self._context.ports.clock.at() + timedelta(seconds=pause)
        try:
            await self._book.retry(reminder.id, at, str(error))
        except StoreError as failure:
            log.warning("a retry was not noted", extra={"reminder": reminder.id, "error": str(failure)})
            await trio.sleep(pause)

    async def _note_end(self, reminder: Reminder, sent: MessageId | None, failure: str | None = None) -> None:
        while True:
            try:
                await self._book.end(reminder.id, self._context.ports.clock.at(), sent, failure)
            except StoreError as error:
                log.warning("a delivery was not noted", extra={"reminder": reminder.id, "error": str(error)})
                await trio.sleep(NOTE_AGAIN_S)
            else:
                return

    def _say(self, reminder: Reminder) -> Say:
        return self._context.ports.say_in(reminder.guild)


def _moment_id(moment: datetime) -> MessageId:
    """The smallest id of a moment."""
    return MessageId((moment - SNOWFLAKES_BEGAN) // timedelta(milliseconds=1) << 22)


def _nonce(reminder: Reminder) -> str:
    """The same for every attempt of one firing, another for every firing; 24 characters at most."""
    return f"{reminder.id:x}-{reminder.due_at:x}"
