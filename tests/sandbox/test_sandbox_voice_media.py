"""Packets: both transport modes, what the recorder finds wrong with a stream, Ogg pages."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.ids import GuildId, UserId
from sandbox.voice.capture import KEPT_FRAMES, PAUSE_S, Capture, Recorder, StreamCheck, Violation
from sandbox.voice.ogg import OggOpus
from sandbox.voice.opus import SILENCE, is_stereo, opus_samples
from sandbox.voice.replay import ReplayBuffer
from sandbox.voice.rtp import parse_header, to_header
from sandbox.voice.transport import Lane, Mode
from sandbox.voice.values import Frame, Ssrc
from tests.sandbox.opus_source import demux_audio, encode_tone

KEY = bytes(range(32))
FRAME = b"\xfcopus"


def frame(
    number: int, *, arrived_s: float | None = None, timestamp: int | None = None, opus: bytes = FRAME
) -> Frame:
    return Frame(
        arrived_s=number * 0.02 if arrived_s is None else arrived_s,
        sequence=number & 0xFFFF,
        timestamp=(number * 960 if timestamp is None else timestamp) & 0xFFFFFFFF,
        opus=opus,
    )


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_sealed_opens_and_what_was_touched_does_not(mode: Mode) -> None:
    lane = Lane(mode=mode, key=KEY)
    header = to_header(sequence=1, timestamp=2, ssrc=Ssrc(3))
    packet = lane.seal(header, b"sound")
    assert lane.unseal(packet, 12) == b"sound"
    for position in range(len(packet)):
        broken = bytearray(packet)
        broken[position] ^= 1
        assert lane.unseal(bytes(broken), 12) is None


@pytest.mark.parametrize("mode", list(Mode))
def test_no_nonce_is_used_twice(mode: Mode) -> None:
    lane = Lane(mode=mode, key=KEY)
    tails = {lane.seal(b"h" * 12, b"")[-4:] for _ in range(100)}
    assert len(tails) == 100


def test_the_key_is_not_printed() -> None:
    assert "key" not in repr(Lane(mode=Mode.AES256_GCM, key=KEY))


@settings(max_examples=100, deadline=None, database=None)
@given(st.binary(max_size=80))
def test_hostile_datagrams_parse_or_are_refused(data: bytes) -> None:
    header = parse_header(data)
    if header is not None:
        assert 12 <= header.size <= len(data)
    assert Lane(mode=Mode.XCHACHA20_POLY1305, key=KEY).unseal(data, 12) is None


def test_an_unbroken_stream_has_nothing_wrong_with_it() -> None:
    check = StreamCheck()
    numbers = range(65_530, 65_545)
    assert [check.check(frame(n), n.to_bytes(4, "big")) for n in numbers] == [[]] * 15


@pytest.mark.parametrize(
    ("second", "nonce", "violations"),
    [
        (frame(1), b"\0\0\0\0", [Violation.NONCE_REUSED]),
        (frame(2), b"\0\0\0\1", [Violation.SEQUENCE_STEP, Violation.TIMESTAMP_STEP]),
        (frame(1, timestamp=961), b"\0\0\0\1", [Violation.TIMESTAMP_STEP]),
        (frame(1, timestamp=0), b"\0\0\0\1", [Violation.TIMESTAMP_STEP]),
        (frame(1, timestamp=96_000, arrived_s=PAUSE_S * 2), b"\0\0\0\1", []),
        (frame(1, timestamp=-960, arrived_s=PAUSE_S * 2), b"\0\0\0\1", [Violation.TIMESTAMP_STEP]),
    ],
)
def test_what_does_not_follow_is_found(second: Frame, nonce: bytes, violations: list[Violation]) -> None:
    check = StreamCheck()
    check.check(frame(0), b"\0\0\0\0")
    assert check.check(second, nonce) == violations


def test_after_silence_and_after_a_new_key_the_stream_may_begin_anew() -> None:
    check = StreamCheck()
    check.check(frame(0, opus=SILENCE), b"\0\0\0\0")
    assert check.check(frame(1, timestamp=480_000), b"\0\0\0\1") == []
    check.fresh_key()
    assert check.check(frame(2, timestamp=480_960), b"\0\0\0\0") == []


def test_a_recording_is_bounded_and_leaves_silence_out() -> None:
    capture = Capture()
    for number in range(KEPT_FRAMES + 10):
        capture.keep(frame(number))
    assert len(capture.frames) == KEPT_FRAMES
    capture.keep(frame(0, opus=SILENCE))
    assert SILENCE not in capture.payloads()
    assert capture.payloads(silence=True)[-1] == SILENCE


def test_a_recorder_keeps_one_recording_per_user_and_guild() -> None:
    recorder = Recorder()
    assert recorder.of(GuildId(1), UserId(2)) is recorder.of(GuildId(1), UserId(2))
    assert recorder.of(GuildId(1), UserId(2)) is not recorder.of(GuildId(1), UserId(3))


def test_message_numbers_wrap_at_sixteen_bits() -> None:
    buffer = ReplayBuffer()
    for _ in range(65_536):
        buffer.number(5, {})
    assert '"seq":0' in buffer.number(5, {})
    missed = buffer.missed(65_534)
    assert missed is not None
    assert ['"seq":65535' in str(missed[0]), '"seq":0' in str(missed[1]), len(missed)] == [True, True, 2]
    assert buffer.missed(None) is None


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        (SILENCE, 960),
        (b"\xfc", 960),
        (b"\xfd", 1920),
        (b"\xfe", 1920),
        (b"\xff\x03", 2880),
        (b"\xff", 0),
        (b"", 0),
        (b"\x18", 2880),
        (b"\x60", 480),
        (b"\xe0", 120),
        (b"\xff\x3f", 0),
    ],
)
def test_how_long_a_packet_sounds(packet: bytes, samples: int) -> None:
    assert opus_samples(packet) == samples


def test_ogg_pages_decode_to_the_same_packets() -> None:
    packets = encode_tone(0.5)
    assert is_stereo(packets[0])
    stream = OggOpus(serial=7)
    data = stream.head() + b"".join(stream.audio([packet]) for packet in packets[:-1])
    data += stream.audio(packets[-1:], last=True)
    assert demux_audio(data) == packets
    (granule,) = struct.unpack_from("<q", data, data.rindex(b"OggS") + 6)
    assert granule == 960 * len(packets)


def test_an_ogg_page_says_when_it_is_full() -> None:
    with pytest.raises(ValueError, match="too many"):
        OggOpus(serial=1).audio([b"\xfc" * 300] * 200)
