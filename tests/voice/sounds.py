"""Music-like sound for tests, in every container, and the means to compare what was heard with it.

Everything is made with PyAV at test time; numbers are compared in plain Python on 8 kHz mono.
"""

from array import array
from fractions import Fraction
from operator import mul
from pathlib import Path
from typing import Final, Protocol, TypeAlias, cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.filter import Graph
from av.packet import Packet

from voice.codecs import decode, new_opus_decoder, to_packet

KINDS: Final = {
    "mp3": ("libmp3lame", 44_100),
    "flac": ("flac", 44_100),
    "ogg": ("libopus", 48_000),
    "m4a": ("aac", 44_100),
    "wav": ("pcm_s16le", 44_100),
    "webm": ("libopus", 48_000),
}
PASSED_THROUGH: Final = ("ogg", "webm")
COMPARED_HZ: Final = 8000
Samples: TypeAlias = "array[int]"

# Two rising and falling voices with a beat and some noise; nowhere the same, left other than right.
_MUSIC: Final = (
    "0.25*sin(2*PI*(200+90*t)*t)*(0.6+0.4*sin(2*PI*1.7*t))+0.15*sin(2*PI*(1333-70*t)*t)+0.08*(random(0)-0.5)"
    "|0.22*sin(2*PI*(150+120*t)*t)+0.18*sin(2*PI*(900+31*t*t)*t)*(0.5+0.5*sin(2*PI*0.9*t))+0.08*(random(1)-0.5)"
)


class _Output(Protocol):
    # PyAV's stubs leave type arguments open; these say what is used here.
    def add_stream(self, codec: str, rate: int, options: dict[str, str]) -> AudioStream: ...

    def mux(self, packets: "list[Packet[AudioStream]]") -> None: ...


class _Encoder(Protocol):
    def encode(self, frame: AudioFrame | None) -> "list[Packet[AudioStream]]": ...


def _music(
    rate: int, seconds: float, sample_format: str, layout: str, frame_size: int, *, louder_db: float
) -> list[AudioFrame]:
    graph = Graph()
    nodes = (
        graph.add("aevalsrc", f"exprs='{_MUSIC}':s={rate}:d={seconds}:c=stereo"),
        graph.add("volume", f"volume={louder_db}dB:precision=double"),
        graph.add("aformat", f"sample_fmts={sample_format}:channel_layouts={layout}:sample_rates={rate}"),
        graph.add("asetnsamples", f"n={frame_size}:p=0"),
        graph.add("abuffersink"),
    )
    graph.link_nodes(*nodes).configure()
    frames: list[AudioFrame] = []
    while True:
        try:
            frame = graph.pull()
        except (EOFError, BlockingIOError):
            return frames
        assert isinstance(frame, AudioFrame)
        frames.append(frame)


def write_sound(
    path: Path,
    codec: str,
    rate: int,
    *,
    seconds: float = 3.0,
    layout: str = "stereo",
    options: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
    louder_db: float = 0.0,
    bit_rate: int = 160_000,
    muxing: dict[str, str] | None = None,
) -> Path:
    """Write ``seconds`` of music to ``path``; ``options`` are for the codec, ``muxing`` for the container."""
    with av.open(str(path), "w", options=muxing or {}) as container:
        container.metadata.update(tags or {})
        out = cast("_Output", container)
        context = out.add_stream(codec, rate, options or {}).codec_context
        context.layout = layout
        context.bit_rate = bit_rate
        context.open(strict=False)
        size = context.frame_size or 1024
        samples = 0
        for frame in _music(rate, seconds, context.format.name, layout, size, louder_db=louder_db):
            frame.pts = samples
            frame.time_base = Fraction(1, rate)
            samples += frame.samples
            out.mux(cast("_Encoder", context).encode(frame))
        out.mux(cast("_Encoder", context).encode(None))
    return path


def write_frames(path: Path, codec: str, frames: list[AudioFrame]) -> Path:
    """Write stereo floats at 48 kHz to ``path``."""
    with av.open(str(path), "w") as container:
        out = cast("_Output", container)
        context = out.add_stream(codec, 48_000, {}).codec_context
        context.layout = "stereo"
        context.bit_rate = 160_000
        context.open(strict=False)
        resampler = AudioResampler(format=context.format.name, layout="stereo", rate=48_000)
        for frame in [*frames, None]:
            for resampled in resampler.resample(frame):
                out.mux(cast("_Encoder", context).encode(resampled))
        out.mux(cast("_Encoder", context).encode(None))
    return path


def packets_of_file(path: Path) -> list[bytes]:
    """The packets of the audio stream of ``path`` as they are."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


def _compared(frames: list[AudioFrame]) -> Samples:
    resampler = AudioResampler(format="s16", layout="mono", rate=COMPARED_HZ)
    samples = array("h")
    for frame in [*frames, None]:
        for out in resampler.resample(frame):
            samples.frombytes(bytes(out.planes[0])[: out.samples * 2])
    return samples


def sound_of_file(path: Path) -> Samples:
    """What is in ``path``, as 8 kHz mono."""
    with av.open(str(path)) as container:
        return _compared(list(container.decode(container.streams.audio[0])))


def sound_of_packets(packets: list[bytes]) -> Samples:
    """What a listener hears, as 8 kHz mono."""
    decoder = new_opus_decoder()
    frames = [frame for packet in packets for frame in decode(decoder, to_packet(packet))]
    for number, frame in enumerate(frames):
        frame.pts = number * 960
    return _compared(frames)


def correlation(first: Samples, second: Samples) -> float:
    """Normalised correlation of two sounds, -1 to 1, over their common length."""
    length = min(len(first), len(second))
    a, b = first[:length], second[:length]
    power = (sum(map(mul, a, a)) * sum(map(mul, b, b))) ** 0.5
    return sum(map(mul, a, b)) / power if power else 0.0


def best_lag(heard: Samples, source: Samples, *, reach: int = 160, probe: int = 6000) -> int:
    """By how many samples of 8 kHz ``heard`` lags behind ``source``, at most ``reach``."""
    middle = source[2000 : 2000 + probe]
    return max(
        range(-reach, reach + 1),
        key=lambda lag: sum(map(mul, heard[2000 + lag : 2000 + lag + probe], middle)),
    )


def aligned_correlation(heard: Samples, source: Samples) -> float:
    """Correlation after shifting one sound to where it fits best."""
    lag = best_lag(heard, source)
    if lag >= 0:
        return correlation(heard[lag:], source)
    return correlation(heard, source[-lag:])


def loudness(samples: Samples) -> float:
    """Root mean square."""
    return (sum(map(mul, samples, samples)) / max(1, len(samples))) ** 0.5
