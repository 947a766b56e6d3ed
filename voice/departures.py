"""The packets of one tick of the metronome: made first, sent afterwards in one go.

A core: the sending itself is a function that comes with each packet. One object per process, like the one
metronome that opens and closes it; a packet that is sent outside of a tick leaves at once.

Why: between two packets that are made and sent one by one the kernel lets whoever receives them fall asleep
and be woken again. Measured by profiling 100 calls of ``tests/bench/voice_pacing.py`` on
loopback: 34 µs per send one by one, 18 µs in one go.
"""

from collections.abc import Callable
from typing import Final, Protocol

from attrs import define, field


class Way(Protocol):
    """Where a packet leaves."""

    dropped: int

    @property
    def send_now(self) -> Callable[[bytes], object]:
        """What sends a packet, or raises ``OSError``."""
        ...


@define
class Departures:
    """What waits for the end of the tick."""

    _waiting: list[tuple[Way, bytes]] = field(factory=list[tuple[Way, bytes]], init=False)
    _gathering: bool = field(default=False, init=False)

    def gather(self) -> None:
        """A tick begins: packets wait from now on."""
        self._gathering = True

    def post(self, way: Way, packet: bytes) -> None:
        """Send ``packet``, now or at the end of the tick, in the order of posting."""
        self._waiting.append((way, packet))
        if not self._gathering:
            self.depart()

    def depart(self) -> None:
        """The tick ends: send everything."""
        self._gathering = False
        for way, packet in self._waiting:
            try:
                way.send_now(packet)
            except OSError:
                way.dropped += 1
        self._waiting.clear()


DEPARTURES: Final = Departures()
"""Those of this process, which has one event loop and one metronome."""
