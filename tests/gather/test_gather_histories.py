"""Random histories: whatever people, Discord and time do, the lists stay lists and the message is right."""

from collections import Counter

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.gather.effects import Announce, CallUp, Disconnect, Effect, Finish, GhostPing, Notify
from actors.gather.gather import Gather
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
from actors.gather.messages import ChannelSeen, Deed, Denied, MemberGone, MessagesGone, Posted, Verb
from actors.gather.roster import Status
from actors.gather.rules import CHECK_IN_LIMIT_S, COUNTDOWN_LIMIT_S, GRACE_S
from actors.gather.saved import restore, to_saved
from actors.gather.state import apply
from actors.gather.view import Lens, view_gather
from gateway_client.ids import ChannelId, MessageId, UserId
from tests.gather.people import ADA, BOT, ELSEWHERE, LOUNGE, gather
from tests.gather.rig import CATALOGUE, HOME, Discord, open_rig

CROWD = (ADA, *(Who(UserId(2000 + n), name) for n, name in enumerate(("Ben", "`", "\u202ex", "漢", "Eve"))))

people = st.sampled_from(CROWD)
groups = st.lists(people, min_size=1, max_size=3).map(tuple)
seats = st.lists(people, max_size=5, unique=True).map(lambda some: (*(Seat(who=who) for who in some), BOT))
inputs: st.SearchStrategy[Input] = st.one_of(
    st.builds(Pressed, who=people, verb=st.sampled_from(Verb), sits_here=st.booleans()),
    st.builds(
        Moved,
        seat=people.map(lambda who: Seat(who=who)),
        channel_id=st.sampled_from((LOUNGE, LOUNGE, ELSEWHERE, None)),
    ),
    st.builds(PeopleExpected, groups),
    st.builds(PeopleForgotten, groups),
    st.builds(Extended, st.floats(1, 5000)),
    st.builds(Counted, seats=seats, user_limit=st.integers(0, 4)),
    st.builds(ChannelSeen, st.just(LOUNGE), st.integers(0, 4)),
    st.builds(MemberGone, people.map(lambda who: who.id)),
    st.builds(Denied, st.sampled_from((Deed.DISCONNECT, Deed.DELETE, Deed.SAVE))),
    st.just(MessagesGone((MessageId(1),))),
    st.builds(Posted, gather=st.just(7), message_id=st.sampled_from((MessageId(1), MessageId(2)))),
)
steps = st.lists(st.tuples(st.sampled_from((0.0, 0.01, 0.7, 3.0, 30.0, 400.0)), inputs), max_size=40)


class History:
    """One gather and everything that must never happen to it."""

    def __init__(self, countdown_s: float) -> None:
        self.one: Gather = gather(*CROWD[:3], countdown_s=countdown_s)
        self.now = 0.0
        self.stamps: dict[UserId, int] = {}
        self.notified: set[Deed] = set()
        self.announced: tuple[UserId, ...] = ()
        self.finishes = 0
        self.check([])

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.one.next_deadline()) is not None and due <= end:
            assert due > self.now or self.now == 0
            self.now = max(due, self.now)
            self.check(self.one.tick(self.now))
        self.now = end

    def take(self, message: Input) -> None:
        ended = not self.one.is_running
        before = self.one.roster.rows()
        if isinstance(message, MemberGone):
            self.stamps.pop(message.user_id, None)  # the one way in which an arrival vanishes
        self.check(apply(self.one, message, self.now))
        assert not ended or self.one.roster.rows() == before

    def check(self, effects: list[Effect]) -> None:
        one = self.one
        self.finishes += effects.count(Finish())
        assert self.finishes == (0 if one.is_running else 1)
        rows = one.roster.rows()
        assert max(Counter(row.who.id for row in rows).values(), default=1) == 1
        assert BOT.who.id not in {row.who.id for row in rows}
        statuses = Counter(row.status for row in rows)
        assert one.roster.attendance() == (
            statuses[Status.HERE],
            len(rows) - statuses[Status.OUT],
        )
        for row in rows:
            assert (row.late_s is not None) == (row.status in {Status.HERE, Status.WAITING})
            assert row.late_s is None or row.late_s == 0 or row.late_s >= GRACE_S
        here = {row.who.id: row.late_s or 0 for row in rows if row.status is Status.HERE}
        assert self.stamps.items() <= here.items(), "a stamp changed or vanished"
        self.stamps = here
        if one.is_running and one.checks_in:
            assert statuses[Status.MISSING] > 0
        assert not one.guests.invited.keys() & one.guests.absent
        self.check_deeds(effects)
        again = restore(to_saved(one, 1e9), 1e9)
        assert again.roster.rows() == rows
        assert again.guests.attendees() == one.guests.attendees()

    def check_deeds(self, effects: list[Effect]) -> None:
        """Nobody is disconnected but who is out, nobody pinged but who is missing, nobody told twice."""
        one = self.one
        for effect in effects:
            match effect:
                case Disconnect(user_id):
                    # whoever came back in the same breath is spared when the request is made
                    assert one.roster.status(user_id) in {Status.OUT, Status.HERE}
                case GhostPing(pinged):
                    assert not one.muted
                    assert set(pinged) == {row.who.id for row in one.roster.of(Status.MISSING)}
                case CallUp(who):
                    assert one.roster.status(who.id) in {Status.WAITING, Status.HERE}
                    assert one.checks_in
                case Notify(deed):
                    assert deed not in self.notified
                    self.notified.add(deed)
                case Announce(announced):
                    assert not self.announced
                    self.announced = announced
                case _:
                    pass


@settings(max_examples=40, deadline=None)
@given(st.sampled_from((0.0, 45.0, 3600.0)), steps)
def test_lists_stay_lists_whatever_happens(countdown_s: float, history: list[tuple[float, Input]]) -> None:
    story = History(countdown_s)
    for seconds, message in history:
        story.wait(seconds)
        story.take(message)
    story.wait(COUNTDOWN_LIMIT_S + CHECK_IN_LIMIT_S + 1)
    assert not story.one.is_running


places = st.sampled_from((LOUNGE, ELSEWHERE, None))
verbs = st.sampled_from([verb for verb in Verb if verb is not Verb.CANCEL])
deeds = st.tuples(st.sampled_from((0.0, 0.01, 0.5, 40.0)), people, st.one_of(verbs, places))


@settings(max_examples=8, deadline=None)
@given(st.lists(deeds, max_size=25), st.sampled_from((0.0, 0.15, 2.5)), st.booleans())
def test_the_last_picture_is_that_of_the_last_state(
    history: list[tuple[float, Who, Verb | ChannelId | None]], delay_s: float, cancelled: bool
) -> None:
    async def main() -> None:
        async with open_rig(*CROWD[:3], rest=Discord(delay_s=delay_s)) as rig:
            await rig.start("30s")
            await trio.sleep(1 + 2 * delay_s)
            number, state = rig.gather_id, rig.state
            for seconds, who, what in history:
                await trio.sleep(seconds)
                if isinstance(what, Verb):
                    rig.press(what, who, number)
                else:
                    rig.join(who, what)
            if cancelled:
                rig.press(Verb.CANCEL, ADA, number)
            await trio.sleep((0 if cancelled else 2000) + 10 + 4 * delay_s)
            assert rig.is_over
            assert not state.is_running
            lens = Lens(address=HOME, now=trio.current_time(), offset=0.0, say=CATALOGUE.speaker())
            ((_, shown),) = rig.boards
            assert shown == view_gather(state, lens)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
