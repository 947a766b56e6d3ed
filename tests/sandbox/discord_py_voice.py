"""A bot written with discord.py that plays Opus in voice, unchanged but for its addresses; its own process.

It takes the API base, the gateway's address, the token, a voice channel and a file of packets (each with
its length as four bytes in front) as arguments. It plays them when it has joined, and again each time it
was moved.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

GUILDS_COME_S = 0.1
"""How long the library waits for one server more than there is."""


def say(what: str, **facts: object) -> None:
    print(json.dumps({"what": what, **facts}), flush=True)


def read_packets(path: Path) -> list[bytes]:
    data, packets = path.read_bytes(), list[bytes]()
    while data:
        size = int.from_bytes(data[:4], "big")
        packets.append(data[4 : 4 + size])
        data = data[4 + size :]
    return packets


class Packets(discord.AudioSource):
    """Packets that are Opus already."""

    def __init__(self, packets: list[bytes]) -> None:
        self._rest = iter(packets)

    def read(self) -> bytes:
        return next(self._rest, b"")

    def is_opus(self) -> bool:
        return True


class Bot(discord.Client):
    def __init__(self, channel_id: int, packets: list[bytes]) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=GUILDS_COME_S)
        self._channel_id = channel_id
        self._packets = packets

    async def on_ready(self) -> None:
        channel = self.get_channel(self._channel_id)
        assert isinstance(channel, discord.VoiceChannel)
        voice = await channel.connect(timeout=5, self_deaf=True)
        say("joined", mode=voice.mode)
        while True:
            played = asyncio.Event()
            loop = asyncio.get_running_loop()
            voice.play(Packets(self._packets), after=lambda _: loop.call_soon_threadsafe(played.set))  # noqa: B023 - awaited before the next round
            await played.wait()
            assert isinstance(voice.channel, discord.VoiceChannel)
            say("played", channel=voice.channel.name)
            ssrc = voice.ssrc
            while voice.ssrc == ssrc or not voice.is_connected():  # noqa: ASYNC110 - the library tells nobody
                await asyncio.sleep(0.01)


dial = HTTPClient.ws_connect


async def dial_plain(self: HTTPClient, url: str, *, compress: int = 0) -> Any:
    """The library always dials wss:// for voice; the sandbox has no certificate."""
    return await dial(self, url.replace("wss://127.0.0.1", "ws://127.0.0.1"), compress=compress)


def main() -> None:
    api_base, gateway, token, channel_id, path = sys.argv[1:]
    Route.BASE = api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    HTTPClient.ws_connect = dial_plain
    Bot(int(channel_id), read_packets(Path(path))).run(token, log_handler=None)


if __name__ == "__main__":
    main()
