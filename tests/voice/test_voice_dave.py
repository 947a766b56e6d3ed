"""The key exchange without a library: every message in every state, what broke others, the watchdog."""

import json
import logging

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.ids import UserId
from voice.dave import DaveMessage, Health
from voice.dave_exchange import Exchange, Key, Outcome
from voice.dave_watch import (
    HELD_S,
    KEY_S,
    REFUSED_FRAMES,
    REJOIN_S,
    TRANSITION_S,
    Guarded,
    Remedy,
    Watch,
)

ME, ADA, BEN = UserId(1), UserId(2), UserId(3)


@define
class FakeLibrary:
    """A group whose epoch is a number; it refuses what a real one would refuse."""

    epoch: int = 0
    begun: int = 0
    outcome: Outcome = Outcome.ENTERED
    answer: bytes | None = b"commit"
    external_sender: bytes | None = None
    recognised: set[UserId] = field(factory=set[UserId])
    used: list[Key | None] = field(factory=list[Key | None])

    def begin(self, version: int, external_sender: bytes | None) -> bytes:
        assert version == 1
        self.begun, self.epoch, self.external_sender = self.begun + 1, 0, external_sender
        return b"package %d" % self.begun

    def set_external_sender(self, package: bytes) -> None:
        assert self.begun
        self.external_sender = package

    def process_proposals(self, proposals: bytes, recognised: object) -> bytes | None:
        assert isinstance(recognised, set)
        self.recognised = recognised
        return self.answer

    def process_commit(self, commit: bytes) -> Outcome:
        self.epoch += self.outcome is Outcome.ENTERED
        return self.outcome

    def process_welcome(self, welcome: bytes, recognised: object) -> Outcome:
        return self.process_commit(welcome)

    def new_key(self) -> Key | None:
        return f"key {self.begun}.{self.epoch}" if self.epoch else None

    def use_key(self, key: Key | None) -> None:
        assert key is None or key not in self.used, "its nonces would begin again"
        self.used.append(key)

    def encrypt(self, frame: bytes) -> bytes | None:
        key = self.used[-1] if self.used else None
        return None if key is None else str(key).encode() + b" " + frame


def text(op: int, **body: object) -> DaveMessage:
    return DaveMessage(op=op, body=json.dumps(body).encode(), binary=False)


def binary(op: int, body: bytes) -> DaveMessage:
    return DaveMessage(op=op, body=body, binary=True)


def entering(op: int, transition_id: int) -> DaveMessage:
    return binary(op, transition_id.to_bytes(2, "big") + b"mls")


def said(messages: list[DaveMessage]) -> list[tuple[int, object]]:
    return [(one.op, one.body if one.binary else json.loads(one.body)) for one in messages]


@define
class Rig:
    library: FakeLibrary = field(factory=FakeLibrary)
    exchange: Exchange = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.exchange = Exchange(user_id=ME, make_library=lambda: self.library)

    def hear(self, *messages: DaveMessage, now: float = 0.0) -> list[tuple[int, object]]:
        return [one for message in messages for one in said(self.exchange.receive(message, now))]

    @property
    def sends(self) -> bytes | None:
        return self.exchange.encrypt(b"frame")


def in_call() -> Rig:
    """Together with somebody, in the first epoch."""
    rig = Rig()
    rig.hear(binary(25, b"sender"), text(11, user_ids=[str(ADA)]))
    assert said(rig.exchange.describe(1)) == [(26, b"package 1")]
    assert rig.hear(entering(30, 0)) == []
    assert rig.sends == b"key 1.1 frame"
    return rig


def test_version_0_sends_in_the_clear_and_needs_no_library() -> None:
    rig = Rig()
    assert rig.sends is None, "before op 4 nothing may leave"
    assert rig.exchange.describe(0) == []
    assert (rig.exchange.ready, rig.sends, rig.library.begun) == (True, b"frame", 0)


