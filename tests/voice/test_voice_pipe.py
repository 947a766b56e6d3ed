"""The node's way to the bot, with a real pipe."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest
import trio
from trio.testing import MockClock

from gateway_client.ids import GuildId
from voice.framing import Deframer, decode_from_node
from voice.pipe import COLLECT_S, Outbox
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


async def test_positions_wait_for_each_other_and_leave_together(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    with a_pipe() as (reading, writing):
        outbox, deframer = Outbox(writing), Deframer()
        nursery.start_soon(outbox.run)
        outbox.tell(position(1))
        await trio.sleep(COLLECT_S / 2)
        outbox.tell(position(2))
        assert arrived(reading, deframer) == []
        await trio.sleep(COLLECT_S)
        assert arrived(reading, deframer) == [position(1), position(2)]
        nursery.cancel_scope.cancel()


async def test_everything_else_leaves_at_once_and_takes_them_along_in_order(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    with a_pipe() as (reading, writing):
        outbox, deframer = Outbox(writing), Deframer()
        nursery.start_soon(outbox.run)
        outbox.tell(position(1))
        await trio.sleep(0.001)
        outbox.tell(Beat())
        outbox.tell(position(2))
        began_at = trio.current_time()
        await trio.testing.wait_all_tasks_blocked()
        assert arrived(reading, deframer) == [position(1), Beat(), position(2)]
        assert trio.current_time() == began_at
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
        with trio.fail_after(20):
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
