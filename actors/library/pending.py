"""Answers that read "Downloading…": kept, so that none stays so for ever when the bot is killed.

An answer is noted when it is in the channel, with its outcome before that is told, and forgotten when it was
told. So a start that finds one tells what is known of it: the outcome, or that the bot was stopped; then the
file may have come to be in the last moment, so the sentence says where to look. A store that refuses costs
only the amending.
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
class Ended:
    """An answer whose outcome is known and may not have been told."""

    posted: Posted
    outcome: str


@frozen(kw_only=True)
class Saved:
    """What is kept: answers without an outcome, and those with one."""

    answers: tuple[Posted, ...] = ()
    ended: tuple[Ended, ...] = ()


FORM = SnapshotForm(type=Saved)


@define
class _Answer:
    """Where an answer is, and how it ends, as far as either is known."""

    posted: Posted | None = None
    outcome: str | None = None


@define(eq=False)
class Pending:
    """The open answers of one guild, by request."""

    _context: Context
    _open: dict[int, _Answer] = field(factory=dict[int, _Answer])

    async def amend(self) -> None:
        """After a start: say of what is kept how it ended, or that it was interrupted, and forget it."""
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
        for ended in kept.ended:
            lane.put(partial(self._edit, ended.posted, Message(content=ended.outcome)))
        await self._save()

    def begin(self, request: int) -> None:
        """A request is about to be answered."""
        self._open[request] = _Answer()

    def shown(self, request: int, sent: SentMessage) -> None:
        """Its answer is in the channel."""
        answer = self._open.get(request)
        if answer is not None and answer.posted is None:
            answer.posted = Posted(channel_id=sent.channel_id, message_id=sent.id)
            self._context.run(self._save)

    async def end(self, request: int, outcome: Message) -> None:
        """Its outcome is known and about to be told; returns when a later start would tell it."""
        answer = self._open.get(request)
        if answer is not None:
            answer.outcome = outcome.content
            if answer.posted is not None:
                await self._save()

    async def forget(self, *requests: int) -> None:
        """These were told how it ended: a later start leaves them alone."""
        gone = [self._open.pop(request, None) for request in requests]
        if any(answer is not None and answer.posted is not None for answer in gone):
            await self._save()

    async def _save(self) -> None:
        known = [(one.posted, one.outcome) for one in self._open.values() if one.posted is not None]
        if known:
            await self._kept.keep(
                Saved(
                    answers=tuple(posted for posted, outcome in known if outcome is None),
                    ended=tuple(
                        Ended(posted=posted, outcome=outcome)
                        for posted, outcome in known
                        if outcome is not None
                    ),
                )
            )
        else:
            await self._kept.forget()

    @property
    def _kept(self) -> Keepsake[Saved]:
        return Keepsake(self._context, FORM)

    async def _edit(self, answer: Posted, message: Message) -> None:
        await self._context.ports.rest.edit_message(answer.channel_id, answer.message_id, message)
