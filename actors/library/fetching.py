"""Fetching files for a guild: a few at a time, each with word of how far it is.

A fetch runs beside its actor. Its request waits until it is its turn, then reads "Downloading…", is edited
every few seconds while a large file comes in – one edit at a time, none without news – and ends with "Saved"
or with the reason why not. "Saved" is said when the file is whole, on disk and listed. Whatever ends the bot
before it was said, the answer says so after the next start (``pending``).
"""

import logging
from collections.abc import Callable
from functools import partial

import trio
from attrs import define, field

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.reply import Reply
from actors.core.texts import Text, text
from actors.core.work import WorkKind
from actors.library.messages import Download, Wanted
from actors.library.outside import Fetcher
from actors.library.pending import Pending
from actors.library.view import reason, saved, view_progress, view_sentence
from media.errors import MediaError
from media.library_fetch import Progress

log = logging.getLogger(__name__)

AT_ONCE = 3
"""Enough that a slow server holds nobody up, few enough that nobody's line is full."""
EDIT_S = 5.0
"""Between two edits of one answer, seconds."""


@define(eq=False)
class Fetching:
    """The running fetches of one guild. ``saved`` is told each file that was told saved."""

    _context: Context
    _fetcher: Fetcher
    _saved: Callable[[Envelope, str], None]
    _pending: Pending
    _slots: trio.Semaphore = field(factory=lambda: trio.Semaphore(AT_ONCE))
    _running: list[Envelope] = field(factory=list[Envelope])

    def start(self, envelope: Envelope, wanted: Wanted) -> None:
        """Fetch as soon as it is its turn."""
        envelope.work.detach()
        self._running.append(envelope)
        self._context.run(partial(self._fetch, envelope, wanted))

    async def say_interrupted(self) -> None:
        """The bot stops: whatever runs is given up."""
        running = tuple(self._running)
        for envelope in running:
            envelope.reply.say(view_sentence(text("library.interrupted"), self._context.say))
        for envelope in running:
            await envelope.reply.settled()
        await self._pending.forget(*(envelope.number for envelope in running))

    async def _fetch(self, envelope: Envelope, wanted: Wanted) -> None:
        told = trio.Event()
        try:
            async with self._slots:
                envelope.work.start(WorkKind.DOWNLOADING)
                await self._pending.begin(envelope.number, envelope.reply)
                shown = partial(self._pending.shown, envelope.number)
                envelope.reply.say(view_progress(None, self._context.say), sent=shown)
                name = await self._get(envelope, wanted)
        except MediaError as error:
            log.info(
                "nothing is kept of a link", extra={"guild": self._context.guild_id, "error": str(error)}
            )
            sentence = text("library.not_saved", reason=reason(error))
            await self._end(envelope, sentence, told, transient=True)
            envelope.work.fail()
        else:
            await self._end(envelope, saved(envelope.facts, name), told)
            self._saved(envelope, name)
        finally:
            self._running.remove(envelope)
        await _until_told(envelope.reply, told)
        await self._pending.forget(envelope.number)

    async def _end(
        self, envelope: Envelope, sentence: Text, told: trio.Event, *, transient: bool = False
    ) -> None:
        """Say how it ended, so that a kill in between changes nothing."""
        message = view_sentence(sentence, self._context.say)
        await self._pending.end(envelope.number, message)
        envelope.reply.say(message, transient=transient, sent=lambda message: told.set())

    async def _get(self, envelope: Envelope, wanted: Wanted) -> str:
        newest: list[Progress] = []

        def hear(progress: Progress) -> None:
            newest[:] = [progress]

        teller = self._context.run(partial(self._tell_progress, envelope, newest))
        try:
            if isinstance(wanted, Download):
                return await self._fetcher.download(self._context.guild_id, wanted.url, wanted.name, hear)
            return await self._fetcher.upload(self._context.guild_id, wanted.file, wanted.name, hear)
        finally:
            teller.cancel()

    async def _tell_progress(self, envelope: Envelope, newest: list[Progress]) -> None:
        told = 0
        while True:
            await trio.sleep(EDIT_S)
            if newest and newest[0].received != told:
                told = newest[0].received
                envelope.reply.say(view_progress(newest[0], self._context.say))
                await envelope.reply.settled()


async def _until_told(reply: Reply, told: trio.Event) -> None:
    """Wait until an outcome is in the channel or could not be brought there; others may say more below it."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_set_when_settled, reply, told)
        await told.wait()
        nursery.cancel_scope.cancel()


async def _set_when_settled(reply: Reply, told: trio.Event) -> None:
    await reply.settled()
    told.set()
