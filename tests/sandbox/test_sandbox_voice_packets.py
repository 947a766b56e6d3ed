"""What the voice hub does with datagrams: discovery, keep-alive, packets good and bad; no sockets."""

import pytest

from sandbox.voice.capture import Violation
from sandbox.voice.close_codes import VoiceClose
from sandbox.voice.discovery import to_discovery
from sandbox.voice.hub import VoiceHub
from sandbox.voice.media import ANNOUNCE_WITHIN_S, DISCOVERY_AFTER_S
from sandbox.voice.rtp import to_header
from sandbox.voice.transport import Lane, Mode
from sandbox.voice.values import (
    Heard,
    SendDatagram,
    Ssrc,
)
from tests.sandbox.voice_hub_rig import (
    BOT,
    GUILD,
    OPUS,
    OTHER,
    A,
    B,
    closings,
    grant_for,
    join,
    make_hub,
    packet,
    speaking,
)


@pytest.fixture
def hub() -> VoiceHub:
    return make_hub()


def test_ip_discovery_and_keep_alive_are_answered(hub: VoiceHub) -> None:
    seen = ("127.0.0.1", 6000)
    request = b"\0\1\0\x46" + (1000).to_bytes(4, "big") + bytes(66)
    (answer,) = hub.datagram(request, seen, 0.0)
    assert answer == SendDatagram(
        address=seen, data=to_discovery(Ssrc(1000), seen), after_s=DISCOVERY_AFTER_S
    )
    assert isinstance(answer, SendDatagram)
    assert len(answer.data) == 74
    assert answer.data[8:].split(b"\0")[0] == b"127.0.0.1"
    assert int.from_bytes(answer.data[-2:], "big") == 6000
    assert hub.datagram(b"\x01\0\0\0\0\0\0\0", seen, 0.0) == [
        SendDatagram(address=seen, data=b"\x01\0\0\0\0\0\0\0")
    ]


def test_a_packet_is_heard_and_relayed_under_the_other_key() -> None:
    keys = iter([b"a" * 32, b"b" * 32])
    hub = VoiceHub(udp_address=("127.0.0.1", 5000), random_bytes=lambda _: next(keys))
    hub.admit(grant_for())
    hub.admit(grant_for(OTHER, token="other", session="other"))
    mine, theirs = join(hub), join(hub, B, OTHER, token="other", session_id="other")
    ours, other = Lane(mode=Mode.AES256_GCM, key=b"a" * 32), Lane(mode=Mode.AES256_GCM, key=b"b" * 32)
    hub.text(A, speaking(mine), 0.0)
    hub.text(B, speaking(theirs), 0.0)
    hub.datagram(packet(theirs, lane=other), ("127.0.0.1", 7002), 0.0)
    actions = hub.datagram(packet(mine, 5, 4800, lane=ours), ("127.0.0.1", 7001), 0.5)
    heard, relayed = actions
    assert isinstance(heard, Heard)
    assert (heard.frame.sequence, heard.frame.timestamp, heard.frame.opus) == (5, 4800, OPUS)
    assert isinstance(relayed, SendDatagram)
    assert relayed.address == ("127.0.0.1", 7002)
    assert other.unseal(relayed.data, 12) == OPUS
    assert ours.unseal(relayed.data, 12) is None


def test_an_encrypted_extension_and_contributing_sources_are_cut_off(hub: VoiceHub) -> None:
    ssrc = join(hub)
    hub.text(A, speaking(ssrc), 0.0)
    lane = Lane(mode=Mode.AES256_GCM, key=bytes(range(32)))
    fixed = to_header(sequence=1, timestamp=0, ssrc=Ssrc(ssrc))
    header = bytes([0x91]) + fixed[1:] + b"csrc" + b"\xbe\xde\x00\x02"
    hub.datagram(lane.seal(header, b"extended" + OPUS), ("127.0.0.1", 7001), 0.0)
    assert hub.recorder.of(GUILD, BOT).payloads() == [OPUS]


@pytest.mark.parametrize("length", [12, 20, 40, 1000])
def test_a_packet_that_does_not_decrypt_is_blamed(hub: VoiceHub, length: int) -> None:
    ssrc = join(hub)
    hub.text(A, speaking(ssrc), 0.0)
    sealed = packet(ssrc, opus=b"s" * 60, lane=Lane(mode=Mode.AES256_GCM, key=b"x" * 32))
    assert hub.datagram(sealed[:length], ("127.0.0.1", 7001), 0.0) == []
    assert hub.recorder.of(GUILD, BOT).counts == {Violation.NOT_DECRYPTABLE: 1}


def test_strays_are_noted_and_control_traffic_is_ignored(hub: VoiceHub) -> None:
    join(hub)
    hub.datagram(packet(77), ("127.0.0.1", 7001), 0.0)
    hub.datagram(b"\0" * 30, ("127.0.0.1", 7001), 0.0)
    hub.datagram(b"\x80\xc8" + bytes(30), ("127.0.0.1", 7001), 0.0)
    assert [stray.kind for stray in hub.media.strays] == [Violation.UNKNOWN_SENDER, Violation.MALFORMED]


def test_a_packet_may_overtake_the_speaking_message_but_not_replace_it(hub: VoiceHub) -> None:
    ssrc = join(hub)
    hub.datagram(packet(ssrc), ("127.0.0.1", 7001), 5.0)
    assert hub.tick(5.0 + ANNOUNCE_WITHIN_S / 2) == []
    hub.text(A, speaking(ssrc), 5.6)
    assert hub.tick(5.0 + ANNOUNCE_WITHIN_S) == []


def test_whoever_never_announces_speaking_is_thrown_out(hub: VoiceHub) -> None:
    ssrc = join(hub)
    hub.datagram(packet(ssrc), ("127.0.0.1", 7001), 5.0)
    assert hub.next_deadline() == 5.0 + ANNOUNCE_WITHIN_S
    assert closings(hub.tick(5.0 + ANNOUNCE_WITHIN_S)) == [(A, VoiceClose.BAD_REQUEST)]
