"""Listening to a track while it is read, so that nothing is opened once more only to be measured.

A shell over PyAV without I/O; the reading thread of a playback lets its :class:`Ear` hear every run of
slots, at least as far ahead as the playback reads. Imports ``voice.loudness`` and the slots.

Rules:

- Nothing is measured before somebody wants to know: a meter takes 4 MB, and a tenth of the time of decoding
  and encoding. Until then the last slots are kept, so that there is an answer as soon as somebody does; of
  decoded sound no more than waits to be sent anyway.
- Slots are measured :data:`TOGETHER` at a time. ``heard`` is replaced whole and may be read from any thread.

Source: 20 s of sound take 15 ms to measure, and 50 ms if they have to be decoded for it (measured).
"""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

from attrs import define, field, frozen

from voice.loudness import Meter
from voice.protocol import Measured
from voice.rtp import SAMPLE_RATE_HZ
from voice.slots import SAMPLE_BYTES, OpusPacket, RawFrame, samples_of
from voice.unpacking import Unpacker, new_frame

KEPT: Final = 150
"""Packets kept for somebody who may want to know: three seconds, about 50 kB."""
KEPT_SOUNDS: Final = 50
"""Decoded slots kept: one second."""
TOGETHER: Final = 25


@frozen(kw_only=True)
class Heard:
    """How loud what was heard so far is; ``whole`` if that is all of the track."""

    measured: Measured
    seconds: float
    whole: bool = False


@define
class Ear:
    """Hears one playback.

    Args:
        wanted: whether somebody wants to know.
    """

    wanted: bool = False
    heard: Heard | None = field(default=None, init=False)
    _meter: Meter | None = field(default=None, init=False)
    _unpacker: Unpacker = field(factory=Unpacker, init=False)
    _waiting: deque[RawFrame] = field(factory=deque[RawFrame], init=False)
    _missed: bool = field(default=False, init=False)
    _samples: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    @property
    def heard_s(self) -> float:
        """Seconds of the track that were measured."""
        return self._samples / SAMPLE_RATE_HZ

    def hear(self, run: Sequence[RawFrame]) -> None:
        """Reader's side: the next slots."""
        waiting = self._waiting
        waiting.extend(run)
        if len(waiting) < TOGETHER:
            return
        if self.wanted:
            self.catch_up()
            return
        kept = KEPT if isinstance(run[-1], OpusPacket) else KEPT_SOUNDS
        with self._lock:
            while len(waiting) > kept:
                waiting.popleft()
                self._missed = True

    def finish(self) -> None:
        """Reader's side: that was all of the track, from its beginning on."""
        if self._missed or not self.wanted:
            return
        self.catch_up()
        if self.heard is not None:
            self.heard = Heard(measured=self.heard.measured, seconds=self.heard.seconds, whole=True)

    def catch_up(self) -> None:
        """Measure what is waiting; from any thread."""
        with self._lock:
            pieces: list[bytes] = []
            while self._waiting:
                slot = self._waiting.popleft()
                pieces.append(self._unpacker.unpack(slot)[: samples_of(slot) * SAMPLE_BYTES])
            # The last packet of a file may be nothing but padding.
            if pcm := b"".join(pieces):
                self._measure(pcm)

    def _measure(self, pcm: bytes) -> None:
        if self._meter is None:
            self._meter = Meter()
        self._meter.feed(new_frame(pcm, self._samples))
        self._samples += len(pcm) // SAMPLE_BYTES
        measured = self._meter.measured
        if measured is not None:
            self.heard = Heard(measured=measured, seconds=self.heard_s)
