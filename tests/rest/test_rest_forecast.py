"""No answer waits for a reaction: it leaves at the same time with reactions beside it and without."""

import heapq
from itertools import count, pairwise

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rest.buckets import Limiter
from actors.rest.forecast import LONGEST_QUIET_S, QUIET_S, Forecast
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.limits import Verdict
from actors.rest.routes import ADD_REACTION, CREATE_MESSAGE, FOLLOW_UP, REACTIONS_AT_ONCE, Target
from actors.rest.tickets import Send, Ticket

ANSWER = CREATE_MESSAGE.fill(channel_id=1)
FOLLOWING = FOLLOW_UP.fill(application_id=1, token="t")
REACTION = ADD_REACTION.fill(channel_id=1, message_id=2, emoji="x")
OK = Verdict(status=204)
DISTANCE_S = 0.02
"""Of two reactions, as their writer keeps it."""
START = 10.0


@define(eq=False)
class Way:
    """The way out on a clock of its own: answers as they are asked for, and always one more reaction."""

    round_trip_s: float = 0.1
    limiter: Limiter = field(factory=lambda: Limiter(guard=InvalidGuard()))
    left_at: dict[int, float] = field(factory=dict[int, float])
    """When answers left, in the order in which they were asked for."""
    reactions: list[float] = field(factory=list[float])
    under_way: int = 0
    most: int = 0
    _events: list[tuple[float, int, Target | Ticket]] = field(
        factory=list[tuple[float, int, Target | Ticket]]
    )
    _numbers: "count[int]" = field(factory=count)

    def __attrs_post_init__(self) -> None:
        for at, target in ((0.0, ANSWER), (1.0, REACTION)):  # a route is known after its first request
            ticket = self.limiter.submit(target, at)
            assert self.limiter.due(at) == [Send(ticket)]
            self.limiter.answered(ticket, OK, at)

    def run(self, answers: list[float], reactions_from: float | None, until: float = 4.0) -> list[float]:
        """When each answer left; all times are seconds after the start."""
        for at in answers:
            self._at(START + at, ANSWER)
        if reactions_from is not None:
            self._at(START + reactions_from, REACTION)
        now = START
        while True:
            for send in self.limiter.due(now):
                assert isinstance(send, Send)
                self._leave(send.ticket, now)
            deadline = self.limiter.next_deadline(now)
            times = [*(event[0] for event in self._events[:1]), *([] if deadline is None else [deadline])]
            if not times or min(times) > START + until:
                return [self.left_at[number] - START for number in sorted(self.left_at)]
            now = min(times)
            while self._events and self._events[0][0] <= now:
                self._happen(heapq.heappop(self._events)[2], now)

    def _happen(self, event: Target | Ticket, now: float) -> None:
        match event:
            case Target():
                self.limiter.submit(event, now)
            case Ticket():
                self.under_way -= event.target is REACTION
                self.limiter.answered(event, OK, now)

    def _leave(self, ticket: Ticket, now: float) -> None:
        self._at(now + self.round_trip_s, ticket)
        if ticket.target is ANSWER:
            self.left_at[ticket.number] = now
        else:
            self.reactions.append(now - START)
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self._at(now + DISTANCE_S, REACTION)

    def _at(self, at: float, what: Target | Ticket) -> None:
        heapq.heappush(self._events, (at, next(self._numbers), what))


def steadily(distance_s: float, answers: int = 50) -> list[float]:
    """One answer after the other."""
    return [distance_s * (one + 1) for one in range(answers)]


def lateness(answers: list[float], reactions_from: float, round_trip_s: float) -> tuple[float, Way]:
    """How much later the worst answer left because of reactions, in seconds, and what happened."""
    alone = Way(round_trip_s).run(answers, None)
    way = Way(round_trip_s)
    beside = way.run(answers, reactions_from)
    return max(late - early for early, late in zip(alone, beside, strict=True)), way


@settings(max_examples=60, deadline=None)
@given(
    distance_s=st.floats(0.001, 0.3),
    answers=st.integers(1, 50),
    lead_s=st.floats(QUIET_S, 2.0),
    round_trip_s=st.floats(0.01, 0.2),
)
def test_no_answer_of_a_burst_leaves_later_because_of_reactions(
    distance_s: float, answers: int, lead_s: float, round_trip_s: float
) -> None:
    """Reactions begin ``lead_s`` after the burst, as progress does that is shown after half a second."""
    late, _ = lateness(steadily(distance_s, answers), distance_s + lead_s, round_trip_s)
    assert late < 1e-6


@pytest.mark.parametrize("distance_s", [0.02, 0.03, 0.05, 0.1, 0.2])
def test_acknowledgements_at_arrival_make_room_as_soon_as_answers_come(distance_s: float) -> None:
    """Reactions begin with the burst, before its first answer."""
    late, way = lateness(steadily(distance_s, 40), 0.0, 0.1)
    assert late < 1e-6
    assert way.reactions[0] == 0.0


@pytest.mark.parametrize(("distance_s", "at_least"), [(0.05, 40), (0.1, 70), (0.2, 85)])
def test_answers_that_leave_room_leave_it_to_reactions(distance_s: float, at_least: int) -> None:
    way = Way()
    way.run(steadily(distance_s), 0.5)
    assert len(way.reactions) >= at_least


def test_reactions_keep_quiet_while_answers_are_put_out_and_speak_once_in_a_while() -> None:
    limiter, left_at = Way().limiter, list[float]()
    waiting = limiter.submit(REACTION, START)
    for step in range(300):  # answers to clicks, a hundred per second, which take no place, and never stop
        now = START + step * 0.01
        limiter.submit(FOLLOWING, now)
        for send in limiter.due(now):
            assert isinstance(send, Send)
            limiter.answered(send.ticket, OK, now)
            if send.ticket is waiting:
                left_at.append(now)
        if left_at[-1:] == [now]:
            waiting = limiter.submit(REACTION, now)
    assert 10 <= len(left_at) <= 30
    pauses = sorted(later - earlier for earlier, later in pairwise(left_at))
    assert pauses[-1] > 0.9 * LONGEST_QUIET_S


def test_few_reactions_are_under_way_however_slow_discord_is() -> None:
    way = Way(round_trip_s=3.0)
    way.run([], 0.0, until=20.0)
    assert way.most == REACTIONS_AT_ONCE
    assert len(way.reactions) >= 5 * REACTIONS_AT_ONCE


def test_a_forecast_goes_by_what_is_new() -> None:
    forecast = Forecast()
    for one in range(5):
        forecast.note(one * 0.04, takes_place=True)
    assert forecast.more(0.2) == 15
    assert forecast.changes_at(0.16) == forecast.quiet_until == pytest.approx(0.16 + QUIET_S)
    assert forecast.changes_at(0.2) == pytest.approx(0.25)
    assert forecast.more(0.5) == 0
    assert forecast.changes_at(0.5) is None
