import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.rtp import (
    DISCOVERY_BYTES,
    Discovered,
    MalformedPacket,
    RtpClock,
    parse_discovery_request,
    parse_discovery_response,
    parse_header,
    to_discovery_request,
    to_discovery_response,
    to_keep_alive,
)


def test_clock_steps_one_packet_and_960_samples_and_wraps() -> None:
    clock = RtpClock(ssrc=7, sequence=0xFFFF, timestamp=0xFFFFFFFF - 100)
    first, second = parse_header(clock.next_header()), parse_header(clock.next_header())
    assert (first.sequence, second.sequence) == (0xFFFF, 0)
    assert (second.timestamp - first.timestamp) % 2**32 == 960
    assert second.timestamp == 859
    assert first.ssrc == second.ssrc == 7


def test_clocks_start_at_random() -> None:
    clocks = [RtpClock.starting_at_random(1, random.Random(seed)) for seed in range(20)]
    assert len({clock.sequence for clock in clocks}) > 15
    assert len({clock.timestamp for clock in clocks}) == 20


def test_header_is_the_documented_bytes() -> None:
    header = RtpClock(ssrc=0x0A0B0C0D, sequence=0x0102, timestamp=0x03040506).next_header()
    assert header == bytes.fromhex("80 78 0102 03040506 0a0b0c0d")


def test_csrcs_and_extension_preamble_belong_to_the_header() -> None:
    packet = bytes.fromhex("92 78 0001 00000002 00000003 aaaaaaaa bbbbbbbb bede0002") + b"body"
    header = parse_header(packet)
    assert header.size == 12 + 8 + 4
    assert header.extension_bytes == 8


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80" * 11,
        b"\x00" * 12,
        b"\x40" + b"\x00" * 40,
        b"\x8f" + b"\x00" * 20,
        b"\x90" + b"\x00" * 13,
    ],
)
def test_what_is_no_rtp_is_refused(packet: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_header(packet)


def test_discovery_goes_round() -> None:
    request = to_discovery_request(99)
    assert len(request) == DISCOVERY_BYTES == 74
    assert request[:4] == b"\x00\x01\x00\x46"
    assert parse_discovery_request(request) == 99
    assert parse_discovery_response(request) is None
    found = Discovered(ssrc=99, address="203.0.113.7", port=50_001)
    response = to_discovery_response(found)
    assert len(response) == DISCOVERY_BYTES
    assert parse_discovery_response(response) == found
    assert parse_discovery_request(response) is None


def test_discovered_address_must_be_text() -> None:
    response = bytearray(to_discovery_response(Discovered(ssrc=1, address="1.2.3.4", port=5)))
    response[8] = 0xFF
    with pytest.raises(MalformedPacket):
        parse_discovery_response(bytes(response))


def test_keep_alive_is_neither_rtp_nor_discovery() -> None:
    packet = to_keep_alive(0x80000000)
    assert parse_discovery_request(packet) is None
    with pytest.raises(MalformedPacket):
        parse_header(packet)


@settings(max_examples=60)
@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(packet: bytes) -> None:
    try:
        header = parse_header(packet)
    except MalformedPacket:
        pass
    else:
        assert 12 <= header.size <= len(packet)
    try:
        parse_discovery_response(packet)
    except MalformedPacket:
        assert len(packet) == DISCOVERY_BYTES
