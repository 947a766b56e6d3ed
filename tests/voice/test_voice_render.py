"""Rendering: changes of gain glide, codecs are warmed up, damage stays where it is."""

import itertools
from array import array
from math import pi, sin
from pathlib import Path

import av.logging

from tests.voice.sounds import Samples, correlation, loudness, packets_of_file, sound_of_packets
from voice.codecs import decode, new_opus_decoder, to_packet
from voice.render import Renderer
from voice.timeline import PCM_BYTES, Job, OpusPacket, Pcm, RawFrame

av.logging.set_level(None)
STEADY = Pcm(array("f", [0.5, 0.5] * 960).tobytes())


def job(frames: list[RawFrame], gain_from: float, gain: float, history: tuple[RawFrame, ...] = ()) -> Job:
    return Job(
        epoch=0, start=0, fresh=True, history=history, frames=tuple(frames), gain_from=gain_from, gain=gain
    )


def left(packets: list[bytes]) -> Samples:
    """The left channel at 48 kHz, as 16-bit numbers."""
    decoder = new_opus_decoder()
    samples = array("h")
    for packet in packets:
        for frame in decode(decoder, to_packet(packet)):
            floats = array("f")
            floats.frombytes(bytes(frame.planes[0])[: frame.samples * 8])
            samples.extend(max(-32768, min(32767, round(value * 32767))) for value in floats[::2])
    return samples


def tone(frames: int) -> list[RawFrame]:
    """A tone of 100 Hz: loud and slow, so that a jump would stand out between two samples."""
    samples = [0.5 * sin(2 * pi * 100 * at / 48_000) for at in range(frames * 960)]
    slots: list[RawFrame] = []
    for start in range(0, len(samples), 960):
        stereo = array("f", (value for value in samples[start : start + 960] for _ in range(2)))
        slots.append(Pcm(stereo.tobytes()))
    return slots


def steepest(samples: Samples) -> int:
    return max(abs(b - a) for a, b in itertools.pairwise(samples))


def test_a_change_of_gain_does_not_click() -> None:
    slots = tone(20)
    loud = Renderer().render(job(slots[:10], 1.0, 1.0))
    quiet = Renderer().render(job(slots[10:], 1.0, 0.1, tuple(slots[6:10])))
    heard = left(loud + quiet)
    natural = steepest(left(Renderer().render(job(slots, 1.0, 1.0)))[4800:])
    assert steepest(heard[4800:]) < 1.5 * natural
    assert loudness(heard[-4800:]) / loudness(heard[4800:9000]) < 0.12


def test_gains_are_linear_and_reach_from_silence_to_five() -> None:
    slots = tone(12)
    plain = loudness(left(Renderer().render(job(slots, 1.0, 1.0)))[4800:])
    for gain in (0.0, 0.25, 1.8):
        heard = loudness(left(Renderer().render(job(slots, gain, gain)))[4800:])
        assert abs(heard / plain - gain) < 0.03
    up = left(Renderer().render(job(slots, 0.0, 5.0)))
    assert loudness(up[9600:]) > 1.5 * plain


def test_opus_is_decoded_and_encoded_at_another_gain(sounds: dict[str, Path]) -> None:
    packets = packets_of_file(sounds["ogg"])[:60]
    slots: list[RawFrame] = [OpusPacket(packet) for packet in packets]
    half = sound_of_packets(Renderer().render(job(slots, 0.5, 0.5)))
    plain = sound_of_packets(packets)
    # One encoder more is one delay of 6.5 ms more.
    assert correlation(half[52:], plain) > 0.99
    assert abs(loudness(half) / loudness(plain) - 0.5) < 0.02


def test_a_damaged_packet_is_silence_of_its_length() -> None:
    slots = [STEADY, OpusPacket(b""), OpusPacket(b"\xff" * 3), STEADY]
    assert len(Renderer().render(job(slots, 0.5, 0.5))) == 4


def test_pcm_has_the_size_the_codec_wants() -> None:
    assert len(STEADY.data) == PCM_BYTES == 7680
