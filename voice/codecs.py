"""The codecs of the node, made as it needs them, behind two calls with plain types.

A shell over PyAV without I/O; worker threads only. Imports ``voice.rtp`` constants.

Source: libopus through FFmpeg; ``application=audio`` is the setting for music.
"""

from fractions import Fraction
from typing import Final, Protocol, cast

from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet

from voice.rtp import SAMPLE_RATE_HZ

BIT_RATE: Final = 160_000
COMPLEXITY: Final = "7"
"""Of libopus, 0 to 10. The last steps search longer for what is far below hearing at this rate: 120 µs per
frame instead of 179 (measured), and a core has to carry sixty such calls."""
TIME_BASE: Final = Fraction(1, SAMPLE_RATE_HZ)


class _Codec(Protocol):
    # PyAV's stubs leave the type argument of Packet open; this says it.
    def decode(self, packet: "Packet[AudioStream] | None") -> list[AudioFrame]: ...

    def encode(self, frame: AudioFrame) -> "list[Packet[AudioStream]]": ...


def new_opus_encoder() -> AudioCodecContext:
    """Stereo floats in, packets of 20 ms out."""
    encoder = AudioCodecContext.create("libopus", "w")
    encoder.sample_rate = SAMPLE_RATE_HZ
    encoder.layout = "stereo"
    encoder.format = "flt"
    encoder.bit_rate = BIT_RATE
    encoder.time_base = TIME_BASE
    encoder.options = {
        "application": "audio",
        "frame_duration": "20",
        "vbr": "on",
        "compression_level": COMPLEXITY,
    }
    return encoder


def new_opus_decoder() -> AudioCodecContext:
    """Packets in, interleaved stereo floats out, sample for sample (no pre-skip)."""
    decoder = AudioCodecContext.create("libopus", "r")
    decoder.options = {"request_sample_fmt": "flt"}
    return decoder


def to_packet(data: bytes) -> "Packet[AudioStream]":
    """A packet that did not come from a container."""
    return cast("Packet[AudioStream]", Packet(data))


def decode(context: AudioCodecContext, packet: "Packet[AudioStream] | None") -> list[AudioFrame]:
    """The frames of ``packet``, ``None`` flushing the codec.

    Raises:
        av.error.FFmpegError: it does not decode.
    """
    return cast("_Codec", context).decode(packet)


def encode(context: AudioCodecContext, frame: AudioFrame) -> list[bytes]:
    """The packets that ``frame`` completes."""
    return [bytes(packet) for packet in cast("_Codec", context).encode(frame)]
