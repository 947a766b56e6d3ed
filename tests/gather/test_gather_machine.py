"""Countdown and check-in, phase by phase and rule by rule, on a clock that is only a number."""

import pytest

from actors.gather.effects import Changed, Disconnect, Redraw
from actors.gather.gather import Phase
from actors.gather.inputs import (
    Counted,
    Extended,
    Input,
    Moved,
    PeopleExpected,
    PeopleForgotten,
    Pressed,
    Seat,
    Who,
)
from actors.gather.messages import (
    ChannelGone,
    ChannelSeen,
    Deed,
    Denied,
    MemberGone,
    MessagesGone,
    NoticeUnsent,
    PingGone,
    PingPosted,
    Posted,
    Unshowable,
    Verb,
)
from actors.gather.roster import Status
from actors.gather.rules import COUNTDOWN_LIMIT_S, PEOPLE_LIMIT
from actors.gather.view import Lens, view_gather
from gateway_client.ids import MessageId, UserId
from tests.gather.people import (
    ADA,
    BEN,
    BOT,
    CLEO,
    DAN,
    ELSEWHERE,
    LOUNGE,
    do,
    ended,
    gather,
    join,
    late_s,
    leave,
    press,
    run_until,
    status,
    told,
)
from tests.gather.rig import CATALOGUE, HOME


def names(people: list[object]) -> set[object]:
    return set(people)


# -- countdown


def test_a_countdown_takes_in_the_channel_and_the_invited_without_bots() -> None:
    one = gather(ADA, BEN, countdown_s=600)
    assert one.guests.attendees() == [ADA, BEN]
    do(one, PeopleExpected((CLEO,)))
    press(one, DAN, Verb.JOIN, 1)
    assert one.guests.attendees() == [ADA, BEN, CLEO, DAN]
    leave(one, BEN, 2)
    press(one, ADA, Verb.LEAVE, 3)
    do(one, PeopleForgotten((CLEO,)))
    assert one.guests.attendees() == [DAN]
    join(one, BEN, 4)
    press(one, ADA, Verb.JOIN, 5)
    assert names([*one.guests.attendees()]) == {ADA, BEN, DAN}


def test_check_in_begins_when_the_countdown_ends_and_adds_the_starter() -> None:
    one = gather(ADA, BEN, countdown_s=600)
    leave(one, ADA, 5)
    run_until(one, 599)
    assert one.in_countdown
    run_until(one, 600)
    assert one.phase is Phase.CHECK_IN
    assert one.began == 600
    assert {row.who for row in one.roster.of(Status.MISSING)} == {ADA, BEN}


def test_a_starter_who_left_is_not_waited_for() -> None:
    one = gather(ADA, BEN, countdown_s=60)
    press(one, ADA, Verb.LEAVE, 1)
    run_until(one, 60)
    assert status(one, ADA) is None
    assert status(one, BEN) is Status.MISSING


def test_only_the_starter_starts_now_cancels_and_mutes() -> None:
    one = gather(ADA, BEN, countdown_s=600)
    for verb in (Verb.START_NOW, Verb.CANCEL, Verb.MUTE, Verb.UNMUTE):
        assert told(press(one, BEN, verb, 10 * list(Verb).index(verb), manages=True)) == [
            "gather.only_starter"
        ]
    press(one, ADA, Verb.START_NOW, 100)
    assert one.phase is Phase.CHECK_IN
    assert one.began == 100
    assert press(one, ADA, Verb.START_NOW, 101) == []
    press(one, ADA, Verb.MUTE, 102)
    assert one.muted
    assert ended(press(one, ADA, Verb.CANCEL, 103))
    assert one.phase is Phase.CANCELLED


def test_a_manager_has_the_buttons_of_a_starter_who_left_the_server() -> None:
    one = gather(ADA, BEN)
    do(one, MemberGone(ADA.id), 5)
    assert status(one, ADA) is None
    assert told(press(one, BEN, Verb.CANCEL, 6)) == ["gather.only_starter"]
    assert ended(press(one, BEN, Verb.CANCEL, 7, manages=True))


def test_extending_stops_at_two_hours_and_works_only_in_the_countdown() -> None:
    one = gather(ADA, countdown_s=3600)
    assert told(do(one, Extended(600))) == ["gather.extended"]
    assert one.ends_at == 4200
    assert told(do(one, Extended(3600))) == ["gather.extended_to_limit"]
    assert one.ends_at == COUNTDOWN_LIMIT_S
    assert told(do(one, Extended(60))) == ["gather.cannot_extend"]
    run_until(one, COUNTDOWN_LIMIT_S)
    assert told(do(one, Extended(60), 7300)) == ["gather.too_late_to_extend"]