def test_alone_there_is_no_key_and_nothing_leaves() -> None:
    rig = Rig()
    assert said(rig.exchange.describe(1)) == [(26, b"package 1")]
    assert (rig.exchange.ready, rig.sends) == (False, None)
    assert rig.exchange.health(0.0) == Health()


def test_the_external_sender_is_kept_for_every_group() -> None:
    rig = in_call()
    assert rig.library.external_sender == b"sender"
    assert rig.hear(text(24, epoch=1, protocol_version=1)) == [(26, b"package 2")]
    assert rig.library.external_sender == b"sender"
    rig.hear(binary(25, b"another"))
    assert rig.library.external_sender == b"another"


def test_proposals_name_those_who_are_there_and_are_answered_or_not() -> None:
    rig = in_call()
    rig.hear(text(11, user_ids=["3", "1"]), text(13, user_id="2"))
    assert rig.hear(binary(27, b"\0proposals")) == [(28, b"commit")]
    assert rig.library.recognised == {ME, BEN}
    rig.library.answer = None
    assert rig.hear(binary(27, b"\1refs")) == []


def test_the_key_switches_when_the_transition_is_executed_not_earlier() -> None:
    rig = in_call()
    assert rig.hear(entering(29, 7)) == [(23, {"transition_id": 7})]
    assert rig.sends == b"key 1.1 frame"
    rig.hear(text(22, transition_id=7))
    assert rig.sends == b"key 1.2 frame"


def test_several_pending_transitions_each_bring_their_own_key() -> None:
    rig = in_call()
    rig.hear(entering(29, 7), entering(29, 8), entering(29, 9))
    rig.hear(text(22, transition_id=7))
    assert rig.sends == b"key 1.2 frame"
    rig.hear(text(22, transition_id=9))
    assert rig.sends == b"key 1.4 frame"
    rig.hear(text(22, transition_id=8), text(22, transition_id=1234))
    assert rig.sends == b"key 1.4 frame", "never back, and nothing nobody prepared"


def test_the_channel_empties_and_refills() -> None:
    rig = in_call()
    rig.hear(text(13, user_id="2"))
    assert rig.hear(text(24, epoch=1, protocol_version=1)) == [(26, b"package 2")]
    assert rig.hear(text(21, transition_id=0, protocol_version=1)) == []
    assert (rig.exchange.ready, rig.sends) == (False, None)
    rig.hear(text(11, user_ids=["2"]), entering(29, 0))
    assert rig.sends == b"key 2.1 frame"


def test_down_to_version_0_and_up_again() -> None:
    rig = in_call()
    assert rig.hear(text(21, transition_id=3, protocol_version=0)) == [(23, {"transition_id": 3})]
    assert rig.sends == b"key 1.1 frame"
    rig.hear(text(22, transition_id=3))
    assert (rig.sends, rig.exchange.protocol_version) == (b"frame", 0)
    rig.hear(text(24, epoch=1, protocol_version=1))
    assert rig.sends == b"frame", "until the upgrade is executed, others expect it in the clear"
    assert rig.hear(entering(30, 4)) == [(23, {"transition_id": 4})]
    rig.hear(text(22, transition_id=4))
    assert (rig.sends, rig.exchange.protocol_version) == (b"key 2.1 frame", 1)


