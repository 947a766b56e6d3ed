"""The link's machine, told in every order: nothing is lost, silent or dialled twice by it.

Whoever asks for a seat is told of it and of its server, each of them first. Whoever is moved loses the old
connection (4014) at any time around that. What was asked for before is answered too, and later.
"""

from itertools import permutations

import pytest
from attrs import evolve

from actors.player.link import JOIN_S, Phase
from actors.player.link_news import CameUp, Loss, Lost, MoveFailed, Seat, Unseat
from tests.player.links import closed, is_right_in, link_in, moved_to
from tests.player.places import GUILD, OTHER_VOICE, THIRD_VOICE, VOICE
from voice.close_codes import Verdict
from voice.protocol import Connected

ORDERS = ["".join(words) for words in permutations("svc")]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("phase", [Phase.UP, Phase.CONNECTING])
def test_a_move_is_followed_in_whatever_order_it_is_told(order: str, asked: bool, phase: Phase) -> None:
    link = link_in(phase)
    if asked:
        assert link.join(OTHER_VOICE, 3) == [Seat(OTHER_VOICE)]
    moved_to(link, OTHER_VOICE, order, 4)
    assert link.deadline is not None
    assert is_right_in(link, OTHER_VOICE)


@pytest.mark.parametrize("order", ["sv", "vs"])
def test_a_seat_and_its_server_are_dialled_once(order: str) -> None:
    for phase in (Phase.JOINING, Phase.UP):
        link = link_in(phase)
        link.join(OTHER_VOICE, 3)
        dialled = {link.attempt}
        for word in order * 2:
            moved_to(link, OTHER_VOICE, word, 4)
            dialled.add(link.attempt)
        assert len(dialled) == 2, "also when both are said twice"
        assert is_right_in(link, OTHER_VOICE)


@pytest.mark.parametrize("order", ["sv", "vs"])
def test_called_elsewhere_before_the_first_seat_the_answer_to_the_first_call_is_not_dialled(
    order: str,
) -> None:
    link = link_in(Phase.JOINING)
    assert link.join(OTHER_VOICE, 1) == [Seat(OTHER_VOICE)]
    moved_to(link, VOICE, order, 2)
    assert (link.phase, link.channel_id, link.server) == (Phase.JOINING, OTHER_VOICE, None)
    assert link.sits_in == VOICE
    moved_to(link, OTHER_VOICE, order, 2)
    assert is_right_in(link, OTHER_VOICE)


def test_called_elsewhere_before_the_first_seat_it_stays_where_only_the_first_call_is_answered() -> None:
    link = link_in(Phase.JOINING)
    link.join(OTHER_VOICE, 1)
    moved_to(link, VOICE, "sv", 2)
    assert link.tick(1 + JOIN_S) == [MoveFailed(OTHER_VOICE)]
    assert is_right_in(link, VOICE)


def test_called_elsewhere_while_connecting_that_call_goes_on_and_is_fallen_back_to() -> None:
    link = link_in(Phase.CONNECTING)
    first = (link.attempt, link.server)
    assert link.join(OTHER_VOICE, 2) == [Seat(OTHER_VOICE)]
    assert (link.attempt, link.server) == first
    still_connecting = evolve(link)
    assert link.connected(Connected(call=GUILD, attempt=link.attempt)) == [], "nobody was called there last"
    assert not link.is_settled
    assert link.tick(2 + JOIN_S) == [MoveFailed(OTHER_VOICE), CameUp(first=True)]
    assert (link.phase, link.channel_id, link.is_settled) == (Phase.UP, VOICE, True)
    link = still_connecting
    assert link.tick(2 + JOIN_S) == [MoveFailed(OTHER_VOICE)]
    assert (link.phase, link.attempt, link.server) == (Phase.CONNECTING, *first)
    assert link.connected(Connected(call=GUILD, attempt=link.attempt)) == [CameUp(first=True)]


def test_called_back_to_a_call_that_was_connecting() -> None:
    link = link_in(Phase.CONNECTING)
    link.join(OTHER_VOICE, 2)
    waits = evolve(link)
    assert link.join(VOICE, 3) == [Seat(VOICE)]
    assert link.connected(Connected(call=GUILD, attempt=link.attempt)) == [CameUp(first=True)]
    waits.connected(Connected(call=GUILD, attempt=waits.attempt))
    assert waits.join(VOICE, 3) == [Seat(VOICE), CameUp(first=True)]


