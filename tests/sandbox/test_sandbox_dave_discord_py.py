"""Somebody else's library, with somebody else's implementation of the protocol, in an encrypted call."""

from functools import partial
from pathlib import Path

import trio

from sandbox.app import SandboxOptions, open_sandbox
from sandbox.model.default import BOT_ID, GUILD_ID, LOUNGE_ID, OWNER_ID
from sandbox.voice import VoiceServer
from sandbox.voice.dave_desk import DaveMode
from tests.patience import PATIENCE_S
from tests.sandbox.opus_source import encode_tone
from tests.sandbox.test_sandbox_voice_discord_py import discord_py


async def test_discord_py_is_understood_where_encryption_is_demanded(tmp_path: Path) -> None:
    packets = encode_tone(1.0)
    path = tmp_path / "packets"
    path.write_bytes(b"".join(len(packet).to_bytes(4, "big") + packet for packet in packets))
    options = SandboxOptions(voice=partial(VoiceServer, dave=DaveMode.DEMAND))
    with trio.fail_after(PATIENCE_S):
        async with open_sandbox(options) as sandbox:
            assert isinstance(sandbox.voice, VoiceServer)
            sandbox.people.of(OWNER_ID).join_voice(LOUNGE_ID)
            async with discord_py(sandbox, path) as client:
                await client.heard("played")
                group = sandbox.voice.group(GUILD_ID, LOUNGE_ID)
                assert group is not None
                assert set(group.leaves) == {BOT_ID, OWNER_ID}
                assert group.reported == 0
                assert sandbox.voice.capture(GUILD_ID, BOT_ID).payloads() == packets
                ear = sandbox.voice.ear(GUILD_ID, OWNER_ID)
                assert ear is not None
                understood = len(ear.decoded)
    # discord.py sends in the clear until its group is made; a listener drops those frames.
    assert understood > len(packets) // 2
