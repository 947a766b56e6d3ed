"""A whole Roadie on a stage: the sandbox in this process, the bot beside it or as a process of its own.

Everything that the bot sends to REST while a stage is open is checked against Discord's official description
when the stage closes. People act through the sandbox; what they read is what tests look at.
"""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import trio
from attrs import define, field

from cli.assemble import run_bot
from cli.config import Config, Media
from gateway_client.ids import ChannelId
from media.guard import Outside
from sandbox.app import Sandbox, SandboxOptions, full_options, open_sandbox
from sandbox.model.default import GUILD_ID, LOUNGE_ID, MUSIC_ID, OWNER_ID
from sandbox.model.entities import Message, Upload
from sandbox.model.interaction import Interaction
from sandbox.people import Person
from sandbox.voice import VoiceServer
from sandbox.voice.capture import Capture
from tests.patience import PATIENCE_S, until
from tests.rest.openapi import NO_BODY, Contract, find_file

ROOT = Path(__file__).resolve().parents[2]


@define(eq=False)
class Stage:
    """The sandbox, a data folder and the bot."""

    sandbox: Sandbox
    data: Path
    nursery: trio.Nursery
    outside: Outside | None = None
    allow_hosts: tuple[str, ...] = ()
    stop: trio.Event = field(factory=trio.Event)
    ended: trio.Event = field(factory=trio.Event)
    runs: bool = False
    """Whether the bot runs in this process."""
    processes: list["subprocess.Popen[bytes]"] = field(factory=list["subprocess.Popen[bytes]"])
    """Bots as processes of their own."""

    @property
    def ada(self) -> Person:
        """The owner of the server."""
        return self.sandbox.people.of(OWNER_ID)

    @property
    def capture(self) -> Capture:
        """What the bot sent into voice."""
        assert isinstance(self.sandbox.voice, VoiceServer)
        return self.sandbox.voice.capture(GUILD_ID, self.sandbox.world.application.bot.id)

    def config(self) -> Config:
        """A configuration for a bot in this process."""
        host = self.sandbox.url.removeprefix("http://")
        media = Media(allow_hosts=(host, *self.allow_hosts))
        return Config(token=None, api_base=self.sandbox.api_base, data=self.data, media=media)

    async def start_bot(self) -> None:
        """Run the bot in this process until its commands are registered."""
        self.stop, self.ended = trio.Event(), trio.Event()
        self.nursery.start_soon(self._run_bot)
        await self.until_ready()

    async def until_ready(self) -> None:
        """Wait until the bot has a session and its commands are known."""
        await until(lambda: bool(self.sandbox.gateway.hub.sessions))
        await until(lambda: bool(self.sandbox.world.commands.usable_in(GUILD_ID)))

    async def stop_bot(self) -> None:
        """Stop it in order."""
        self.stop.set()
        await self.ended.wait()

    async def _run_bot(self) -> None:
        self.runs = True
        try:
            await run_bot(
                self.config(), lambda: self.sandbox.token, self.stop, lambda: None, outside=self.outside
            )
        finally:
            self.runs = False
            self.ended.set()

    def kill_processes(self) -> None:
        """End what a test that failed has left running."""
        for process in self.processes:
            process.kill()
            process.wait()

    def run(self, name: str, person: Person | None = None, /, **options: str | int | bool) -> Interaction:
        """Run a slash command in the music channel."""
        return (person or self.ada).run_command(MUSIC_ID, name, options)

    async def ask(self, name: str, person: Person | None = None, /, **options: str | int | bool) -> str:
        """Run a slash command and read its answer."""
        interaction = self.run(name, person, **options)
        return await self.answer_to(interaction)

    async def answer_to(self, interaction: Interaction) -> str:
        """Wait for something to read in answer to an interaction."""
        with trio.fail_after(PATIENCE_S):
            await self.sandbox.people.answered(interaction)
        await until(lambda: bool(interaction.followup_ids) or interaction.original_id is not None)
        message_id = interaction.followup_ids[-1] if interaction.followup_ids else interaction.original_id
        assert message_id is not None
        return text_of(self.sandbox.world.board.get(interaction.channel_id, message_id))

    def read(self, channel_id: ChannelId = MUSIC_ID, person: Person | None = None) -> list[str]:
        """What a person reads in a channel, oldest first."""
        return [text_of(message) for message in (person or self.ada).visible_messages(channel_id)]

    async def reads(self, part: str) -> None:
        """Wait until a message with this part is there."""
        await until(lambda: any(part in line for line in self.read()))

    def sit(self, person: Person | None = None, channel_id: ChannelId = LOUNGE_ID) -> None:
        """Sit down in the Lounge."""
        (person or self.ada).join_voice(channel_id)

    def upload(self, file: Path) -> Upload:
        """A file for an attachment option."""
        return Upload(filename=file.name, content=file.read_bytes())

    def check_contract(self) -> None:
        """Every request so far is one that Discord describes.

        Without the description nothing is checked: skipping would end the stages beside this one, and the
        tests of REST say already that it is missing.
        """
        if find_file() is None:
            return
        contract = Contract.load()
        for request in self.sandbox.requests:
            body = NO_BODY if request.json is None else request.json
            contract.check(request.method, request.path, body)


