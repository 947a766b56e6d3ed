"""From a slot to its sound: packets are decoded, slots of two playbacks are put together.

A shell over PyAV without I/O of its own, used only in the node, only on worker threads. Imports
``voice.codecs`` and the slots.

Rules:

- Each of two playbacks that sound together has a decoder of its own; slots that precede them warm both up.
- Where a slot stands in its joint decides how loud each of the two is, so rendering may begin at any slot.

Failure mode: a packet that does not decode is replaced by silence of its length, so that the slots after it
keep their time.

Source: FFmpeg, "Filters", ``afade`` (curve ``qsin``: equal power) and ``amix``; 25 µs per slot beside
decoding (measured).
"""

from typing import Final

import av.error
from attrs import define, field
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.filter import Graph
from av.filter.context import FilterContext

from voice.codecs import TIME_BASE, decode, new_opus_decoder, to_packet
from voice.rtp import SAMPLE_RATE_HZ, SAMPLES_PER_FRAME
from voice.slots import PCM_BYTES, SAMPLE_BYTES, Blend, Foreign, Joint, OpusPacket, Pcm, RawFrame, Slot

_SILENCE: Final = bytes(PCM_BYTES)


def new_frame(pcm: bytes, pts: int) -> AudioFrame:
    """Interleaved stereo floats as a frame."""
    frame = AudioFrame(format="flt", layout="stereo", samples=len(pcm) // SAMPLE_BYTES)
    frame.sample_rate = SAMPLE_RATE_HZ
    frame.time_base = TIME_BASE
    frame.pts = pts
    frame.planes[0].update(pcm)
    return frame


def bytes_of(frame: AudioFrame) -> bytes:
    """The sound of a frame of interleaved stereo floats."""
    return bytes(frame.planes[0])[: frame.samples * SAMPLE_BYTES]


def whole(pcm: bytes) -> bytes:
    """A slot's sound with the length of a frame, whatever its own."""
    return pcm if len(pcm) == PCM_BYTES else pcm[:PCM_BYTES].ljust(PCM_BYTES, b"\0")


@define
class _Mixer:
    """Two sounds become one by the rules of their joint."""

    _graph: Graph
    """Kept, because its filters die with it."""
    _going: FilterContext
    _coming: FilterContext
    _sink: FilterContext

    @classmethod
    def build(cls, joint: Joint) -> "_Mixer":
        graph = Graph()
        going, coming = (
            graph.add_abuffer(format="flt", layout="stereo", sample_rate=SAMPLE_RATE_HZ, time_base=TIME_BASE)
            for _ in range(2)
        )
        curve = "qsin" if joint.equal_power else "tri"
        out = graph.add("afade", f"t=out:ss={joint.out_from}:ns={joint.out_samples}:curve={curve}")
        level = graph.add("volume", f"volume={joint.gain:.6f}:precision=float")
        into = graph.add("afade", f"t=in:ss={joint.in_from}:ns={joint.in_samples}:curve={curve}")
        mix = graph.add("amix", "inputs=2:normalize=0:dropout_transition=0:duration=longest")
        ends = graph.add("aformat", "sample_fmts=flt:channel_layouts=stereo"), graph.add("abuffersink")
        for first, second, entrance in (
            (going, out, 0),
            (out, level, 0),
            (level, mix, 0),
            (coming, into, 0),
            (into, mix, 1),
            (mix, ends[0], 0),
            (ends[0], ends[1], 0),
        ):
            first.link_to(second, 0, entrance)
        graph.configure()
        return cls(graph, going, coming, ends[1])

    def mix(self, going: bytes, coming: bytes, number: int) -> bytes:
        """The sound of both in the slot ``number`` of their joint."""
        self._going.push(new_frame(going, number * SAMPLES_PER_FRAME))
        self._coming.push(new_frame(coming, number * SAMPLES_PER_FRAME))
        frame = self._sink.pull()
        assert isinstance(frame, AudioFrame)
        return bytes_of(frame)


@define
class Unpacker:
    """Decodes slots in their order."""

    _own: AudioCodecContext | None = field(default=None, init=False)
    _other: AudioCodecContext | None = field(default=None, init=False)
    _mixer: _Mixer | None = field(default=None, init=False)

    def unpack(self, slot: Slot) -> bytes:
        """The sound of ``slot``: a frame, or less at the end of a source."""
        match slot:
            case Pcm(data):
                return data
            case OpusPacket(data):
                if self._own is None:
                    self._own = new_opus_decoder()
                return _decoded(self._own, data)
            case Foreign(raw):
                return whole(self.unpack_other(raw))
            case Blend():
                return self._blended(slot)

    def unpack_other(self, raw: RawFrame) -> bytes:
        """The sound of a slot of the playback before."""
        if isinstance(raw, Pcm):
            return raw.data
        if self._other is None:
            self._other = new_opus_decoder()
        return _decoded(self._other, raw.data)

    def _blended(self, blend: Blend) -> bytes:
        if self._mixer is None:
            self._mixer = _Mixer.build(blend.joint)
        own, other = whole(self.unpack(blend.own)), whole(self.unpack_other(blend.other))
        return self._mixer.mix(other, own, blend.number)


def _decoded(decoder: AudioCodecContext, packet: bytes) -> bytes:
    try:
        frames = decode(decoder, to_packet(packet))
    except av.error.FFmpegError:
        return _SILENCE
    return whole(b"".join(bytes_of(frame) for frame in frames))
