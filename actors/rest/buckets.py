"""Who may be sent when: the core of the outbox. No I/O; time is an argument.

May import ``routes``, ``limits``, ``lanes``, ``tickets``, ``forecast`` and ``invalid_guard``.

A request is a ``Ticket``: *waiting* from ``submit`` on, *in flight* once ``due`` returned it in a ``Send``,
gone after ``answered`` (unless that returned True: a 429 put it back), ``lost``, ``unsent``, ``withdraw`` or
a ``Refuse``.

Rules:

- Which bucket a route belongs to is learned from its answers. Until then one request of that route is in
  flight at a time, whatever its channel, and the others wait for its answer.
- A bucket counts per major parameter; each such lane keeps its own places (see ``lanes``).
- The global limit is one more lane, through which all but interaction endpoints pass.
- Among the waiting, the earliest *rank* goes first: arrival time plus a handicap per priority class. So an
  answer overtakes edits, edits overtake deletions, deletions reactions, and still nobody waits for ever.
- A reaction leaves only in a quiet moment, while few others are under way, and while as many places of the
  global limit are free as answers may want within a second (``forecast``): however many reactions there are,
  what people wait for finds its place.
- A lane that stays closed for longer than ``PATIENCE_S`` refuses its waiting requests, and the guard against
  too many invalid answers refuses all of them.
- A bucket may change under a route (Discord keeps separate ones for old messages): the last answer counts.
"""

import heapq
import itertools

from actors.rest.forecast import Forecast
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.lanes import Lane
from actors.rest.limits import Limits, Scope, Verdict
from actors.rest.routes import REACTIONS_AT_ONCE, Priority, Target
from actors.rest.tickets import Diagnosis, LaneKey, LaneState, Refuse, Send, Ticket

GLOBAL_LIMIT = 50
GLOBAL_WINDOW_S = 1.0
RESERVE = 0.2
"""The part of the global limit's places that reactions leave free at any time; the forecast adds to it."""
HANDICAP_S = 30.0
PATIENCE_S = 60.0
MAX_REFUSALS = 5

_SWEEP_AT_LEAST = 64


