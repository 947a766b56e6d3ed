"""Many calls of one bot on one stage: each in a server of its own, so that they can break at the same time.

A ``Talk`` is a server in which a song sounds. What breaks is done by the test; what a listener hears of it is
read from what the sandbox captured: frame by frame (``course``), never by the clock. How long a hole is, is
measured in ``tests/bench/voice_holes``.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import trio
from attrs import frozen

from gateway_client.ids import ChannelId
from sandbox.model.default import BEN_ID, BOT_ID, CLEO_ID
from sandbox.model.entities import Channel, ChannelType
from sandbox.voice import VoiceServer
from sandbox.voice.capture import Violation
from sandbox.voice.session import Session
from sandbox.voice.values import Frame
from tests.patience import until
from tests.scenarios.course import Song, read_song, sound_of
from tests.scenarios.router import Router
from tests.scenarios.servers import Server, add_server
from tests.scenarios.shows import fill_library
from tests.scenarios.stage import Stage, open_stage

SOME = 15
"""Frames of a third of a second."""
SECOND = 50
"""Frames."""
STARTS_AT_ONCE = 4


@frozen
class Talk:
    """A call in which a song sounds; Ada listens, and Ben sits next door."""

    server: Server
    next_door: Channel
    song: Song

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

    @property
    def session(self) -> Session | None:
        """The bot's voice session."""
        return self.voice.session(self.server.guild_id, BOT_ID)

    @property
    def is_connected(self) -> bool:
        """Whether the bot has a voice WebSocket and a key."""
        return self.voice.is_connected(self.server.guild_id, BOT_ID)

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

    @property
    def mark(self) -> int:
        """How many frames were heard up to now."""
        return len(self.server.capture.frames)

    def frames(self, mark: int = 0) -> list[Frame]:
        """The frames after a mark, silence and all."""
        return list(islice(self.server.capture.frames, mark, None))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that has to come."""
        await until(condition)

    async def hears(self, mark: int, count: int = SOME) -> list[Frame]:
        """Wait for so many frames of sound after a mark; all that came."""
        await self.until(lambda: len(sound_of(self.frames(mark))) >= count)
        return sound_of(self.frames(mark))

    async def until_anew(self, session: Session | None) -> None:
        """Wait until the song sounds in another session than this one."""
        await self.until(lambda: self.session is not session and self.is_connected)
        await self.hears(self.mark)

    def went_on(self, mark: int) -> None:
        """From before a mark to now the song went on packet by packet, in one session."""
        dropped = self.voice.dropped
        leaps = self.song.leaps(self.frames(max(0, mark - 1)))
        assert all(0 <= leap.count <= dropped for leap in leaps), (self.server.guild_id, leaps)

    def was_handed_over(self, mark: int) -> None:
        """Likewise, but what was still sent to an old session, and was heard by nobody there, is missing."""
        strays, dropped = self.voice.strays(), self.voice.dropped
        leaps = self.song.leaps(self.frames(max(0, mark - 1)))
        lost = [leap for leap in leaps if leap.count < 0 or not leap.lies_in(strays)]
        assert all(0 <= leap.count <= dropped for leap in lost), (self.server.guild_id, lost, strays)

    async def goes_on_when_asked(self) -> None:
        """``/resume`` goes on where the song broke off, within a second.

        To be called once people were told: up to then the bot may have thought that it sounds.
        """
        heard, mark = sound_of(self.frames()), self.mark
        thought_s = trio.current_time() - heard[-1].arrived_s
        said = await self.ask("resume")
        assert "alpha" in said, said
        leap = self.song.begins(await self.hears(mark)) - self.song.ends(heard)
        assert -SECOND <= leap <= SECOND + round(thought_s * SECOND), (self.server.guild_id, leap)

    async def is_joined_by_cleo(self) -> None:
        """From now on Ada may go where she likes: somebody listens."""
        directory, guild_id = self.stage.sandbox.world.directory, self.server.guild_id
        directory.add_member(directory.guild(guild_id), directory.user(CLEO_ID))
        self.stage.sandbox.people.of(CLEO_ID).join_voice(self.server.voice_id)
        await self.until(lambda: bool((ear := self.voice.ear(guild_id, CLEO_ID)) and ear.decoded))

    async def ask(self, name: str, **options: str) -> str:
        """Let Ada run a slash command; what comes of it."""
        asked = self.stage.ada.run_command(self.server.text_id, name, options)
        return await self.server.outcome(asked)

    async def reads(self, part: str) -> str:
        """Wait for a message with this part; the message."""
        return await self.server.reads(part)


def add_talk(stage: Stage, file: Path, number: int) -> Talk:
    """A server with two voice channels, and the song in its library under two names."""
    server = add_server(stage, number)
    directory = stage.sandbox.world.directory
    guild = directory.guild(server.guild_id)
    directory.add_member(guild, directory.user(BEN_ID))
    talk = Talk(server, directory.add_channel(guild, "Next door", ChannelType.VOICE), read_song(file))
    fill_library(stage, file, ("alpha", "bravo"), server.guild_id)
    server.sit()
    stage.sandbox.people.of(BEN_ID).join_voice(talk.next_door.id)
    return talk


async def start(talk: Talk, turn: trio.CapacityLimiter) -> None:
    """Play one song, and queue another behind it."""
    async with turn:
        for name in ("alpha", "bravo"):
            assert "Track added" in await talk.server.outcome(talk.server.play(name))
        await talk.hears(0)


@asynccontextmanager
async def open_talks(
    data: Path, song: Path, count: int, router: Router | None = None
) -> AsyncGenerator[list[Talk]]:
    """A stage with so many calls, and music in all of them; ``router`` stands before the voice server."""
    async with open_stage(data, bot=False) as stage:
        talks = [add_talk(stage, song, number) for number in range(1, count + 1)]
        if router is not None:
            put_before(router, talks[0].voice)
        await stage.start_bot()
        turn = trio.CapacityLimiter(STARTS_AT_ONCE)
        async with trio.open_nursery() as nursery:
            for talk in talks:
                nursery.start_soon(start, talk, turn)
        yield talks
        check(talks)


async def break_all(cases: Sequence[Callable[[Talk], Awaitable[None]]], talks: Sequence[Talk]) -> None:
    """Each call breaks in its own way, at the same time."""
    async with trio.open_nursery() as nursery:
        for case, talk in zip(cases, talks, strict=True):
            nursery.start_soon(case, talk)


def put_before(router: Router, voice: VoiceServer) -> None:
    """Let the bot reach the voice server only through a router."""
    region = voice._regions[-1]  # a router is no part of the sandbox
    router.server, router.server_udp = region.endpoint, region.hub.udp_address
    region.endpoint, region.hub.udp_address = router.endpoint, router.udp_address


def check(talks: Sequence[Talk]) -> None:
    """Nothing that was sent broke the rules of voice; what the system dropped is missing, of course."""
    for talk in talks:
        lost = {Violation.SEQUENCE_STEP, Violation.TIMESTAMP_STEP} if talk.voice.dropped else set[Violation]()
        counts = talk.server.capture.counts
        assert set(counts) <= lost, (talk.server.guild_id, talk.server.capture.violations)
