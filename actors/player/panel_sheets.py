"""The panel's messages in the channel: posting, editing, ending and clearing away.

A sheet is one message, kept equal to the newest picture by a ``LiveMessage``: one request in flight, at most
one edit in one and a half seconds however much happens. A post, and an edit that tells a new track, wait for
the answers that must be out before them. What Discord says comes back into the mailbox; nothing here decides
anything.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from attrs import define, field

from actors.core.cell import Context
from actors.core.live_message import LiveMessage
from actors.core.texts import text
from actors.player.panel import (
    ClearOld,
    DrawPanel,
    EndPanel,
    OldGone,
    PanelLost,
    PanelPosted,
    PanelRefused,
    Posted,
)
from actors.player.panel_view import Lens, view_end, view_panel
from actors.player.player import Player
from actors.rest.errors import Forbidden, NotFound, RestError
from actors.rest.payloads import Message
from gateway_client.ids import ChannelId, MessageId
from gateway_client.objects import Permissions

log = logging.getLogger(__name__)

EDIT_EVERY_S = 1.5

Said = Callable[[int | None], Awaitable[None]]
"""Waits until what was said, and the answers of a request, are out."""


@define(eq=False, kw_only=True)
class Sheet:
    """One message: the transport of its ``LiveMessage``."""

    context: Context
    channel_id: ChannelId
    number: int
    message_id: MessageId | None
    first: Callable[[], Awaitable[None]] | None
    """What is waited for once, before the next request."""
    live: LiveMessage = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.live = LiveMessage(
            transport=self,
            spawn=self.context.ports.spawn,
            distance_s=EDIT_EVERY_S,
            on_gone=lambda: self.context.tell_self(PanelLost(self.number)),
        )

    async def send(self, message: Message) -> None:
        """Post it, or edit the one that is there."""
        rest = self.context.ports.rest
        try:
            first, self.first = self.first, None
            if first is not None:
                await first()
            if self.message_id is not None:
                await rest.edit_message(self.channel_id, self.message_id, message)
                return
            sent = await rest.create_message(self.channel_id, message, nonce=f"panel:{self.number}")
        except Forbidden:
            self.context.tell_self(PanelRefused(self.number))
            raise
        self.message_id = sent.id
        self.context.tell_self(PanelPosted(self.number, sent.id))


@define(eq=False)
class Sheets:
    """The messages of one player's panel."""

    _context: Context
    _player: Player
    _said: Said
    _sheets: dict[int, Sheet] = field(factory=dict[int, Sheet])

    def draw(self, word: DrawPanel) -> None:
        """Show what there is now."""
        post = word.post
        for number in [number for number in self._sheets if number != post.number]:
            self._sheets.pop(number).live.stop()
        sheet = self._sheets.get(post.number) or self._open(post, word.after)
        if word.after is not None:
            sheet.first = partial(self._said, word.after)
        sheet.live.show(view_panel(self._player, self._lens(post.channel_id)))

    def end(self, word: EndPanel) -> None:
        """Show what was played, without buttons, for good."""
        post = word.post
        sheet = self._sheets.pop(post.number, None)
        if sheet is None:
            if post.message_id is None:
                return  # of a former life, and nobody knows whether it was posted
            sheet = self._open(post, None)
            del self._sheets[post.number]
        sheet.live.on_gone = partial(self._gone, sheet)
        sheet.live.show(view_end(word.text, self._lens(post.channel_id)))
        self._context.ports.spawn(partial(self._ended, sheet))

    def clear(self, word: ClearOld) -> None:
        """Delete a message, or take its buttons."""
        self._context.ports.spawn(partial(self._clear, word))

    def _open(self, post: Posted, after: int | None) -> Sheet:
        sheet = Sheet(
            context=self._context,
            channel_id=post.channel_id,
            number=post.number,
            message_id=post.message_id,
            first=None if post.message_id is not None else partial(self._said, after),
        )
        self._sheets[post.number] = sheet
        return sheet

    def _lens(self, channel_id: ChannelId) -> Lens:
        ports = self._context.ports
        may = ports.cache.bot_permissions(self._context.guild_id, channel_id)
        return Lens(
            address=self._context.address,
            at=ports.clock.now(),
            say=self._context.say,
            embeds=bool(may & Permissions.EMBED_LINKS),
        )

    async def _ended(self, sheet: Sheet) -> None:
        await sheet.live.settled()
        self._gone(sheet)

    def _gone(self, sheet: Sheet) -> None:
        if sheet.message_id is not None:
            self._context.tell_self(OldGone(sheet.message_id))

    async def _clear(self, word: ClearOld) -> None:
        old, rest = word.old, self._context.ports.rest
        try:
            if old.goes:
                await rest.delete_message(old.channel_id, old.message_id)
            else:
                over = view_end(text("panel.over"), self._lens(old.channel_id))
                await rest.edit_message(old.channel_id, old.message_id, over)
        except (NotFound, Forbidden):
            log.debug("an old panel was cleared away by somebody else")
        except RestError as error:  # it stays noted, and is cleared away after the next start
            log.warning("an old panel could not be cleared away", extra={"error": str(error)})
            return
        self._context.tell_self(OldGone(old.message_id))
