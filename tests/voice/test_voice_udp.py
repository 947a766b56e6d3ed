import socket

import pytest
import trio
from attrs import define, field
from trio.testing import MockClock

from voice.departures import Departures
from voice.metronome import Metronome
from voice.pacer import Pacer
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


@pytest.mark.parametrize("address", ["localhost.example", "1" * 300, "", "a\0b"])
def test_only_address_literals_are_dialled(address: str) -> None:
    with pytest.raises(OSError, match=r"."):
        UdpLink.connect(address, 9)


@define
class Noting:
    """A way that notes what leaves."""

    sent: list[bytes] = field(factory=list[bytes])
    dropped: int = 0

    def send_now(self, packet: bytes, /) -> None:
        if packet == b"bad":
            raise OSError
        self.sent.append(packet)


def test_packets_of_a_tick_leave_together_at_its_end_in_order() -> None:
    way = Noting()
    departures = Departures()
    departures.post(way, b"before")
    assert way.sent == [b"before"]
    departures.gather()
    for packet in (b"one", b"bad", b"two"):
        departures.post(way, packet)
    assert way.sent == [b"before"]
    departures.depart()
    departures.post(way, b"after")
    departures.depart()
    assert way.sent == [b"before", b"one", b"two", b"after"]
    assert way.dropped == 1


def test_a_call_that_raises_keeps_back_no_packet_of_the_others() -> None:
    @define
    class Beating:
        link: UdpLink | None
        pacer: Pacer = field(factory=Pacer)

        def beat(self, now: float) -> None:
            self.pacer.stop()
            if self.link is None:
                raise ZeroDivisionError
            self.link.send(b"frame")
            assert received(listening) == [], "the others have not made theirs yet"

    with bound() as listening:
        link = UdpLink.connect(*listening.getsockname())
        metronome = Metronome()
        for beating in (Beating(link), Beating(None)):
            beating.pacer.start(0.0)
            metronome.watch(beating)
        with pytest.raises(ZeroDivisionError):
            metronome.serve(0.0)
        assert received(listening) == [b"frame"]
        link.close()
