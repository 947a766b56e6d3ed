"""The node's way to the bot, with a real pipe."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest
import trio

from gateway_client.ids import GuildId
from tests.patience import PATIENCE_S
from voice.framing import Deframer, decode_from_node
from voice.pipe import Outbox
from voice.protocol import Beat, FromNode, Position

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes cannot be polled there")


@contextmanager
def a_pipe() -> Generator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        yield reading, writing
    finally:
        for descriptor in (reading, writing):
            try:
                os.close(descriptor)
            except OSError:
                continue


def arrived(reading: int, deframer: Deframer) -> list[FromNode]:
    try:
        data = os.read(reading, 1 << 20)
    except BlockingIOError:
        return []
    return [decode_from_node(frame) for frame in deframer.feed(data)]


def position(ms: int) -> Position:
    return Position(call=GuildId(1), attempt=0, track_id=1, generation=0, position_ms=ms, paused=False)


async def test_what_is_told_in_one_step_leaves_at_once_in_one_write_and_in_order(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[int] = []
    write = os.write

    def count(descriptor: int, data: bytes) -> int:
        writes.append(descriptor)
        return write(descriptor, data)

    with a_pipe() as (reading, writing):
        outbox, deframer = Outbox(writing), Deframer()
        nursery.start_soon(outbox.run)
        await trio.testing.wait_all_tasks_blocked()
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", count)
            for fact in (position(1), Beat(), position(2)):
                outbox.tell(fact)
            await trio.testing.wait_all_tasks_blocked()
        assert arrived(reading, deframer) == [position(1), Beat(), position(2)]
        assert writes.count(writing) == 1
        nursery.cancel_scope.cancel()


async def test_a_full_pipe_is_waited_for_and_nothing_is_lost(nursery: trio.Nursery) -> None:
    with a_pipe() as (reading, writing):
        outbox, deframer = Outbox(writing), Deframer()
        nursery.start_soon(outbox.run)
        told: list[FromNode] = [position(number) for number in range(3000)]
        for fact in told:
            outbox.tell(fact)
        outbox.tell(Beat())
        heard: list[FromNode] = []
        with trio.fail_after(PATIENCE_S):
            while len(heard) <= len(told):
                await trio.sleep(0.001)
                heard += arrived(reading, deframer)
        assert heard == [*told, Beat()]
        nursery.cancel_scope.cancel()


async def test_a_bot_that_is_gone_is_an_error() -> None:
    with a_pipe() as (reading, writing):
        os.close(reading)
        outbox = Outbox(writing)
        outbox.tell(Beat())
        with pytest.raises(OSError, match="pipe"):
            await outbox.run()
