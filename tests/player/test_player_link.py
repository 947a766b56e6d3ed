"""The link's machine: every phase and what Discord and the node may say in it."""

from attrs import evolve

from actors.player.link import AWAIT_S, CONNECT_S, JOIN_S, Attempts, Link, Phase
from actors.player.link_news import CameUp, Loss, Lost, MoveFailed, Seat, Unseat
from gateway_client.ids import ChannelId
from tests.player.links import closed, link_in
from tests.player.places import GUILD, ME, OTHER_VOICE, THIRD_VOICE, VOICE
from voice.close_codes import Verdict
from voice.protocol import Closed, Connected


def test_server_and_seat_may_come_in_any_order() -> None:
    link = link_in(Phase.JOINING)
    link.served("token", "a.example", 1)
    assert link.phase is Phase.JOINING
    link.seated(VOICE, "session", 1)
    assert link.phase is Phase.CONNECTING
    assert link.server is not None
    assert (link.server.url, link.server.session_id) == ("wss://a.example/?v=8", "session")


def test_endpoints_are_dialled_plainly_only_where_that_is_asked_for() -> None:
    link = Link(guild_id=GUILD, me=ME, insecure=True)
    link.join(VOICE, 0)
    link.seated(VOICE, "session", 1)
    link.served("token", "127.0.0.1:4000", 1)
    assert link.server is not None
    assert link.server.url == "ws://127.0.0.1:4000/?v=8"


def test_every_phase_but_absent_ends_by_leaving() -> None:
    for phase in Phase:
        link = link_in(phase)
        assert link.leave() == ([] if phase is Phase.ABSENT else [Unseat()])
        assert (link.phase, link.channel_id, link.deadline) == (Phase.ABSENT, None, None)


def test_absent_hears_nothing() -> None:
    link = link_in(Phase.UP)
    attempt = link.attempt
    link.leave()
    assert link.seated(VOICE, "session", 3) == []
    assert link.served("token", "b.example", 3) == []
    assert link.connected(Connected(call=GUILD, attempt=attempt)) == []
    assert link.closed(Closed(call=GUILD, attempt=attempt, code=4006, verdict=Verdict.REJOIN), 3) == []
    assert link.tick(1e9) == []
    assert link.guild_available(3) == []
    assert link.guild_gone() == []
    assert link.phase is Phase.ABSENT


def test_a_null_seat_is_a_kick_except_before_the_first_seat() -> None:
    for phase in (Phase.CONNECTING, Phase.UP, Phase.AWAITING):
        link = link_in(phase)
        heard = phase is not Phase.CONNECTING
        assert link.seated(None, "", 3) == [Lost(Loss.KICKED, heard, VOICE)]
    link = link_in(Phase.JOINING)
    assert link.seated(None, "", 3) == []
    assert link.phase is Phase.JOINING
    link.seated(VOICE, "session", 3)
    assert link.seated(None, "", 3) == [Lost(Loss.KICKED, False, VOICE)]


def test_deadlines_of_every_phase() -> None:
    assert link_in(Phase.UP).deadline is None
    joining = link_in(Phase.JOINING)
    assert joining.tick(JOIN_S - 0.1) == []
    assert joining.tick(JOIN_S) == [Unseat(), Lost(Loss.NO_ANSWER, False, VOICE)]
    connecting = link_in(Phase.CONNECTING)
    assert connecting.tick(1 + CONNECT_S) == [Unseat(), Lost(Loss.UNREACHABLE, False, VOICE)]
    awaiting = link_in(Phase.AWAITING)
    assert awaiting.tick(2 + AWAIT_S) == [Unseat(), Seat(VOICE)]
    assert awaiting.phase is Phase.JOINING


def test_verdicts_of_a_closed_connection() -> None:
    for verdict in (Verdict.RESUME, Verdict.IDENTIFY):
        link = link_in(Phase.UP)
        assert link.closed(closed(link, verdict), 3) == []
        assert link.phase is Phase.UP
    link = link_in(Phase.UP)
    assert link.closed(closed(link, Verdict.REJOIN, 4006), 3) == [Unseat(), Seat(VOICE)]
    assert (link.phase, link.server, link.joined) == (Phase.JOINING, None, True)
    link = link_in(Phase.UP)
    assert link.closed(closed(link, Verdict.STOP, 4021), 3) == [Unseat(), Lost(Loss.STOPPED, True, VOICE)]
    link = link_in(Phase.CONNECTING)
    assert link.closed(closed(link, Verdict.FAIL, 4017), 3) == [
        Unseat(),
        Lost(Loss.ENCRYPTION, False, VOICE),
    ]
    for code in (4012, 4016, None):
        link = link_in(Phase.UP)
        assert link.closed(closed(link, Verdict.FAIL, code), 3)[-1] == Lost(Loss.REFUSED, True, VOICE)


def test_words_about_another_attempt_are_ignored() -> None:
    link = link_in(Phase.UP)
    old = closed(link, Verdict.STOP, 4021)
    for attempt in (link.attempt - 1, link.attempt + 1):
        assert link.closed(evolve(old, attempt=attempt), 3) == []
    link = link_in(Phase.CONNECTING)
    assert link.connected(Connected(call=GUILD, attempt=link.attempt - 1)) == []
    assert link.phase is Phase.CONNECTING


