"""The voice gateway's core: every opcode in every state, close codes, resume, relay; no sockets."""

import json
from typing import Any

import pytest

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.voice.capture import Violation
from sandbox.voice.close_codes import VoiceClose, close_reason
from sandbox.voice.discovery import to_discovery
from sandbox.voice.handshake import HEARTBEAT_INTERVAL_S, HEARTBEAT_TOLERANCE, IDENTIFY_WITHIN_S
from sandbox.voice.hub import VoiceHub
from sandbox.voice.media import ANNOUNCE_WITHIN_S, DISCOVERY_AFTER_S
from sandbox.voice.replay import KEPT
from sandbox.voice.rtp import to_header
from sandbox.voice.session import RESUME_WINDOW_S
from sandbox.voice.transport import Lane, Mode
from sandbox.voice.values import (
    Action,
    CloseSocket,
    ConnectionId,
    Grant,
    Heard,
    SendDatagram,
    SendText,
    SpeakingChanged,
    Ssrc,
)

GUILD, CHANNEL, BOT, OTHER = GuildId(1), ChannelId(2), UserId(3), UserId(4)
A, B, C = ConnectionId(1), ConnectionId(2), ConnectionId(3)
OPUS = b"\xfc" + b"sound"


def grant_for(user: UserId = BOT, *, token: str = "token", session: str = "session") -> Grant:
    return Grant(guild_id=GUILD, channel_id=CHANNEL, user_id=user, session_id=session, token=token)


@pytest.fixture
def hub() -> VoiceHub:
    made = VoiceHub(udp_address=("127.0.0.1", 5000), random_bytes=lambda size: bytes(range(size)))
    made.admit(grant_for())
    return made


def said(actions: list[Action], to: ConnectionId | None = None) -> list[dict[str, Any]]:
    return [json.loads(a.text) for a in actions if isinstance(a, SendText) and to in {None, a.connection}]


def closings(actions: list[Action]) -> list[tuple[ConnectionId, int]]:
    return [(action.connection, action.code) for action in actions if isinstance(action, CloseSocket)]


def identify(**changed: object) -> str:
    body = {"server_id": "1", "user_id": "3", "session_id": "session", "token": "token", **changed}
    return json.dumps({"op": 0, "d": body})


def select(mode: str = Mode.AES256_GCM, protocol: str = "udp") -> str:
    data = {"address": "127.0.0.1", "port": 6000, "mode": mode}
    return json.dumps({"op": 1, "d": {"protocol": protocol, "data": data}})


def speaking(ssrc: int, flags: int = 1) -> str:
    return json.dumps({"op": 5, "d": {"speaking": flags, "delay": 0, "ssrc": ssrc}})


def resume(seq_ack: int | None = None, **changed: object) -> str:
    body: dict[str, object] = {"server_id": "1", "session_id": "session", "token": "token", **changed}
    if seq_ack is not None:
        body["seq_ack"] = seq_ack
    return json.dumps({"op": 7, "d": body})


def join(hub: VoiceHub, connection: ConnectionId = A, user: UserId = BOT, **credentials: str) -> int:
    """Greet, identify, select; returns the SSRC."""
    hub.opened(connection, 8, 0.0)
    ready = said(hub.text(connection, identify(user_id=str(user), **credentials), 0.0), connection)
    hub.text(connection, select(), 0.0)
    return ready[0]["d"]["ssrc"]


def packet(
    ssrc: int, sequence: int = 1, timestamp: int = 960, opus: bytes = OPUS, lane: Lane | None = None
) -> bytes:
    lane = lane or Lane(mode=Mode.AES256_GCM, key=bytes(range(32)))
    return lane.seal(to_header(sequence=sequence, timestamp=timestamp, ssrc=Ssrc(ssrc)), opus)


def test_a_client_is_greeted_with_the_heartbeat_interval(hub: VoiceHub) -> None:
    (hello,) = said(hub.opened(A, 8, 0.0))
    assert hello == {"op": 8, "d": {"v": 8, "heartbeat_interval": 13750}}


def test_a_gateway_version_below_four_is_refused(hub: VoiceHub) -> None:
    assert closings(hub.opened(A, 3, 0.0)) == [(A, VoiceClose.BAD_REQUEST)]


