"""The line under the voice channel's name: which track plays, as far as the guild and Discord allow it.

The newest line wins and lines keep a distance; taking it away waits for nothing. Whoever is not in the
channel may not change its line, so the bot leaves only after the line was taken away, or a second later;
called into a channel meanwhile, it leaves before that. Without the permission, or with the setting off,
nothing is written; and only what may be ours is taken away.

Source: Discord, Channel Resource, "Set Voice Channel Status".
"""

import logging
from collections.abc import Callable
from functools import partial

import trio
from attrs import define, field

from actors.core.cell import Context
from actors.core.setting_kinds import flag
from actors.player.effects import ShowStatus
from actors.player.sentences import plain
from actors.rest.errors import RestError
from actors.rest.payloads import cut
from gateway_client.ids import ChannelId
from gateway_client.objects import ChannelType, Permissions
from media.tracks import Track

log = logging.getLogger(__name__)

VOICE_STATUS = flag("voice_status", default=True)
LINE_LIMIT = 500
"""Characters. Source: as above."""
DISTANCE_S = 5.0
LEAVE_S = 1.0


@define(eq=False)
class VoiceStatus:
    """The lines of one guild's voice channels."""

    _context: Context
    _wish: ShowStatus | None = None
    _wanted: tuple[ChannelId, str] | None = None
    _written: set[ChannelId] = field(factory=set[ChannelId])
    _running: bool = False
    _clearing: int = 0
    _cleared: trio.Event = field(factory=trio.Event)
    _go: Callable[[], None] | None = None
    _lock: trio.Lock = field(factory=trio.Lock)

    def show(self, wish: ShowStatus) -> None:
        """This plays in that channel, or nothing any more."""
        self._wish = None if wish.track is None else wish
        if wish.track is None:
            self._clear_away(wish.channel_id)
        elif self._is_wanted and self._may_write(wish.channel_id):
            self._write(wish.channel_id, self._line(wish.track))

    def refresh(self) -> None:
        """The setting may be another one now."""
        wish = self._wish
        if wish is None:
            return
        if not self._is_wanted:
            self._clear_away(wish.channel_id)
        elif wish.channel_id not in self._written:
            self.show(wish)

    def enter(self) -> None:
        """The bot goes into a channel: a leaving that waits comes first, or Discord would not answer."""
        go, self._go = self._go, None
        if go is not None:
            go()

    def leave(self, go: Callable[[], None]) -> None:
        """Let the bot go as soon as nothing has to be taken away."""
        self._go = go
        if self._clearing:
            self._context.ports.spawn(self._leave)
        else:
            self.enter()

    @property
    def _is_wanted(self) -> bool:
        return self._context.ports.settings.value(self._context.guild_id, VOICE_STATUS, bool)

    def _may_write(self, channel_id: ChannelId) -> bool:
        cache = self._context.ports.cache
        channel = cache.channel(channel_id)
        may = cache.bot_permissions(self._context.guild_id, channel_id) & Permissions.SET_VOICE_CHANNEL_STATUS
        return bool(may) and channel is not None and channel.type == ChannelType.GUILD_VOICE

    def _line(self, track: Track) -> str:
        say = self._context.say
        title = plain(track.title) or say("player.untitled")
        return cut(say("panel.voice_status", title=title), LINE_LIMIT)

    def _write(self, channel_id: ChannelId, line: str) -> None:
        self._wanted = (channel_id, line)
        self._written.add(channel_id)
        if not self._running:
            self._running = True
            self._context.ports.spawn(self._run)

    def _clear_away(self, channel_id: ChannelId) -> None:
        self._wanted = None
        ours = channel_id in self._written or self._is_wanted
        if ours and self._may_write(channel_id):
            if not self._clearing:
                self._cleared = trio.Event()
            self._clearing += 1
            self._context.ports.spawn(partial(self._clear, channel_id))
        self._written.discard(channel_id)

    async def _run(self) -> None:
        try:
            while self._wanted is not None:
                (channel_id, line), self._wanted = self._wanted, None
                await self._send(channel_id, line)
                await trio.sleep(DISTANCE_S)
        finally:
            self._running = False

    async def _clear(self, channel_id: ChannelId) -> None:
        try:
            await self._send(channel_id, "")
        finally:
            self._clearing -= 1
            if not self._clearing:
                self._cleared.set()

    async def _send(self, channel_id: ChannelId, line: str) -> None:
        async with self._lock:
            try:
                await self._context.ports.rest.set_voice_status(channel_id, line)
            except RestError as error:
                log.info("a voice channel keeps its line", extra={"error": str(error)})

    async def _leave(self) -> None:
        go = self._go
        with trio.move_on_after(LEAVE_S):
            await self._cleared.wait()
        if go is self._go:
            self.enter()
