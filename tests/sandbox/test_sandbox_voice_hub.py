"""The voice gateway's core: every opcode in every state, close codes, resume, relay; no sockets."""

import json

import pytest

from gateway_client.ids import ChannelId, UserId
from sandbox.voice.close_codes import VoiceClose, close_reason
from sandbox.voice.handshake import HEARTBEAT_INTERVAL_S, HEARTBEAT_TOLERANCE, IDENTIFY_WITHIN_S
from sandbox.voice.hub import VoiceHub
from sandbox.voice.replay import KEPT
from sandbox.voice.session import RESUME_WINDOW_S
from sandbox.voice.transport import Mode
from sandbox.voice.values import (
    SpeakingChanged,
)
from tests.sandbox.voice_hub_rig import (
    BOT,
    CHANNEL,
    GUILD,
    OTHER,
    A,
    B,
    C,
    closings,
    grant_for,
    identify,
    join,
    make_hub,
    resume,
    said,
    select,
    speaking,
)


@pytest.fixture
def hub() -> VoiceHub:
    return make_hub()


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


def test_a_resume_that_is_held_back_is_answered_when_released(hub: VoiceHub) -> None:
    join(hub)
    hub.lost(A, 1.0)
    hub.hold_resumes(GUILD, BOT)
    hub.opened(B, 8, 2.0)
    assert not hub.is_resuming(GUILD, BOT)
    assert hub.text(B, resume(0), 2.0) == []
    assert hub.is_resuming(GUILD, BOT)
    session = hub.calls.session(GUILD, BOT)
    assert session is not None
    assert session.connection is None
    assert said(hub.release_resumes(GUILD, BOT)) == [{"op": 9, "d": None}]
    assert session.connection == B


def test_a_resume_whose_socket_went_while_it_was_held_back_is_forgotten(hub: VoiceHub) -> None:
    join(hub)
    hub.lost(A, 1.0)
    hub.hold_resumes(GUILD, BOT)
    hub.opened(B, 8, 2.0)
    hub.text(B, resume(0), 2.0)
    hub.lost(B, 2.5)
    assert hub.release_resumes(GUILD, BOT) == []
    hub.opened(C, 8, 3.0)
    assert said(hub.text(C, resume(0), 3.0)) == [{"op": 9, "d": None}]


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
