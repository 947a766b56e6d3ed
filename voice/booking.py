"""Packets that are made ahead of their deadlines, and the right to take them back.

A core. While nothing about a call changes, its next packets are made together, right after a tick, when
there is time: the code is warm then, and no packet of the tick waits for them. The metronome sends each at
its deadline. Whatever changes the call takes back what was not sent: sound, keys and numbers of what leaves
are always those that hold at that moment.

Why: a processor that slept for 20 ms has forgotten the code by then. Measured with 30 calls of
``tests/bench/voice_pacing.py``: the first packet made in a tick costs 80 µs, each further one 7 µs, and 2.5
µs where all of it is warm.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import define, field

from voice.departures import Way
from voice.pacer import CROWD

TOGETHER: Final = 10
"""Packets of a call that are made at once: 200 ms."""


@define(eq=False)
class Booking:
    """Packets of one call, one for each deadline from ``tick`` on.

    Args:
        way: where they leave.
        packets: in their order.
        tick: the deadline of the first one, as a point of the grid.
        on_sent_out: called after the tick of the last one.
        on_late: called instead of sending one that is far too late.

    Attributes:
        send: ``way.send_now``.
    """

    way: Way
    packets: Sequence[bytes]
    tick: int
    on_sent_out: Callable[[], None]
    on_late: Callable[[], None]
    send: Callable[[bytes], object] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.send = self.way.send_now


def choose_turn(phase: int, crowd: int) -> int:
    """In which turn of ``TOGETHER`` frames another call makes its packets, where ``crowd`` share its phase.

    Calls of one crowd do so together: what is cold for the first one is warm for the others. Another crowd
    does so in another frame, so that nobody's deadline waits until hundreds of calls have made theirs.
    """
    return (2 * phase + crowd // CROWD) % TOGETHER


def send_booked(booked: Mapping[Booking, bytes]) -> None:
    """Send one packet of each. Every frame of a node passes here: what can be left out is."""
    for booking, packet in booked.items():
        try:
            booking.send(packet)
        except OSError:
            booking.way.dropped += 1
