"""The session core, scenario by scenario."""

import pytest

from gateway_client.actions import AskToIdentify, Dial, Stop, Wait
from gateway_client.comeback import RESUME_DIALS, RESUMES_TRIED
from gateway_client.errors import DisallowedIntents
from gateway_client.events import InteractionCreated, MessageCreated, Ready, Resumed
from gateway_client.session import HELLO_WITHIN_S, STEADY_S, Phase
from tests.gateway_client.fakes import (
    ACK,
    GENERAL_URL,
    HELLO,
    INTERVAL_S,
    RESUME_URL,
    SECRET,
    click,
    close_codes,
    events,
    frame,
    message,
    new_session,
    notes,
    ready,
    reconnect,
    resumed,
    sent,
    session_in,
)


def test_first_connection_identifies_and_stands() -> None:
    session = new_session()
    assert session.next_step(0) == Dial(url=GENERAL_URL)
    assert session.opened(0) == ()
    assert session.receive(HELLO, 0) == [AskToIdentify()]
    [identify] = sent(session.permitted(1))
    assert identify["op"] == 2
    assert identify["d"]["token"] == SECRET
    assert identify["d"]["shard"] == [0, 1]
    assert identify["d"]["intents"] == 1
    actions = session.receive(ready(), 2)
    assert events(actions) == [Ready]
    assert session.phase is Phase.LIVE


def test_first_heartbeat_is_spread_over_the_interval() -> None:
    firsts: list[float] = []
    for seed in range(40):
        session = new_session(seed=seed)
        reconnect(session, 100.0)
        firsts.append(session.next_deadline() - 100.0)
    assert all(0 <= first < INTERVAL_S for first in firsts)
    assert min(firsts) < INTERVAL_S / 4
    assert max(firsts) > INTERVAL_S * 3 / 4


def test_heartbeats_carry_the_last_sequence_in_steps_of_the_interval() -> None:
    session = session_in(Phase.IDENTIFYING)
    first = session.next_deadline()
    assert session.tick(first - 0.001) == []
    assert sent(session.tick(first)) == [{"op": 1, "d": None}]
    session.receive(ACK, first + 0.05)
    session.receive(ready(41), first + 1)
    assert session.next_deadline() == first + INTERVAL_S
    assert sent(session.tick(first + INTERVAL_S)) == [{"op": 1, "d": 41}]
    session.receive(ACK, first + INTERVAL_S + 0.25)
    assert session.heart.latency_s == pytest.approx(0.25)


def test_zombie_connection_closes_with_4000_and_resumes() -> None:
    session = session_in(Phase.LIVE)
    beat = session.next_deadline()
    session.tick(beat)
    actions = session.tick(beat + INTERVAL_S)
    assert close_codes(actions) == [4000]
    assert "zombie" in notes(actions)
    session.lost(None, beat + INTERVAL_S)
    assert session.next_step(beat + 100) == Dial(url=RESUME_URL)


def test_any_frame_counts_as_life() -> None:
    session = session_in(Phase.LIVE)
    beat = session.next_deadline()
    session.tick(beat)
    session.receive(frame(0, {}, 2, "TYPING_START"), beat + 5)
    assert sent(session.tick(beat + INTERVAL_S)) == [{"op": 1, "d": 2}]
    assert close_codes(session.tick(beat + 2 * INTERVAL_S)) == [4000]


def test_a_week_of_heartbeats() -> None:
    session = session_in(Phase.LIVE)
    beats = 0
    while (now := session.next_deadline()) < 7 * 86_400:
        assert [got["op"] for got in sent(session.tick(now))] == [1]
        session.receive(ACK, now + 0.1)
        beats += 1
    assert beats == pytest.approx(7 * 86_400 / INTERVAL_S, abs=2)


@pytest.mark.parametrize(
    "phase", [Phase.GREETING, Phase.QUEUED, Phase.IDENTIFYING, Phase.RESUMING, Phase.LIVE]
)
def test_heartbeat_request_is_answered_at_once(phase: Phase) -> None:
    session = session_in(phase)
    deadline = session.next_deadline()
    assert [got["op"] for got in sent(session.receive(frame(1), 1))] == [1]
    assert session.next_deadline() == deadline


