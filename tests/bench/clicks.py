"""How long fifty clicks at once on ten messages wait for their acknowledgement: Roadie beside discord.py.

Run ``python -m tests.bench.clicks``. One sandbox in this process, one bot after the other as a process of its
own on the same machine, the same fifty presses in one instant. discord.py is at its best: an
``on_interaction`` that defers first, written by hand. What is measured is the time from the dispatch of an
event to the arrival of its callback, as the sandbox sees it; its own work is in the figures of both.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import trio

from sandbox.app import Sandbox
from sandbox.model.default import MUSIC_ID, OWNER_ID
from sandbox.model.entities import Message, Upload
from sandbox.model.interaction import Interaction, InteractionState
from tests.patience import until
from tests.scenarios.audio import write_tone
from tests.scenarios.stage import ROOT, Stage, open_stage, start_process

MESSAGES = 10
CLICKS = 5
ROUNDS = 12
TRACKS = 25
"""Enough for a queue of several pages."""


async def main() -> None:
    """Measure both and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_stage(Path(folder) / "data", bot=False, checked=False) as stage:
            ours = await measure_roadie(stage, Path(folder))
            theirs = await measure_discord_py(stage)
    for name, times in (("Roadie", ours), ("discord.py", theirs)):
        slowest = [max(round_s) * 1000 for round_s in times]
        print(
            f"{name:>11}: slowest of {MESSAGES * CLICKS} clicks, {len(times)} rounds: "
            f"median {statistics.median(slowest):5.1f} ms, worst {max(slowest):5.1f} ms"
        )
    ratio = statistics.median(max(r) for r in theirs) / statistics.median(max(r) for r in ours)
    print(f"      ratio: discord.py takes {ratio:.2f} times as long")


async def measure_roadie(stage: Stage, folder: Path) -> list[list[float]]:
    """Ten pages of a queue, pressed five times each."""
    song = write_tone(folder / "tone.ogg", seconds=300)
    bot = start_process(stage)
    try:
        await stage.until_ready()
        stage.sit()
        for _ in range(TRACKS):
            file = Upload(filename=song.name, content=song.read_bytes())
            await stage.answer_to(stage.ada.run_command(MUSIC_ID, "play", {}, {"file": file}))
        await until(lambda: sum("Track added" in line for line in stage.read()) == TRACKS)
        for _ in range(MESSAGES):
            await stage.ask("queue")
        pages = [message for message in stage.ada.visible_messages(MUSIC_ID) if is_page(message)]
        return await press_rounds(stage.sandbox, pages[-MESSAGES:], ["next", "previous"])
    finally:
        bot.terminate()
        stage.sandbox.gateway.hub.sessions.clear()


async def measure_discord_py(stage: Stage) -> list[list[float]]:
    """Ten messages with two buttons, pressed five times each."""
    sandbox = stage.sandbox
    argv = [sys.executable, "-m", "tests.bench.clicks", "discord.py"]
    argv += [sandbox.api_base, sandbox.gateway_url, sandbox.token]
    process = start(argv)
    before = len(sandbox.world.board.history(MUSIC_ID))
    try:
        await until(lambda: len(sandbox.world.board.history(MUSIC_ID)) >= before + MESSAGES)
        pages = stage.ada.visible_messages(MUSIC_ID)[-MESSAGES:]
        return await press_rounds(sandbox, pages, ["next", "previous"])
    finally:
        process.terminate()
        process.wait()


def start(argv: list[str]) -> "subprocess.Popen[bytes]":
    """Start a bot that shall keep silent."""
    return subprocess.Popen(argv, cwd=ROOT, env=dict(os.environ), stderr=subprocess.DEVNULL)


async def press_rounds(
    sandbox: Sandbox, messages: Sequence[Message], verbs: Sequence[str]
) -> list[list[float]]:
    """Press every message several times in one instant; the seconds until each acknowledgement."""
    assert len(messages) == MESSAGES
    ada = sandbox.people.of(OWNER_ID)
    rounds: list[list[float]] = []
    for number in range(ROUNDS):
        verb = verbs[number % len(verbs)]
        ids = [custom_id_of(message, verb) for message in messages]
        clicks = [
            ada.press(message, custom_id)
            for _ in range(CLICKS)
            for message, custom_id in zip(messages, ids, strict=True)
        ]
        await all_acknowledged(clicks)
        rounds.append([click.response_s or 0.0 for click in clicks])
        await trio.sleep(3.0)  # the edits that follow are not what is measured
    return rounds


async def all_acknowledged(clicks: Sequence[Interaction]) -> None:
    """Wait for every callback."""
    with trio.fail_after(5):
        while any(click.state is InteractionState.PENDING for click in clicks):  # noqa: ASYNC110 - polls
            await trio.sleep(0.005)
    failed = [click.failure for click in clicks if click.state is InteractionState.FAILED]
    assert not failed, failed


def is_page(message: Message) -> bool:
    """Whether there are buttons to turn pages."""
    return any(does(custom_id, "next") for custom_id in custom_ids(message))


def custom_ids(message: Message) -> list[str]:
    """Of all its buttons."""
    rows = cast("list[dict[str, list[dict[str, str]]]]", message.components)
    return [item["custom_id"] for row in rows for item in row["components"]]


def custom_id_of(message: Message, verb: str) -> str:
    """The button of a message that does this."""
    return next(custom_id for custom_id in custom_ids(message) if does(custom_id, verb))


def does(custom_id: str, verb: str) -> bool:
    """Whether a button does this: ours have the verb as one of their parts, discord.py's as their end."""
    return custom_id.endswith(verb) or f":{verb}:" in custom_id


def run_discord_py(api_base: str, gateway: str, token: str) -> None:
    """A discord.py bot that defers by hand, with a view whose buttons do nothing else."""
    import discord
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    class Bot(discord.Client):
        async def on_ready(self) -> None:
            channel = self.get_channel(int(MUSIC_ID))
            assert isinstance(channel, discord.TextChannel)
            for number in range(MESSAGES):
                view = discord.ui.View(timeout=None)
                for verb in ("previous", "next"):
                    view.add_item(discord.ui.Button(label=verb, custom_id=f"{number}:{verb}"))
                await channel.send(f"page {number}", view=view)

        async def on_interaction(self, interaction: discord.Interaction) -> None:
            await interaction.response.defer()

    Route.BASE = api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    Bot(intents=discord.Intents.default()).run(token, log_handler=None)


if __name__ == "__main__":
    if sys.argv[1:2] == ["discord.py"]:
        run_discord_py(*sys.argv[2:])
    else:
        trio.run(main)
