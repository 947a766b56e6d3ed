"""Real media files, made once per test run: a second of a tone in every container that counts."""

# pyright: reportUnknownMemberType=false
# PyAV's own annotations of streams and packets are not whole.

import io
import math
from array import array
from functools import cache

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

RATE = 48_000
CODECS = {
    "ogg": ("ogg", "libopus"),
    "webm": ("webm", "libopus"),
    "mp3": ("mp3", "libmp3lame"),
    "flac": ("flac", "flac"),
    "wav": ("wav", "pcm_s16le"),
    "m4a": ("ipod", "aac"),
    "ts": ("mpegts", "aac"),
}


@cache
def sound(kind: str, seconds: float = 1.0, title: str = "", artist: str = "") -> bytes:
    """A 440 Hz tone, stereo, in a file of this kind."""
    container_name, codec = CODECS[kind]
    file = io.BytesIO()
    with av.open(file, "w", format=container_name) as container:
        container.metadata.update({"title": title, "artist": artist} if title else {})
        stream = container.add_stream(codec, rate=RATE)
        assert isinstance(stream, AudioStream)
        stream.layout = "stereo"
        for start in range(0, int(RATE * seconds), 960):
            frame = _tone(start)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


@cache
def picture() -> bytes:
    """A small PNG."""
    file = io.BytesIO()
    with av.open(file, "w", format="image2pipe") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "rgb24"
        container.mux(stream.encode(av.VideoFrame(16, 16, "rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()


def _tone(start: int) -> AudioFrame:
    samples = [round(12_000 * math.sin(2 * math.pi * 440 * n / RATE)) for n in range(start, start + 960)]
    frame = AudioFrame(format="s16", layout="stereo", samples=960)
    frame.planes[0].update(array("h", [s for sample in samples for s in (sample, sample)]).tobytes())
    frame.sample_rate = RATE
    frame.pts = start
    return frame
