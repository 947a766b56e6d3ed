import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.crypto import (
    COUNTER_LIMIT,
    Forged,
    Mode,
    NonceExhausted,
    Opener,
    Sealer,
    choose_mode,
)
from voice.rtp import MalformedPacket, RtpClock

KEY = bytes(range(32))
MODES = list(Mode)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["aead_xchacha20_poly1305_rtpsize", "aead_aes256_gcm_rtpsize"], Mode.AES256_GCM),
        (["xsalsa20_poly1305", "aead_xchacha20_poly1305_rtpsize"], Mode.XCHACHA20_POLY1305),
        (["xsalsa20_poly1305"], None),
        ([], None),
    ],
)
def test_best_known_mode_is_chosen(offered: list[str], chosen: Mode | None) -> None:
    assert choose_mode(offered) is chosen


@pytest.mark.parametrize("mode", MODES)
def test_packets_open_again_and_count_their_nonces(mode: Mode) -> None:
    sealer, opener = Sealer(mode=mode, key=KEY, counter=5), Opener(mode=mode, key=KEY)
    clock = RtpClock(ssrc=1, sequence=10, timestamp=20)
    for number in range(3):
        header = clock.next_header()
        packet = sealer.seal(header, b"frame %d" % number)
        assert packet.startswith(header)
        assert len(packet) == 12 + 7 + 16 + 4
        opened = opener.open(packet)
        assert opened.frame == b"frame %d" % number
        assert opened.header.sequence == 10 + number
        assert opened.counter == (5 + number).to_bytes(4, "big")


@pytest.mark.parametrize("mode", MODES)
def test_every_changed_byte_is_noticed(mode: Mode) -> None:
    packet = Sealer(mode=mode, key=KEY).seal(RtpClock(ssrc=1, sequence=2, timestamp=3).next_header(), b"abc")
    opener = Opener(mode=mode, key=KEY)
    for at in range(1, len(packet)):
        forged = bytearray(packet)
        forged[at] ^= 1
        with pytest.raises(Forged):
            opener.open(bytes(forged))


@pytest.mark.parametrize("mode", MODES)
def test_extension_preamble_is_authenticated_and_its_body_cut_off(mode: Mode) -> None:
    header = bytes.fromhex("90 78 0001 00000002 00000003 bede0001")
    packet = Sealer(mode=mode, key=KEY).seal(header, b"EXT!" + b"frame")
    assert Opener(mode=mode, key=KEY).open(packet).frame == b"frame"


def test_packets_have_the_documented_layout() -> None:
    # Fixed vectors: a change of nonce layout or additional data would still open its own packets.
    header = bytes.fromhex("80780001000003c000000001")
    gcm = Sealer(mode=Mode.AES256_GCM, key=KEY, counter=1).seal(header, b"opus")
    xchacha = Sealer(mode=Mode.XCHACHA20_POLY1305, key=KEY, counter=1).seal(header, b"opus")
    assert gcm == header + bytes.fromhex("2b46b8d9df4bcf8bc0edb7cabeddfcfa2a395b67 00000001")
    assert xchacha == header + bytes.fromhex("66d724539780c589fc664b044c09a4fb56f44e1c 00000001")


def test_a_key_is_never_used_past_its_last_counter() -> None:
    sealer = Sealer(mode=Mode.AES256_GCM, key=KEY, counter=COUNTER_LIMIT - 1)
    assert sealer.seal(b"\x80" * 12, b"x").endswith(b"\xff\xff\xff\xff")
    with pytest.raises(NonceExhausted):
        sealer.seal(b"\x80" * 12, b"x")


def test_keys_are_checked_and_hidden() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(mode=Mode.AES256_GCM, key=b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        Opener(mode=Mode.XCHACHA20_POLY1305, key=b"short")
    assert "\\x01" not in repr(Sealer(mode=Mode.AES256_GCM, key=KEY))


@settings(max_examples=60)
@given(st.sampled_from(MODES), st.binary(max_size=80))
def test_any_bytes_are_refused(mode: Mode, packet: bytes) -> None:
    with pytest.raises((Forged, MalformedPacket)):
        Opener(mode=mode, key=KEY).open(packet)