@pytest.mark.parametrize("op", [29, 30])
def test_what_cannot_be_processed_is_reported_once_per_transition(
    op: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    rig = in_call()
    rig.library.outcome = Outcome.INVALID
    assert rig.hear(entering(op, 5)) == [(31, {"transition_id": 5}), (26, b"package 2")]
    assert rig.hear(entering(op, 5)) == []
    assert rig.sends == b"key 1.1 frame", "the old key serves until the new one is there"
    rig.library.outcome = Outcome.ENTERED
    rig.hear(entering(30, 6), text(22, transition_id=6))
    assert rig.sends == b"key 2.1 frame"
    rig.library.outcome = Outcome.INVALID
    assert [said for said, _ in rig.hear(entering(op, 5))] == [31, 26], "numbers come again"


def test_on_the_way_to_version_0_nobody_asks_for_a_place_in_a_group(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)
    rig = in_call()
    rig.hear(text(21, transition_id=4, protocol_version=0))
    rig.library.outcome = Outcome.INVALID
    assert (rig.hear(entering(29, 5)), rig.library.begun) == ([], 1)
    rig.hear(text(22, transition_id=4))
    assert rig.sends == b"frame"


@pytest.mark.parametrize(
    "message",
    [
        text(21, transition_id=-1, protocol_version=0),
        text(21, transition_id=0, protocol_version=2),
        text(24, epoch=1, protocol_version=-1),
        text(24, epoch=1, protocol_version=1 << 70),
        text(11, user_ids=[str(1 << 64)]),
        text(13, user_id="-2"),
    ],
)
def test_numbers_that_no_library_takes_are_no_messages(
    message: DaveMessage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    rig = in_call()
    there = set(rig.exchange.others)
    assert rig.hear(message) == []
    assert (rig.exchange.others, rig.library.begun, rig.sends) == (there, 1, b"key 1.1 frame")


def test_commits_of_others_do_not_concern_who_is_only_pending() -> None:
    rig = Rig()
    rig.exchange.describe(1)
    for outcome in (Outcome.INVALID, Outcome.IGNORED):
        rig.library.outcome = outcome
        assert rig.hear(entering(29, 5)) == []
    assert rig.library.begun == 1


def test_a_resume_repeats_what_may_have_been_lost_and_restarts_nothing() -> None:
    rig = in_call()
    assert rig.exchange.resumed() == []
    rig.hear(binary(27, b"\0proposals"))
    assert said(rig.exchange.resumed()) == [(28, b"commit")]
    rig.hear(entering(29, 7))
    assert said(rig.exchange.resumed()) == [(23, {"transition_id": 7})]
    assert rig.library.begun == 1


def test_a_second_op_4_begins_anew() -> None:
    rig = in_call()
    assert said(rig.exchange.describe(1)) == [(26, b"package 2")]
    assert rig.sends is None
    assert rig.exchange.describe(0) == []
    assert rig.sends == b"frame"


BEFORE = {
    "new": Rig,
    "in the clear": lambda: _described(0),
    "waiting": lambda: _described(1),
    "sealed": in_call,
}
MESSAGES = [
    text(11, user_ids=["3"]),
    text(13, user_id="2"),
    text(21, transition_id=0, protocol_version=1),
    text(21, transition_id=4, protocol_version=1),
    text(22, transition_id=4),
    text(24, epoch=1, protocol_version=1),
    text(24, epoch=2, protocol_version=1),
    binary(25, b"sender"),
    binary(27, b"\0"),
    binary(29, b"\0\4mls"),
    binary(29, b"\0"),
    binary(30, b"\0\4mls"),
    binary(30, b""),
    text(23, transition_id=4),
    binary(26, b"x"),
]


def _described(version: int) -> Rig:
    rig = Rig()
    rig.exchange.describe(version)
    return rig


@pytest.mark.parametrize("state", BEFORE)
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: f"op {message.op}")
def test_every_message_in_every_state_keeps_the_promise(
    state: str, message: DaveMessage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    rig = BEFORE[state]()
    answers = rig.hear(message)
    assert {op for op, _ in answers} <= {23, 26, 28, 31}
    clear = rig.exchange.protocol_version == 0 and rig.exchange.ready
    assert (rig.sends == b"frame") == clear, "in the clear only where version 0 is in force"
    assert (rig.sends is not None) == rig.exchange.ready
    if state == "sealed" and message.op != 21:
        assert rig.sends == b"key 1.1 frame", "one message alone never takes the key away"


OPS = st.sampled_from([11, 13, 21, 22, 24, 25, 27, 29, 30])


@given(op=OPS, body=st.binary(max_size=40), kind=st.booleans())
@settings(max_examples=60)
def test_no_bytes_break_it_or_open_the_clear(op: int, body: bytes, kind: bool) -> None:
    logging.getLogger("voice.dave_exchange").setLevel(logging.CRITICAL)
    rig = in_call()
    rig.hear(DaveMessage(op=op, body=body, binary=kind))
    assert rig.sends != b"frame"


def test_half_a_downgrade_is_none(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    rig = in_call()
    assert rig.hear(text(21, transition_id=0)) == []
    assert rig.sends == b"key 1.1 frame"


NO_KEY = Health(needs_key=True)


def test_a_missing_key_is_asked_for_once_then_the_call_is_joined_afresh() -> None:
    watch = Watch()
    assert watch.look(NO_KEY, None, 0.0) is None
    assert watch.next_look(NO_KEY, None, 0.0) == KEY_S
    assert watch.look(NO_KEY, None, KEY_S) is Remedy.REKEY
    assert watch.look(NO_KEY, None, KEY_S + 1) is None
    assert watch.next_look(NO_KEY, None, KEY_S + 1) == KEY_S + REJOIN_S
    assert watch.look(NO_KEY, None, KEY_S + REJOIN_S) is Remedy.REJOIN


def test_a_call_that_is_well_again_is_left_alone() -> None:
    watch = Watch()
    watch.look(NO_KEY, None, 0.0)
    watch.look(NO_KEY, None, KEY_S)
    assert watch.look(Health(), None, KEY_S + 1) is None
    assert watch.next_look(Health(), None, KEY_S + 1) is None
    assert watch.look(NO_KEY, None, 100.0) is None
    assert watch.look(NO_KEY, None, 100.0 + KEY_S) is Remedy.REKEY


@pytest.mark.parametrize(
    ("health", "held_since", "at", "remedy"),
    [
        (Health(waits_since=3.0), None, 3.0 + TRANSITION_S, Remedy.REKEY),
        (Health(waits_since=3.0), None, 2.0 + TRANSITION_S, None),
        (Health(refused=REFUSED_FRAMES), None, 0.0, Remedy.REKEY),
        (Health(refused=REFUSED_FRAMES - 1), None, 0.0, None),
        (Health(), 1.0, 1.0 + HELD_S, Remedy.REJOIN),
        (Health(), 1.0, HELD_S, None),
    ],
)
def test_what_else_the_watchdog_sees(
    health: Health, held_since: float | None, at: float, remedy: Remedy | None
) -> None:
    watch = Watch()
    assert watch.look(health, held_since, at) is remedy
    due = watch.next_look(health, held_since, at)
    assert due is None or remedy is not None or due > at, "it does not wake for nothing"


def test_frames_that_are_refused_or_held_call_the_watchdog() -> None:
    rig, calls = in_call(), list[str]()
    guarded = Guarded(rig.exchange, lambda: calls.append("ready"), lambda: calls.append("trouble"))
    rig.library.used.append(None)
    for _ in range(REFUSED_FRAMES):
        assert guarded.cipher.encrypt(b"frame") is None
        guarded.note_refused(1.0)
    assert calls == ["trouble"]
    assert guarded.look(1.0) is Remedy.REKEY
    assert said(rig.exchange.start_over()) == [(31, {"transition_id": 0}), (26, b"package 2")]
    guarded.note_announced(False, 2.0)
    guarded.note_announced(False, 3.0)
    assert calls == ["trouble", "trouble"]
    assert guarded.next_look(2.0) == 2.0 + HELD_S
    guarded.note_announced(True, 3.0)
    assert guarded.next_look(3.0) == 1.0 + REJOIN_S


def test_who_waits_for_a_key_is_told_when_it_is_there() -> None:
    rig, calls = _described(1), list[str]()
    guarded = Guarded(rig.exchange, lambda: calls.append("ready"), lambda: calls.append("trouble"))
    rig.hear(text(11, user_ids=["2"]))
    assert rig.exchange.health(0.0).needs_key
    guarded.receive(entering(30, 0), 0.0)
    guarded.receive(entering(29, 5), 0.0)
    assert calls == ["ready"]
