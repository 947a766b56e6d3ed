"""The message in which a picker is seen: which one it is, and the one reply through which it changes.

That reply is the command's own as long as this process lives, and one that edits the message after a restart,
so that the last word comes last. Pages are shown one at a time; turns that come meanwhile cost one more
rendering. Of a picker whose message nobody knows yet, ``find`` looks for it along the way that was kept; what
it finds comes back into the mailbox as ``Found``.
"""

import logging

from attrs import define

from actors.core.cell import Context
from actors.core.channel_reply import ChannelReply
from actors.core.lane import Lane
from actors.core.reply import Reply
from actors.core.viewing import Posted
from actors.core.way_back import WayBack, say_there
from actors.picker.messages import Found, Shown
from actors.rest.errors import RestError
from actors.rest.payloads import Message
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)


@define(eq=False)
class Board:
    """Where one picker is seen. ``place`` is ``None`` until Discord has said which message it is."""

    _context: Context
    reply: Reply | None = None
    place: Posted | None = None
    way: WayBack | None = None
    _showing: bool = False
    _stale: bool = False

    def settle_at(self, place: Posted) -> None:
        """What this process did not say itself is answered where it stands."""
        ports, self.place = self._context.ports, place
        self.reply = ChannelReply(
            rest=ports.rest,
            lane=Lane(ports.spawn),
            channel_id=place.channel_id,
            message_id=place.message_id,
        )

    def takes_page(self) -> bool:
        """Whether a page can be said now; while one is on its way, the next one waits for it."""
        if self.reply is None:
            return False
        self._stale = self._showing
        return not self._showing

    def show(self, page: Message) -> None:
        """Say a page; ``Shown`` comes when it is there, or has failed."""
        assert self.reply is not None  # ``takes_page`` has told
        self._showing = True
        self.reply.say(page, sent=self._posted if self.place is None else None)
        self._context.run(self._until_shown)

    def shown(self) -> bool:
        """What was said is there; whether a newer page waits."""
        self._showing = False
        return self._stale

    async def settled(self) -> None:
        """Wait until everything that was said has arrived, or has failed."""
        if self.reply is not None:
            await self.reply.settled()

    async def find(self, page: Message) -> None:
        """Show it where a former life did, or was about to."""
        assert self.way is not None
        try:
            sent = await say_there(self._context.ports, self.way, page)
        except RestError as error:
            log.info("a picker was not found", extra={"error": str(error)})
            return
        if sent is not None:
            self._context.tell_self(Found(Posted(channel_id=sent.channel_id, message_id=sent.id)))

    async def _until_shown(self) -> None:
        await self.settled()
        self._context.tell_self(Shown())

    def _posted(self, sent: SentMessage) -> None:
        self.place = Posted(channel_id=sent.channel_id, message_id=sent.id)
        self._context.tell_self(self.place)
