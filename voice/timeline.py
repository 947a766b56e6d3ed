"""The frames of one playback: read ahead, rendered ahead, sent one by one.

A core without codecs: who reads and who encodes are told by this machine what is wanted. Imports only
``voice.rtp`` constants.

Each 20 ms of a source is a slot. A slot holds what was read (:class:`OpusPacket` or :class:`Pcm`) and, once
rendered, the packet to send. Slots stay until they are sent, and :data:`HISTORY` longer, so that a change of
gain can render them anew and codecs can be warmed up with what came before.

Rules:

- ``take`` yields the packets strictly in order, each once. With nothing rendered it yields ``None``: the
  timeline does not advance, so a stalled source leaves silence and no hole.
- After a stall, and at the start, ``take`` waits for :data:`CUSHION` frames (or the end), so that a slow
  source gives few long pauses instead of many short ones.
- At gain 1 packets of Opus are rendered as they are, at once. Everything else is rendered by jobs: ``plan``
  says which slots, ``commit`` takes the result.
- ``set_gain`` plans the slots anew from a few frames ahead of what is being sent. Their old packets stay
  sendable until the new ones are committed; a result that comes too late for its first slot is refused, and
  the next plan keeps a greater distance.

Failure modes: results of an older plan are refused by their epoch.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, TypeAlias

from attrs import define, field, frozen

from voice.rtp import FRAME_MS, SAMPLES_PER_FRAME

HISTORY: Final = 4
"""Frames kept after they were sent, for warming up a new codec."""
RENDER_AHEAD: Final = 15
"""Frames rendered ahead of what is sent: 300 ms."""
BATCH: Final = 10
"""Frames of one job. Bigger batches wake threads less often."""
CUSHION: Final = 5
"""Frames that must be ready before sound starts or goes on after a stall."""
NEAREST: Final = 2
"""Distance in frames between what is being sent and the first slot a new gain is rendered for."""
FARTHEST: Final = 16
GLIDE_BACK: Final = 2
"""Frames encoded on the way back to gain 1, before the packets of the source are sent again."""


@frozen
class OpusPacket:
    """A packet of the source that may be sent as it is: 20 ms, stereo."""

    data: bytes = field(repr=False)


@frozen
class Pcm:
    """20 ms of sound: 960 interleaved stereo samples of 32-bit floats, 48 kHz."""

    data: bytes = field(repr=False)


PCM_BYTES: Final = SAMPLES_PER_FRAME * 2 * 4

RawFrame: TypeAlias = OpusPacket | Pcm


@frozen(kw_only=True)
class Job:
    """Something to render.

    Args:
        epoch: changes with each change of gain; a new epoch wants fresh codecs.
        start: number of the first slot.
        fresh: what was sent before did not come out of the renderer's codecs: start new ones.
        history: what came right before ``start``, oldest first, to warm up fresh codecs.
        gain_from: gain at the end of the slot before; the first frame glides from it to ``gain``.
        gain: gain from the second frame on.
    """

    epoch: int
    start: int
    fresh: bool
    history: tuple[RawFrame, ...]
    frames: tuple[RawFrame, ...]
    gain_from: float
    gain: float


@define
class _Slot:
    raw: RawFrame
    packet: bytes | None = None
    gain: float = 1.0


@define(kw_only=True)
class Timeline:
    """The slots of one playback, in three zones: sent (history), rendered, only read.

    Args:
        gain: linear gain at the start; nothing glides there.
    """

    gain: float = 1.0
    sent: int = field(default=0, init=False)
    finished: bool = field(default=False, init=False)
    _slots: deque[_Slot] = field(factory=deque["_Slot"], init=False)
    _first: int = field(default=0, init=False)
    _rendered: int = field(default=0, init=False)
    _epoch: int = field(default=0, init=False)
    _fresh: bool = field(default=True, init=False)
    _in_work: bool = field(default=False, init=False)
    _rerender_at: int | None = field(default=None, init=False)
    _distance: int = field(default=NEAREST, init=False)
    _stalled: bool = field(default=True, init=False)

    @property
    def waiting(self) -> int:
        """Frames that were read and not sent: the fill of the buffer."""
        return self._end - self.sent

    @property
    def over(self) -> bool:
        """Whether everything was sent and nothing follows."""
        return self.finished and self.waiting == 0

    @property
    def _end(self) -> int:
        return self._first + len(self._slots)

    def push(self, frames: Sequence[RawFrame]) -> None:
        """Append what was read, in its order."""
        self._slots.extend(_Slot(raw=frame) for frame in frames)
        self._pass_through()

    def finish(self) -> None:
        """Nothing follows any more."""
        self.finished = True

    def cut(self) -> None:
        """Nothing can be rendered any more: what is rendered is still sent."""
        self.finished = True
        while self._end > self._rendered:
            self._slots.pop()
        self._epoch += 1
        self._rerender_at = None

    def take(self) -> bytes | None:
        """The next packet to send, ``None`` if there is none now."""
        ready = self._rendered - self.sent
        if self._stalled and ready < CUSHION and not (self.finished and self._rendered == self._end):
            return None
        if not ready:
            self._stalled = True
            return None
        self._stalled = False
        packet = self._slots[self.sent - self._first].packet
        self.sent += 1
        while self.sent - self._first > HISTORY:
            self._slots.popleft()
            self._first += 1
        return packet

    def set_gain(self, gain: float) -> None:
        """Let ``gain`` hold from a few frames ahead on."""
        if gain == self.gain:
            return
        self.gain = gain
        self._epoch += 1
        self._fresh = True
        self._in_work = False
        self._distance = NEAREST
        self._rerender_at = None
        if self._rendered > self.sent:
            self._rerender_at = min(self.sent + self._distance, self._rendered)

    def plan(self) -> Job | None:
        """What to render now, ``None`` if there is nothing to do or a job of this epoch is under way."""
        if self._in_work:
            return None
        start = self._rendered if self._rerender_at is None else self._rerender_at
        wanted = min(self._end, self.sent + RENDER_AHEAD, start + self._batch(start))
        if self._rerender_at is None and not self._worth_a_job(start, wanted):
            return None
        if wanted <= start:
            self._rerender_at = None
            return None
        self._in_work = True
        return Job(
            epoch=self._epoch,
            start=start,
            fresh=self._fresh,
            history=self._raws(max(self._first, start - HISTORY), start) if self._fresh else (),
            frames=self._raws(start, wanted),
            gain_from=self._gain_before(start),
            gain=self.gain,
        )

    def commit(self, job: Job, packets: Sequence[bytes]) -> None:
        """Take the result of ``job``; a result of an older epoch, or too late for its start, is dropped."""
        if job.epoch != self._epoch:
            return
        self._in_work = False
        if self._rerender_at is not None:
            if self.sent > job.start:
                self._distance = min(2 * self._distance, FARTHEST)
                self._rerender_at = min(self.sent + self._distance, self._rendered)
                self._fresh = True
                self._epoch += 1
                return
            self._forget_from(job.start)
            self._rerender_at = None
        for at, packet in enumerate(packets, job.start - self._first):
            self._slots[at].packet = packet
            self._slots[at].gain = job.gain
        self._fresh = False
        self._rendered = job.start + len(packets)
        self._pass_through()

    def position_ms(self) -> int:
        """Milliseconds of source sent."""
        return self.sent * FRAME_MS

    def _worth_a_job(self, start: int, wanted: int) -> bool:
        if start >= self._end:
            return False
        if self._is_opus(start) and self._may_pass(start):
            return False
        whole = wanted - start == self._batch(start) or (self.finished and wanted == self._end)
        return whole or start - self.sent < RENDER_AHEAD - BATCH

    def _batch(self, start: int) -> int:
        # After the glide back to gain 1 the packets of the source follow as soon as may be.
        back = start < self._end and self.gain == 1.0 and self._is_opus(start)
        return GLIDE_BACK if back else BATCH

    def _is_opus(self, at: int) -> bool:
        return isinstance(self._slots[at - self._first].raw, OpusPacket)

    def _may_pass(self, at: int) -> bool:
        return self.gain == 1.0 and self._gain_before(at) == 1.0

    def _pass_through(self) -> None:
        if self._in_work or self._rerender_at is not None:
            return
        while self._rendered < self._end and self._may_pass(self._rendered):
            slot = self._slots[self._rendered - self._first]
            if not isinstance(slot.raw, OpusPacket):
                return
            slot.packet, slot.gain = slot.raw.data, 1.0
            self._rendered += 1
            # Codecs that rendered earlier slots know nothing of this one.
            self._fresh = True

    def _forget_from(self, start: int) -> None:
        for at in range(start - self._first, self._rendered - self._first):
            self._slots[at].packet = None
        self._rendered = start

    def _gain_before(self, at: int) -> float:
        if at <= self._first:
            return self.gain
        return self._slots[at - 1 - self._first].gain

    def _raws(self, start: int, end: int) -> tuple[RawFrame, ...]:
        return tuple(self._slots[at - self._first].raw for at in range(start, end))
