"""The session core under any sequence of inputs: it never raises, and its promises hold."""

import math
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.actions import Action, Close, Deliver, Dial, Note, Send
from gateway_client.commands import Presence, UpdatePresence, UpdateVoiceState
from gateway_client.events import InteractionCreated
from gateway_client.ids import ChannelId, GuildId
from gateway_client.session import CONNECTED, Phase, Session
from tests.gateway_client.fakes import (
    ACK,
    HELLO,
    SECRET,
    click,
    frame,
    message,
    new_session,
    ready,
    resumed,
)

FRAMES = [
    HELLO,
    ACK,
    frame(1),
    frame(7),
    frame(9, data=True),
    frame(9, data=False),
    frame(10, {}),
    frame(0, {}, 4, "PRESENCE_UPDATE"),
    frame(0, {"id": 1.5}, 5, "MESSAGE_CREATE"),
    frame(0, {}, 6, "READY"),
    frame(-1),
    "{",
    ready(1),
    ready(7, url="not an address"),
    resumed(3),
    resumed(900),
    *(message(sequence) for sequence in (2, 3, 50)),
    *(click(sequence, interaction_id=sequence % 3) for sequence in range(8, 14)),
]
TELLINGS = [
    UpdatePresence(presence=Presence()),
    UpdateVoiceState(guild_id=GuildId(1), channel_id=ChannelId(2)),
    UpdateVoiceState(guild_id=GuildId(1), channel_id=None),
]

frames = st.tuples(st.just("frame"), st.sampled_from(FRAMES))
inputs = st.one_of(
    frames,
    frames,
    st.tuples(st.just("step"), st.none()),
    st.tuples(st.just("opened"), st.none()),
    st.tuples(st.just("failed"), st.none()),
    st.tuples(st.just("lost"), st.sampled_from([None, 1000, 4000, 4007, 4009])),
    st.tuples(st.just("permitted"), st.none()),
    st.tuples(st.just("tick"), st.none()),
    st.tuples(st.just("tell"), st.sampled_from(TELLINGS)),
    st.tuples(st.just("binary"), st.binary(max_size=6)),
    st.tuples(st.just("connect"), st.sampled_from([HELLO])),
)


def feed(  # noqa: PLR0911 - one row per input
    session: Session, kind: str, value: object, now: float
) -> Sequence[Action]:
    match kind, value:
        case "frame" | "connect", str(text):
            return session.receive(text, now)
        case "binary", bytes(data):
            return session.receive(data, now)
        case "lost", int() | None as code:
            return session.lost(code, now)
        case "opened", _:
            return session.opened(now)
        case "failed", _:
            return session.dial_failed("x", now)
        case "permitted", _:
            return session.permitted(now)
        case "tell", UpdatePresence() | UpdateVoiceState() as telling:
            return session.tell(telling, now)
        case "tick", _:
            return session.tick(now)
        case _:
            session.next_step(now)
            return ()


@given(
    script=st.lists(st.tuples(inputs, st.floats(0, 30)), max_size=60),
    seed=st.integers(0, 1000),
)
@settings(max_examples=150)
def test_promises_hold_under_any_inputs(script: list[tuple[tuple[str, object], float]], seed: int) -> None:
    session, now = new_session(seed=seed), 0.0
    acted: list[int] = []
    for (kind, value), pause_s in script:
        now += pause_s
        if kind == "connect":  # the way that a shell goes, so that scripts get far
            session.next_step(now)
            session.opened(now)
        before, was_connected = session.next_deadline(), session.phase in CONNECTED
        actions = feed(session, kind, value, now)
        if kind in {"frame", "binary", "connect"} and not actions:
            assert session.next_deadline() >= before
        for action in actions:
            assert not isinstance(action, Send) or was_connected
            if isinstance(action, Close):
                assert action.code == 4000
                assert session.phase is Phase.CLOSING
            if isinstance(action, Note):
                assert SECRET not in action.text
            if isinstance(action, Deliver) and isinstance(action.received.event, InteractionCreated):
                acted.append(action.received.event.interaction.id)
        assert session.phase is not Phase.ENDED
    assert len(acted) == len(set(acted))
    session.stop()
    assert session.phase is Phase.ENDED
    assert session.next_deadline() == math.inf


@given(script=st.lists(st.tuples(inputs, st.floats(0, 3)), max_size=150), seed=st.integers(0, 1000))
@settings(max_examples=60)
def test_no_connection_sends_more_than_discord_takes(
    script: list[tuple[tuple[str, object], float]], seed: int
) -> None:
    session, now, sent_at = new_session(seed=seed), 0.0, list[float]()
    for text in (HELLO, ready()):
        session.next_step(now)
        session.opened(now)
        session.receive(text, now)
        session.permitted(now)
    for (kind, value), pause_s in script:
        now += pause_s
        if kind in {"opened", "connect", "step"}:
            continue
        actions = [*feed(session, kind, value, now)]
        for _ in range(10):
            actions += session.tell(UpdatePresence(presence=Presence()), now)
        sent_at += [now for action in actions if isinstance(action, Send)]
    for i, first in enumerate(sent_at):
        assert sum(at - first <= 60 for at in sent_at[i:]) <= 120


@given(losses=st.lists(st.sampled_from([None, 4000, 4009, 1000]), max_size=30), seed=st.integers(0, 99))
@settings(max_examples=50)
def test_whatever_is_lost_the_session_comes_back(losses: list[int | None], seed: int) -> None:
    session, now, sequence = new_session(seed=seed), 0.0, 1
    for code in [*losses, None]:
        assert isinstance(session.next_step(max(now, session.next_deadline())), Dial)
        now = max(now, 0.0)
        session.opened(now)
        session.receive(HELLO, now)
        sequence += 1
        if session.phase is Phase.QUEUED:
            session.permitted(now)
            session.receive(ready(1), now)
        else:
            session.receive(resumed(sequence), now)
        assert session.phase is Phase.LIVE
        session.lost(code, now)
        assert session.next_deadline() - now <= 60
        now = session.next_deadline()
