"""A full channel, the pings, the message, and the ways in which a gather ends."""

import pytest

from actors.gather.effects import Announce, CallUp, Disconnect, GhostPing, Notify, Post
from actors.gather.gather import Phase
from actors.gather.inputs import Counted, Input, PeopleExpected, Seat
from actors.gather.messages import (
    ChannelGone,
    ChannelSeen,
    Deed,
    Denied,
    MemberGone,
    MessagesGone,
    Posted,
    Unshowable,
    Verb,
)
from actors.gather.roster import Status
from actors.gather.rules import CHECK_IN_LIMIT_S
from gateway_client.ids import MessageId
from tests.gather.people import (
    ADA,
    BEN,
    CLEO,
    DAN,
    ELSEWHERE,
    LOUNGE,
    TEXT,
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

# -- a full channel


def test_who_finds_the_channel_full_waits_with_the_stamp_of_now() -> None:
    one = gather(ADA, BEN, limit=3)  # the bot takes the third place
    do(one, PeopleExpected((CLEO, DAN)))
    assert told(press(one, CLEO, Verb.HERE, 10)) == ["gather.waiting"]
    assert told(press(one, DAN, Verb.HERE, 70)) == ["gather.waiting"]
    assert CallUp(CLEO) in leave(one, BEN, 80)
    join(one, CLEO, 90)
    assert late_s(one, CLEO) == 0
    assert CallUp(DAN) in do(one, ChannelSeen(LOUNGE, 9), 95)
    assert told(press(one, DAN, Verb.HERE, 96)) == ["gather.come_first"]
    assert status(one, DAN) is Status.WAITING
    join(one, DAN, 120)
    assert late_s(one, DAN) == 70


def test_a_place_that_somebody_frees_by_leaving_the_server_is_given_away() -> None:
    one = gather(ADA, BEN, limit=3)
    do(one, PeopleExpected((CLEO,)))
    press(one, CLEO, Verb.HERE, 10)
    assert CallUp(CLEO) in do(one, MemberGone(BEN.id), 20)


def test_waiting_for_a_place_does_not_hold_up_the_others() -> None:
    one = gather(ADA, limit=2)
    do(one, PeopleExpected((CLEO,)))
    press(one, CLEO, Verb.HERE, 1)
    assert ended(press(one, ADA, Verb.HERE, 2))
    assert status(one, CLEO) is Status.WAITING


# -- pings and the end


def test_the_first_ping_is_not_sent_for_what_is_over() -> None:
    one = gather(ADA, BEN)
    press(one, ADA, Verb.CANCEL, 0.05)
    late = do(one, Posted(gather=7, message_id=MessageId(1)), 0.2)
    assert not [effect for effect in late if isinstance(effect, Announce)]
    assert one.paper.message_id == MessageId(1)


def test_the_missing_are_pinged_after_grace_every_thirty_seconds_unless_muted() -> None:
    one = gather(ADA, BEN)
    press(one, ADA, Verb.HERE, 1)
    pings = [at for at, effect in run_until(one, 150) if isinstance(effect, GhostPing)]
    assert pings == [60, 90, 120, 150]
    press(one, ADA, Verb.MUTE, 151)
    assert not [effect for _, effect in run_until(one, 200) if isinstance(effect, GhostPing)]
    press(one, ADA, Verb.UNMUTE, 201)
    assert (210.0, GhostPing((BEN.id,))) in run_until(one, 215)


def test_pings_that_cannot_be_deleted_are_given_up_and_told_once() -> None:
    one = gather(ADA, BEN)
    assert Notify(Deed.DELETE) in do(one, Denied(Deed.DELETE), 60)
    assert Notify(Deed.DELETE) not in do(one, Denied(Deed.DELETE), 61)
    assert not [effect for _, effect in run_until(one, 300) if isinstance(effect, GhostPing)]


def test_it_ends_after_thirty_minutes_whoever_is_missing() -> None:
    one = gather(ADA, BEN, now=50)
    press(one, ADA, Verb.HERE, 51)
    run_until(one, 50 + CHECK_IN_LIMIT_S - 1)
    assert one.is_running
    run_until(one, 50 + CHECK_IN_LIMIT_S)
    assert one.phase is Phase.TIMED_OUT
    assert status(one, BEN) is Status.MISSING


def test_a_deleted_message_is_posted_once_more_and_then_ends_it() -> None:
    one = gather(ADA, BEN)
    do(one, Posted(gather=7, message_id=MessageId(1)))
    assert do(one, MessagesGone((MessageId(99),))) == []
    assert Post() in do(one, MessagesGone((MessageId(1),)))
    assert do(one, MessagesGone((MessageId(1),))) == []
    do(one, Posted(gather=7, message_id=MessageId(2)))
    assert ended(do(one, MessagesGone((MessageId(2),))))


@pytest.mark.parametrize("lost", [Unshowable(7), ChannelGone(LOUNGE), ChannelGone(TEXT)])
def test_without_channel_or_message_it_ends(lost: Input) -> None:
    assert ended(do(gather(ADA, BEN), lost))
    assert do(gather(ADA, BEN), ChannelGone(ELSEWHERE)) == []


def test_after_a_pause_who_is_there_now_came() -> None:
    one = gather(ADA, BEN)
    do(one, PeopleExpected((CLEO, DAN)))
    press(one, DAN, Verb.OUT, 1)
    counted = Counted(seats=tuple(Seat(who=who) for who in (ADA, CLEO, DAN)), user_limit=5)
    do(one, counted, 90)
    assert status(one, ADA) is Status.MISSING  # sat there all the time, as far as anybody knows
    assert (status(one, CLEO), late_s(one, CLEO)) == (Status.HERE, 90)
    assert (status(one, DAN), late_s(one, DAN)) == (Status.HERE, 90)
    assert BEN.id not in one.guests.seats
    assert one.guests.limit == 5


def test_after_a_pause_who_is_out_and_still_there_is_taken_out() -> None:
    one = gather(ADA, BEN)
    press(one, BEN, Verb.OUT, 1)
    counted = Counted(seats=(Seat(who=ADA), Seat(who=BEN)))
    assert Disconnect(BEN.id) in do(one, counted, 90)
    assert status(one, BEN) is Status.OUT