def test_resume_after_loss_replays_and_ends_with_resumed() -> None:
    session = session_in(Phase.LIVE)
    session.receive(message(2), 1)
    session.receive(ACK, 1)
    session.lost(None, 2)
    assert session.phase is Phase.WAITING
    now = session.next_deadline()
    assert session.next_step(now) == Dial(url=RESUME_URL)
    [resume] = sent(reconnect(session, now))
    assert resume == {"op": 6, "d": {"token": SECRET, "session_id": "first", "seq": 2}}
    assert events(session.receive(message(3), now)) == [MessageCreated]
    assert session.phase is Phase.RESUMING
    assert events(session.receive(resumed(4), now)) == [Resumed]
    assert session.phase is Phase.LIVE


def test_events_that_a_resume_delivers_twice_act_once() -> None:
    session = session_in(Phase.LIVE)
    session.receive(message(2), 1)
    session.receive(message(3), 1)
    session.lost(None, 2)
    reconnect(session, session.next_deadline())
    assert session.receive(message(2), 3) == ()
    assert session.receive(message(3), 3) == ()
    assert events(session.receive(message(4), 3)) == [MessageCreated]


def test_click_delivered_twice_acts_once_even_in_a_new_session() -> None:
    session = session_in(Phase.LIVE)
    assert events(session.receive(click(2), 1)) == [InteractionCreated]
    assert events(session.receive(click(3), 1)) == []
    session.lost(4009, 2)
    reconnect(session, session.next_deadline())
    session.permitted(10)
    session.receive(ready(session_id="second"), 10)
    assert events(session.receive(click(2), 11)) == []
    assert events(session.receive(click(3, interaction_id=51), 11)) == [InteractionCreated]


def test_new_session_starts_counting_anew() -> None:
    session = session_in(Phase.LIVE)
    session.receive(message(500), 1)
    session.lost(4007, 2)
    reconnect(session, session.next_deadline())
    session.permitted(10)
    assert events(session.receive(ready(1, session_id="second"), 10)) == [Ready]
    assert events(session.receive(message(2), 11)) == [MessageCreated]


def test_identify_that_was_cut_off_does_not_swallow_the_next_ready() -> None:
    session = session_in(Phase.IDENTIFYING)
    session.receive(message(1), 1)
    session.lost(None, 2)
    reconnect(session, session.next_deadline())
    session.permitted(10)
    assert events(session.receive(ready(1), 10)) == [Ready]


def test_reconnect_request_after_a_healthy_time_resumes_immediately() -> None:
    session = session_in(Phase.LIVE)
    session.tick(session.next_deadline())
    session.receive(ACK, 39)
    assert close_codes(session.receive(frame(7), 41)) == [4000]
    session.lost(None, 41)
    assert session.next_step(41) == Dial(url=RESUME_URL)


def test_drops_far_apart_are_each_resumed_at_once_however_many_they_are() -> None:
    session, now = session_in(Phase.LIVE), 0.0
    for number in range(20):
        now += STEADY_S
        session.lost(None, now)
        assert session.next_step(now) == Dial(url=RESUME_URL)
        reconnect(session, now)
        session.receive(resumed(2 + number), now)


def test_drops_close_together_wait_longer_each_time() -> None:
    session, now, delays = session_in(Phase.LIVE), 0.0, list[float]()
    for number in range(6):
        now += 1
        session.lost(None, now)
        step = session.next_step(now)
        assert isinstance(step, Wait)
        delays.append(step.until - now)
        now = step.until
        reconnect(session, now)
        session.receive(resumed(2 + number), now)
    assert max(delays[3:]) > max(delays[:2])


def test_reconnect_request_as_first_opcode_waits_a_little() -> None:
    session = session_in(Phase.GREETING)
    assert close_codes(session.receive(frame(7), 1)) == [4000]
    session.lost(None, 1)
    step = session.next_step(1)
    assert isinstance(step, Wait)
    assert 1.1 <= step.until <= 2


def test_invalid_session_that_may_be_resumed_resumes() -> None:
    session = session_in(Phase.RESUMING)
    assert close_codes(session.receive(frame(9, True), 1)) == [4000]
    session.lost(None, 1)
    assert sent(reconnect(session, session.next_deadline()))[0]["op"] == 6


@pytest.mark.parametrize("data", [False, None, "true", 1, {}])
def test_invalid_session_begins_a_new_one_after_one_to_five_seconds(data: object) -> None:
    session = session_in(Phase.RESUMING)
    now = session.next_deadline()
    assert close_codes(session.receive(frame(9, data), now)) == [4000]
    session.lost(None, now)
    step = session.next_step(now)
    assert isinstance(step, Wait)
    assert 1 <= step.until - now <= 5
    assert session.next_step(step.until) == Dial(url=GENERAL_URL)
    session.opened(step.until)
    assert session.receive(HELLO, step.until) == [AskToIdentify()]


