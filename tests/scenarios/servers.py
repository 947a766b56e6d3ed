"""Further servers on a stage, each with a text channel, a voice channel and a player of its own.

Tracks take as long as they sound; servers play at the same time, so scenarios that play much share the wait.
"""

from datetime import UTC, datetime

import trio
from attrs import frozen

from gateway_client.ids import ChannelId, GuildId, RoleId
from sandbox.model.entities import Channel, ChannelType, Guild, Member, Role, Upload
from sandbox.model.interaction import Interaction
from sandbox.model.permissions import EVERYONE_DEFAULT
from sandbox.voice import VoiceServer
from sandbox.voice.capture import Capture
from tests.patience import PATIENCE_S, until
from tests.scenarios.stage import Stage, text_of


@frozen
class Server:
    """A server of Ada's, in which she and the bot are."""

    stage: Stage
    guild_id: GuildId
    text_id: ChannelId
    voice_id: ChannelId

    @property
    def capture(self) -> Capture:
        """What the bot sent into this server's voice."""
        sandbox = self.stage.sandbox
        assert isinstance(sandbox.voice, VoiceServer)
        return sandbox.voice.capture(self.guild_id, sandbox.world.application.bot.id)

    def sit(self) -> None:
        """Let Ada sit down in the voice channel."""
        self.stage.ada.join_voice(self.voice_id)

    def play(self, query: str = "", file: Upload | None = None) -> Interaction:
        """Run ``/play`` with a link or name, or with a file."""
        options = {"query": query} if query else {}
        files = {} if file is None else {"file": file}
        return self.stage.ada.run_command(self.text_id, "play", options, files)

    def read(self) -> list[str]:
        """What Ada reads in the text channel, oldest first."""
        return self.stage.read(self.text_id)

    async def reads(self, part: str) -> str:
        """Wait for a message with this part; the message."""
        await until(lambda: any(part in line for line in self.read()))
        return next(line for line in self.read() if part in line)

    async def outcome(self, interaction: Interaction) -> str:
        """Wait for what comes of a ``/play`` after "Queuing…"; the sentence."""

        def answers() -> list[str]:
            ids = [interaction.original_id, *interaction.followup_ids]
            seen = self.stage.ada.visible_messages(self.text_id)
            return [text_of(message) for message in seen if message.id in ids]

        def told() -> str | None:
            return next((text for text in answers() if text and text != "Queuing…"), None)

        with trio.fail_after(PATIENCE_S):
            while (sentence := told()) is None:  # noqa: ASYNC110 - some edits come without an event
                await trio.sleep(0.01)
        return sentence


def add_server(stage: Stage, number: int) -> Server:
    """Let the bot join another server of Ada's."""
    world = stage.sandbox.world
    first = int(world.home) + 1000 * number
    guild = Guild(
        id=GuildId(first),
        name=f"Server {number}",
        owner_id=stage.ada.user.id,
        joined_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    everyone = RoleId(guild.id)
    guild.roles[everyone] = Role(id=everyone, name="@everyone", position=0, permissions=int(EVERYONE_DEFAULT))
    kinds = (ChannelType.TEXT, "music"), (ChannelType.VOICE, "Lounge")
    for position, (kind, name) in enumerate(kinds):
        channel_id = ChannelId(first + 1 + position)
        guild.channels[channel_id] = Channel(
            id=channel_id, type=kind, name=name, guild_id=guild.id, position=position
        )
    for user in (stage.ada.user, world.application.bot):
        guild.members[user.id] = Member(user=user, joined_at=guild.joined_at)
    world.directory.add_guild(guild)
    return Server(stage, guild.id, ChannelId(first + 1), ChannelId(first + 2))
