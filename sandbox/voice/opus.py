"""What can be read off an Opus packet without decoding it: how long it sounds.

Source: RFC 6716, section 3.1 (the TOC byte) and 3.2 (frame packing).
"""

SILENCE = b"\xf8\xff\xfe"
"""The frame that a client sends five times when it stops. Source: Discord, "Voice Data Interpolation"."""

SAMPLE_RATE_HZ = 48_000

_SILK_SAMPLES = (480, 960, 1920, 2880)
_HYBRID_SAMPLES = (480, 960)
_CELT_SAMPLES = (120, 240, 480, 960)
_LONGEST_SAMPLES = 5760
"""120 ms: a packet may not sound longer."""


def _frame_samples(config: int) -> int:
    if config < 12:
        return _SILK_SAMPLES[config % 4]
    if config < 16:
        return _HYBRID_SAMPLES[config % 2]
    return _CELT_SAMPLES[config % 4]


def _frame_count(packet: bytes) -> int:
    match packet[0] & 3:
        case 0:
            return 1
        case 1 | 2:
            return 2
        case _:
            return packet[1] & 0x3F if len(packet) > 1 else 0


def opus_samples(packet: bytes) -> int:
    """How many samples of 48 kHz the packet sounds; 0 if it is no Opus packet."""
    if not packet:
        return 0
    samples = _frame_samples(packet[0] >> 3) * _frame_count(packet)
    return samples if samples <= _LONGEST_SAMPLES else 0


def is_stereo(packet: bytes) -> bool:
    """Whether the packet was encoded with two channels."""
    return bool(packet) and bool(packet[0] & 4)
