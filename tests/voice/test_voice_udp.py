import math
import socket

import pytest
import trio
from attrs import define
from trio.testing import MockClock

from voice.departures import Departures
from voice.metronome import Metronome
from voice.pacer import GRID_S, PHASES
from voice.rtp import Discovered, to_discovery_response
from voice.udp import UdpLink


def bound() -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.setblocking(False)
    listening.bind(("127.0.0.1", 0))
    return listening


def received(listening: socket.socket) -> list[bytes]:
    packets: list[bytes] = []
    while True:
        try:
            packets.append(listening.recv(100))
        except BlockingIOError:
            return packets


async def test_the_way_is_kept_open_every_five_seconds(autojump_clock: MockClock) -> None:
    with bound() as listening:
        link = UdpLink.connect(*listening.getsockname())
        with trio.move_on_after(16):
            await link.run_keep_alive(7)
        assert received(listening) == [b"\0\0\0\x07"] * 3
        link.close()


async def test_discovery_asks_again_and_ignores_answers_for_others(autojump_clock: MockClock) -> None:
    with bound() as listening:
        link = UdpLink.connect(*listening.getsockname())
        found: list[Discovered] = []

        async def discover() -> None:
            found.append(await link.discover(7))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(discover)
            await trio.sleep(1.2)
            asked = received(listening)
            assert len(asked) == 3
            for ssrc in (8, 7):
                answer = Discovered(ssrc=ssrc, address="203.0.113.5", port=ssrc)
                listening.sendto(to_discovery_response(answer), link._socket.getsockname())
        assert found == [Discovered(ssrc=7, address="203.0.113.5", port=7)]
        link.close()


def test_a_packet_that_cannot_leave_is_counted_and_not_raised() -> None:
    link = UdpLink.connect("127.0.0.1", 9)
    link.close()
    link.send(b"x")
    assert link.dropped == 1


def test_only_address_literals_are_dialled() -> None:
    with pytest.raises(OSError, match=r"."):
        UdpLink.connect("localhost.example", 9)


def test_packets_of_a_tick_leave_together_at_its_end_in_order() -> None:
    sent: list[bytes] = []
    departures = Departures()
    departures.post(sent.append, b"before")
    assert sent == [b"before"]
    departures.gather()
    departures.post(sent.append, b"one")
    departures.post(sent.append, b"two")
    assert sent == [b"before"]
    departures.depart()
    departures.post(sent.append, b"after")
    departures.depart()
    assert sent == [b"before", b"one", b"two", b"after"]


async def test_a_call_that_raises_keeps_back_no_packet_of_the_others(autojump_clock: MockClock) -> None:
    @define
    class Beating:
        link: UdpLink | None
        tick: int | None

        def beat(self, now: float) -> None:
            self.tick = None
            if self.link is None:
                raise ZeroDivisionError
            self.link.send(b"frame")
            assert received(listening) == [], "the others have not made theirs yet"

    with bound() as listening:
        link = UdpLink.connect(*listening.getsockname())
        metronome = Metronome()
        metronome.watch(Beating(link, 0))
        metronome.watch(Beating(None, 0))
        with pytest.raises(ZeroDivisionError):
            await metronome.run()
        assert received(listening) == [b"frame"]
        link.close()


async def test_each_deadline_is_served_once_however_often_it_was_told(
    autojump_clock: MockClock,
) -> None:
    @define(eq=False)
    class Beating:
        tick: int | None
        beats: list[float]

        def beat(self, now: float) -> None:
            self.beats.append(round(now - began_at, 3))
            assert self.tick is not None
            self.tick = self.tick + PHASES if len(self.beats) < 4 else None

    began = math.ceil(trio.current_time() / GRID_S)
    began_at = began * GRID_S
    metronome = Metronome()
    often, late, stopped = (Beating(began + after, []) for after in (4, 10, 6))
    for _ in range(3):
        metronome.watch(often)
    metronome.watch(late)
    metronome.watch(stopped)
    stopped.tick = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(metronome.run)
        await trio.sleep(0.01)
        late.tick = began + 6
        metronome.watch(late)
        await trio.sleep(0.2)
        nursery.cancel_scope.cancel()
    assert often.beats == [0.02, 0.04, 0.06, 0.08]
    assert late.beats == [0.03, 0.05, 0.07, 0.09]
    assert stopped.beats == []
