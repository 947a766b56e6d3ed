"""From slots to packets: decode where needed, filter, encode.

A shell over PyAV without I/O of its own, used only in the node, only on worker threads and by one job at a
time. Imports the jobs of ``voice.slots``, ``voice.unpacking`` and the chains of ``voice.effects``.

Rules:

- A fresh chain fades over from what would have been heard in its place, sample by sample, within one frame.
- Fresh codecs and filters are warmed up with the slots before: an encoder predicts from what it encoded last,
  and would click if that were silence.
- An encoder gives what it got 6.5 ms ago. It is fed that much ahead, so that what comes out stands exactly
  where the source has it, and packets of the source can follow packets of ours.
- The gain of the normalization rises to what is wanted by :data:`GLIDE_DB` per slot, which nobody notices. It
  falls in :data:`FALL_SLOTS`, or as slowly: a louder part of the track is known ten seconds ahead, and
  shall not begin too loud.
- Sound stays in 32-bit floats until it is encoded, so that a gain above 1 does not clip twice.

Source: 165 µs per frame for decoding and encoding, 20 to 180 µs more with filters (measured), without the
GIL; RFC 7845 section 4.2 (pre-skip), of libopus 312 samples.
"""

from array import array
from typing import Final

from attrs import define, field
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.filter import Graph
from av.filter.context import FilterContext

from voice.codecs import TIME_BASE, encode, new_opus_encoder
from voice.effects import LEVEL_AT, Sound, filters_of
from voice.rtp import SAMPLE_RATE_HZ, SAMPLES_PER_FRAME, SILENCE_FRAME
from voice.slots import PCM_BYTES, SAMPLE_BYTES, Job, Output, Slot, samples_of
from voice.unpacking import Unpacker, bytes_of, new_frame, whole

ENCODER_DELAY: Final = 312
"""Samples by which libopus lags behind its input."""
GLIDE_DB: Final = 0.016
"""0.8 dB per second of the source."""
FALL_SLOTS: Final = 400
"""Eight seconds of the source."""
_DELAY_BYTES: Final = ENCODER_DELAY * SAMPLE_BYTES
_RAMP: Final = array("f", (at / SAMPLES_PER_FRAME for at in range(SAMPLES_PER_FRAME) for _ in range(2)))


def faded(old: bytes, new: bytes) -> bytes:
    """From one sound to another within a frame."""
    before, after = array("f"), array("f")
    before.frombytes(old)
    after.frombytes(new)
    return array("f", (a + (b - a) * w for a, b, w in zip(before, after, _RAMP, strict=False))).tobytes()


@define
class _Filters:
    """A chain of filters from PCM to PCM; an empty one gives what it gets."""

    _graph: Graph | None
    _level: FilterContext | None = None
    _samples: int = field(default=0, init=False)

    @classmethod
    def build(cls, sound: Sound) -> "_Filters":
        chain = filters_of(sound)
        if not chain:
            return cls(None)
        graph = Graph()
        filters = [graph.add(name, options) for name, options in chain]
        ends = (
            graph.add_abuffer(format="flt", layout="stereo", sample_rate=SAMPLE_RATE_HZ, time_base=TIME_BASE),
            *filters,
            graph.add("aformat", f"sample_fmts=flt:channel_layouts=stereo:sample_rates={SAMPLE_RATE_HZ}"),
            graph.add("abuffersink"),
        )
        graph.link_nodes(*ends).configure()
        return cls(graph, None if sound.leveling_db is None else filters[LEVEL_AT])

    def set_level(self, level_db: float) -> None:
        """Another gain of the normalization, from the next frame on."""
        if self._level is not None:
            self._level.process_command("volume", f"{10 ** (level_db / 20):.6f}")

    def apply(self, pcm: bytes) -> bytes:
        if self._graph is None:
            return pcm
        self._graph.push(new_frame(pcm, self._samples))
        self._samples += len(pcm) // SAMPLE_BYTES
        return self._pull(self._graph)

    def flush(self) -> bytes:
        if self._graph is None:
            return b""
        self._graph.push(None)
        return self._pull(self._graph)

    @staticmethod
    def _pull(graph: Graph) -> bytes:
        parts: list[bytes] = []
        while True:
            try:
                frame = graph.pull()
            except (BlockingIOError, EOFError):
                return b"".join(parts)
            assert isinstance(frame, AudioFrame)
            parts.append(bytes_of(frame))


