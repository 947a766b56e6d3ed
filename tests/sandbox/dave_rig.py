"""Encrypted calls on loopback: real clients that play numbered frames, people who listen and decrypt.

A player is Roadie's own connection over real sockets; a person is the sandbox's client for whoever sits in a
channel. Every frame says its number, so that a test sees what was lost, repeated or held.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import define, field

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.contracts import VoiceAdmission
from sandbox.model.entities import ChannelType
from sandbox.voice import VoiceServer
from sandbox.voice.capture import Capture
from sandbox.voice.dave_desk import DaveMode
from sandbox.voice.dave_ear import Ear
from sandbox.voice.dave_group import Group
from sandbox.world import World
from tests.patience import until
from voice.connection import Connection
from voice.connection_socket import Gone
from voice.dave import MAX_PROTOCOL_VERSION
from voice.protocol import Server
from voice.session import Lost

BOT, OTHER_BOT, THIRD_BOT = UserId(9001), UserId(9002), UserId(9003)
FRAME_S = 0.02


def frame_of(number: int) -> bytes:
    """20 ms of stereo, as far as anybody looks."""
    return b"\xfc" + number.to_bytes(4, "big") + b"music"


def number_of(frame: bytes) -> int:
    return int.from_bytes(frame[1:5], "big")


@define(eq=False)
class Player:
    """A client that plays whenever it may."""

    user_id: UserId
    connection: Connection
    capture: Capture
    scope: trio.CancelScope = field(factory=trio.CancelScope)
    lost: list[Lost] = field(factory=list[Lost])
    sent: int = 0

    async def play(self) -> None:
        """A frame at each deadline, from one number to the next; held while it must not leave."""
        deadline = trio.current_time()
        while True:
            deadline += FRAME_S
            await trio.sleep_until(deadline)
            if self.connection.can_send and self.connection.announce():
                self.connection.send(frame_of(self.sent))
                self.sent += 1

    @property
    def heard(self) -> list[int]:
        """The numbers of the frames that somebody decrypted."""
        return [number_of(frame) for frame in self.capture.payloads()]

    def cut(self) -> None:
        """Lose the socket without a word."""
        line = self.connection._line
        line._scope.cancel()
        self.connection._post_now(Gone(line.number, None, "cut by a test"))


@define(eq=False)
class Stage:
    """A voice server with a room."""

    world: World
    server: VoiceServer
    guild: GuildId
    channel: ChannelId
    nursery: trio.Nursery
    admitted: int = 0

    @property
    def people(self) -> list[UserId]:
        return list(self.world.people())

    @property
    def group(self) -> Group:
        found = self.server.group(self.guild, self.channel)
        assert found is not None
        return found

    @property
    def present(self) -> set[UserId]:
        """Who takes part in the key exchange."""
        found = self.server.group(self.guild, self.channel)
        return set() if found is None else set(found.present)

    def ear(self, person: UserId) -> Ear:
        found = self.server.ear(self.guild, person)
        assert found is not None
        return found

    def sit(self, person: UserId) -> None:
        self.world.voice.request(self.guild, person, self.channel, session_id=f"of {person}")

    def leave(self, person: UserId) -> None:
        self.world.voice.leave(self.guild, person)

    def admit(self, user_id: UserId) -> VoiceAdmission:
        self.admitted += 1
        admission = VoiceAdmission(
            guild_id=self.guild,
            channel_id=self.channel,
            user_id=user_id,
            session_id=f"session {user_id}",
            token=f"token {self.admitted}",
        )
        self.server.admit(admission)
        return admission

    def way_in(self, user_id: UserId) -> Server:
        """Admit a client and say where it shall come."""
        admission = self.admit(user_id)
        return Server(
            url=f"ws://{self.server.endpoint}/?v=8",
            token=admission.token,
            session_id=admission.session_id,
            user_id=user_id,
            guild_id=self.guild,
            channel_id=self.channel,
        )

    def join(self, user_id: UserId = BOT, **options: Any) -> Player:
        """Let a client come in and play."""
        server = self.way_in(user_id)
        lost: list[Lost] = []
        connection = Connection(server=server, on_live=lambda: None, on_lost=lost.append, **options)
        player = Player(user_id, connection, self.server.capture(self.guild, user_id), lost=lost)
        self.nursery.start_soon(self._run, player)
        return player

    def drop(self, player: Player) -> None:
        """Let a client go."""
        player.scope.cancel()
        self.server.dismiss(self.guild, player.user_id)

    async def until_heard(self, player: Player, more: int = 5) -> None:
        """Wait until people have understood some frames more."""
        enough = len(player.heard) + more
        await until(lambda: len(player.heard) >= enough)

    @staticmethod
    async def _run(player: Player) -> None:
        with player.scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(player.play)
                await player.connection.run()
                nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_stage(mode: DaveMode = DaveMode.DEMAND) -> AsyncGenerator[Stage]:
    world = World()
    guild = world.directory.guild(world.home)
    room = next(channel for channel in guild.channels.values() if channel.type is ChannelType.VOICE)
    server = VoiceServer(world, dave=mode)
    async with trio.open_nursery() as nursery:
        await nursery.start(server.run)
        yield Stage(world, server, guild.id, room.id, nursery)
        nursery.cancel_scope.cancel()


def announce_version(monkeypatch: Any, version: int) -> None:
    """Let clients that identify from now on announce ``version``."""
    assert version <= MAX_PROTOCOL_VERSION
    monkeypatch.setattr("voice.handshake.MAX_PROTOCOL_VERSION", version)
