"""When the next frame of a call is due, and what is sent then.

A core: imports ``voice.rtp`` constants; time is an argument. Two small machines, both driven by the
metronome of the node:

- :class:`Pacer` holds absolute deadlines, 20 ms apart, so that lateness never adds up. Whoever is late sends
  the missed frames at once, at most :data:`MAX_CATCH_UP`; whoever is later than that starts a new row of
  deadlines (a receiver would drop such a burst). No frame is lost in either case.
- :class:`Speech` turns "a frame or nothing" into packets: five frames of silence follow the last frame, then
  nothing; it says when speaking begins and ends.

Deadlines lie on a grid of 5 ms, so that the calls of a node share its wake-ups.

Source: Discord, "Voice", sections "Speaking" and "Voice Data Interpolation".
"""

import math
from enum import Enum, auto
from typing import Final

from attrs import define, field

from voice.rtp import FRAME_MS, SILENCE_FRAME, SILENCE_FRAMES_AT_STOP

FRAME_S: Final = FRAME_MS / 1000
MAX_CATCH_UP: Final = 5
"""Most frames sent at once: 100 ms, less than what receivers buffer."""
GRID_S: Final = 0.005


@define
class Pacer:
    """Absolute deadlines of one call. Stopped until :meth:`start`."""

    _first: float = field(default=0.0, init=False)
    _count: int = field(default=0, init=False)
    _running: bool = field(default=False, init=False)

    @property
    def deadline(self) -> float | None:
        """When the next frame is due, ``None`` while stopped."""
        return self._first + self._count * FRAME_S if self._running else None

    def start(self, now: float) -> None:
        """Begin a row of deadlines at the next point of the grid; no effect while running."""
        if not self._running:
            self._running = True
            self._anchor(now)

    def stop(self) -> None:
        """No deadline until the next start."""
        self._running = False

    def due(self, now: float) -> int:
        """How many frames to send at ``now``; their deadlines are over with this."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return 0
        missed = int((now - deadline) / FRAME_S)
        if missed >= MAX_CATCH_UP:
            self._anchor(now)
            missed = 0
        self._count += missed + 1
        return missed + 1

    def _anchor(self, now: float) -> None:
        # Multiplying instead of adding keeps the row exact over hours.
        self._first = math.ceil(now / GRID_S) * GRID_S
        self._count = 0


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