@define
class _Chain:
    """Decoder, filters and encoder of one sound, and what lies between them.

    ``_waiting`` is the sound that is not given yet, from the beginning of the next frame on; the encoder gets
    it ``ENCODER_DELAY`` samples ahead.
    """

    _sound: Sound
    _start: float
    _filters: _Filters = field(init=False)
    _encoder: AudioCodecContext = field(factory=new_opus_encoder, init=False)
    _unpacker: Unpacker = field(factory=Unpacker, init=False)
    _level_db: float | None = field(default=None, init=False)
    _goal_db: float | None = field(default=None, init=False)
    _fall_db: float = field(default=GLIDE_DB, init=False)
    _waiting: bytearray = field(factory=lambda: bytearray(PCM_BYTES), init=False)
    _warming: int = field(default=0, init=False)
    _unwanted: int = field(default=0, init=False)
    _fade_from: bytes | None = field(default=None, init=False)
    _fades_over_source: bool = field(default=False, init=False)
    _unfaded: bytearray = field(factory=bytearray, init=False)
    _given: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._filters = _Filters.build(self._sound)
        self._level_db = self._goal_db = self._sound.leveling_db

    @classmethod
    def begin(cls, job: Job) -> "_Chain":
        """A chain whose first frame is the first one of ``job``."""
        chain = cls(job.sound, job.start)
        decoded = [chain._unpacker.unpack(slot) for slot in job.history]
        as_source = job.over_source or job.lead_slot is not None
        before = [whole(pcm) for pcm in decoded] if as_source else [pcm.data for pcm in job.before]
        lead = chain._lead(job)
        chain._start -= len(lead) / PCM_BYTES * job.sound.pace
        chain._waiting += b"".join(before) + lead
        if before or chain._waiting[PCM_BYTES:]:
            chain._warming = 1 + len(before)
        else:
            # Whoever heard nothing so far hears the silence too: later frames refer to the first.
            chain._start -= job.sound.pace
        run_up = sum(len(pcm) for pcm in decoded) // SAMPLE_BYTES
        chain._unwanted = round(run_up / job.sound.pace) * SAMPLE_BYTES
        for pcm in decoded:
            chain._take(chain._filters.apply(pcm))
        if job.replaced is not None:
            chain._fade_from = job.replaced.data
        chain._fades_over_source = job.over_source
        return chain

    def _lead(self, job: Job) -> bytes:
        if job.lead_slot is None:
            return job.lead or b""
        return self._unpacker.unpack_other(job.lead_slot)[: samples_of(job.lead_slot) * SAMPLE_BYTES]

    def aim(self, goal_db: float | None) -> None:
        """Come to this gain of the normalization by and by."""
        if self._level_db is None or goal_db is None:
            return
        self._goal_db = goal_db
        excess_db = self._level_db - goal_db
        self._fall_db = max(self._fall_db if excess_db > 0 else GLIDE_DB, excess_db / FALL_SLOTS)

    def feed(self, slot: Slot) -> None:
        """Take the next slot."""
        pcm = self._unpacker.unpack(slot)
        if self._level_db != self._goal_db:
            self._glide()
        if self._fades_over_source:
            self._fades_over_source = False
            self._fade_from = whole(pcm)
        self._take(self._filters.apply(pcm))

    def _glide(self) -> None:
        assert self._level_db is not None  # goals are only taken with a level
        assert self._goal_db is not None  # likewise
        missing_db = self._goal_db - self._level_db
        self._level_db += max(-self._fall_db, min(GLIDE_DB, missing_db))
        self._filters.set_level(self._level_db)

    def flush(self) -> None:
        """No slot follows."""
        self._take(self._filters.flush())
        if self._fade_from is not None:
            self._take(bytes(max(0, PCM_BYTES - len(self._unfaded))))

    def pad(self) -> None:
        """Nothing follows at all: fill the last frame with silence."""
        frames = -(-len(self._waiting) // PCM_BYTES)
        self._waiting += bytes(frames * PCM_BYTES + _DELAY_BYTES - len(self._waiting))

    @property
    def residue(self) -> bytes:
        """Sound that was not given for want of a whole frame."""
        return bytes(self._waiting[self._warming * PCM_BYTES :])

    def outputs(self) -> list[Output]:
        """Every frame that is whole now."""
        found: list[Output] = []
        while len(self._waiting) >= PCM_BYTES + _DELAY_BYTES:
            ahead = bytes(self._waiting[_DELAY_BYTES : PCM_BYTES + _DELAY_BYTES])
            packets = encode(self._encoder, new_frame(ahead, self._given * SAMPLES_PER_FRAME))
            self._given += 1
            pcm = bytes(self._waiting[:PCM_BYTES])
            del self._waiting[:PCM_BYTES]
            if self._warming:
                self._warming -= 1
                continue
            self._start += self._sound.pace
            packet = packets[0] if packets else SILENCE_FRAME
            end = max(0.0, self._start)
            found.append(Output(packet=packet, pcm=pcm, end=end, level_db=self._level_db))
        return found

    def _take(self, pcm: bytes) -> None:
        dropped = min(self._unwanted, len(pcm))
        self._unwanted -= dropped
        self._unfaded += pcm[dropped:]
        if self._fade_from is not None or self._fades_over_source:
            if self._fade_from is None or len(self._unfaded) < PCM_BYTES:
                return
            self._waiting += faded(self._fade_from, bytes(self._unfaded[:PCM_BYTES]))
            del self._unfaded[:PCM_BYTES]
            self._fade_from = None
        self._waiting += self._unfaded
        self._unfaded.clear()


@define
class Renderer:
    """Renders the jobs of one timeline, one after the other."""

    _chain: _Chain | None = field(default=None, init=False)

    @property
    def residue(self) -> bytes:
        """Sound of the last job that was not given for want of a whole frame."""
        return b"" if self._chain is None else self._chain.residue

    def render(self, job: Job) -> list[Output]:
        """What comes of the frames of ``job``."""
        if job.fresh or self._chain is None:
            self._chain = _Chain.begin(job)
        self._chain.aim(job.goal_db)
        for slot in job.frames:
            self._chain.feed(slot)
        if job.last:
            self._chain.flush()
        if job.pads:
            self._chain.pad()
        return self._chain.outputs()[: job.wanted]