def test_time_is_drawn_every_few_seconds_and_its_end_at_once() -> None:
    one = gather(ADA, countdown_s=11)
    assert run_until(one, 10.9) == [(4.0, Redraw()), (8.0, Redraw())]
    assert (11.0, Changed()) in run_until(one, 11)


def test_a_countdown_that_ended_while_the_bot_was_away_gives_people_their_grace() -> None:
    one = gather(ADA, BEN, countdown_s=60)
    one.tick(400)
    assert one.phase is Phase.CHECK_IN
    assert one.began == 400


# -- arriving


def test_arrivals_are_on_time_within_grace_and_stamped_after_it() -> None:
    one = gather(ADA, BEN, CLEO, DAN)
    press(one, ADA, Verb.HERE, 3)
    press(one, BEN, Verb.HERE, 60)
    press(one, CLEO, Verb.HERE, 61.9)
    assert (late_s(one, ADA), late_s(one, BEN), late_s(one, CLEO)) == (0, 0, 61)
    assert one.roster.attendance() == (3, 4)


def test_sitting_there_or_muting_checks_nobody_in_but_coming_does() -> None:
    one = gather(ADA, BEN)
    do(one, PeopleExpected((CLEO,)))
    join(one, BEN, 5)  # a voice state of somebody who sat there: muted, or streaming
    assert status(one, BEN) is Status.MISSING
    leave(one, BEN, 6, to=ELSEWHERE)
    assert status(one, BEN) is Status.MISSING
    join(one, BEN, 7)
    join(one, CLEO, 8)
    assert status(one, BEN) is Status.HERE
    assert status(one, CLEO) is Status.HERE
    assert join(one, DAN, 9) == []
    assert status(one, DAN) is None


def test_here_needs_the_channel_and_adds_strangers() -> None:
    one = gather(ADA, BEN)
    assert told(press(one, DAN, Verb.HERE, 5)) == ["gather.come_and_press"]
    do(one, PeopleExpected((CLEO,)), 5)
    assert told(press(one, CLEO, Verb.HERE, 5)) == ["gather.come_first"]  # coming is enough for her
    assert status(one, DAN) is None
    join(one, DAN, 6)
    press(one, DAN, Verb.HERE, 7)
    assert status(one, DAN) is Status.HERE
    assert told(press(one, DAN, Verb.HERE, 20)) == ["gather.here_already"]
    assert told(press(one, DAN, Verb.OUT, 30)) == ["gather.cannot_opt_out"]
    assert status(one, DAN) is Status.HERE


def test_the_last_arrival_ends_grace_early() -> None:
    one = gather(ADA, BEN)
    assert not ended(press(one, ADA, Verb.HERE, 3))
    assert ended(press(one, BEN, Verb.HERE, 4))
    assert one.phase is Phase.COMPLETE


def test_opting_out_disconnects_those_who_sit_there_and_completes() -> None:
    one = gather(ADA, BEN)
    do(one, PeopleExpected((CLEO,)))
    press(one, ADA, Verb.HERE, 1)
    assert Disconnect(BEN.id) in press(one, BEN, Verb.OUT, 2)
    assert Disconnect(CLEO.id) not in (last := press(one, CLEO, Verb.OUT, 3))
    assert ended(last)
    assert one.roster.attendance() == (1, 1)


def test_out_beats_expected_until_reconsidered() -> None:
    one = gather(ADA, BEN)
    press(one, BEN, Verb.OUT, 1)
    leave(one, BEN, 1.1)
    assert told(press(one, BEN, Verb.OUT, 10)) == ["gather.out_already"]
    join_elsewhere = do(one, Moved(seat=Seat(who=BEN), channel_id=ELSEWHERE), 20)
    assert join_elsewhere == []
    assert status(one, BEN) is Status.OUT
    join(one, BEN, 95)
    assert status(one, BEN) is Status.HERE
    assert late_s(one, BEN) == 95


def test_pressing_here_or_being_expected_undoes_opting_out() -> None:
    one = gather(ADA, BEN, CLEO)
    for who in (BEN, CLEO, DAN):
        press(one, who, Verb.OUT, 1)
    leave(one, BEN, 2)
    assert told(press(one, BEN, Verb.HERE, 3)) == ["gather.back_in"]
    assert status(one, BEN) is Status.MISSING
    do(one, PeopleExpected((CLEO, DAN)), 70)
    assert status(one, CLEO) is Status.HERE  # still there: the bot could not disconnect them
    assert late_s(one, CLEO) == 70
    assert status(one, DAN) is Status.MISSING


def test_a_stamp_never_changes() -> None:
    one = gather(ADA, BEN)
    press(one, BEN, Verb.HERE, 5)
    leave(one, BEN, 6)
    join(one, BEN, 500)
    do(one, PeopleExpected((BEN,)), 600)
    assert told(do(one, PeopleForgotten((BEN,)), 700)) == ["gather.arrived_stays"]
    assert status(one, BEN) is Status.HERE
    assert late_s(one, BEN) == 0


