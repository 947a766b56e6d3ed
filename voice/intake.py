"""The way from the reading thread of a playback to the node: slots, never more than there is room for.

A shell of threads; imports only ``voice.slots`` and ``voice.precedence``. The reader waits here while
enough is read ahead; the node never waits.

Rules:

- Packets of Opus are small, so seconds of them are read in one go and threads wake seldom. Decoded sound is
  large and gets less room.
- The readers of files take turns: each fills its room, then the next one reads. Many threads that want the
  interpreter at once delay whoever has to send (measured with 30 calls of ``tests/bench/voice_pacing.py``:
  p99.9 of the lateness falls from 13 to 3 ms). A reader of the network has a turn of its own, since it may
  wait for long.
"""

import threading
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

from attrs import define, field

from voice.precedence import FLOOR
from voice.slots import OpusPacket, RawFrame

PACKETS_AHEAD: Final = 400
"""Packets of Opus read ahead: eight seconds, about 100 kB."""
SOUNDS_AHEAD: Final = 30
"""Decoded slots read ahead: 600 ms, about 230 kB."""
REFILL_AT: Final = 0.3
"""The reader is woken when the room is filled to this share."""

_FILES: Final = threading.Lock()


@define
class Intake:
    """Hands slots from the reading thread to the node.

    Args:
        takes_turns: whether the reader reads a file and shares the turn with the others of this process.
    """

    takes_turns: bool = False
    _frames: deque[RawFrame] = field(factory=deque[RawFrame], init=False)
    _turn: threading.Lock = field(init=False)
    _closed: bool = field(default=False, init=False)
    _sleeps: bool = field(default=False, init=False)
    _low: int = field(default=0, init=False)
    _changed: threading.Condition = field(factory=threading.Condition, init=False)

    def __attrs_post_init__(self) -> None:
        self._turn = _FILES if self.takes_turns else threading.Lock()

    @property
    def waiting(self) -> int:
        """Slots that were read and not taken."""
        return len(self._frames)

    @contextmanager
    def turn(self) -> Generator[None]:
        """Reader's side: hold the turn, for opening and reading."""
        with self._turn:
            yield

    def put(self, run: Sequence[RawFrame]) -> bool:
        """Reader's side, within its turn: hand ``run`` over, wait for room; false once nobody listens."""
        FLOOR.give_way()
        self._frames.extend(run)
        room = PACKETS_AHEAD if isinstance(run[-1], OpusPacket) else SOUNDS_AHEAD
        if len(self._frames) >= room:
            self._turn.release()
            try:
                self._wait_for_room(int(room * REFILL_AT))
            finally:
                self._turn.acquire()
        return not self._closed

    def _wait_for_room(self, low: int) -> None:
        with self._changed:
            self._low = low
            # The node looks at this without the lock: it has to be true before the fill is looked at.
            self._sleeps = True
            while len(self._frames) > low and not self._closed:
                self._changed.wait()
            self._sleeps = False

    def drain(self, most: int) -> list[RawFrame]:
        """Node's side: take the next slots, at most so many."""
        frames = self._frames
        count = min(len(frames), most)
        take = frames.popleft
        taken = [take() for _ in range(count)]
        if self._sleeps and len(frames) <= self._low:
            with self._changed:
                self._changed.notify()
        return taken

    def close(self) -> None:
        """Node's side: want nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