def test_identify_is_answered_with_where_to_send_and_how(hub: VoiceHub) -> None:
    hub.opened(A, 8, 0.0)
    (ready,) = said(hub.text(A, identify(), 0.0))
    assert ready["op"] == 2
    assert (ready["d"]["ip"], ready["d"]["port"]) == ("127.0.0.1", 5000)
    assert ready["d"]["modes"] == ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"token": "wrong"}, VoiceClose.AUTHENTICATION_FAILED),
        ({"session_id": "stale"}, VoiceClose.SESSION_INVALID),
        ({"server_id": "99"}, VoiceClose.SERVER_NOT_FOUND),
        ({"user_id": "99"}, VoiceClose.AUTHENTICATION_FAILED),
        ({"user_id": "no number"}, VoiceClose.UNDECODABLE),
    ],
)
def test_identify_with_wrong_credentials(hub: VoiceHub, changed: dict[str, str], code: VoiceClose) -> None:
    hub.opened(A, 8, 0.0)
    assert closings(hub.text(A, identify(**changed), 0.0)) == [(A, code)]


def test_a_token_that_was_replaced_is_a_session_that_is_gone(hub: VoiceHub) -> None:
    hub.admit(grant_for(token="newer"))
    hub.opened(A, 8, 0.0)
    assert closings(hub.text(A, identify(), 0.0)) == [(A, VoiceClose.SESSION_INVALID)]


@pytest.mark.parametrize("text", [select(), speaking(1), '{"op":20,"d":{}}', '{"op":23,"d":{}}'])
def test_nothing_but_heartbeats_before_identify(hub: VoiceHub, text: str) -> None:
    hub.opened(A, 8, 0.0)
    assert said(hub.text(A, '{"op":3,"d":{"t":1,"seq_ack":-1}}', 0.0)) == [{"op": 6, "d": {"t": 1}}]
    assert closings(hub.text(A, text, 0.0)) == [(A, VoiceClose.NOT_AUTHENTICATED)]


def test_a_second_identify_is_one_too_many(hub: VoiceHub) -> None:
    join(hub)
    assert closings(hub.text(A, identify(), 0.0)) == [(A, VoiceClose.ALREADY_AUTHENTICATED)]


@pytest.mark.parametrize(
    "text", ["{", "[]", "7", '{"d":{}}', '{"op":"x","d":{}}', '{"op":0,"d":null}', '{"op":3}']
)
def test_half_a_json_or_the_wrong_shape_closes_with_4002(hub: VoiceHub, text: str) -> None:
    hub.opened(A, 8, 0.0)
    assert closings(hub.text(A, text, 0.0)) == [(A, VoiceClose.UNDECODABLE)]


def test_an_unknown_opcode_closes_with_4001_and_video_is_tolerated(hub: VoiceHub) -> None:
    join(hub)
    assert hub.text(A, '{"op":12,"d":{"audio_ssrc":1}}', 0.0) == []
    assert closings(hub.text(A, '{"op":77,"d":{}}', 0.0)) == [(A, VoiceClose.UNKNOWN_OPCODE)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (select(protocol="webrtc"), VoiceClose.UNKNOWN_PROTOCOL),
        (select("xsalsa20_poly1305"), VoiceClose.UNKNOWN_MODE),
    ],
)
def test_a_transport_that_is_not_spoken(hub: VoiceHub, text: str, code: VoiceClose) -> None:
    hub.opened(A, 8, 0.0)
    hub.text(A, identify(), 0.0)
    assert closings(hub.text(A, text, 0.0)) == [(A, code)]


def test_select_protocol_is_answered_with_a_key_and_no_end_to_end_encryption(hub: VoiceHub) -> None:
    hub.opened(A, 8, 0.0)
    hub.text(A, identify(max_dave_protocol_version=1), 0.0)
    (description,) = said(hub.text(A, select(Mode.XCHACHA20_POLY1305), 0.0))
    assert description["op"] == 4
    assert description["seq"] == 0
    assert description["d"]["mode"] == "aead_xchacha20_poly1305_rtpsize"
    assert description["d"]["secret_key"] == list(range(32))
    assert description["d"]["dave_protocol_version"] == 0


def test_heartbeats_below_version_eight_are_bare_numbers_and_nothing_is_numbered(hub: VoiceHub) -> None:
    hub.opened(A, 4, 0.0)
    hub.text(A, identify(), 0.0)
    (description,) = said(hub.text(A, select(), 0.0))
    assert "seq" not in description
    assert said(hub.text(A, '{"op":3,"d":42}', 1.0)) == [{"op": 6, "d": 42}]


