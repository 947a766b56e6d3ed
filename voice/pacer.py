"""When the next frame of a call is due, and what is sent then.

A core: imports ``voice.rtp`` constants; time is an argument. Two small machines, both driven by the
metronome of the node:

- :class:`Pacer` holds absolute deadlines, 20 ms apart, so that lateness never adds up. Whoever is late sends
  the missed frames at once, at most :data:`MAX_CATCH_UP`; whoever is later than that starts a new row of
  deadlines (a receiver would drop such a burst). No frame is lost in either case.
- :class:`Speech` turns "a frame or nothing" into packets: five frames of silence follow the last frame, then
  nothing; it says when speaking begins and ends.

Deadlines lie on a grid of 5 ms, so that the calls of a node share its wake-ups; four phases of it fit into a
frame, and :func:`choose_phase` fills one before it begins the next: each wake-up costs as much as several
packets.

Source: Discord, "Voice", sections "Speaking" and "Voice Data Interpolation".
"""

import math
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from attrs import define, field

from voice.rtp import FRAME_MS, SILENCE_FRAME, SILENCE_FRAMES_AT_STOP

FRAME_S: Final = FRAME_MS / 1000
MAX_CATCH_UP: Final = 5
"""Most frames sent at once: 100 ms, less than what receivers buffer."""
GRID_S: Final = 0.005
PHASES: Final = 4
"""Points of the grid within a frame."""
CROWD: Final = 40
"""Calls that share a phase before the next one is begun; they are served in about a millisecond."""
_ORDER: Final = (0, 2, 1, 3)


@define
class Pacer:
    """Absolute deadlines of one call. Stopped until :meth:`start`."""

    tick: int | None = field(default=None, init=False)
    """The next deadline, in steps of the grid since the clock's zero: exact over hours. ``None`` while
    stopped."""
    _phase: int = field(default=0, init=False)

    def start(self, now: float, phase: int = 0) -> None:
        """Begin a row of deadlines at the next point of ``phase``; no effect while running.

        Args:
            now: monotonic seconds.
            phase: which of the ``PHASES`` of 20 ms the deadlines shall lie on.
        """
        if self.tick is None:
            self._phase = phase
            tick = math.ceil(now / GRID_S)
            self.tick = tick + (phase - tick) % PHASES

    def stop(self) -> None:
        """No deadline until the next start."""
        self.tick = None

    def book(self, frames: int) -> None:
        """Somebody else sends at the next deadlines."""
        if self.tick is not None:
            self.tick += PHASES * frames

    def take_back(self, frames: int) -> None:
        """The last of those that were booked are ours again."""
        self.book(-frames)

    def due(self, now: float) -> int:
        """How many frames to send at ``now``; their deadlines are over with this."""
        if self.tick is None or now < self.tick * GRID_S:
            return 0
        missed = int((now - self.tick * GRID_S) / FRAME_S)
        if missed >= MAX_CATCH_UP:
            tick = math.floor(now / GRID_S)
            self.tick = tick - (tick - self._phase) % PHASES
            missed = 0
        self.tick += PHASES * (missed + 1)
        return missed + 1


def choose_phase(crowds: Sequence[int]) -> int:
    """The phase for another call, where so many calls are on each: the first with room, or the emptiest."""
    for phase in _ORDER:
        if crowds[phase] < CROWD:
            return phase
    return min(_ORDER, key=lambda phase: crowds[phase])


class Turn(Enum):
    """A change of who may be heard."""

    BEGINS = auto()
    ENDS = auto()


@define
class Speech:
    """What a call sends at each deadline."""

    _trailing: int = field(default=0, init=False)
    _speaking: bool = field(default=False, init=False)

    @property
    def quiet(self) -> bool:
        """Whether nothing has to be sent any more."""
        return not self._speaking

    def take(self, frame: bytes | None) -> tuple[bytes | None, Turn | None]:
        """Decide what to send for ``frame``, ``None`` meaning that there is none.

        Returns:
            The frame to send, if any, and the change to announce: before the packet when speaking begins,
            after it when it ends.
        """
        if frame is not None:
            turn = None if self._speaking else Turn.BEGINS
            self._speaking = True
            self._trailing = SILENCE_FRAMES_AT_STOP
            return frame, turn
        if not self._speaking:
            return None, None
        self._trailing -= 1
        if self._trailing:
            return SILENCE_FRAME, None
        self._speaking = False
        return SILENCE_FRAME, Turn.ENDS
