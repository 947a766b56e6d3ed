"""What else the page serves: sound, files, and who is refused."""

import struct
from collections.abc import AsyncGenerator

import h11
import httpx
import pytest
import trio
import trio.testing
from trio_websocket import ConnectionClosed

from gateway_client.ids import ChannelId
from sandbox.app import Sandbox, SandboxOptions, open_sandbox
from sandbox.contracts import VoiceAdmission
from sandbox.model.default import (
    BOT_ID,
    GUILD_ID,
    LOUNGE_ID,
)
from sandbox.page import routes
from sandbox.page.guard import refusal
from sandbox.page.static import StaticFiles
from sandbox.page.uploads import KEPT, UploadGone, Uploads
from sandbox.voice import VoiceServer
from tests.patience import PATIENCE_S
from tests.sandbox.opus_source import demux_audio, encode_tone
from tests.sandbox.tab import dial, open_socket, open_tab
from tests.sandbox.voice_client import open_voice_client


@pytest.fixture
async def sandbox() -> AsyncGenerator[Sandbox]:
    async with open_sandbox(SandboxOptions(voice=VoiceServer, page=routes)) as running:
        with trio.fail_after(PATIENCE_S):
            yield running


def admit_bot(sandbox: Sandbox, channel_id: ChannelId) -> VoiceAdmission:
    assert isinstance(sandbox.voice, VoiceServer)
    admission = VoiceAdmission(
        guild_id=GUILD_ID, channel_id=channel_id, user_id=BOT_ID, session_id="session", token="token"
    )
    sandbox.voice.admit(admission)
    return admission


async def test_who_sits_with_the_bot_hears_its_very_packets(sandbox: Sandbox) -> None:
    packets = encode_tone(0.2)
    admission = admit_bot(sandbox, LOUNGE_ID)
    assert isinstance(sandbox.voice, VoiceServer)
    async with open_tab(sandbox) as (tab, _), open_voice_client(sandbox.voice.endpoint, admission) as bot:
        await bot.identify()
        await bot.describe()
        await tab.ask("listen", on=True)
        await tab.ask("join_voice", channel_id=str(LOUNGE_ID))
        await trio.testing.wait_all_tasks_blocked()
        await bot.say(5, {"speaking": 1, "delay": 0, "ssrc": bot.ssrc})
        assert (await tab.next("speaking")) == {"t": "speaking", "user_id": str(BOT_ID), "on": True}
        for packet in packets:
            await bot.speak(packet)
        sound = [await tab.next_sound() for _ in packets]
        assert [data[16:] for data in sound] == packets
        assert struct.unpack(">QIHH", sound[1][:16]) == (BOT_ID, 960, 1, 0)


async def read_live(stream: trio.SocketStream, path: str) -> AsyncGenerator[bytes]:
    """The pieces of an answer that never ends."""
    client = h11.Connection(h11.CLIENT)
    await stream.send_all(
        client.send(h11.Request(method="GET", target=path, headers=[("host", "127.0.0.1")])) or b""
    )
    await stream.send_all(client.send(h11.EndOfMessage()) or b"")
    while True:
        event = client.next_event()
        match event:
            case h11.Response():
                assert dict(event.headers)[b"content-type"] == b'audio/ogg; codecs="opus"'
            case h11.Data():
                yield bytes(event.data)
            case _:
                client.receive_data(await stream.receive_some(4096))


async def test_the_live_stream_is_ogg_with_the_same_packets(sandbox: Sandbox) -> None:
    packets = encode_tone(0.2)
    admission = admit_bot(sandbox, LOUNGE_ID)
    assert isinstance(sandbox.voice, VoiceServer)
    async with open_voice_client(sandbox.voice.endpoint, admission) as bot, await dial(sandbox) as stream:
        await bot.identify()
        await bot.describe()
        await bot.say(5, {"speaking": 1, "delay": 0, "ssrc": bot.ssrc})
        ogg = read_live(stream, f"/page/live.ogg?channel={LOUNGE_ID}")
        heard = await anext(ogg)
        for packet in packets:
            await bot.speak(packet)
        while heard.count(b"OggS") < len(packets) + 2:
            heard += await anext(ogg)
        await ogg.aclose()
    assert demux_audio(heard) == packets
    async with httpx.AsyncClient() as http:
        captured = await http.get(f"{sandbox.url}/page/captured.ogg")
        assert demux_audio(captured.content) == packets
        assert (await http.get(f"{sandbox.url}/page/live.ogg?channel=1")).status_code == 404


async def test_the_pages_files_are_served_with_a_strict_policy(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        index = await http.get("/")
        assert index.headers["content-type"].startswith("text/html")
        policy = index.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        script = await http.get("/web/main.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert (await http.get("/web/..%2Fguard.py")).status_code == 404
        assert (await http.get("/web/nothing.js")).status_code == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1@evil.example"]
)
async def test_a_rebound_name_is_refused(sandbox: Sandbox, host: str) -> None:
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        refused = await http.get("/", headers={"host": host})
        assert refused.status_code == 403
        assert refused.text.endswith(".\n")


async def test_another_website_gets_no_socket(sandbox: Sandbox) -> None:
    headers = [(b"origin", b"https://evil.example")]
    async with open_socket(sandbox, "/page/socket", headers) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.get_message()
        assert socket.closed is not None
        assert socket.closed.code == 4403


@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        ({"host": "127.0.0.1:8000"}, True),
        ({"host": "localhost:8000", "origin": "http://localhost:8000"}, True),
        ({"host": "[::1]:8000"}, True),
        ({"host": "127.0.0.1:8000", "origin": "http://localhost:8000"}, False),
        ({"host": "127.0.0.1:8000", "origin": "null"}, False),
        ({"host": "[bad"}, False),
        ({}, False),
    ],
)
def test_who_is_welcome(headers: dict[str, str], welcome: bool) -> None:
    assert (refusal(headers) is None) is welcome


def test_every_module_is_small_and_nothing_parses_html() -> None:
    for name, body in StaticFiles()._files.items():
        text = body.decode()
        if name.endswith(".js"):
            assert text.count("\n") < 250, name
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert forbidden not in text, name
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", ""), name


def test_uploads_are_taken_once_and_old_ones_forgotten() -> None:
    uploads = Uploads()
    first = uploads.keep("..\\..\\evil\x00.ogg", b"1", None)
    keys = [uploads.keep("file", b"", None) for _ in range(KEPT)]
    with pytest.raises(UploadGone):
        uploads.take(first)
    assert uploads.take(keys[0]).filename == "file"
    with pytest.raises(UploadGone):
        uploads.take_all((keys[0],))
    assert uploads.take(uploads.keep("..\\a/evil\x00.ogg", b"", None)).filename == "evil.ogg"
