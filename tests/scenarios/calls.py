"""Many calls of one bot on one stage: each in a server of its own, so that they can break at the same time.

A ``Talk`` is a server in which the chirp sounds. What breaks is done by the test; what a listener hears of it
is measured in what the sandbox captured: the longest hole, and where in the song the sound is.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import trio
from attrs import define, frozen

from gateway_client.ids import ChannelId
from sandbox.model.default import BEN_ID, BOT_ID
from sandbox.model.entities import Channel, ChannelType
from sandbox.voice import VoiceServer
from sandbox.voice.capture import Violation
from sandbox.voice.opus import SILENCE
from sandbox.voice.values import Frame
from tests.scenarios.chirp import WINDOW, position_s
from tests.scenarios.router import Router
from tests.scenarios.servers import Server, add_server
from tests.scenarios.shows import fill_library
from tests.scenarios.stage import PATIENCE_S, Stage, open_stage

NO_HOLE_S = 0.15
"""Receivers bridge that, and a machine that runs other tests may be this late; ``voice_soak`` measures."""

STALLED_S = 0.1
"""A wait after which the socket's buffer may have been full."""


@define
class Stalls:
    """How long the machine let this process wait: what a listener misses then is not the bot's doing."""

    worst_s: float = 0.0

    async def watch(self) -> None:
        """Sleep a little for ever, and note how late the waking is."""
        while True:
            due = trio.current_time() + 0.01
            await trio.sleep_until(due)
            self.worst_s = max(self.worst_s, trio.current_time() - due)


@frozen
class Talk:
    """A call in which a chirp sounds; Ada listens, and Ben sits next door."""

    server: Server
    next_door: Channel
    stalls: Stalls

    @property
    def stage(self) -> Stage:
        """Where it is."""
        return self.server.stage

    @property
    def voice(self) -> VoiceServer:
        """The voice side of the sandbox."""
        assert isinstance(self.stage.sandbox.voice, VoiceServer)
        return self.stage.sandbox.voice

    @property
    def seat(self) -> ChannelId | None:
        """Where the bot sits."""
        state = self.stage.sandbox.world.voice.state(self.server.guild_id, BOT_ID)
        return None if state is None else state.channel_id

    def close(self, code: int) -> None:
        """Let the voice server close the bot's WebSocket."""
        self.voice.close(self.server.guild_id, BOT_ID, code)

    def offer_server(self) -> None:
        """Let Discord tell the bot a new voice server."""
        self.stage.sandbox.gateway.hub.offer_voice_server(self.server.guild_id)

    def move(self, channel_id: ChannelId) -> None:
        """Let a moderator move the bot."""
        self.stage.ada.move(BOT_ID, channel_id, self.server.guild_id)

    def throw_out(self) -> None:
        """Let a moderator disconnect the bot."""
        self.stage.ada.disconnect(BOT_ID, self.server.guild_id)

    def sound(self, since_s: float = 0.0) -> list[Frame]:
        """The frames that arrived after a moment, silence left out."""
        frames = self.server.capture.frames
        return [frame for frame in frames if frame.arrived_s > since_s and frame.opus != SILENCE]

    async def sounds(self, since_s: float, seconds: float = PATIENCE_S, frames: int = WINDOW) -> list[Frame]:
        """Wait for enough new sound to hear a position in."""
        await self.stage.until(lambda: len(self.sound(since_s)) > frames, seconds)
        return self.sound(since_s)

    def heard_s(self) -> float:
        """How far the chirp is."""
        return position_s(self.sound()[-2 * WINDOW :])

    def hole_s(self, since_s: float) -> float:
        """The longest time without a packet, from the last one before a moment on; stalls are forgiven."""
        frames = list(self.server.capture.frames)
        first = next(index for index, frame in enumerate(frames) if frame.arrived_s > since_s)
        return longest_gap_s(frames[max(0, first - 1) :]) - self.stalls.worst_s

    async def ask(self, name: str, **options: str) -> str:
        """Let Ada run a slash command; what comes of it."""
        return await self.server.outcome(self.stage.ada.run_command(self.server.text_id, name, options))


def add_talk(stage: Stage, song: Path, number: int, stalls: Stalls) -> Talk:
    """A server with two voice channels, and the song in its library under two names."""
    server = add_server(stage, number)
    directory = stage.sandbox.world.directory
    guild = directory.guild(server.guild_id)
    directory.add_member(guild, directory.user(BEN_ID))
    talk = Talk(server, directory.add_channel(guild, "Next door", ChannelType.VOICE), stalls)
    fill_library(stage, song, ("alpha", "bravo"), server.guild_id)
    server.sit()
    stage.sandbox.people.of(BEN_ID).join_voice(talk.next_door.id)
    return talk


async def start(talk: Talk) -> None:
    """Play one song, and queue another behind it."""
    for name in ("alpha", "bravo"):
        assert "Track added" in await talk.server.outcome(talk.server.play(name))
    await talk.sounds(0.0)


@asynccontextmanager
async def open_talks(
    data: Path, song: Path, count: int, router: Router | None = None
) -> AsyncGenerator[list[Talk]]:
    """A stage with so many calls, and music in all of them; ``router`` stands before the voice server."""
    async with open_stage(data, bot=False) as stage:
        stalls = Stalls()
        talks = [add_talk(stage, song, number, stalls) for number in range(1, count + 1)]
        if router is not None:
            put_before(router, talks[0].voice)
        await stage.start_bot()
        async with trio.open_nursery() as nursery:
            for talk in talks:
                nursery.start_soon(start, talk)
        async with trio.open_nursery() as watching:
            watching.start_soon(stalls.watch)
            yield talks
            watching.cancel_scope.cancel()
        check(talks, stalls)


def put_before(router: Router, voice: VoiceServer) -> None:
    """Let the bot reach the voice server only through a router."""
    region = voice._regions[-1]  # a router is no part of the sandbox
    router.server, router.server_udp = region.endpoint, region.hub.udp_address
    region.endpoint, region.hub.udp_address = router.endpoint, router.udp_address


def check(talks: Sequence[Talk], stalls: Stalls) -> None:
    """Nothing that was sent broke the rules of voice; the system drops datagrams while nobody reads them."""
    lost = {Violation.SEQUENCE_STEP, Violation.TIMESTAMP_STEP}
    forgiven = lost if stalls.worst_s > STALLED_S else set[Violation]()
    for talk in talks:
        counts = talk.server.capture.counts
        assert set(counts) <= forgiven, (talk.server.guild_id, talk.server.capture.violations)


def longest_gap_s(frames: Sequence[Frame]) -> float:
    """The longest time between two packets."""
    return max((later.arrived_s - earlier.arrived_s for earlier, later in pairwise(frames)), default=0.0)
