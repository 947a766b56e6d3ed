"""How loud a track is: measured by EBU R128, or read from its tags.

A shell over PyAV, used only in the node, only on worker threads (everything here may block). Imports
``voice.source`` and the values of ``voice.protocol``.

Rules:

- :class:`Meter` measures what it is fed; integrated loudness needs 0.4 s of sound.
- :func:`glance` is quick enough for the moment before the first frame of a file: a tag, or the whole of a
  short one, or pieces from all over a long one. ``exact`` says whether it needs no second look.
- :func:`measure` listens to a whole file.
- What comes from the web is opened once, by whoever plays it: ``voice.ear`` listens along.

Failure mode: what cannot be opened or decoded has no loudness; whoever plays it finds out why.

Source: ITU-R BS.1770, EBU R128; ReplayGain 2.0 (reference -18 LUFS); RFC 7845 section 5.2.1 (R128_TRACK_GAIN,
reference -23 LUFS, in 1/256 dB). 20 s of sound take 10 ms without decoding (measured).
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import Final

import av.error
from attrs import define, field, frozen
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph

from voice.codecs import TIME_BASE, decode
from voice.protocol import Measured, Source
from voice.rtp import SAMPLE_RATE_HZ
from voice.source import SourceFailed, open_source

GLANCE_S: Final = 0.25
"""How long a look at a whole file may take, in seconds of real time; pieces of it may take twice that."""
PIECES: Final = 12
PIECE_S: Final = 2.0
SILENT_LUFS: Final = -69.0
"""Below this nothing was heard that could be measured."""
REPLAYGAIN_LUFS: Final = -18.0
R128_LUFS: Final = -23.0


@frozen(kw_only=True)
class Glance:
    """What is known of a track's loudness.

    Args:
        exact: nobody has to look again.
        seconds: how much of it was heard, if it was not exact.
    """

    measured: Measured
    exact: bool
    seconds: float = 0.0


@define
class Meter:
    """Integrated loudness and peak of everything that it was fed."""

    _graph: Graph = field(init=False)
    _found: dict[str, str] = field(factory=dict[str, str], init=False)

    def __attrs_post_init__(self) -> None:
        self._graph = Graph()
        nodes = (
            self._graph.add_abuffer(
                format="flt", layout="stereo", sample_rate=SAMPLE_RATE_HZ, time_base=TIME_BASE
            ),
            self._graph.add("ebur128", "metadata=1:peak=sample:framelog=quiet"),
            self._graph.add("abuffersink"),
        )
        self._graph.link_nodes(*nodes).configure()

    def feed(self, frame: AudioFrame) -> None:
        """Listen to a frame of stereo floats at 48 kHz."""
        self._graph.push(frame)
        while True:
            try:
                heard = self._graph.pull()
            except (BlockingIOError, EOFError):
                return
            self._found = heard.metadata or self._found

    @property
    def measured(self) -> Measured | None:
        """The result so far; ``None`` while there is too little, or nothing but silence."""
        lufs = float(self._found.get("lavfi.r128.I", "-inf"))
        if not math.isfinite(lufs) or lufs < SILENT_LUFS:
            return None
        peak = float(self._found.get("lavfi.r128.sample_peak", "1"))
        return Measured(lufs=lufs, peak_db=20 * math.log10(max(peak, 1e-6)))


def glance(source: Source) -> Glance | None:
    """A first look at a file; ``None`` if it gave nothing."""
    try:
        container, stream = open_source(source)
    except SourceFailed:
        return None
    try:
        tagged = loudness_of_tags({**container.metadata, **stream.metadata})
        if tagged is not None:
            return Glance(measured=tagged, exact=True)
        return _look(container, stream)
    except (av.error.FFmpegError, ValueError):
        return None
    finally:
        container.close()


def measure(source: Source, wanted: Callable[[], bool] = lambda: True) -> Measured | None:
    """Listen to a whole file, as long as somebody wants to know."""
    try:
        container, stream = open_source(source)
    except SourceFailed:
        return None
    meter = Meter()
    try:
        for frame in _frames(container, stream):
            meter.feed(frame)
            if not wanted():
                return None
    except (av.error.FFmpegError, ValueError):
        return None
    finally:
        container.close()
    return meter.measured


def _look(container: InputContainer, stream: AudioStream) -> Glance | None:
    until = time.monotonic() + GLANCE_S
    meter, whole = Meter(), True
    for frame in _frames(container, stream):
        meter.feed(frame)
        if time.monotonic() > until:
            whole = False
            break
    if not whole and container.duration:
        meter = _look_around(container, stream, container.duration / 1e6) or meter
    measured = meter.measured
    return None if measured is None else Glance(measured=measured, exact=whole)


def _look_around(container: InputContainer, stream: AudioStream, duration_s: float) -> Meter | None:
    meter, until = Meter(), time.monotonic() + 2 * GLANCE_S
    samples = 0
    for number in range(PIECES):
        at_s = duration_s * (number + 0.5) / PIECES
        container.seek(int(at_s * 1e6))
        end = samples + PIECE_S * SAMPLE_RATE_HZ
        for frame in _frames(container, stream):
            frame.pts = samples
            meter.feed(frame)
            samples += frame.samples
            if samples > end:
                break
        if time.monotonic() > until:
            break
    return meter


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded sound as the meter takes it; damaged packets are left out."""
    resampler = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE_HZ)
    samples = 0
    for packet in container.demux(stream):
        try:
            frames = decode(stream.codec_context, packet if packet.size else None)
        except (av.error.InvalidDataError, av.error.EOFError):
            continue
        for frame in frames:
            for out in resampler.resample(frame):
                out.pts, out.time_base = samples, TIME_BASE
                samples += out.samples
                yield out


def loudness_of_tags(tags: dict[str, str]) -> Measured | None:
    """What a source says about its own loudness, by ReplayGain or R128."""
    known = {name.lower(): words for name, words in tags.items()}
    gain = _number(known.get("replaygain_track_gain"))
    if gain is not None:
        peak = _number(known.get("replaygain_track_peak")) or 1.0
        return Measured(lufs=REPLAYGAIN_LUFS - gain, peak_db=20 * math.log10(max(peak, 1e-6)))
    gain = _number(known.get("r128_track_gain"))
    return None if gain is None else Measured(lufs=R128_LUFS - gain / 256, peak_db=0.0)


def _number(words: str | None) -> float | None:
    try:
        value = float((words or "").lower().replace("db", "").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e5 else None
