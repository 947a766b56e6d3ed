"""What the session core sends when: wishes, requests, and the limit."""

from gateway_client.actions import Deliver, Send
from gateway_client.commands import Presence, UpdatePresence
from gateway_client.ids import ChannelId, GuildId
from gateway_client.outbox import Outbox
from gateway_client.session import Phase
from tests.gateway_client.fakes import (
    ACK,
    INTERVAL_S,
    frame,
    ready,
    reconnect,
    resumed,
    sent,
    session_in,
    voice,
)


def test_voice_state_while_disconnected_is_sent_once_resumed_and_only_the_latest() -> None:
    session = session_in(Phase.LIVE)
    session.lost(None, 1)
    assert session.tell(voice(100, 1), 1) == []
    assert session.tell(voice(100, 2), 1) == []
    assert session.tell(voice(200, None), 1) == []
    assert [got["op"] for got in sent(reconnect(session, session.next_deadline()))] == [6]
    told = sent(session.receive(resumed(2), 3))
    assert [(got["op"], got["d"]["guild_id"], got["d"]["channel_id"]) for got in told] == [
        (4, "100", "2"),
        (4, "200", None),
    ]
    assert sent(session.tell(voice(100, 3), 4))[0]["d"]["channel_id"] == "3"


def test_who_leaves_and_joins_while_disconnected_does_both() -> None:
    session = session_in(Phase.LIVE)
    session.lost(None, 1)
    for telling in (voice(100, 1), voice(100, None), voice(100, 2), voice(200, 3), voice(100, 1)):
        assert session.tell(telling, 1) == []
    for telling in (voice(300, None), voice(300, 4), voice(300, None)):
        session.tell(telling, 1)
    reconnect(session, session.next_deadline())
    told = [got["d"] for got in sent(session.receive(resumed(2), 3))]
    assert [(seat["guild_id"], seat["channel_id"]) for seat in told] == [
        ("100", None),
        ("100", "1"),
        ("200", "3"),
        ("300", None),
    ]


def test_voice_state_that_may_not_have_arrived_is_sent_again() -> None:
    session = session_in(Phase.LIVE)
    session.tell(voice(100, 1), 1)
    session.lost(None, 2)
    reconnect(session, session.next_deadline())
    assert [got["op"] for got in sent(session.receive(resumed(2), 3))] == [4]


def test_voice_state_that_arrived_is_not_sent_again() -> None:
    session = session_in(Phase.LIVE)
    session.tell(voice(100, 1), 1)
    session.tick(session.next_deadline())
    session.receive(ACK, INTERVAL_S)
    session.lost(None, INTERVAL_S + 1)
    reconnect(session, session.next_deadline())
    assert sent(session.receive(resumed(2), INTERVAL_S + 3)) == []


def told_seat(sequence: int, channel: int | None, *, session_id: str = "first") -> str:
    """VOICE_STATE_UPDATE about the bot's own seat in guild 100."""
    seat = {"guild_id": "100", "channel_id": None if channel is None else str(channel), "user_id": "900"}
    return frame(0, {**seat, "session_id": session_id}, sequence, "VOICE_STATE_UPDATE")


def resent(*before: str) -> list[str | None]:
    """The channels asked for again by a session that asked for 1, heard this, and was resumed."""
    session = session_in(Phase.LIVE)
    session.tell(voice(100, 1), 1)
    for heard in before:
        session.receive(heard, 1.5)
    session.lost(None, 2)
    reconnect(session, session.next_deadline())
    return [got["d"]["channel_id"] for got in sent(session.receive(resumed(9), 3))]


def test_voice_state_that_discord_confirmed_is_not_sent_again() -> None:
    assert resent(told_seat(2, 1)) == []


def test_voice_state_is_sent_again_if_the_seat_is_another_or_of_another_session() -> None:
    assert resent(told_seat(2, 7)) == ["1"]
    assert resent(told_seat(2, None)) == ["1"]
    assert resent(told_seat(2, 1, session_id="somebody else's")) == ["1"]


def test_outbox_forgets_only_the_wish_that_came_true() -> None:
    outbox = Outbox()
    outbox.put(voice(100, 1))
    outbox.put(voice(200, 2))
    assert [outbox.take(1.0), outbox.take(1.0)] == [voice(100, 1), voice(200, 2)]
    outbox.obeyed(GuildId(100), ChannelId(1))
    outbox.obeyed(GuildId(200), ChannelId(1))
    outbox.obeyed(GuildId(300), ChannelId(3))
    outbox.disconnected()
    assert outbox.drain() == (voice(200, 2),)


def test_presence_while_disconnected_goes_with_the_identify() -> None:
    session = session_in(Phase.QUEUED)
    session.tell(UpdatePresence(presence=Presence(status="dnd")), 1)
    [identify] = sent(session.permitted(2))
    assert identify["d"]["presence"]["status"] == "dnd"
    assert sent(session.receive(ready(), 3)) == []


def test_presence_while_resuming_is_sent_afterwards() -> None:
    session = session_in(Phase.RESUMING)
    session.tell(UpdatePresence(presence=Presence(status="idle")), 1)
    assert [got["op"] for got in sent(session.receive(resumed(2), 2))] == [3]


def test_flood_of_commands_leaves_room_for_heartbeats_and_goes_on_later() -> None:
    session = session_in(Phase.LIVE)
    actions = [session.tell(voice(i, 1), 1.0) for i in range(200)]
    at_once = sum(len(sent(some)) for some in actions)
    assert 100 < at_once < 120
    assert len(sent(session.receive(frame(1), 1.0))) == 1
    later = 0
    while session.outbox:
        later += sum(got["op"] == 4 for got in sent(session.tick(session.next_deadline())))
        session.receive(ACK, session.next_deadline() - 1)
    assert at_once + later == 200


def test_heartbeat_requests_without_end_do_not_break_the_limit() -> None:
    session = session_in(Phase.LIVE)
    answers = sum(len(sent(session.receive(frame(1), 1.0))) for _ in range(500))
    assert answers <= 120


def test_what_waited_is_sent_before_the_house_hears_of_the_session() -> None:
    """The house may wish for something newer in the same instant, which has to come last."""
    session = session_in(Phase.RESUMING)
    session.tell(voice(100, 1), 1)
    kinds = [type(action) for action in session.receive(resumed(2), 2)]
    assert kinds.index(Send) < kinds.index(Deliver)


def test_outbox_of_an_ended_session_can_be_taken_over() -> None:
    session = session_in(Phase.LIVE)
    session.tell(voice(100, 1), 1)
    session.lost(4004, 2)
    session.tell(voice(100, None), 3)
    session.tell(voice(100, 2), 3)
    session.tell(voice(200, 3), 3)
    assert session.outbox.drain() == (voice(100, None), voice(100, 2), voice(200, 3))
    assert not session.outbox
