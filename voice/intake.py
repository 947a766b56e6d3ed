"""The way from the reading thread of a playback to the node: slots, never more than there is room for.

Imports only ``voice.slots``. The reader waits here while enough is read ahead; the node never waits.
"""

import threading
from collections import deque
from typing import Final

from attrs import define, field

from voice.slots import RawFrame

CAPACITY: Final = 50
"""Slots read ahead: one second."""
REFILL_BELOW: Final = 30
"""The reader is woken only when the buffer fell below this, so that threads wake seldom."""


@define
class Intake:
    """Hands slots from the reading thread to the node, never more than there is room for."""

    _frames: deque[RawFrame] = field(factory=deque[RawFrame], init=False)
    _room: int = field(default=CAPACITY, init=False)
    _closed: bool = field(default=False, init=False)
    _changed: threading.Condition = field(factory=threading.Condition, init=False)

    def put(self, frame: RawFrame) -> bool:
        """Reader's side: wait for room, hand ``frame`` over; false once nobody listens."""
        with self._changed:
            while self._room <= 0 and not self._closed:
                self._changed.wait()
            self._room -= 1
            self._frames.append(frame)
            return not self._closed

    def drain(self, waiting: int, pace: float = 1.0) -> list[RawFrame]:
        """Node's side: take what came; ``waiting`` slots taken earlier are still unsent.

        ``pace`` is how fast slots are used up, 1 being as fast as they sound.
        """
        factor = max(1.0, pace)
        with self._changed:
            frames = list(self._frames)
            self._frames.clear()
            unsent = waiting + len(frames)
            capacity = round(CAPACITY * factor)
            if unsent < REFILL_BELOW * factor and self._room < capacity - unsent:
                self._room = capacity - unsent
                self._changed.notify()
            return frames

    def close(self) -> None:
        """Node's side: want nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