def test_the_same_server_said_twice_is_not_dialled_twice() -> None:
    link = link_in(Phase.UP)
    attempt = link.attempt
    link.served("token", "a.example", 3)
    assert (link.attempt, link.phase) == (attempt, Phase.UP)
    link.served("token 2", "a.example", 3)
    assert link.attempt > attempt
    assert link.phase is Phase.CONNECTING
    assert link.connected(Connected(call=GUILD, attempt=link.attempt)) == [CameUp(first=False)]


def test_a_move_keeps_the_old_call_until_the_new_server_is_known() -> None:
    link = link_in(Phase.UP)
    old = link.server
    assert link.join(OTHER_VOICE, 3) == [Seat(OTHER_VOICE)]
    assert (link.server, link.is_settled) == (old, False)
    link.seated(VOICE, "session", 4)  # a late word about the old seat
    assert (link.channel_id, link.sits_in) == (OTHER_VOICE, VOICE)
    link.seated(OTHER_VOICE, "session", 4)
    assert link.sits_in == OTHER_VOICE
    link.served("token", "a.example", 4)
    assert link.server is not None
    assert link.server.channel_id == OTHER_VOICE
    link.connected(Connected(call=GUILD, attempt=link.attempt))
    assert link.is_settled


def test_a_move_without_an_answer_falls_back() -> None:
    link = link_in(Phase.UP)
    link.join(OTHER_VOICE, 3)
    assert link.tick(3 + JOIN_S) == [MoveFailed(OTHER_VOICE)]
    assert (link.phase, link.channel_id, link.is_settled) == (Phase.UP, VOICE, True)
    assert link.sits_in == VOICE


def test_called_elsewhere_during_a_move_the_old_call_is_kept_and_fallen_back_to() -> None:
    link = link_in(Phase.UP)
    old = (link.attempt, link.server)
    link.join(OTHER_VOICE, 3)
    assert link.join(THIRD_VOICE, 4) == [Seat(THIRD_VOICE)]
    assert (link.attempt, link.server) == old
    assert link.sits_in == VOICE
    assert link.tick(4 + JOIN_S) == [MoveFailed(THIRD_VOICE)]
    assert (link.phase, link.channel_id, link.attempt, link.server) == (Phase.UP, VOICE, *old)


def test_called_back_during_a_move_it_is_over_and_a_late_answer_is_followed() -> None:
    link = link_in(Phase.UP)
    old = (link.attempt, link.server)
    link.join(OTHER_VOICE, 3)
    assert link.join(VOICE, 4) == [Seat(VOICE), CameUp(first=False)]
    assert (link.phase, link.channel_id, link.deadline) == (Phase.UP, VOICE, None)
    assert (link.attempt, link.server, link.is_settled) == (*old, True)
    for channel_id in (OTHER_VOICE, VOICE):  # Discord answers both after all
        link.seated(channel_id, "session", 5)
        link.served(f"token {channel_id}", "b.example", 5)
        assert link.server is not None
        assert link.server.channel_id == channel_id
    link.connected(Connected(call=GUILD, attempt=link.attempt))
    assert (link.phase, link.channel_id) == (Phase.UP, VOICE)


def test_called_elsewhere_from_a_seat_without_a_server_that_seat_is_where_it_falls_back_to() -> None:
    link = link_in(Phase.UP)
    link.join(OTHER_VOICE, 3)
    link.seated(OTHER_VOICE, "session", 4)
    assert link.join(VOICE, 5) == [Seat(VOICE)]
    assert link.sits_in == OTHER_VOICE
    assert link.tick(5 + JOIN_S) == [MoveFailed(VOICE), Unseat(), Seat(OTHER_VOICE)], "it has no server"
    assert link.sits_in == OTHER_VOICE


def test_kicked_during_a_move_does_not_fall_back() -> None:
    link = link_in(Phase.UP)
    link.join(OTHER_VOICE, 3)
    assert link.seated(None, "", 4) == []
    assert link.tick(3 + JOIN_S) == [Unseat(), Lost(Loss.NO_ANSWER, True, OTHER_VOICE)]


def test_joining_afresh_is_bounded_in_a_window() -> None:
    link = link_in(Phase.UP)
    for number in range(4):
        news = link.closed(closed(link, Verdict.REJOIN), 10.0 + number)
        if number == 3:
            assert news == [Unseat(), Lost(Loss.UNREACHABLE, True, VOICE)]
            return
        link.seated(VOICE, "session", 10)
        link.served("token", "a.example", 10)
        link.connected(Connected(call=GUILD, attempt=link.attempt))


def test_a_new_main_session_asks_again_once_the_guild_is_in_sight() -> None:
    link = link_in(Phase.UP)
    assert link.guild_available(3) == []
    link.session_replaced()
    assert link.seated(None, "", 4) == []
    assert link.guild_available(5) == [Seat(VOICE)]
    link.seated(VOICE, "new session", 6)
    link.served("token", "a.example", 6)
    assert link.server is not None
    assert link.server.session_id == "new session"


def test_attempts_of_a_later_generation_are_larger() -> None:
    first, second = Attempts(), Attempts()
    used = [first.next(5.0) for _ in range(3)]
    assert used == [5000, 5001, 5002]
    assert second.next(5.1) > used[-1]


def test_the_token_is_never_shown() -> None:
    link = link_in(Phase.JOINING)
    link.served("secret", "a.example", 1)
    assert "secret" not in repr(link)
    link.seated(ChannelId(VOICE), "hidden", 1)
    assert "secret" not in repr(link)
    assert "hidden" not in repr(link)
