import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice.sessions import DESCRIPTION, KEY, READY, live, new, sent, text
from voice.close_codes import Verdict
from voice.crypto import Mode
from voice.dave import DaveMessage
from voice.handshake import MalformedPayload, Op, parse_binary, parse_text, to_dave
from voice.session import (
    HANDSHAKE_S,
    MAX_DIALS,
    STEADY_S,
    Action,
    Dial,
    Discover,
    Exchange,
    Hangup,
    Keyed,
    Live,
    Lost,
    Said,
    Session,
    Skipped,
    State,
)


def test_a_session_is_identified_discovered_and_keyed() -> None:
    session = new()
    assert sent(session.opened(0.0)) == [
        {
            "op": 0,
            "d": {
                "server_id": "5",
                "user_id": "7",
                "session_id": "sess",
                "token": "t0ken",
                "max_dave_protocol_version": 1,
            },
        }
    ]
    assert session.receive(text(Op.HELLO, {"heartbeat_interval": 41250.5}), 0.0) == []
    ready = session.receive(text(Op.READY, READY), 0.1)
    assert ready == [Discover(ssrc=11, address="10.0.0.1", port=5000)]
    assert sent(session.discovered("203.0.113.9", 6000)) == [
        {
            "op": 1,
            "d": {
                "protocol": "udp",
                "data": {"address": "203.0.113.9", "port": 6000, "mode": "aead_aes256_gcm_rtpsize"},
            },
        }
    ]
    assert session.receive(text(Op.SESSION_DESCRIPTION, DESCRIPTION), 0.2) == [
        Keyed(ssrc=11, mode=Mode.AES256_GCM, key=bytes(KEY)),
        Live(resumed=False),
    ]


def test_binary_payloads_count_in_the_same_sequence() -> None:
    session = live()
    actions = session.receive(b"\x00\x2a\x19sender", 1.0)
    assert actions == [Exchange(message=DaveMessage(op=25, body=b"sender", binary=True))]
    assert sent(session.tick(5.0)) == [{"op": 3, "d": {"t": 5000, "seq_ack": 42}}]


def test_speaking_is_said_when_live_and_again_after_a_resume() -> None:
    session = new()
    assert session.speak(True) == []
    session = live()
    spoken = session.speak(True)
    assert sent(spoken) == [{"op": 5, "d": {"speaking": 1, "delay": 0, "ssrc": 11}}]
    assert spoken[-1] == Said(speaking=True)
    session.lost(1006, 1.0)
    session.opened(1.0)
    assert sent(session.receive(text(Op.RESUMED, None), 1.1)) == [
        {"op": 5, "d": {"speaking": 1, "delay": 0, "ssrc": 11}}
    ]


def test_who_falls_silent_while_the_socket_is_away_says_so_after_the_resume() -> None:
    session = live()
    session.speak(True)
    for silent_again in (True, False):
        session.lost(1006, 10.0)
        assert session.speak(False) == []
        session.opened(11.0)
        said = sent(session.receive(text(Op.RESUMED, None), 11.1))
        assert said == ([{"op": 5, "d": {"speaking": 0, "delay": 0, "ssrc": 11}}] if silent_again else [])


@pytest.mark.parametrize(
    ("code", "verdict", "first_op"),
    [
        (None, Verdict.RESUME, 7),
        (1000, Verdict.RESUME, 7),
        (4009, Verdict.RESUME, 7),
        (4015, Verdict.RESUME, 7),
        (4003, Verdict.IDENTIFY, 0),
        (4005, Verdict.IDENTIFY, 0),
    ],
)
def test_closes_that_the_node_mends_itself(code: int | None, verdict: Verdict, first_op: int) -> None:
    session = live()
    lost, dial = session.lost(code, 3.0)
    assert isinstance(lost, Lost)
    assert (lost.code, lost.verdict) == (code, verdict)
    assert dial == Dial(delay_s=0.0)
    assert sent(session.opened(3.0))[0]["op"] == first_op


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (4006, Verdict.REJOIN),
        (4004, Verdict.REJOIN),
        (4011, Verdict.REJOIN),
        (4014, Verdict.AWAIT),
        (4022, Verdict.AWAIT),
        (4021, Verdict.STOP),
        (4016, Verdict.FAIL),
        (4017, Verdict.FAIL),
    ],
)
def test_closes_that_the_bot_must_answer_end_the_session(code: int, verdict: Verdict) -> None:
    session = live()
    (lost,) = session.lost(code, 3.0)
    assert isinstance(lost, Lost)
    assert (lost.code, lost.verdict) == (code, verdict)
    assert session.state is State.OVER
    assert session.next_deadline() is None
    assert session.lost(1006, 4.0) == []
    assert session.tick(99.0) == []


