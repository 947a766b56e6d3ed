"""The frames of one playback: read ahead, rendered ahead, sent one by one.

A core without codecs: who reads and who encodes are told by this machine what is wanted. Imports only
``voice.slots`` and ``voice.effects``.

Each 20 ms of a source is a slot; each 20 ms of sound is an output, which knows where in the source it ends.
One second of sound may use up more or less than one second of source (``Sound.pace``), so the position is
counted in slots, not in outputs. Slots are kept until what was made of them is sent, and :data:`HISTORY`
longer, so that a change of sound can render them anew and codecs can be warmed up with what came before.

Rules:

- ``take`` yields the packets strictly in order, each once. With nothing rendered it yields ``None``: the
  timeline does not advance, so a stalled source leaves silence and no hole.
- After a stall, and at the start, ``take`` waits for :data:`CUSHION` frames (or the end), so that a slow
  source gives few long pauses instead of many short ones.
- With a neutral sound packets of Opus are sent as they are, at once. Everything else is rendered by jobs:
  ``plan`` says which slots, ``commit`` takes the result.
- A change of sound is rendered anew from a few frames ahead of what is being sent, and fades over from what
  was rendered there before. The old packets stay sendable until the new ones are committed; a result that
  comes too late for its first frame is refused, and the next plan keeps a greater distance.
- A new chain of filters begins at a whole slot, so that packets can pass untouched later. At another pace
  than 1 that moves the position by 10 ms at most.

Failure modes: results of an older plan are refused by their epoch.
"""

import math
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from attrs import define, evolve, field

from voice.effects import NEUTRAL, SILENT, Sound
from voice.rtp import FRAME_MS
from voice.slots import SILENCE, Job, OpusPacket, Output, Pcm, RawFrame, Tail

HISTORY: Final = 4
"""Slots kept after they were sent, for warming up a new codec."""
RENDER_AHEAD: Final = 15
"""Outputs rendered ahead of what is sent: 300 ms."""
BATCH: Final = 10
"""Outputs of one job. Bigger batches wake threads less often."""
CUSHION: Final = 5
"""Frames that must be ready before sound starts or goes on after a stall."""
NEAREST: Final = 2
"""Distance in frames between what is being sent and the first one that a new sound is rendered for."""
FARTHEST: Final = 16
GLIDE_BACK: Final = 2
"""Frames encoded on the way back to a neutral sound, before the packets of the source are sent again."""
PAD_AT: Final = 3
"""With so few frames left, the rest of the last one is filled with silence: no other playback wanted it."""
LOOK_AHEAD: Final = 1
"""Slots that an encoder wants beyond the frame that it gives."""


