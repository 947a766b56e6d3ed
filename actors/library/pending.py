"""Answers that read "Downloading…": kept, so that none stays so for ever when the bot is killed.

An answer is noted when it is in the channel and forgotten, durably, before its outcome is told; so a start
that finds one knows that nothing was told, and amends it. A store that refuses costs only the amending.
"""

import logging
from functools import partial

from attrs import define, field, frozen

from actors.core.cell import Context
from actors.core.keepsake import Keepsake
from actors.core.lane import Lane
from actors.core.snapshot import SnapshotForm
from actors.core.texts import text
from actors.core.viewing import Posted
from actors.library.view import view_sentence
from actors.rest.payloads import Message
from actors.store.errors import StoreError
from gateway_client.ids import GuildId
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Saved:
    """What is kept."""

    answers: tuple[Posted, ...] = ()


FORM = SnapshotForm(type=Saved)


@define(eq=False)
class Pending:
    """The open answers of one guild, by request."""

    _context: Context
    _open: dict[int, Posted | None] = field(factory=dict[int, Posted | None])

    async def amend(self) -> None:
        """After a start: say of what is kept that it was interrupted, and forget it."""
        ports, address = self._context.ports, self._context.address
        try:
            kept = await self._kept.load()
        except StoreError as error:
            log.warning("open answers cannot be read", extra={"error": str(error)})
            return
        if kept is None:
            return
        lane = Lane(ports.spawn)
        say = ports.say_in(GuildId(address.key))
        message = view_sentence(text("library.interrupted"), say)
        for answer in kept.answers:
            lane.put(partial(self._edit, answer, message))
        await self._save()

    def begin(self, request: int) -> None:
        """A request is about to be answered."""
        self._open[request] = None

    def shown(self, request: int, sent: SentMessage) -> None:
        """Its answer is in the channel; one whose outcome is known already is left alone."""
        if request in self._open and self._open[request] is None:
            self._open[request] = Posted(channel_id=sent.channel_id, message_id=sent.id)
            self._context.run(self._save)

    async def end(self, request: int) -> None:
        """Its outcome is known and about to be told; returns when a later start leaves it alone."""
        if self._open.pop(request, None) is not None:
            await self._save()

    async def clear(self) -> None:
        """Everybody was told otherwise."""
        self._open.clear()
        await self._save()

    async def _save(self) -> None:
        answers = tuple(answer for answer in self._open.values() if answer is not None)
        if answers:
            await self._kept.keep(Saved(answers=answers))
        else:
            await self._kept.forget()

    @property
    def _kept(self) -> Keepsake[Saved]:
        return Keepsake(self._context, FORM)

    async def _edit(self, answer: Posted, message: Message) -> None:
        await self._context.ports.rest.edit_message(answer.channel_id, answer.message_id, message)