def text_of(message: Message) -> str:
    """Everything that can be read in a message."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [str(embed.get(name) or "") for name in ("title", "description")]
        fields = cast("list[dict[str, object]]", embed.get("fields") or [])
        parts += [str(part) for one in fields for part in one.values()]
    return "\n".join(part for part in parts if part)


@asynccontextmanager
async def open_stage(
    data: Path,
    *,
    bot: bool = True,
    delay_s: float = 0.0,
    outside: Outside | None = None,
    allow_hosts: tuple[str, ...] = (),
    checked: bool = True,
) -> AsyncGenerator[Stage]:
    """A sandbox with voice, and the bot in this process unless it is left out.

    Args:
        data: the bot's folder.
        bot: whether the bot is started here.
        delay_s: how long each REST call takes.
        outside: what the guard meets instead of the world.
        allow_hosts: ``media.allow_hosts`` beside the sandbox's own address.
        checked: whether what was sent is checked against Discord's description; a bench does without.
    """
    async with open_sandbox(full_options(SandboxOptions())) as sandbox, trio.open_nursery() as nursery:
        sandbox.faults.rest_delay_s = delay_s
        stage = Stage(sandbox, data, nursery, outside, allow_hosts)
        if bot:
            await stage.start_bot()
        try:
            yield stage
        finally:
            stage.kill_processes()
        if stage.runs:
            await stage.stop_bot()
        if checked:
            await trio.to_thread.run_sync(stage.check_contract)  # other stages may be on meanwhile


@define(eq=False)
class BotProcess:
    """A bot as a self-hoster runs it, for tests that kill it."""

    stage: Stage
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """``kill -9`` for the bot and nobody else."""
        self.process.kill()
        self.process.wait()

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_S)


def start_process(stage: Stage, **changes: str) -> BotProcess:
    """Start the bot as a process against a stage's sandbox; ``changes`` are of its environment."""
    environment = os.environ | {
        "DISCORD_TOKEN": stage.sandbox.token,
        "DISCORD_API_BASE": stage.sandbox.api_base,
        "ROADIE_DATA": str(stage.data),
        "ROADIE_MEDIA_ALLOW_HOSTS": ",".join((stage.sandbox.url.removeprefix("http://"), *stage.allow_hosts)),
    }
    stage.data.parent.mkdir(parents=True, exist_ok=True)
    with (stage.data.parent / "bot.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli"], env=environment | changes, cwd=ROOT, stderr=log
        )
    stage.processes.append(process)
    return BotProcess(stage, process)
