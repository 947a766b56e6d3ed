"""Somebody else's library plays Opus in the sandbox's voice, and not a bit of it is lost."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import trio
from attrs import define, field

from sandbox.app import Sandbox, SandboxOptions, open_sandbox
from sandbox.model.default import BOT_ID, GUILD_ID, LOUNGE_ID, OWNER_ID, STUDIO_ID
from sandbox.voice import VoiceServer
from sandbox.voice.dave_desk import DaveMode
from sandbox.voice.opus import SILENCE
from tests.sandbox.opus_source import encode_tone

ROUND_TRIP_S = 0.1
CLIENT = Path(__file__).parent / "discord_py_voice.py"


@define
class Client:
    process: trio.Process
    said: dict[str, list[dict[str, Any]]] = field(factory=dict[str, list[dict[str, Any]]])
    more: trio.Event = field(factory=trio.Event)

    async def read(self) -> None:
        assert self.process.stdout is not None
        rest = b""
        async for chunk in self.process.stdout:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in map(json.loads, lines):
                self.said.setdefault(line["what"], []).append(line)
            self.more.set()
            self.more = trio.Event()

    async def heard(self, what: str, times: int = 1) -> dict[str, Any]:
        while len(self.said.get(what, [])) < times:
            await self.more.wait()
        return self.said[what][times - 1]


@asynccontextmanager
async def discord_py(sandbox: Sandbox, packets: Path) -> AsyncGenerator[Client]:
    arguments = (sandbox.api_base, sandbox.gateway_url, sandbox.token, str(LOUNGE_ID), str(packets))
    start = partial(
        trio.run_process,
        [sys.executable, str(CLIENT), *arguments],
        stdout=subprocess.PIPE,
        check=False,
    )
    async with trio.open_nursery() as nursery:
        client = Client(await nursery.start(start))
        nursery.start_soon(client.read)
        yield client
        nursery.cancel_scope.cancel()


async def test_discord_py_plays_opus_bit_for_bit_and_follows_a_move(tmp_path: Path) -> None:
    packets = encode_tone(0.4)
    path = tmp_path / "packets"
    path.write_bytes(b"".join(len(packet).to_bytes(4, "big") + packet for packet in packets))
    # Where encryption is offered, discord.py 2.7 sends in the clear until it has a key.
    options = SandboxOptions(voice=partial(VoiceServer, dave=DaveMode.OFF))
    # Its own time-outs last up to 30 s where it finds the machine busy.
    with trio.fail_after(90):
        async with open_sandbox(options) as sandbox, discord_py(sandbox, path) as client:
            assert isinstance(sandbox.voice, VoiceServer)
            capture = sandbox.voice.capture(GUILD_ID, BOT_ID)
            joined = await client.heard("joined")
            assert joined["mode"] in {"aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"}
            assert await client.heard("played") == {"what": "played", "channel": "Lounge"}
            assert capture.payloads() == packets
            assert not capture.counts

            # The library asks where it is seen before it listens for the answer, and somebody reads already.
            sandbox.voice.faults.delay_s = ROUND_TRIP_S
            # Moved by a moderator: a new token, a new key, and the music goes on in the other channel.
            sandbox.people.of(OWNER_ID).move(BOT_ID, STUDIO_ID)
            assert await client.heard("played", 2) == {"what": "played", "channel": "Studio"}
            assert capture.payloads() == packets * 2
            assert capture.payloads(silence=True)[len(packets)] == SILENCE
            assert not capture.counts