class Limiter:
    """The state of all limits, and the requests that wait for them."""

    def __init__(self, *, guard: InvalidGuard, global_limit: int = GLOBAL_LIMIT) -> None:
        self._guard = guard
        self._global = Lane(limit=global_limit, window_s=GLOBAL_WINDOW_S)
        self._reserve = int(global_limit * RESERVE)
        self._forecast = Forecast()
        self._reactions = 0
        self._global_limit = global_limit
        self._address_closed_until = 0.0
        self._bucket_of: dict[str, str | None] = {}
        self._seen: dict[str, tuple[int, float]] = {}
        self._lanes: dict[LaneKey, Lane] = {}
        self._sweep_at = _SWEEP_AT_LEAST
        self._queues: dict[tuple[str, str], list[tuple[float, int, Ticket]]] = {}
        self._numbers = itertools.count()

    def submit(self, target: Target, now: float) -> Ticket:
        """Let a request wait for its turn; ask ``due`` afterwards."""
        if not target.route.is_reaction:
            self._forecast.note(now, takes_place=not target.route.exempt)
        rank = now + target.route.priority * HANDICAP_S
        ticket = Ticket(target=target, rank=rank, number=next(self._numbers))
        self._enqueue(ticket)
        return ticket

    def withdraw(self, ticket: Ticket, now: float) -> None:
        """Take back a request whose sender does not want it any more, in flight or not."""
        if ticket.lane_key is not None:
            self.lost(ticket, now)
        ticket.withdrawn = True

    def due(self, now: float) -> list[Send | Refuse]:
        """Give what is to be done now, in order."""
        actions: list[Send | Refuse] = []
        shut = self._shut(now)
        long_closed = self._global.closed_until - now > PATIENCE_S
        everybody = shut is not None or long_closed or self._global.is_open(now)
        heads = [
            (*queue[0][:2], key)
            for key, queue in self._queues.items()
            if everybody or queue[0][2].target.route.exempt
        ]
        heapq.heapify(heads)
        while heads:
            key = heapq.heappop(heads)[2]
            action = self._next_of(key, shut, now)
            if action is not None:
                actions.append(action)
            queue = self._queues[key]
            if not queue:
                del self._queues[key]
            elif action is not None:
                heapq.heappush(heads, (*queue[0][:2], key))
        return actions

    def next_deadline(self, now: float) -> float | None:
        """When ``due`` should be asked again if nothing happens until then."""
        times: list[float] = []
        for queue in self._queues.values():
            target = queue[0][2].target
            lane = self._lane(self._key_of(target))
            has_room = not lane.is_open(now) or self._has_room(target, now)
            opens = lane.opens_at(now) if has_room else self._global.opens_at(now)
            changes = self._forecast.changes_at(now) if target.route.is_reaction and not has_room else None
            times += [time for time in (opens, changes) if time is not None]
        if self._queues and self._address_closed_until > now:
            times.append(self._address_closed_until)
        return min(times, default=None)

    def answered(self, ticket: Ticket, verdict: Verdict, now: float) -> bool:
        """Note an answer. True: it was a 429, the request waits again."""
        self._guard.record(verdict.status, shared=verdict.scope is Scope.SHARED, now=now)
        lane = self._land(ticket, now)
        if verdict.limits is not None:
            lane = self._learn(ticket.target, verdict.limits, lane, now)
        else:
            self._shrug(ticket.target, verdict.status, lane, now)
        self._sweep(now)
        if verdict.status != 429:
            return False
        self._close(lane, verdict, now)
        ticket.refusals += 1
        if ticket.refusals > MAX_REFUSALS:
            return False
        self._enqueue(ticket)
        return True

    def unsent(self, ticket: Ticket) -> None:
        """Note that this request never left, and so was counted nowhere."""
        self._take_down(ticket).forget()
        if not ticket.target.route.exempt:
            self._global.forget()

    def lost(self, ticket: Ticket, now: float) -> None:
        """Note that no answer to this request will come."""
        self._land(ticket, now).lose(now)

    def diagnosis(self, now: float) -> Diagnosis:
        """Give a picture for people."""
        waiting = dict.fromkeys(Priority, 0)
        for queue in self._queues.values():
            for _, _, ticket in queue:
                waiting[ticket.target.route.priority] += not ticket.withdrawn
        lanes = tuple(
            LaneState(
                bucket=bucket,
                major=major,
                limit=lane.limit,
                in_flight=lane.in_flight,
                closed_s=max(0.0, lane.closed_until - now),
            )
            for (bucket, major), lane in self._lanes.items()
        )
        return Diagnosis(
            waiting=waiting,
            in_flight=sum(lane.in_flight for lane in lanes),
            lanes=lanes,
            routes_known=len(self._bucket_of),
            invalid=self._guard.count(now),
            global_closed_s=max(0.0, self._global.closed_until - now, self._address_closed_until - now),
        )

    # -- the inside

    def _enqueue(self, ticket: Ticket) -> None:
        key = (ticket.target.route.name, ticket.target.major)
        heapq.heappush(self._queues.setdefault(key, []), (ticket.rank, ticket.number, ticket))

    def _next_of(
        self, key: tuple[str, str], shut: tuple[str, float] | None, now: float
    ) -> Send | Refuse | None:
        """Take the first ticket of a queue if something is to be done with it now."""
        queue = self._queues[key]
        while queue and queue[0][2].withdrawn:
            heapq.heappop(queue)
        if not queue:
            return None
        ticket = queue[0][2]
        lane_key = self._key_of(ticket.target)
        lane = self._lane(lane_key)
        exempt = ticket.target.route.exempt
        why, closed_s = shut or ("this route is rate limited", lane.closed_until - now)
        if shut is None and not exempt:
            closed_s = max(closed_s, self._global.closed_until - now)
        if shut is not None or closed_s > PATIENCE_S:
            heapq.heappop(queue)
            return Refuse(ticket=ticket, why=why, retry_after_s=closed_s)
        if now < self._address_closed_until:
            return None
        if not (lane.is_open(now) and self._has_room(ticket.target, now)):
            return None
        heapq.heappop(queue)
        lane.send()
        self._reactions += ticket.target.route.is_reaction
        if not exempt:
            self._global.send()
        ticket.lane_key = lane_key
        return Send(ticket)

    def _shut(self, now: float) -> tuple[str, float] | None:
        """Why nothing at all may be sent, and for how many seconds; None if something may."""
        closed_s = self._guard.closed_s(now)
        if closed_s > 0:
            return (
                "too many invalid requests in ten minutes; stopped before Discord bans this address",
                closed_s,
            )
        closed_s = self._address_closed_until - now
        if closed_s > PATIENCE_S:
            return "Discord refuses requests from this address for now", closed_s
        return None

    def _key_of(self, target: Target) -> LaneKey:
        name = target.route.name
        if name not in self._bucket_of:
            return f"unknown: {name}", ""
        bucket = self._bucket_of[name]
        return (f"unlimited: {name}" if bucket is None else bucket), target.major

    def _lane(self, key: LaneKey) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = self._new_lane(key[0])
        return lane

    def _new_lane(self, bucket: str) -> Lane:
        if bucket.startswith("unknown: "):
            return Lane(limit=1)
        if bucket not in self._seen:
            return Lane()
        limit, window_s = self._seen[bucket]
        return Lane(limit=limit, window_s=window_s)

    def _land(self, ticket: Ticket, now: float) -> Lane:
        """Take a ticket out of flight; its global place stays held for one more window."""
        lane = self._take_down(ticket)
        if not ticket.target.route.exempt:
            self._global.lose(now)
        return lane

    def _has_room(self, target: Target, now: float) -> bool:
        """Whether the global limit has a place for such a request."""
        if target.route.exempt:
            return True
        if not (target.route.is_reaction and self._global.is_open(now)):
            return self._global.is_open(now)
        if now < self._forecast.quiet_until or self._reactions >= REACTIONS_AT_ONCE:
            return False
        return self._global.free(now) > self._reserve + self._forecast.more(now)

    def _take_down(self, ticket: Ticket) -> Lane:
        if ticket.lane_key is None:
            raise ValueError("this request is not in flight")
        lane = self._lanes[ticket.lane_key]
        ticket.lane_key = None
        self._reactions -= ticket.target.route.is_reaction
        return lane

    def _learn(self, target: Target, limits: Limits, lane: Lane, now: float) -> Lane:
        """Count an answer where Discord counted it, which may not be where we expected."""
        self._bucket_of[target.route.name] = limits.bucket
        window_s = max(limits.reset_after_s, self._seen.get(limits.bucket, (0, 0.0))[1])
        self._seen[limits.bucket] = (max(1, limits.limit), window_s)
        real = self._lane((limits.bucket, target.major))
        if real is not lane:
            lane.forget()
            real.send()
        real.answer(now, limit=limits.limit, remaining=limits.remaining, reset_after_s=limits.reset_after_s)
        return real

    def _shrug(self, target: Target, status: int, lane: Lane, now: float) -> None:
        """Note an answer that says nothing of limits: if it is a success, the route has none."""
        known = target.route.name in self._bucket_of
        if 200 <= status < 300:
            self._bucket_of.setdefault(target.route.name, None)
        if known or status >= 500:
            lane.lose(now)
        else:
            lane.forget()

    def _close(self, lane: Lane, verdict: Verdict, now: float) -> None:
        until = now + verdict.retry_after_s
        match verdict.scope:
            case Scope.GLOBAL:
                self._global.close(until)
                lane.close(until)
            case Scope.ADDRESS:
                self._address_closed_until = max(self._address_closed_until, until)
            case Scope.USER | Scope.SHARED:
                lane.close(until)

    def _sweep(self, now: float) -> None:
        """Forget lanes that hold nothing, so that a month of channels and interactions costs no memory."""
        if len(self._lanes) < self._sweep_at:
            return
        self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.is_idle(now)}
        self._sweep_at = max(_SWEEP_AT_LEAST, 2 * len(self._lanes))
