"""Opus packets for tests, made by PyAV: a tone in stereo, 20 ms frames."""

import io
import math

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame

RATE_HZ = 48_000
FRAME_SAMPLES = 960


def encode_tone(seconds: float, *, hertz: float = 440.0, bit_rate: int = 96_000) -> list[bytes]:
    """Packets of a sine at half of full scale, the same in both channels."""
    encoder = AudioCodecContext.create("libopus", "w")
    encoder.sample_rate = RATE_HZ
    encoder.layout = "stereo"
    encoder.format = "s16"
    encoder.bit_rate = bit_rate
    packets = list[bytes]()
    for number in range(round(seconds * RATE_HZ / FRAME_SAMPLES)):
        for packet in encoder.encode(_frame(number, hertz)):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - PyAV's packets are generic without a bound
            packets.append(bytes(packet))  # pyright: ignore[reportUnknownArgumentType] - as above
    return packets


def _frame(number: int, hertz: float) -> AudioFrame:
    start = number * FRAME_SAMPLES
    step = 2 * math.pi * hertz / RATE_HZ
    values = [round(16_000 * math.sin(step * (start + offset))) for offset in range(FRAME_SAMPLES)]
    frame = AudioFrame(format="s16", layout="stereo", samples=FRAME_SAMPLES)
    frame.sample_rate = RATE_HZ
    frame.pts = start
    frame.planes[0].update(b"".join(value.to_bytes(2, "little", signed=True) * 2 for value in values))
    return frame


def demux_audio(data: bytes) -> list[bytes]:
    """The packets of the only stream of a file, which must be Opus in stereo."""
    with av.open(io.BytesIO(data), "r") as container:
        audio = container.streams.audio[0]
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("opus", 48_000, 2)
        return [bytes(packet) for packet in container.demux(audio) if packet.size]
