"""Answers that read "Downloading…": kept, so that none stays so for ever when the bot is killed.

An answer is noted before it is said, then by the way that leads to it, and when it is in the channel by its
message; with its outcome before that is told; and forgotten when it was told. So a start that finds one tells
what is known of it: the outcome, or that the bot was stopped; then the file may have come to be in the last
moment, so the sentence says where to look. A store that refuses costs only the amending.
"""

import logging

from attrs import define, field, frozen

from actors.core.cell import Context
from actors.core.keepsake import Keepsake
from actors.core.reply import Reply
from actors.core.snapshot import SnapshotForm
from actors.core.texts import text
from actors.core.way_back import WayBack, keep_way_back, say_there
from actors.library.view import view_sentence
from actors.rest.errors import RestError
from actors.rest.payloads import Message
from actors.store.errors import StoreError
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Ended:
    """An answer whose outcome is known and may not have been told."""

    posted: WayBack
    outcome: str


@frozen(kw_only=True)
class Saved:
    """What is kept: answers without an outcome, and those with one."""

    answers: tuple[WayBack, ...] = ()
    ended: tuple[Ended, ...] = ()


FORM = SnapshotForm(type=Saved)


@define
class _Answer:
    """Where an answer is, and how it ends, as far as either is known."""

    way: WayBack | None = None
    outcome: str | None = None


@define(eq=False)
class Pending:
    """The open answers of one guild, by request."""

    _context: Context
    _open: dict[int, _Answer] = field(factory=dict[int, _Answer])
    _found: list[Ended] = field(factory=list[Ended])

    async def amend(self) -> None:
        """After a start: say of what is kept how it ended, or that it was interrupted, and forget it then."""
        try:
            kept = await self._kept.load()
        except StoreError as error:
            log.warning("open answers cannot be read", extra={"error": str(error)})
            return
        if kept is None:
            return
        interrupted = view_sentence(text("library.interrupted"), self._context.say).content
        self._found = [*(Ended(posted=way, outcome=interrupted) for way in kept.answers), *kept.ended]
        self._context.run(self._tell_found)

    async def begin(self, request: int, reply: Reply) -> None:
        """A request is about to be answered; returns when a later start would know of it."""
        answer = self._open[request] = _Answer(keep_way_back(reply))
        if answer.way is not None:
            await self._save()

    def shown(self, request: int, sent: SentMessage) -> None:
        """Its answer is in the channel."""
        answer = self._open.get(request)
        if answer is not None and (answer.way is None or answer.way.message_id is None):
            answer.way = WayBack(channel_id=sent.channel_id, message_id=sent.id)
            self._context.run(self._save)

    async def end(self, request: int, outcome: Message) -> None:
        """Its outcome is known and about to be told; returns when a later start would tell it."""
        answer = self._open.get(request)
        if answer is not None:
            answer.outcome = outcome.content
            if answer.way is not None:
                await self._save()

    async def forget(self, *requests: int) -> None:
        """These were told how it ended: a later start leaves them alone."""
        gone = [self._open.pop(request, None) for request in requests]
        if any(answer is not None and answer.way is not None for answer in gone):
            await self._save()

    async def _tell_found(self) -> None:
        while self._found:
            ended = self._found[0]
            try:
                await say_there(self._context.ports, ended.posted, Message(content=ended.outcome))
            except RestError as error:
                log.info("an open answer is gone", extra={"error": str(error)})
            self._found.remove(ended)
            await self._save()

    async def _save(self) -> None:
        known = [(one.way, one.outcome) for one in self._open.values() if one.way is not None]
        if not (known or self._found):
            await self._kept.forget()
            return
        ended = [Ended(posted=way, outcome=outcome) for way, outcome in known if outcome is not None]
        answers = tuple(way for way, outcome in known if outcome is None)
        await self._kept.keep(Saved(answers=answers, ended=(*self._found, *ended)))

    @property
    def _kept(self) -> Keepsake[Saved]:
        return Keepsake(self._context, FORM)