@define(kw_only=True)
class Timeline:
    """The slots of one playback, and what was rendered of them.

    Args:
        sound: at the start.
        from_silence: whether the first frame fades in; a start in the middle of a track would click.
    """

    sound: Sound = NEUTRAL
    from_silence: bool = False
    finished: bool = field(default=False, init=False)
    _slots: deque[RawFrame] = field(factory=deque[RawFrame], init=False)
    _first: int = field(default=0, init=False)
    _given: int = field(default=0, init=False)
    _outputs: deque[Output] = field(factory=deque[Output], init=False)
    _past: deque[Output] = field(factory=lambda: deque[Output](maxlen=HISTORY), init=False)
    _tail: Tail | None = field(default=None, init=False)
    _flushed: bool = field(default=False, init=False)
    _taken: int = field(default=0, init=False)
    _position: float = field(default=0.0, init=False)
    _owed: bool = field(default=False, init=False)
    _epoch: int = field(default=0, init=False)
    _fresh: bool = field(default=True, init=False)
    _in_work: bool = field(default=False, init=False)
    _switching: bool = field(default=False, init=False)
    _fading_out: bool = field(default=False, init=False)
    _distance: int = field(default=NEAREST, init=False)
    _stalled: bool = field(default=True, init=False)

    def __attrs_post_init__(self) -> None:
        self._switching = self.from_silence

    @property
    def waiting(self) -> int:
        """Slots that were read and whose sound was not sent: the fill of the buffer."""
        return self._end - int(self._position)

    def is_provided(self, frames: int) -> bool:
        """Whether more than so many frames are ready and nothing is to be rendered anew."""
        return len(self._outputs) > frames and not self._switching

    @property
    def over(self) -> bool:
        """Whether everything was sent and nothing follows."""
        nothing_left = self._given >= self._end and not self._owed and not self._switching
        return self.finished and nothing_left and not self._outputs and not self._in_work

    @property
    def sent(self) -> int:
        """Frames that were sent."""
        return self._taken

    @property
    def _end(self) -> int:
        return self._first + len(self._slots)

    def push(self, frames: Sequence[RawFrame]) -> None:
        """Append what was read, in its order."""
        if not self._fading_out:
            self._slots.extend(frames)
            self._pass_through()

    def finish(self) -> None:
        """Nothing follows any more."""
        self.finished = True
        if self._given >= self._end and not self._outputs and not self._in_work:
            self._switching = False

    def cut(self) -> None:
        """Nothing can be rendered any more: what is rendered is still sent."""
        self.finished, self._owed, self._switching, self._in_work = True, False, False, False
        self._given = self._end
        self._epoch += 1

    def take(self) -> bytes | None:
        """The next packet to send, ``None`` if there is none now."""
        ready = len(self._outputs)
        if self._stalled and ready < CUSHION and not (self.finished and self._is_rendered):
            return None
        if not ready:
            self._stalled = True
            return None
        self._stalled = False
        output = self._outputs.popleft()
        self._past.append(output)
        self._taken += 1
        self._position = output.end
        while self._slots and int(self._position) - self._first > HISTORY:
            self._slots.popleft()
            self._first += 1
        return output.packet

    def set_sound(self, sound: Sound) -> None:
        """Let ``sound`` be heard from a few frames ahead on."""
        if sound == self.sound or self._fading_out:
            return
        self.sound = sound
        self._begin_anew()

    def fade_out(self) -> None:
        """Fall silent within a few frames and be over; nothing is read any more."""
        self._fading_out = True
        self.finished = True
        if not self._outputs:
            self.cut()
            return
        self.sound = SILENT
        self._begin_anew()

    @property
    def takes_lead(self) -> bool:
        """Whether the end of another playback can become the beginning of this one: it will be encoded."""
        untouched = not self._taken and bool(self._slots)
        return untouched and not self._fading_out and not (self.sound.is_neutral and self._is_opus(0))

    def lead_in(self, tail: Tail) -> None:
        """Begin with the end of another playback."""
        self._tail = tail
        self._begin_anew()

    def forget_lead(self) -> None:
        """Begin with nothing but the source: the other playback ended otherwise."""
        if self._tail is not None and not self._taken:
            self._tail = None
            self._begin_anew()

    @property
    def has_rest(self) -> bool:
        """Whether everything is rendered but for the rest of the last frame."""
        return self._flushed and self._owed and not self._in_work and not self._switching

    def give_tail(self, rest: bytes) -> Tail:
        """Leave the rest of the last frame to another playback; it is not this one's business any more."""
        self._owed = False
        return Tail(before=self._sounds_before(len(self._outputs)), rest=rest)

    def _begin_anew(self, distance: int = NEAREST) -> None:
        self._epoch += 1
        self._in_work = self._owed = self._flushed = False
        self._distance = distance
        self._switching = bool(self._taken) or self.from_silence or self._tail is not None
        if not self._taken:
            # Nobody has heard anything yet: there is nothing to fade over from.
            self._outputs.clear()
            self._given, self._fresh = 0, True
            self._pass_through()

    @property
    def _is_rendered(self) -> bool:
        given = self._given >= self._end and not self._in_work and not self._switching
        return given and (self._flushed or not self._owed)

    def plan(self) -> Job | None:
        """What to render now, ``None`` if there is nothing to do or a job of this epoch is under way."""
        if self._in_work:
            return None
        job = self._plan_switch() if self._switching else self._plan_next()
        self._in_work = job is not None
        return job

    def _plan_switch(self) -> Job | None:
        kept = min(self._distance, max(0, len(self._outputs) - 1))
        start = round(self._outputs[kept - 1].end if kept else self._position)
        if self.finished and start >= self._end:
            self._switching = False
            return None
        job = self._job(start, fresh=True, replaces=self._taken + kept)
        if job is None:
            return None
        if kept >= len(self._outputs):
            return self._begun(job)
        pcm = self._outputs[kept].pcm
        if pcm is None:
            return evolve(job, over_source=True)
        return evolve(job, before=self._sounds_before(kept), replaced=Pcm(pcm))

    def _begun(self, job: Job) -> Job:
        if self._taken:
            return job
        if self._tail is not None:
            return evolve(job, before=self._tail.before, lead=self._tail.rest)
        if not self.from_silence:
            return job
        wanted = None if job.wanted is None else job.wanted + 1
        return evolve(job, replaced=SILENCE, wanted=wanted)

    def _sounds_before(self, kept: int) -> tuple[Pcm, ...]:
        sounds: list[Pcm] = []
        for output in reversed([*self._past, *islice(self._outputs, kept)]):
            if output.pcm is None or len(sounds) == HISTORY:
                break
            sounds.append(Pcm(output.pcm))
        return tuple(reversed(sounds))

    def _plan_next(self) -> Job | None:
        if len(self._outputs) > RENDER_AHEAD - BATCH or self._passes(self._given):
            return None
        if self._flushed:
            return self._pad() if self._owed and len(self._outputs) <= PAD_AT else None
        job = self._job(self._given, fresh=self._fresh, replaces=None)
        # What was sent as it is goes on as something encoded.
        return evolve(job, over_source=True) if job is not None and job.fresh and job.history else job

    def _pad(self) -> Job:
        return Job(epoch=self._epoch, start=self._end, fresh=False, frames=(), sound=self.sound, pads=True)

    def _job(self, start: int, *, fresh: bool, replaces: int | None) -> Job | None:
        back = self.sound.is_neutral and start < self._end and self._is_opus(start)
        wanted = GLIDE_BACK if back or self._fading_out else None
        size = math.ceil((wanted or BATCH) * self.sound.pace) + (LOOK_AHEAD if fresh else 0)
        end = min(start + size, self._end)
        last = self.finished and end == self._end
        whole = end - start == size or last
        least = math.ceil(2 * self.sound.pace) if fresh else 1
        starving = len(self._outputs) < RENDER_AHEAD - BATCH and end - start >= least and wanted is None
        if not (whole or starving) or (end <= start and not (last and self._owed)):
            return None
        history = self._raws(max(self._first, start - HISTORY), start) if fresh else ()
        return Job(
            epoch=self._epoch,
            start=start,
            fresh=fresh,
            history=history,
            frames=self._raws(start, end),
            sound=self.sound,
            last=last,
            pads=last and self._fading_out,
            wanted=wanted,
            replaces=replaces,
        )

    def commit(self, job: Job, outputs: Sequence[Output]) -> None:
        """Take the result of ``job``; a result of an older epoch, or too late for its start, is dropped."""
        if job.epoch != self._epoch:
            return
        self._in_work = False
        if job.replaces is not None:
            if self._taken > job.replaces:
                self._begin_anew(min(2 * self._distance, FARTHEST))
                return
            while self._taken + len(self._outputs) > job.replaces:
                self._outputs.pop()
            self._switching = False
        self._outputs.extend(outputs)
        self._given = job.start + len(job.frames)
        self._owed, self._flushed = not job.pads, job.last or job.pads
        self._fresh = False
        if job.wanted is not None:
            self._given = round(outputs[-1].end) if outputs else job.start
            self._owed, self._flushed, self._fresh = False, False, True
        if self._fading_out:
            self._given = self._end
        self._pass_through()

    def position_ms(self) -> int:
        """Milliseconds of source sent."""
        return round(self._position * FRAME_MS)

    def _is_opus(self, at: int) -> bool:
        return isinstance(self._slots[at - self._first], OpusPacket)

    def _passes(self, at: int) -> bool:
        return self.sound.is_neutral and at < self._end and self._is_opus(at) and not self._owed

    def _pass_through(self) -> None:
        if self._in_work or self._switching:
            return
        while self._passes(self._given):
            slot = self._slots[self._given - self._first]
            assert isinstance(slot, OpusPacket)
            self._given += 1
            self._outputs.append(Output(packet=slot.data, end=self._given))
            # Codecs that rendered earlier slots know nothing of this one.
            self._fresh = True

    def _raws(self, start: int, end: int) -> tuple[RawFrame, ...]:
        return tuple(islice(self._slots, start - self._first, end - self._first))
