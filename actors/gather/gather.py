"""One gather: its phases, its clock, and what it knows of people, channel and message.

Pure and synchronous; ``now`` is monotonic seconds, so a wall clock that jumps moves nothing (only what is
loaded after a restart has been counted in wall time). States::

    countdown ──time is up, or Start now──▶ check-in ──nobody missing──▶ complete
        └──────────Cancel──────────▶ cancelled ◀──Cancel──┘  └──30 min──▶ timed out

Rules: in the countdown everybody in the channel and everybody invited takes part, unless they left or were
forgotten. The check-in's list is drawn up when it begins, with the starter. ``state`` applies what happens;
here is what time does.
"""

import math
from enum import Enum

from attrs import define, field

from actors.core.texts import Text
from actors.gather.effects import CallUp, Changed, Effect, Finish, GhostPing, Redraw, Refuse, Schedule
from actors.gather.guests import Guests
from actors.gather.inputs import Who
from actors.gather.paper import Paper
from actors.gather.roster import Roster, Status
from actors.gather.rules import (
    CHECK_IN_LIMIT_S,
    GRACE_S,
    PING_EVERY_S,
    REDRAW_EVERY_S,
    REFUSE_EVERY_S,
)
from gateway_client.ids import ChannelId, UserId

_LATE_TICK_S = 2.0
"""A countdown that ends with so little delay ended on time; with more, the bot was away."""


class Phase(Enum):
    """Where a gather stands."""

    COUNTDOWN = "countdown"
    CHECK_IN = "check-in"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"


RUNNING = frozenset({Phase.COUNTDOWN, Phase.CHECK_IN})


@define(eq=False, kw_only=True)
class Gather:
    """The state.

    Attributes:
        id: its number; the buttons carry it, so that those of an earlier gather are told apart.
        began: when the countdown began, or the check-in once ``checks_in``; monotonic seconds.
        planned_s: length of the countdown as first asked for, 0 for none; ``extended_s`` is what was added.
        announces: whether an event of the guild tells of the countdown.
        checks_in: whether the check-in has begun, also after the end.
        ended: when it ended.
        next_ping: when the missing are pinged next.
        starter_left: the starter is no longer in the guild; then whoever manages it has their buttons.
    """

    id: int
    starter: Who
    voice_id: ChannelId
    text_id: ChannelId
    began: float
    phase: Phase = Phase.COUNTDOWN
    planned_s: float = 0.0
    extended_s: float = 0.0
    announces: bool = False
    checks_in: bool = False
    ended: float | None = None
    next_ping: float = 0.0
    muted: bool = False
    starter_left: bool = False
    guests: Guests = field(factory=Guests)
    roster: Roster = field(factory=Roster)
    paper: Paper = field(factory=Paper)
    _redraw_due: float = field(default=float("-inf"), init=False)
    _refused: dict[tuple[UserId, str], float] = field(factory=dict[tuple[UserId, str], float], init=False)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.phase in RUNNING

    @property
    def in_countdown(self) -> bool:
        """Whether the check-in has not begun."""
        return self.phase is Phase.COUNTDOWN

    @property
    def ends_at(self) -> float:
        """When the countdown ends, in monotonic seconds."""
        return self.began + self.planned_s + self.extended_s

    def people(self) -> list[Who]:
        """Whom the gather is about now."""
        return self.guests.attendees() if self.in_countdown else [row.who for row in self.roster.stored()]

    def set_ahead(self, now: float) -> None:
        """Nothing lies ahead that cannot: the wall clock was set back while nobody looked."""
        self.began = min(self.began, now)
        self.next_ping = min(self.next_ping, max(now + PING_EVERY_S, self.began + GRACE_S))

    def open(self, now: float) -> list[Effect]:
        """It was started: a countdown if one was planned, else the check-in at once."""
        self.paper.announced = tuple(who.id for who in self.guests.humans())
        self._plan_redraw(now)
        if not self.planned_s:
            return self.begin(now)
        return [Changed(), *([Schedule()] if self.announces else [])]

    def next_deadline(self) -> float | None:
        """When ``tick`` is due, in monotonic seconds."""
        if not self.is_running:
            return None
        if self.in_countdown:
            return min(self.ends_at, self._redraw_due)
        return min(self.began + CHECK_IN_LIMIT_S, self.next_ping, self._redraw_due)

    def tick(self, now: float) -> list[Effect]:
        """Time has passed."""
        if self.in_countdown and now >= self.ends_at:
            return self.begin(self.ends_at if now - self.ends_at <= _LATE_TICK_S else now)
        if self.phase is Phase.CHECK_IN and now >= self.began + CHECK_IN_LIMIT_S:
            return self.finish(Phase.TIMED_OUT, now)
        effects: list[Effect] = []
        if self.phase is Phase.CHECK_IN and now >= self.next_ping:
            effects += [*self._ping(now), Changed()]
        if effects or (self.is_running and now >= self._redraw_due):
            effects.append(Redraw())
            self._plan_redraw(now)
        return effects

    def begin(self, now: float) -> list[Effect]:
        """The check-in begins with everybody who takes part, and the starter."""
        people = {who.id: who for who in self.guests.attendees()}
        if self.starter.id not in self.guests.absent:
            people.setdefault(self.starter.id, self.starter)
        self.phase, self.checks_in = Phase.CHECK_IN, True
        self.began = now
        self._plan_redraw(now)
        self.next_ping = now + GRACE_S
        for who in people.values():
            self.roster.expect(who)
        return [*self.paper.scheduled(None), *self.changed(now)]

    def changed(self, now: float) -> list[Effect]:
        """The list is another one; with nobody missing the check-in is complete."""
        if self.phase is Phase.CHECK_IN and not self.roster.of(Status.MISSING):
            return self.finish(Phase.COMPLETE, now)
        return [Changed()]

    def finish(self, phase: Phase, now: float) -> list[Effect]:
        """It ends."""
        self.phase, self.ended = phase, now
        return [*self.paper.scheduled(None), Changed(), Finish()]

    def call_up(self) -> list[Effect]:
        """A place may be free: tell the first who waits for one."""
        if self.phase is not Phase.CHECK_IN or self.guests.is_full:
            return []
        who = self.roster.call_next()
        return [] if who is None else [CallUp(who)]

    def refuse(self, who: Who, why: Text, now: float) -> list[Effect]:
        """Tell somebody no, unless they heard the same a moment ago."""
        heard = (who.id, why.key)
        if now - self._refused.get(heard, float("-inf")) < REFUSE_EVERY_S:
            return []
        self._refused[heard] = now
        return [Refuse(why)]

    def _plan_redraw(self, now: float) -> None:
        """The next multiple of the interval since the phase began, and surely not now."""
        steps = math.floor((now - self.began) / REDRAW_EVERY_S) + 1
        self._redraw_due = max(self.began + steps * REDRAW_EVERY_S, now + REDRAW_EVERY_S / 2)

    def _ping(self, now: float) -> list[Effect]:
        while self.next_ping <= now:
            self.next_ping += PING_EVERY_S
        missing = tuple(row.who.id for row in self.roster.of(Status.MISSING))
        return [GhostPing(missing)] if missing and not self.muted and self.paper.may_ping else []
