"""Who listens to a call without being a client of it: the page, and tests that want frames as they come.

Each listener has a bounded queue; one that does not keep up loses frames, never delays a call. Imports trio
for the queues only.
"""

from collections.abc import Generator
from contextlib import contextmanager

import trio
from attrs import define, field, frozen

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.voice.values import Frame, Heard

QUEUED_FRAMES = 100
"""Two seconds of one speaker."""


@frozen(kw_only=True)
class HeardFrame:
    """A frame and who sent it."""

    user_id: UserId
    frame: Frame


@frozen(eq=False)
class _Ear:
    guild_id: GuildId
    channel_id: ChannelId
    send: trio.MemorySendChannel[HeardFrame]


@define
class Listeners:
    """All ears."""

    _ears: list[_Ear] = field(init=False, factory=list[_Ear])

    @contextmanager
    def listen(
        self, guild_id: GuildId, channel_id: ChannelId
    ) -> Generator[trio.MemoryReceiveChannel[HeardFrame]]:
        """Hear everything that is said in a channel while the context lasts."""
        send, receive = trio.open_memory_channel[HeardFrame](QUEUED_FRAMES)
        ear = _Ear(guild_id, channel_id, send)
        self._ears.append(ear)
        try:
            with send, receive:
                yield receive
        finally:
            self._ears.remove(ear)

    def tell(self, heard: Heard) -> None:
        """Give a frame to everybody who listens there."""
        grant = heard.grant
        for ear in self._ears:
            if (ear.guild_id, ear.channel_id) == (grant.guild_id, grant.channel_id):
                try:
                    ear.send.send_nowait(HeardFrame(user_id=grant.user_id, frame=heard.frame))
                except trio.WouldBlock:
                    continue  # this listener lags; what it misses is gone