def test_a_client_without_heartbeats_times_out_with_4009(hub: VoiceHub) -> None:
    join(hub)
    end = HEARTBEAT_INTERVAL_S * HEARTBEAT_TOLERANCE
    assert hub.next_deadline() == end
    assert hub.tick(end - 0.1) == []
    hub.text(A, '{"op":3,"d":{"t":1}}', 10.0)
    assert hub.tick(end) == []
    assert closings(hub.tick(10.0 + end)) == [(A, VoiceClose.SESSION_TIMEOUT)]


def test_a_month_of_heartbeats_keeps_the_session(hub: VoiceHub) -> None:
    join(hub)
    now = 0.0
    for beat in range(2000):
        now += 1296.0 / 100
        assert closings(hub.tick(now)) == []
        hub.text(A, json.dumps({"op": 3, "d": {"t": beat, "seq_ack": 0}}), now)
    assert hub.calls.session(GUILD, BOT) is not None


def test_a_socket_that_never_identifies_is_closed(hub: VoiceHub) -> None:
    hub.opened(A, 8, 0.0)
    assert closings(hub.tick(IDENTIFY_WITHIN_S)) == [(A, VoiceClose.SESSION_TIMEOUT)]


def test_a_resume_brings_what_was_missed_in_order(hub: VoiceHub) -> None:
    join(hub)
    hub.lost(A, 1.0)
    hub.sit(GUILD, OTHER, CHANNEL)
    hub.sit(GUILD, OTHER, None)
    hub.opened(B, 8, 2.0)
    resumed, connect, disconnect = said(hub.text(B, resume(0), 2.0), B)
    assert resumed == {"op": 9, "d": None}
    assert connect == {"op": 11, "d": {"user_ids": ["4"]}, "seq": 1}
    assert disconnect == {"op": 13, "d": {"user_id": "4"}, "seq": 2}


def test_a_resume_without_any_number_seen_replays_the_session_description(hub: VoiceHub) -> None:
    join(hub)
    hub.lost(A, 1.0)
    hub.opened(B, 8, 2.0)
    assert [message["op"] for message in said(hub.text(B, resume(-1), 2.0))] == [9, 4]


def test_a_resume_that_missed_more_than_is_kept_must_start_afresh(hub: VoiceHub) -> None:
    join(hub)
    hub.lost(A, 1.0)
    for _ in range(KEPT):
        hub.sit(GUILD, OTHER, CHANNEL)
        hub.sit(GUILD, OTHER, None)
    hub.opened(B, 8, 2.0)
    assert closings(hub.text(B, resume(0), 2.0)) == [(B, VoiceClose.SESSION_INVALID)]


def test_a_resume_of_a_number_never_sent_is_refused(hub: VoiceHub) -> None:
    join(hub)
    hub.opened(B, 8, 2.0)
    assert closings(hub.text(B, resume(9), 2.0)) == [(B, VoiceClose.SESSION_INVALID)]


def test_a_resume_takes_over_from_a_socket_that_still_hangs(hub: VoiceHub) -> None:
    join(hub)
    hub.opened(B, 8, 2.0)
    actions = hub.text(B, resume(0), 2.0)
    assert closings(actions) == [(A, VoiceClose.SESSION_INVALID)]
    assert hub.lost(A, 2.1) == []
    session = hub.calls.session(GUILD, BOT)
    assert session is not None
    assert session.connection == B


def test_a_session_that_nobody_resumes_ends_and_the_others_hear_of_it(hub: VoiceHub) -> None:
    hub.admit(grant_for(OTHER, token="other", session="other"))
    join(hub)
    join(hub, B, OTHER, token="other", session_id="other")
    hub.lost(A, 5.0)
    hub.text(B, '{"op":3,"d":{"t":1}}', 60.0)
    actions = hub.tick(5.0 + RESUME_WINDOW_S)
    assert [message["d"] for message in said(actions, B)] == [{"user_id": "3"}]
    hub.opened(C, 8, 70.0)
    assert closings(hub.text(C, resume(0), 70.0)) == [(C, VoiceClose.SESSION_INVALID)]


