"""The node as a process: what it makes of its pipes."""

import subprocess
import sys

import msgspec
import pytest
import trio

from gateway_client.ids import GuildId
from tests.patience import PATIENCE_S, until
from tests.voice.fakes import FakeVoiceServer, open_fake_server
from tests.voice.nodes import ARGV, wanted
from voice.framing import Deframer, decode_from_node, encode
from voice.protocol import (
    PROTOCOL_VERSION,
    Beat,
    Connected,
    Desired,
    Drop,
    FromNode,
    Hello,
    Playing,
    Ready,
    Reason,
    Source,
    TrackFailed,
)

HELLO = encode(Hello(version=PROTOCOL_VERSION))


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


async def talk(*sent: bytes) -> tuple[int, list[FromNode], str]:
    """Say all of ``sent`` to a node, close its stdin: exit code, what it said, its stderr."""
    done = await trio.run_process(
        ARGV, stdin=b"".join(sent), capture_stdout=True, capture_stderr=True, check=False
    )
    facts = [decode_from_node(frame) for frame in Deframer().feed(done.stdout)]
    return done.returncode, facts, done.stderr.decode()


async def test_a_node_greets_beats_and_ends_with_its_stdin() -> None:
    code, facts, log = await talk(HELLO)
    assert code == 0
    assert isinstance(facts[0], Ready)
    assert facts[0].version == PROTOCOL_VERSION
    assert Beat() in facts
    assert log == ""


async def test_another_version_or_a_broken_stream_ends_a_node() -> None:
    results: list[tuple[int, str]] = []

    async def try_it(sent: bytes) -> None:
        code, _facts, log = await talk(sent)
        results.append((code, log))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(try_it, encode(Hello(version=PROTOCOL_VERSION + 1)))
        nursery.start_soon(try_it, encode(Drop(call=GuildId(1))))
        nursery.start_soon(try_it, HELLO + b"Traceback (most recent call last)")
    assert [code for code, _ in results] == [3, 3, 3]
    logs = "".join(log for _, log in results)
    for words in (f"the bot speaks version {PROTOCOL_VERSION + 1}", "did not say its version", "a frame of"):
        assert words in logs


async def test_what_cannot_be_read_costs_only_itself() -> None:
    async with open_fake_server() as server:
        process = await trio.lowlevel.open_process(
            ARGV, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        await process.stdin.send_all(
            HELLO
            + framed(b"\x00")
            + framed(msgspec.msgpack.encode(["Sing", {}]))
            + framed(msgspec.msgpack.encode(["Desired", {"call": "s3cret"}]))
            + encode(Drop(call=GuildId(77)))
            + encode(
                wanted(server.server_of(1), Playing(track_id=4, source=Source(location="/no", is_file=True)))
            )
        )
        facts: list[FromNode] = []
        deframer = Deframer()
        with trio.fail_after(PATIENCE_S):
            while not {Connected, TrackFailed} <= {type(fact) for fact in facts}:
                data = await process.stdout.receive_some()
                facts += [decode_from_node(frame) for frame in deframer.feed(bytes(data))]
        (failed,) = [fact for fact in facts if isinstance(fact, TrackFailed)]
        assert (failed.call, failed.track_id, failed.reason) == (1, 4, Reason.NOT_FOUND)
        # An older attempt is late, and must not move the call.
        await process.stdin.send_all(encode(Desired(call=GuildId(1), attempt=0, server=None)))
        await trio.sleep(0.1)
        assert server.closes == []
        await process.stdin.aclose()
        with trio.fail_after(PATIENCE_S):
            await process.wait()
        log = b"".join([data async for data in process.stderr]).decode()
        assert log.count("a message of the bot was skipped") == 3
        assert "s3cret" not in log
        assert process.returncode == 0
        await process.stdout.aclose()
        await process.stderr.aclose()


async def until_closed(server: FakeVoiceServer) -> None:
    await until(lambda: server.closes)


async def test_a_moved_call_leaves_the_old_server_and_a_dropped_one_leaves_quietly() -> None:
    async with open_fake_server() as old, open_fake_server() as new:
        process = await trio.lowlevel.open_process(ARGV, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert process.stdin is not None
        await process.stdin.send_all(HELLO + encode(wanted(old.server_of(1))))
        with trio.fail_after(PATIENCE_S):
            await old.wait_for_session()
        await process.stdin.send_all(encode(wanted(new.server_of(1), attempt=2)))
        with trio.fail_after(PATIENCE_S):
            await new.wait_for_session()
        await until_closed(old)
        assert old.closes == [1000]
        assert new.closes == []
        await process.stdin.send_all(encode(Drop(call=GuildId(1))))
        await until_closed(new)
        assert new.closes == [1000]
        await process.stdin.aclose()
        assert await process.wait() == 0


def test_a_stray_print_never_reaches_the_pipe() -> None:
    program = (
        "import os, voice.pipe as p; pipes = p.claim_pipes();"
        "print('stray', flush=True); os.write(1, b'raw'); os.write(pipes.writing, b'frame')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, input=b"")
    assert done.stdout == b"frame"
    assert done.stderr.replace(b"\r", b"") == b"stray\nraw"


@pytest.mark.parametrize("name", ["voice.client", "voice.protocol", "voice.session", "voice.crypto"])
def test_the_bot_never_loads_the_codecs(name: str) -> None:
    program = f"import sys, {name}; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
