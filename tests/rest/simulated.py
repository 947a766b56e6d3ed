"""Discord's rate limits seen from the server, and a world in which requests and answers travel at random.

``SimulatedLimits`` counts as Discord documents it: fixed windows per bucket and major parameter that start
with their first request, a global window of one second, 429 with a scope beyond. ``World`` drives a
``Limiter`` against it on a clock of its own; nothing sleeps.
"""

import heapq
import itertools
import random
from collections.abc import Callable

import attrs

from actors.rest.buckets import Limiter
from actors.rest.limits import Limits, Scope, Verdict
from actors.rest.routes import Target
from actors.rest.tickets import Refuse, Send, Ticket


@attrs.frozen
class Rule:
    """A bucket: how many requests per window."""

    bucket: str
    limit: int
    window_s: float


@attrs.define
class _Window:
    ends: float
    count: int = 0


@attrs.define
class SimulatedLimits:
    """The server's counters. ``rules`` maps a route's name; a route without a rule is not limited."""

    rules: dict[str, Rule]
    global_limit: int = 50
    refused: int = 0
    _windows: dict[tuple[str, str], _Window] = attrs.field(factory=dict[tuple[str, str], _Window])
    _everything: _Window = attrs.field(factory=lambda: _Window(ends=0.0))

    def process(self, target: Target, now: float) -> Verdict:
        """Count one request and answer it."""
        if not target.route.exempt and not self._count(self._everything, self.global_limit, 1.0, now):
            return self._refuse(self._everything.ends - now, Scope.GLOBAL, None)
        rule = self.rules.get(target.route.name)
        if rule is None:
            return Verdict(status=200)
        window = self._windows.setdefault((rule.bucket, target.major), _Window(ends=0.0))
        fits = self._count(window, rule.limit, rule.window_s, now)
        limits = Limits(
            bucket=rule.bucket,
            limit=rule.limit,
            remaining=max(0, rule.limit - window.count),
            reset_after_s=window.ends - now,
        )
        if not fits:
            return self._refuse(window.ends - now, Scope.USER, limits)
        return Verdict(status=200, limits=limits)

    def _count(self, window: _Window, limit: int, window_s: float, now: float) -> bool:
        if now >= window.ends:
            window.ends, window.count = now + window_s, 0
        if window.count >= limit:
            return False
        window.count += 1
        return True

    def _refuse(self, retry_after_s: float, scope: Scope, limits: Limits | None) -> Verdict:
        self.refused += 1
        return Verdict(status=429, limits=limits, retry_after_s=retry_after_s, scope=scope)


@attrs.define
class World:
    """Requests travel up, answers travel down, each with a random delay."""

    limiter: Limiter
    server: SimulatedLimits
    random: random.Random
    slowest_s: float = 0.3
    loss: float = 0.0
    now: float = 0.0
    answered: list[Ticket] = attrs.field(factory=list[Ticket])
    refused: list[Refuse] = attrs.field(factory=list[Refuse])
    sent: list[Ticket] = attrs.field(factory=list[Ticket])
    _events: list[tuple[float, int, Callable[[], None]]] = attrs.field(
        factory=list[tuple[float, int, Callable[[], None]]]
    )
    _numbers: "itertools.count[int]" = attrs.field(factory=itertools.count)

    def at(self, time: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._numbers), event))

    def submit_at(self, time: float, target: Target) -> None:
        self.at(time, lambda: self._submit(target))

    def run(self, *, steps: int) -> None:
        """Let everything happen; a world that does not come to rest within ``steps`` is an error."""
        for _ in range(steps):
            for action in self.limiter.due(self.now):
                match action:
                    case Send(ticket):
                        self._send(ticket)
                    case Refuse():
                        self.refused.append(action)
            deadline = self.limiter.next_deadline(self.now)
            next_event = self._events[0][0] if self._events else None
            times = [time for time in (deadline, next_event) if time is not None]
            if not times:
                return
            self.now = max(self.now, min(times))
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
        raise AssertionError("the limiter does not come to rest")

    def _submit(self, target: Target) -> None:
        self.limiter.submit(target, self.now)

    def _delay(self) -> float:
        return self.random.random() * self.slowest_s

    def _send(self, ticket: Ticket) -> None:
        self.sent.append(ticket)
        self.at(self.now + self._delay(), lambda: self._arrive(ticket))

    def _arrive(self, ticket: Ticket) -> None:
        if self.random.random() < self.loss:
            self.at(self.now + self._delay(), lambda: self._lose(ticket))
            return
        verdict = self.server.process(ticket.target, self.now)
        self.at(self.now + self._delay(), lambda: self._answer(ticket, verdict))

    def _answer(self, ticket: Ticket, verdict: Verdict) -> None:
        if not self.limiter.answered(ticket, verdict, self.now):
            self.answered.append(ticket)

    def _lose(self, ticket: Ticket) -> None:
        self.limiter.lost(ticket, self.now)
        self.answered.append(ticket)
