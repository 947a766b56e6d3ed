"""The sandbox as a process, and its gateway over real sockets with a client that is not ours."""

import json
import signal
import subprocess
import sys
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
import trio
from backports import zstd
from trio_websocket import (
    ConnectionClosed,
    WebSocketConnection,
    connect_websocket_url,
    open_websocket_url,
)

from sandbox.app import Sandbox, SandboxOptions, open_sandbox
from sandbox.model.default import MUSIC_ID, OWNER_ID
from tests.patience import PATIENCE_S


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[WebSocketConnection]:
    async with open_websocket_url(url) as socket:
        try:
            yield socket
        finally:
            if socket.closed:  # it leaves its stream open when the other side closed first
                await socket._stream.aclose()


def identify(sandbox: Sandbox, **more: object) -> str:
    told: dict[str, Any] = {"token": sandbox.token, "properties": {}, "intents": 512 | 1 << 15, **more}
    return json.dumps({"op": 2, "d": told})


async def read_until(socket: WebSocketConnection, name: str, unpack: Any) -> dict[str, Any]:
    while True:
        payload = json.loads(unpack(await socket.get_message()))
        if payload["t"] == name:
            return payload


@pytest.mark.parametrize("compress", [None, "zlib-stream", "zstd-stream", "payload"])
async def test_gateway_speaks_each_compression(compress: str | None) -> None:
    inflate = zlib.decompressobj()
    stream = zstd.ZstdDecompressor()

    def unpack(message: str | bytes) -> bytes | str:
        match compress, message:
            case ("zlib-stream", bytes()):
                assert message.endswith(b"\x00\x00\xff\xff")
                return inflate.decompress(message)
            case ("zstd-stream", bytes()):
                return stream.decompress(message)
            case ("payload", bytes()):
                return zlib.decompress(message)
            case _:
                assert compress in {None, "payload"}
                return message

    query = f"&compress={compress}" if compress in {"zlib-stream", "zstd-stream"} else ""
    with trio.fail_after(PATIENCE_S):
        async with (
            open_sandbox() as sandbox,
            connect(f"{sandbox.gateway_url}/?v=10&encoding=json{query}") as socket,
        ):
            assert json.loads(unpack(await socket.get_message()))["op"] == 10
            await socket.send_message(identify(sandbox, compress=compress == "payload"))
            await read_until(socket, "READY", unpack)
            for number in range(3):
                sandbox.people.of(OWNER_ID).send_message(MUSIC_ID, f"{number} ♪" * 200)
            for number in range(3):
                payload = await read_until(socket, "MESSAGE_CREATE", unpack)
                assert payload["d"]["content"].startswith(f"{number} ♪")


@pytest.mark.parametrize(
    ("query", "code"), [("v=6", 4012), ("v=10&encoding=etf", 4002), ("compress=x", 4002)]
)
async def test_gateway_refuses_other_versions_and_encodings(query: str, code: int) -> None:
    with trio.fail_after(PATIENCE_S):
        async with open_sandbox() as sandbox, connect(f"{sandbox.gateway_url}?{query}") as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.get_message()
            assert closed.value.reason is not None
            assert closed.value.reason.code == code


async def test_faults_of_living_connections() -> None:
    with trio.fail_after(PATIENCE_S):
        async with open_sandbox() as sandbox, connect(sandbox.gateway_url) as socket:
            await socket.get_message()
            await socket.send_message(identify(sandbox))
            await read_until(socket, "READY", str)
            sandbox.gateway.reconnect_all()
            assert json.loads(await socket.get_message())["op"] == 7
            sandbox.gateway.garbage_all("{half a json")
            assert await socket.get_message() == "{half a json"
            sandbox.gateway.garbage_all(b"\x00\xff")
            assert await socket.get_message() == b"\x00\xff"
            sandbox.people.of(OWNER_ID).send_message(MUSIC_ID, "twice")
            first = json.loads(await socket.get_message())
            sandbox.gateway.replay_all(1)
            assert json.loads(await socket.get_message()) == first
            sandbox.gateway.invalidate_all(resumable=True)
            assert json.loads(await socket.get_message())["d"] is True
            sandbox.gateway.drop_all(4000)
            with pytest.raises(ConnectionClosed) as closed:
                await socket.get_message()
            assert closed.value.reason is not None
            assert closed.value.reason.code == 4000


async def test_missing_heartbeats_close_with_4009() -> None:
    options = SandboxOptions(heartbeat_interval_s=0.05)
    with trio.fail_after(PATIENCE_S):
        async with open_sandbox(options) as sandbox, connect(sandbox.gateway_url) as socket:
            await socket.get_message()
            with pytest.raises(ConnectionClosed) as closed:
                await socket.get_message()
            assert closed.value.reason is not None
            assert closed.value.reason.code == 4009


async def test_an_interaction_fails_by_itself_when_nobody_answers() -> None:
    from sandbox.model import interaction as rules

    with trio.fail_after(PATIENCE_S), pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "RESPONSE_DEADLINE_S", 0.05)
        async with open_sandbox() as sandbox:
            sandbox.world.commands.put({"type": 1, "name": "play", "description": "d"})
            interaction = sandbox.people.of(OWNER_ID).run_command(MUSIC_ID, "play")
            await sandbox.people.acknowledged(interaction)
            assert interaction.failure is not None


async def test_connections_are_told_when_the_sandbox_ends() -> None:
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            async with open_sandbox() as sandbox:
                socket = await connect_websocket_url(nursery, sandbox.gateway_url)
                await socket.get_message()
            with pytest.raises(ConnectionClosed) as closed:
                await socket.get_message()
            await socket._stream.aclose()
    assert closed.value.reason is not None
    assert closed.value.reason.code == 1001


async def _start(*arguments: str) -> trio.Process:
    argv = [sys.executable, "-m", "sandbox", *arguments]
    return await trio.lowlevel.open_process(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


async def _first_line(process: trio.Process) -> dict[str, str]:
    assert process.stdout is not None
    read = b""
    while b"\n" not in read:
        read += await process.stdout.receive_some(4096)
    return json.loads(read)


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT, "eof"])
async def test_process_says_where_it_is_and_ends_with_0(way: signal.Signals | str) -> None:
    with trio.fail_after(PATIENCE_S):
        process = await _start(*(["--exit-on-eof"] if way == "eof" else []))
        ready = await _first_line(process)
        assert ready["api_base"] == ready["url"] + "/api/v10"
        assert ready["url"].startswith("http://127.0.0.1:")
        assert ready["token"]
        if isinstance(way, signal.Signals):
            process.send_signal(way)
        else:
            assert process.stdin is not None
            await process.stdin.aclose()
        assert await process.wait() == 0


async def test_a_port_that_is_taken_is_told_and_ends_with_1() -> None:
    with trio.fail_after(PATIENCE_S):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        async with aclosing(listeners[0]):
            process = await _start("--port", str(listeners[0].socket.getsockname()[1]))
            assert await process.wait() == 1
