"""The two bots that ``voice_compare`` measures, each a process of its own: ours and one of discord.py's.

Run by the bench: ``python -m tests.bench.voice_compare_bots KIND JOB``; the job is a JSON file. Each says one
line when it sounds everywhere. With ``busy`` a thread of the bot's process computes all the time.
"""

import asyncio
import json
import logging
import sys
import threading
from itertools import cycle
from pathlib import Path
from typing import Any

import trio
from attrs import frozen

from gateway_client.ids import ChannelId, GuildId, UserId
from tests.voice.nodes import a_file, open_bot, wanted
from voice.protocol import Server, TrackStarted


@frozen(kw_only=True)
class Job:
    """What a bot shall do.

    Args:
        calls: guild and channel of each.
        file: an Ogg file with Opus, which our node opens.
        packets: what is in it, each packet with its length as four bytes before it, for discord.py.
        busy: whether a thread of the bot's process computes all the time.
    """

    api_base: str
    gateway: str
    token: str
    voice_url: str
    user_id: int
    calls: list[tuple[int, int]]
    file: str
    packets: str
    busy: bool


def load(path: str) -> Job:
    return Job(**json.loads(Path(path).read_text()))


def say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def keep_busy() -> None:
    def compute() -> None:
        total = 0
        for number in cycle(range(1000)):
            total = (total * 31 + number) % 1_000_003

    threading.Thread(target=compute, daemon=True).start()


async def run_ours(job: Job) -> None:
    """The node as the bot starts it, told of every call."""
    async with open_bot() as bot:
        for guild_id, channel_id in job.calls:
            server = Server(
                url=job.voice_url,
                token=f"token-{guild_id}",
                session_id=f"session-{guild_id}",
                user_id=UserId(job.user_id),
                guild_id=GuildId(guild_id),
                channel_id=ChannelId(channel_id),
            )
            bot.client.tell(wanted(server, a_file(job.file)))
        for guild_id, _ in job.calls:
            await bot.wait_for_kind(TrackStarted, guild_id)
        say_ready()
        await trio.sleep_forever()


def read_packets(path: Path) -> list[bytes]:
    data, packets, at = path.read_bytes(), list[bytes](), 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        packets.append(data[at + 4 : end])
        at = end
    return packets


def run_theirs(job: Job, *, ffmpeg: bool) -> None:
    """A client of discord.py that plays the same file: its packets from memory, or as its users do."""
    import discord
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import HTTPClient, Route

    packets = read_packets(Path(job.packets))
    dial = HTTPClient.ws_connect

    async def dial_plain(self: HTTPClient, url: str, *, compress: int = 0) -> Any:
        # The library always dials wss:// for voice; the sandbox has no certificate.
        return await dial(self, url.replace("wss://127.0.0.1", "ws://127.0.0.1"), compress=compress)

    class Packets(discord.AudioSource):
        def __init__(self) -> None:
            self._rest = iter(packets)

        def read(self) -> bytes:
            return next(self._rest, b"")

        def is_opus(self) -> bool:
            return True

    class Bot(discord.Client):
        async def on_ready(self) -> None:
            for _, channel_id in job.calls:
                while (channel := self.get_channel(channel_id)) is None:  # noqa: ASYNC110 - the library tells nobody
                    await asyncio.sleep(0.05)  # its guild is still to come
                assert isinstance(channel, discord.VoiceChannel)
                voice = await channel.connect(timeout=10, self_deaf=True)
                voice.play(discord.FFmpegOpusAudio(job.file, codec="copy") if ffmpeg else Packets())
            await asyncio.sleep(0.5)
            say_ready()

    Route.BASE = job.api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(job.gateway)
    HTTPClient.ws_connect = dial_plain
    Bot(intents=discord.Intents.default()).run(job.token, log_level=logging.WARNING)


def main() -> None:
    kind, path = sys.argv[1:]
    job = load(path)
    if job.busy:
        keep_busy()
    if kind == "roadie":
        trio.run(run_ours, job)
    else:
        run_theirs(job, ffmpeg=kind.endswith("ffmpeg"))


if __name__ == "__main__":
    main()