def test_a_loss_before_there_is_a_session_identifies_again() -> None:
    session = new()
    session.opened(0.0)
    lost, _dial = session.lost(1006, 1.0)
    assert isinstance(lost, Lost)
    assert lost.verdict is Verdict.IDENTIFY
    assert sent(session.opened(1.0))[0]["op"] == 0


def test_dialling_is_bounded_and_slows_down() -> None:
    session = live()
    actions: list[Action] = []
    for attempt in range(1, MAX_DIALS + 2):
        actions += session.lost(None, 10.0 * attempt)
    delays = [action.delay_s for action in actions if isinstance(action, Dial)]
    assert len(delays) == MAX_DIALS
    assert delays[0] == 0.0
    assert delays[1:] == sorted(delays[1:])
    last = actions[-1]
    assert isinstance(last, Lost)
    assert last.verdict is Verdict.REJOIN
    assert session.state is State.OVER


@pytest.mark.parametrize("code", [4015, 4003])
def test_a_server_that_lets_us_in_and_closes_at_once_is_not_dialled_for_ever(code: int) -> None:
    session, now = live(), 0.3
    delays: list[float] = []
    last: Action | None = None
    for _ in range(2 * MAX_DIALS):
        last = session.lost(code, now)[-1]
        if not isinstance(last, Dial):
            break
        delays.append(last.delay_s)
        now += last.delay_s + 0.1
        comes_back(session, now)
    assert len(delays) == MAX_DIALS - 1
    assert delays[0] == 0.0, "a single loss costs no time"
    assert min(delays[1:]) > 0
    assert isinstance(last, Lost)
    assert last.verdict is Verdict.REJOIN


def test_losses_with_time_between_them_do_not_add_up() -> None:
    session, now = live(), 0.2
    for _ in range(3 * MAX_DIALS):
        now += STEADY_S
        assert session.lost(4015, now)[-1] == Dial(delay_s=0.0)
        comes_back(session, now)


def comes_back(session: Session, now: float) -> None:
    """By a resume, or with a new session."""
    if sent(session.opened(now))[0]["op"] == Op.RESUME:
        session.receive(text(Op.RESUMED, None), now)
    else:
        session.receive(text(Op.READY, READY), now)
        session.discovered("203.0.113.9", 6000)
        session.receive(text(Op.SESSION_DESCRIPTION, DESCRIPTION), now)
    assert session.state is State.LIVE


def test_a_handshake_that_hangs_is_given_up_after_a_while() -> None:
    session = new()
    session.opened(0.0)
    assert session.next_deadline() == HANDSHAKE_S
    session.receive(text(Op.READY, {**READY, "port": "x"}), 1.0)
    assert session.state is State.IDENTIFYING
    assert [type(action) for action in session.tick(HANDSHAKE_S)] == [Hangup, Lost, Dial]


def test_no_known_mode_and_surprising_encryption_are_final() -> None:
    session = new()
    session.opened(0.0)
    actions = session.receive(text(Op.READY, {**READY, "modes": ["xsalsa20_poly1305"]}), 0.0)
    assert isinstance(actions[-1], Lost)
    assert actions[-1].verdict is Verdict.FAIL
    session = new()
    session.opened(0.0)
    session.receive(text(Op.READY, READY), 0.0)
    session.discovered("1.2.3.4", 5)
    actions = session.receive(text(Op.SESSION_DESCRIPTION, {**DESCRIPTION, "dave_protocol_version": 2}), 0.0)
    assert isinstance(actions[-1], Lost)
    assert actions[-1].verdict is Verdict.FAIL


def test_a_used_up_key_starts_a_new_session() -> None:
    session = live()
    actions = session.renew(9.0)
    assert [type(action) for action in actions] == [Hangup, Lost, Dial]
    assert sent(session.opened(9.0))[0]["op"] == 0


