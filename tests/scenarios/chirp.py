"""A sound that tells where in it one is: its pitch rises evenly, so the pitch is the position.

For tests of playback that goes on somewhere: what was heard last is decoded, and how often it crosses zero
says how far the track was. Works for passed-through and for re-encoded sound, at any volume.
"""

from array import array
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Protocol, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.filter import Graph
from av.packet import Packet

from sandbox.voice.opus import SILENCE
from sandbox.voice.values import Frame
from voice.codecs import decode, new_opus_decoder, to_packet

RATE_HZ = 48_000
FRAME_SAMPLES = 960
FROM_HZ = 200.0
RISE_HZ_PER_S = 80.0
WINDOW = 11
"""Frames looked at: one lets the decoder settle, ten are 0.2 s and measure to some ±2.5 Hz."""

_PHASE = f"2*PI*({FROM_HZ}*t+{RISE_HZ_PER_S / 2}*t*t)"


class _Stream(Protocol):
    # PyAV's stubs leave the type argument of Packet open; this says it.
    def encode(self, frame: AudioFrame | None) -> "list[Packet[AudioStream]]": ...


class _Output(Protocol):
    # likewise
    def add_stream(self, codec: str, rate: int, *, layout: str) -> _Stream: ...

    def mux(self, packets: "list[Packet[AudioStream]]") -> None: ...


def write_chirp(file: Path, seconds: float) -> Path:
    """Write a rising tone as stereo Opus; the file's ending chooses the container."""
    graph = Graph()
    nodes = (
        graph.add("aevalsrc", f"exprs='0.3*sin({_PHASE})|0.2*sin({_PHASE})':s={RATE_HZ}:d={seconds}"),
        graph.add("aformat", "sample_fmts=s16:channel_layouts=stereo"),
        graph.add("asetnsamples", f"n={FRAME_SAMPLES}"),
        graph.add("abuffersink"),
    )
    graph.link_nodes(*nodes).configure()
    with av.open(str(file), "w") as container:
        out = cast("_Output", container)
        stream = out.add_stream("libopus", RATE_HZ, layout="stereo")
        for number in range(int(seconds * RATE_HZ / FRAME_SAMPLES)):
            frame = cast("AudioFrame", graph.pull())
            frame.pts, frame.time_base = number * FRAME_SAMPLES, Fraction(1, RATE_HZ)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file


def position_s(frames: Sequence[Frame]) -> float:
    """How far the chirp is at the end of these frames, in seconds. Give it at least ``WINDOW`` of sound."""
    heard = [frame.opus for frame in frames if frame.opus != SILENCE][-WINDOW:]
    assert len(heard) == WINDOW, "there is not enough sound to hear a position in"
    decoder = new_opus_decoder()
    samples = array("f")
    for opus in heard:
        for frame in decode(decoder, to_packet(opus)):
            samples.frombytes(bytes(frame.planes[0])[: frame.samples * 8])
    left = samples[2 * FRAME_SAMPLES :: 2]
    pitch_hz = _crossings(left) / 2 / (len(left) / RATE_HZ)
    middle_s = (pitch_hz - FROM_HZ) / RISE_HZ_PER_S
    return middle_s + len(left) / RATE_HZ / 2


def _crossings(samples: "array[float]") -> int:
    below = [sample < 0 for sample in samples]
    return sum(one != other for one, other in pairwise(below))