def test_forgetting_the_last_missing_completes() -> None:
    one = gather(ADA, BEN)
    press(one, ADA, Verb.HERE, 1)
    effects = do(one, PeopleForgotten((ADA, BEN)), 2)
    assert told(effects) == ["gather.forgotten_but"]
    assert ended(effects)
    assert status(one, BEN) is None


def test_whoever_has_arrived_is_not_waited_for_in_words() -> None:
    one = gather(ADA, BEN, CLEO)
    press(one, BEN, Verb.HERE, 1)
    press(one, CLEO, Verb.OUT, 2)
    assert told(do(one, PeopleExpected((BEN,)), 3)) == ["gather.already_here"]
    assert told(do(one, PeopleExpected((BEN, DAN)), 4)) == ["gather.expecting_but"]
    assert told(do(one, PeopleExpected((CLEO,)), 5)) == ["gather.already_here"]  # out, but still there
    assert told(do(one, PeopleExpected((DAN,)), 6)) == ["gather.expecting"]


@pytest.mark.parametrize("countdown_s", [0, 60])
def test_nobody_has_everybody_of_a_big_server_waited_for(countdown_s: float) -> None:
    crowd = tuple(Who(UserId(5000 + n), f"p{n}") for n in range(PEOPLE_LIMIT))
    one = gather(ADA, BEN, countdown_s=countdown_s)
    assert told(do(one, PeopleExpected(crowd), 1)) == ["gather.too_many"]
    assert told(do(one, PeopleExpected(crowd[2:]), 2)) == ["gather.expecting"]
    assert told(do(one, PeopleExpected((CLEO,)), 3)) == ["gather.too_many"]
    assert told(do(one, PeopleExpected((BEN, *crowd[2:])), 4)) == ["gather.expecting"]
    one.tick(60)
    assert one.roster.attendance() == (0, PEOPLE_LIMIT)


def test_buttons_of_the_countdown_mean_the_same_a_moment_later() -> None:
    one = gather(ADA, BEN)
    press(one, DAN, Verb.JOIN, 1)
    assert status(one, DAN) is Status.MISSING
    press(one, DAN, Verb.LEAVE, 2)
    assert status(one, DAN) is None
    press(one, BEN, Verb.HERE, 3)
    assert told(press(one, BEN, Verb.LEAVE, 4)) == ["gather.here_already"]


def test_buttons_of_the_check_in_wait_for_it() -> None:
    one = gather(ADA, BEN, countdown_s=60)
    assert told(press(one, BEN, Verb.HERE, 1)) == ["gather.not_yet"]
    assert told(press(one, BEN, Verb.OUT, 10)) == ["gather.not_yet"]


def test_fast_fingers_are_refused_once_in_five_seconds() -> None:
    one = gather(ADA, BEN)
    press(one, BEN, Verb.HERE, 0)
    answers = [told(press(one, BEN, Verb.HERE, 1 + n / 100)) for n in range(1000)]
    assert sum(map(len, answers)) == 2


EVERY_INPUT: tuple[Input, ...] = (
    *(Pressed(who=who, verb=verb, sits_here=True) for verb in Verb for who in (ADA, BEN)),
    Moved(seat=Seat(who=BEN), channel_id=LOUNGE),
    Moved(seat=Seat(who=BEN), channel_id=None),
    Moved(seat=BOT, channel_id=None),
    Counted(seats=()),
    ChannelSeen(LOUNGE, 1),
    ChannelGone(LOUNGE),
    MemberGone(ADA.id),
    MessagesGone((MessageId(1),)),
    Posted(gather=7, message_id=MessageId(1)),
    Unshowable(7),
    *(Denied(deed) for deed in Deed),
    NoticeUnsent(Deed.PING),
    PingPosted(MessageId(3)),
    PingGone(MessageId(3)),
    PeopleExpected((BEN,)),
    PeopleForgotten((BEN,)),
    Extended(60),
)


@pytest.mark.parametrize("message", EVERY_INPUT, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("phase", list(Phase))
def test_every_state_takes_every_input_and_an_ended_one_stays_as_it_was(phase: Phase, message: Input) -> None:
    one = gather(ADA, BEN, countdown_s=60 if phase is Phase.COUNTDOWN else 0)
    if phase not in (Phase.COUNTDOWN, Phase.CHECK_IN):
        one.finish(phase, 5)
    rows = one.roster.rows()
    do(one, message, 10)
    lens = Lens(address=HOME, now=10, offset=0.0, say=CATALOGUE.speaker())
    assert bool(view_gather(one, lens).components) == one.is_running
    if phase not in (Phase.COUNTDOWN, Phase.CHECK_IN):
        assert one.phase is phase
        assert one.roster.rows() == rows
        assert one.next_deadline() is None
    else:
        assert one.ended is None or not one.is_running
