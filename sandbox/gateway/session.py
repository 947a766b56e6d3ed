"""One session of the bot: what survives when its connection breaks.

It numbers dispatches, keeps the last ``KEPT`` of them for a resume, and hands them to the connection that is
attached, if any. It is over when the client closed with 1000 or 1001, when it was invalidated, or when nobody
resumed it within ``LIFE_S`` of a loss. No I/O.
"""

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from attrs import define, field, frozen

from gateway_client.ids import GuildId
from sandbox.gateway.intents import Intents
from sandbox.gateway.translate import Dispatch
from sandbox.json_values import to_json
from sandbox.model.entities import User
from sandbox.wire.messages import without_content

KEPT = 4_096
"""Dispatches kept for a resume."""
LIFE_S = 180.0
"""How long a session without connection can be resumed. Discord does not tell; measured lives are minutes."""

Emit: TypeAlias = Callable[[bytes], None]


@frozen
class Shard:
    """Which part of the guilds a session hears of."""

    id: int = 0
    count: int = 1

    def covers(self, guild_id: GuildId | None) -> bool:
        """Whether events of this guild come here; direct messages come to shard 0.

        Source: Gateway, section "Sharding".
        """
        return (guild_id >> 22) % self.count == self.id if guild_id else self.id == 0


@define(kw_only=True, eq=False)
class Session:
    """One identify, until it ends."""

    id: str
    intents: Intents
    shard: Shard
    large_threshold: int = 50
    sequence: int = 0
    lost_at: float | None = None
    """Since when it has no connection (monotonic seconds)."""
    _emit: Emit | None = None
    _detach: Callable[[], None] | None = None
    _kept: deque[tuple[int, bytes]] = field(factory=lambda: deque[tuple[int, bytes]](maxlen=KEPT))

    def attach(self, emit: Emit, on_replaced: Callable[[], None]) -> None:
        """Send to a connection from now on; one that was attached before is told to go."""
        if self._detach:
            self._detach()
        self._emit, self._detach, self.lost_at = emit, on_replaced, None

    def detach(self, emit: Emit, now: float) -> None:
        """Forget a connection, if it is the attached one."""
        if self._emit == emit:
            self._emit = self._detach = None
            self.lost_at = now

    def hears(self, dispatch: Dispatch) -> bool:
        """Whether a dispatch is for this session."""
        wanted = not dispatch.intents or bool(dispatch.intents & self.intents)
        return wanted and self.shard.covers(dispatch.guild_id)

    def offer(self, dispatch: Dispatch, bot: User) -> None:
        """Send a dispatch if it is for this session, without content that it may not read."""
        if self.hears(dispatch):
            data = dispatch.data if self._may_read(dispatch, bot) else without_content(dispatch.data)
            self.send(dispatch.name, data)

    def send(self, name: str, data: object) -> None:
        """Send one numbered dispatch, or keep it for later."""
        self.sequence += 1
        payload = b'{"op":0,"t":"%s","s":%d,"d":%s}' % (name.encode(), self.sequence, to_json(data))
        self._kept.append((self.sequence, payload))
        if self._emit:
            self._emit(payload)

    def can_replay_after(self, sequence: int) -> bool:
        """Whether everything after ``sequence`` is still there."""
        oldest = self._kept[0][0] if self._kept else self.sequence + 1
        return oldest <= sequence + 1

    def replay_after(self, sequence: int) -> None:
        """Send again what came after ``sequence``, with the numbers it had."""
        if self._emit:
            for number, payload in tuple(self._kept):
                if number > sequence:
                    self._emit(payload)

    def _may_read(self, dispatch: Dispatch, bot: User) -> bool:
        message = dispatch.message
        if message is None or self.intents & Intents.MESSAGE_CONTENT:
            return True
        return message.guild_id is None or message.author.id == bot.id or bot.id in message.mentions
