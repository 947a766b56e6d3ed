"""Heartbeats of a voice session: when they are due, what they say, and what their silence means."""

import pytest

from tests.voice.sessions import live, sent, text
from voice.handshake import Op
from voice.session import BEAT_GRID_S, Dial, Hangup, Live, Lost


def test_the_interval_is_that_of_hello_and_acks_carry_the_last_sequence() -> None:
    session = live()
    assert session.next_deadline() == 5.0
    assert session.tick(4.9) == []
    assert sent(session.tick(5.0)) == [{"op": 3, "d": {"t": 5000, "seq_ack": -1}}]
    session.receive(text(Op.HEARTBEAT_ACK, {"t": 5000}), 5.1)
    session.receive(text(Op.SPEAKING, {"speaking": 1}, seq=9), 6.0)
    assert sent(session.tick(10.0)) == [{"op": 3, "d": {"t": 10000, "seq_ack": 9}}]


@pytest.mark.parametrize("interval_ms", [10_000, 13_750, 41_250.5])
def test_heartbeats_of_all_calls_are_due_together_and_never_late(interval_ms: float) -> None:
    session = live()
    for told_at in (1.3, 7.77):
        session.receive(text(Op.HELLO, {"heartbeat_interval": interval_ms}), told_at)
        due = session.next_deadline()
        assert due is not None
        assert due % BEAT_GRID_S == 0
        assert told_at + 0.9 * interval_ms / 1000 < due <= told_at + interval_ms / 1000


@pytest.mark.parametrize("interval_ms", [None, 1e12])
def test_a_dead_socket_is_noticed_whatever_the_server_says_of_heartbeats(interval_ms: float | None) -> None:
    session = live()
    session.lost(1006, 10.0)
    session.opened(11.0)
    if interval_ms is not None:
        session.receive(text(Op.HELLO, {"heartbeat_interval": interval_ms}), 11.0)
    session.receive(text(Op.RESUMED, None), 11.0)
    assert sent(session.tick(71.0)) == [{"op": 3, "d": {"t": 71_000, "seq_ack": -1}}]
    assert session.tick(131.0)[0] == Hangup(code=4000)


def test_an_unanswered_heartbeat_is_a_dead_socket_and_resumes() -> None:
    session = live()
    session.tick(5.0)
    actions = session.tick(10.0)
    assert actions[0] == Hangup(code=4000)
    assert [type(action) for action in actions] == [Hangup, Lost, Dial]
    session.receive(text(Op.SPEAKING, {}, seq=3), 10.0)
    assert sent(session.opened(11.0)) == [
        {"op": 7, "d": {"server_id": "5", "session_id": "sess", "token": "t0ken", "seq_ack": 3}}
    ]
    assert session.receive(text(Op.RESUMED, None), 11.1) == [Live(resumed=True)]