def test_a_protocol_error_leaves_the_session_resumable(hub: VoiceHub) -> None:
    join(hub)
    hub.text(A, "{", 1.0)
    hub.opened(B, 8, 2.0)
    assert said(hub.text(B, resume(0), 2.0))[0]["op"] == 9


def test_dismissal_closes_with_4014_and_the_token_is_gone(hub: VoiceHub) -> None:
    join(hub)
    assert closings(hub.dismiss(GUILD, BOT)) == [(A, VoiceClose.DISCONNECTED)]
    hub.opened(B, 8, 1.0)
    assert closings(hub.text(B, resume(0), 1.0)) == [(B, VoiceClose.SESSION_INVALID)]


@pytest.mark.parametrize(
    ("code", "resumable"), [(4006, False), (4009, True), (4014, False), (4015, True), (4022, False)]
)
def test_closing_as_a_fault(hub: VoiceHub, code: int, resumable: bool) -> None:
    join(hub)
    assert closings(hub.close(GUILD, BOT, code)) == [(A, code)]
    hub.lost(A, 1.0)
    hub.opened(B, 8, 2.0)
    answer = hub.text(B, resume(0), 2.0)
    assert bool(said(answer)) is resumable
    assert bool(closings(answer)) is not resumable


def test_a_second_client_of_the_same_user_ends_the_first(hub: VoiceHub) -> None:
    join(hub)
    hub.opened(B, 8, 1.0)
    assert closings(hub.text(B, identify(), 1.0)) == [(A, VoiceClose.SESSION_INVALID)]


def test_members_hear_of_one_another(hub: VoiceHub) -> None:
    hub.admit(grant_for(OTHER, token="other", session="other"))
    hub.sit(GUILD, UserId(7), CHANNEL)
    hub.opened(A, 8, 0.0)
    _ready, there = said(hub.text(A, identify(), 0.0), A)
    assert there["d"] == {"user_ids": ["7"]}
    hub.opened(B, 8, 0.0)
    actions = hub.text(B, identify(user_id="4", token="other", session_id="other"), 0.0)
    assert [message["d"] for message in said(actions, A)] == [{"user_ids": ["4"]}]
    assert {tuple(message["d"]["user_ids"]) for message in said(actions, B)[1:]} == {("3", "7")}
    assert [message["op"] for message in said(hub.sit(GUILD, UserId(7), ChannelId(9)), A)] == [13]


def test_speaking_is_relayed_and_told_to_who_joins_later(hub: VoiceHub) -> None:
    hub.admit(grant_for(OTHER, token="other", session="other"))
    ssrc = join(hub)
    actions = hub.text(A, speaking(ssrc), 1.0)
    assert [(a.user_id, a.speaking) for a in actions if isinstance(a, SpeakingChanged)] == [(BOT, True)]
    hub.opened(B, 8, 2.0)
    late = said(hub.text(B, identify(user_id="4", token="other", session_id="other"), 2.0), B)
    assert late[-1]["d"] == {"user_id": "3", "ssrc": ssrc, "speaking": 1, "delay": 0}
    assert [m["d"]["speaking"] for m in said(hub.text(A, speaking(ssrc, 0), 3.0), B)] == [0]


def test_speaking_with_a_foreign_ssrc_is_a_bad_request(hub: VoiceHub) -> None:
    ssrc = join(hub)
    assert closings(hub.text(A, speaking(ssrc + 1), 0.0)) == [(A, VoiceClose.BAD_REQUEST)]


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


def test_end_to_end_messages_have_no_effect_in_a_plain_call(hub: VoiceHub) -> None:
    join(hub)
    assert hub.text(A, '{"op":23,"d":{"transition_id":1}}', 0.0) == []
    assert hub.binary(A, b"\x1apackage", 0.0) == []
    assert closings(hub.binary(A, b"", 0.0)) == [(A, VoiceClose.UNDECODABLE)]


def test_sockets_that_are_gone_are_not_answered(hub: VoiceHub) -> None:
    assert hub.text(C, identify(), 0.0) == []
    assert hub.binary(C, b"\x1a", 0.0) == []
    assert hub.lost(C, 0.0) == []
    assert hub.next_deadline() is None


def test_each_close_code_has_its_sentence() -> None:
    assert all(close_reason(code) for code in VoiceClose)
    assert close_reason(4999) == ""