def test_invalid_session_again_and_again_slows_down() -> None:
    session = session_in(Phase.IDENTIFYING)
    now, delays = 0.0, list[float]()
    for _ in range(12):
        session.receive(frame(9, False), now)
        session.lost(None, now)
        delays.append(session.next_deadline() - now)
        now = session.next_deadline()
        reconnect(session, now)
        session.permitted(now)
    assert max(delays) > 5
    assert max(delays) <= 60


@pytest.mark.parametrize("code", [None, 1006, 4000, 4001, 4002, 4005, 4008, 4999, 1012])
def test_closures_that_leave_the_session_alone_resume(code: int | None) -> None:
    session = session_in(Phase.LIVE)
    session.lost(code, 1)
    assert session.next_step(session.next_deadline()) == Dial(url=RESUME_URL)


@pytest.mark.parametrize("code", [1000, 1001, 4003, 4007, 4009])
def test_closures_that_end_the_session_begin_a_new_one(code: int) -> None:
    session = session_in(Phase.LIVE)
    session.lost(code, 1)
    assert session.next_step(session.next_deadline()) == Dial(url=GENERAL_URL)


def test_fatal_closure_ends_with_one_sentence() -> None:
    session = session_in(Phase.IDENTIFYING)
    session.lost(4014, 1)
    assert session.next_step(2) == Stop()
    assert isinstance(session.error, DisallowedIntents)
    assert session.error.code == 4014


def test_no_greeting_in_time_is_given_up() -> None:
    session = session_in(Phase.GREETING)
    assert session.next_deadline() == HELLO_WITHIN_S
    assert close_codes(session.tick(HELLO_WITHIN_S)) == [4000]


@pytest.mark.parametrize(
    "data", [None, {}, {"heartbeat_interval": 0}, {"heartbeat_interval": -1}, {"heartbeat_interval": 1e30}]
)
def test_greeting_without_a_sane_interval_is_given_up(data: object) -> None:
    session = session_in(Phase.GREETING)
    actions = session.receive(frame(10, data), 1)
    assert close_codes(actions) == [4000]
    assert "HELLO" in notes(actions)


def test_ready_that_cannot_be_read_begins_anew() -> None:
    session = session_in(Phase.IDENTIFYING)
    actions = session.receive(frame(0, {"user": {"id": "1"}}, 1, "READY"), 1)
    assert close_codes(actions) == [4000]
    assert "READY" in notes(actions)
    session.lost(None, 1)
    assert session.next_step(100) == Dial(url=GENERAL_URL)


def test_resume_address_that_is_gone_is_replaced_by_the_general_one() -> None:
    session = session_in(Phase.LIVE)
    session.lost(None, 0)
    for _ in range(RESUME_DIALS):
        assert session.next_step(session.next_deadline()) == Dial(url=RESUME_URL)
        session.dial_failed("no route", session.next_deadline())
    assert session.next_step(session.next_deadline()) == Dial(url=GENERAL_URL)
    session.opened(100)
    assert sent(session.receive(HELLO, 100))[0]["op"] == 6


def test_session_that_never_comes_back_is_given_up() -> None:
    session = session_in(Phase.LIVE)
    session.lost(None, 0)
    for _ in range(RESUMES_TRIED):
        assert sent(reconnect(session, session.next_deadline()))[0]["op"] == 6
        session.lost(None, session.next_deadline())
    assert reconnect(session, session.next_deadline()) == [AskToIdentify()]


def test_dialing_backs_off_and_a_good_connection_forgives() -> None:
    session = new_session()
    now, delays = 0.0, list[float]()
    for _ in range(10):
        session.next_step(now)
        session.dial_failed("refused", now)
        delays.append(session.next_deadline() - now)
        now = session.next_deadline()
    assert delays[0] <= 1
    assert max(delays) > 6
    reconnect(session, now)
    session.permitted(now)
    session.receive(ready(), now)
    session.tick(session.next_deadline())
    session.receive(ACK, now + 40)
    session.lost(None, now + 41)
    assert session.next_step(now + 41) == Dial(url=RESUME_URL)
    reconnect(session, now + 41)
    session.lost(None, now + 42)
    assert session.next_deadline() - (now + 42) <= 1


def test_stop_while_connected_closes_with_1000() -> None:
    session = session_in(Phase.LIVE)
    assert close_codes(session.stop()) == [1000]
    assert session.lost(None, 1) == ()
    assert session.next_step(2) == Stop()
    assert session.error is None