def test_members_come_and_go_and_pass_through_the_cipher_in_order() -> None:
    session = live()
    came = session.receive(text(Op.CLIENTS_CONNECT, {"user_ids": ["1", "2"]}), 1.0)
    left = session.receive(text(Op.CLIENT_DISCONNECT, {"user_id": "1"}), 1.0)
    assert session.members == {2}
    messages = [action.message for action in came + left if isinstance(action, Exchange)]
    assert [(message.op, json.loads(message.body)) for message in messages] == [
        (11, {"user_ids": ["1", "2"]}),
        (13, {"user_id": "1"}),
    ]
    transition = session.receive(text(21, {"transition_id": 3, "protocol_version": 0}), 1.0)
    assert isinstance(transition[0], Exchange)
    assert json.loads(transition[0].message.body) == {"transition_id": 3, "protocol_version": 0}


def test_a_new_key_in_a_live_session_is_used() -> None:
    session = live()
    changed = {**DESCRIPTION, "secret_key": KEY[::-1]}
    assert session.receive(text(Op.SESSION_DESCRIPTION, changed), 1.0) == [
        Keyed(ssrc=11, mode=Mode.AES256_GCM, key=bytes(KEY[::-1]))
    ]


EVENTS: dict[str, Callable[[Session], list[Action]]] = {
    "hello": lambda s: s.receive(text(Op.HELLO, {"heartbeat_interval": 5000}), 1.0),
    "ready": lambda s: s.receive(text(Op.READY, READY), 1.0),
    "description": lambda s: s.receive(text(Op.SESSION_DESCRIPTION, DESCRIPTION), 1.0),
    "resumed": lambda s: s.receive(text(Op.RESUMED, None), 1.0),
    "ack": lambda s: s.receive(text(Op.HEARTBEAT_ACK, {}), 1.0),
    "garbage": lambda s: s.receive("{", 1.0),
    "discovered": lambda s: s.discovered("1.2.3.4", 5),
    "opened": lambda s: s.opened(1.0),
    "lost": lambda s: s.lost(None, 1.0),
    "kicked": lambda s: s.lost(4014, 1.0),
    "tick": lambda s: s.tick(60.0),
    "speak": lambda s: s.speak(True),
    "renew": lambda s: s.renew(1.0),
}


@settings(max_examples=150)
@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=25))
def test_any_order_of_events_keeps_the_rules(names: list[str]) -> None:
    session = new()
    for name in names:
        before = session.state
        actions = EVENTS[name](session)
        dials = [action for action in actions if isinstance(action, Dial)]
        losses = [action for action in actions if isinstance(action, Lost)]
        assert len(dials) == sum(lost.verdict in {Verdict.RESUME, Verdict.IDENTIFY} for lost in losses)
        if any(isinstance(action, Live) for action in actions):
            assert before in {State.SELECTING, State.RESUMING}
        if before is State.OVER:
            assert actions == []
            assert session.next_deadline() is None


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"op":"x"}',
        '{"op":8}',
        '{"op":8,"d":{"heartbeat_interval":0}}',
        '{"op":2,"d":{}}',
        '{"op":4,"d":{"mode":"m","secret_key":[1,2]}}',
        '{"op":4,"d":{"mode":"m","secret_key":[999]}}',
        "\ud800",
        b"",
        b"\x00\x01",
    ],
)
def test_unreadable_payloads_are_skipped(payload: str | bytes) -> None:
    (skipped,) = live().receive(payload, 1.0)
    assert isinstance(skipped, Skipped)


def test_unknown_ops_and_fields_are_no_error() -> None:
    assert live().receive('{"op":99,"d":{"x":[1]},"what":2}', 1.0) == []
    assert live().receive(b"\x00\x01\x63body", 1.0) == []


@settings(max_examples=80)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=30)))
def test_any_payload_is_read_or_malformed(payload: str | bytes) -> None:
    try:
        parse_text(payload) if isinstance(payload, str) else parse_binary(payload)
    except MalformedPayload:
        return


def test_answers_of_the_key_exchange_go_out_in_their_form() -> None:
    assert to_dave(DaveMessage(op=26, body=b"package", binary=True)) == b"\x1apackage"
    answer = to_dave(DaveMessage(op=23, body=b'{"transition_id":3}', binary=False))
    assert json.loads(answer) == {"op": 23, "d": {"transition_id": 3}}


def test_secrets_do_not_show() -> None:
    session = live()
    assert "t0ken" not in repr(session) + repr(session.opened(1.0))