@pytest.mark.parametrize("verdict", [Verdict.AWAIT, Verdict.REJOIN, Verdict.STOP, Verdict.FAIL])
def test_an_old_call_that_ends_during_a_move_is_not_fallen_back_to_in_silence(verdict: Verdict) -> None:
    for phase in (Phase.UP, Phase.CONNECTING):
        link = link_in(phase)
        link.join(OTHER_VOICE, 3)
        assert link.closed(closed(link, verdict), 4) == []
        called_back = evolve(link)
        assert link.tick(3 + JOIN_S) == [MoveFailed(OTHER_VOICE), Unseat(), Seat(VOICE)]
        link.seated(None, "", 14)
        moved_to(link, VOICE, "sv", 14)
        assert is_right_in(link, VOICE)
        assert called_back.join(VOICE, 5) == [Unseat(), Seat(VOICE)]
        called_back.seated(None, "", 6)
        moved_to(called_back, VOICE, "sv", 6)
        assert is_right_in(called_back, VOICE)


def test_called_elsewhere_while_a_new_server_is_awaited() -> None:
    link = link_in(Phase.AWAITING)
    link.join(OTHER_VOICE, 3)
    falls_back = evolve(link)
    moved_to(link, OTHER_VOICE, "sv", 4)
    assert is_right_in(link, OTHER_VOICE)
    assert falls_back.tick(3 + JOIN_S) == [MoveFailed(OTHER_VOICE), Unseat(), Seat(VOICE)]


def test_a_server_that_was_said_during_a_move_that_failed_is_dialled() -> None:
    link = link_in(Phase.UP)
    link.join(OTHER_VOICE, 3)
    link.served(f"token {VOICE}", "b.example", 4)  # the old call's server is another one now
    assert link.tick(3 + JOIN_S) == [MoveFailed(OTHER_VOICE)]
    assert is_right_in(link, VOICE)


def test_a_new_seat_without_a_server_is_asked_for_anew() -> None:
    link = link_in(Phase.UP)
    link.join(OTHER_VOICE, 3)
    link.seated(OTHER_VOICE, "session", 4)
    assert link.tick(3 + JOIN_S) == [Unseat(), Seat(OTHER_VOICE)]


def test_called_away_while_somebody_drags_it_elsewhere() -> None:
    link = link_in(Phase.UP)
    link.join(OTHER_VOICE, 3)
    moved_to(link, THIRD_VOICE, "csv", 4)
    assert link.sits_in == THIRD_VOICE
    silent = evolve(link)
    moved_to(link, OTHER_VOICE, "sv", 4)
    assert is_right_in(link, OTHER_VOICE)
    assert silent.tick(3 + JOIN_S) == [MoveFailed(OTHER_VOICE)]
    assert is_right_in(silent, THIRD_VOICE)


def test_kicked_while_joining_is_told_as_soon_as_the_bot_sat() -> None:
    link = link_in(Phase.JOINING)
    link.seated(VOICE, "session", 1)
    assert link.seated(None, "", 2) == [Lost(Loss.KICKED, False, VOICE)]
    link = link_in(Phase.UP)
    link.join(OTHER_VOICE, 3)
    link.seated(OTHER_VOICE, "session", 4)
    assert link.seated(None, "", 5) == [Lost(Loss.KICKED, True, OTHER_VOICE)]


@pytest.mark.parametrize("order", ["cn", "nc"])
def test_kicked_out_of_a_call_in_either_order(order: str) -> None:
    link = link_in(Phase.UP)
    end = closed(link, Verdict.AWAIT, 4014)
    news = [link.closed(end, 3) if word == "c" else link.seated(None, "", 3) for word in order]
    assert [one for part in news for one in part] == [Lost(Loss.KICKED, True, VOICE)]
    assert (link.phase, link.deadline) == (Phase.ABSENT, None)


@pytest.mark.parametrize("told", ["", "s", "sv"])
def test_left_and_called_again_before_discord_answers_is_no_kick(told: str) -> None:
    link = link_in(Phase.JOINING)
    assert link.leave() == [Unseat()]
    assert link.join(OTHER_VOICE, 2) == [Seat(OTHER_VOICE)]
    moved_to(link, VOICE, "sv", 3)  # what the first call brought
    assert link.seated(None, "", 3) == []
    moved_to(link, OTHER_VOICE, "sv", 3)
    assert is_right_in(link, OTHER_VOICE)
    link = link_in(Phase.JOINING)
    link.leave()
    link.join(VOICE, 2)
    moved_to(link, VOICE, told, 3)
    assert link.seated(None, "", 3) == []
    assert (link.phase, link.channel_id, link.deadline) == (
        Phase.JOINING,
        VOICE,
        3 + JOIN_S if told else 2 + JOIN_S,
    )
    moved_to(link, VOICE, "sv", 3)
    assert is_right_in(link, VOICE)
    assert link.seated(None, "", 9) == [Lost(Loss.KICKED, True, VOICE)], "nothing is owed any more"


def test_a_kick_after_joining_afresh_is_one() -> None:
    link = link_in(Phase.UP)
    assert link.closed(closed(link, Verdict.REJOIN), 3) == [Unseat(), Seat(VOICE)]
    link.seated(None, "", 4)
    moved_to(link, VOICE, "sv", 4)
    assert link.seated(None, "", 5) == [Lost(Loss.KICKED, True, VOICE)]
