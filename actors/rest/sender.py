"""The shell around the limits: carries one request from its place in the queue to its answer.

May import this room and ``gateway_client.backoff``. All decisions about *when* are the limiter's; this file
waits, hands requests to the ``transport`` and tells the limiter what came of them.

Rules and failure modes:

- 2xx is returned, everything else raised as one of ``errors``.
- A 429 waits again by itself; the limiter decides when that becomes ``RateLimitedOut``.
- 5xx and network errors are repeated with growing random pauses, at most ``ATTEMPTS`` times in all, where the
  route is repeatable or nothing was sent; otherwise ``Unavailable``, and the effect is unknown.
- After the first 401 nothing is sent with this token any more.
- Who is cancelled gives back his place; a request in flight counts as lost.
- Errors and log lines name the route's template.
"""

import logging
import math
import random
from collections.abc import Callable
from typing import TypeAlias

import attrs
import trio

from actors.rest.answers import Answer, parse_error, parse_rate_limited
from actors.rest.buckets import Limiter
from actors.rest.errors import InvalidToken, RateLimitedOut, Unavailable
from actors.rest.limits import Scope, parse_verdict
from actors.rest.routes import Target
from actors.rest.tickets import Diagnosis, Refuse, Send, Ticket
from actors.rest.transport import Body, Broken, Transport
from gateway_client.backoff import Backoff

ATTEMPTS = 4
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0

_log = logging.getLogger(__name__)


Choose: TypeAlias = Callable[[], Target | None]
"""Names the request that a turn is used for; called when the turn has come."""


@attrs.define(eq=False)
class _Turn:
    """Where a request waits until it may leave (``called``) or is refused."""

    look: trio.Event = attrs.field(factory=trio.Event)
    called: bool = False
    refusal: Refuse | None = None

    @property
    def is_decided(self) -> bool:
        return self.called or self.refusal is not None


class Sender:
    """Sends requests as the limits allow. ``random`` draws the pauses between repeats."""

    def __init__(self, *, transport: Transport, limiter: Limiter, random: random.Random) -> None:
        self._transport = transport
        self._limiter = limiter
        self._random = random
        self._turns: dict[int, _Turn] = {}
        self._token_refused = False
        self._watcher: _Turn | None = None
        self._watch: trio.CancelScope | None = None

    async def send(self, target: Target, body: Body | None = None) -> Answer:
        """Send one request and give its successful answer.

        Raises:
            RestError: and its kinds; see ``errors``.

        """
        backoff = Backoff(first_s=FIRST_PAUSE_S, limit_s=LONGEST_PAUSE_S)
        attempt = 1
        while True:
            self._check_token(target)
            outcome = await self._attempt(target, body)
            assert outcome is not None  # only a choice can be of nothing
            if isinstance(outcome, Answer) and outcome.status < 500:
                return self._judge(outcome, target)
            unsent = isinstance(outcome, Broken) and outcome.unsent
            if attempt >= ATTEMPTS or not (target.route.repeatable or unsent):
                raise _to_unavailable(outcome, target)
            pause_s = backoff.next_delay(self._random.random)
            _log.info(
                "request is repeated",
                extra={"route": target.route.name, "attempt": attempt, "pause_s": round(pause_s, 3)},
            )
            await trio.sleep(pause_s)
            attempt += 1

    async def send_chosen(self, lane: Target, choose: Choose) -> Answer | None:
        """Wait for a turn in the lane of ``lane`` and send what ``choose`` names when it comes.

        So what became pointless while it waited is never sent. After a 429 there is a new turn and a new
        choice; every other failure is raised at once, because a repeat might be the wrong request by then.
        ``None``: nothing was chosen, and the turn is given back.

        Raises:
            RestError: and its kinds; see ``errors``.

        """
        self._check_token(lane)
        outcome = await self._attempt(lane, None, choose)
        if outcome is None or (isinstance(outcome, Answer) and outcome.status < 500):
            return outcome and self._judge(outcome, lane)
        raise _to_unavailable(outcome, lane)

    def diagnosis(self) -> Diagnosis:
        """Give a picture of limits and queues for people."""
        return self._limiter.diagnosis(trio.current_time())

    def _check_token(self, target: Target) -> None:
        if self._token_refused and not target.route.exempt:
            raise InvalidToken("Discord refused this token before", status=401, route=target.route.name)

    async def _attempt(
        self, target: Target, body: Body | None, choose: Choose | None = None
    ) -> Answer | Broken | None:
        """Wait for this request's turn and send it, again after each 429 that the limiter takes back."""
        ticket = self._limiter.submit(target, trio.current_time())
        turn = self._turns[ticket.number] = _Turn()
        try:
            while True:
                await self._wait(turn, target)
                if choose is not None:
                    chosen = choose()
                    if chosen is None:
                        self._limiter.unsent(ticket)
                        return None
                    target = ticket.target = chosen
                outcome = await self._transport.perform(target, body)
                if isinstance(outcome, Broken):
                    if outcome.unsent:
                        self._limiter.unsent(ticket)
                    return outcome
                if not self._waits_again(ticket, outcome):
                    return outcome
                turn.called = False
        finally:
            self._limiter.withdraw(ticket, trio.current_time())
            del self._turns[ticket.number]
            self._pump()

    async def _wait(self, turn: _Turn, target: Target) -> None:
        """Wait until the limiter has decided. One of the waiting watches the clock for all of them."""
        self._pump()
        try:
            while not turn.is_decided:
                self._watcher = self._watcher or turn
                await self._look(turn)
                self._pump()
        finally:
            if self._watcher is turn:
                self._watcher = None
                self._watch = None
                others = (other for other in self._turns.values() if other is not turn)
                heir = next((other for other in others if not other.is_decided), None)
                if heir is not None:
                    heir.look.set()
        if turn.refusal is not None:
            why, retry_after_s = turn.refusal.why, turn.refusal.retry_after_s
            raise RateLimitedOut(why, retry_after_s=retry_after_s, route=target.route.name)

    async def _look(self, turn: _Turn) -> None:
        """Wait for news of this turn and, as the watcher, for the limiter's next deadline."""
        if self._watcher is not turn:
            await turn.look.wait()
        else:
            with trio.CancelScope(deadline=self._deadline()) as self._watch:
                await turn.look.wait()
            self._watch = None
        turn.look = trio.Event()

    def _deadline(self) -> float:
        deadline = self._limiter.next_deadline(trio.current_time())
        return math.inf if deadline is None else deadline

    def _waits_again(self, ticket: Ticket, answer: Answer) -> bool:
        verdict = parse_verdict(answer.status, answer.headers, answer.body)
        again = self._limiter.answered(ticket, verdict, trio.current_time())
        if verdict.status == 429:
            route = ticket.target.route
            _log.log(
                logging.INFO if verdict.scope is Scope.USER else logging.WARNING,
                "rate limited",
                extra={
                    "route": route.name,
                    "scope": verdict.scope.value,
                    "retry_after_s": verdict.retry_after_s,
                },
            )
            if not again:
                raise parse_rate_limited(answer, route, verdict.retry_after_s)
        return again

    def _judge(self, answer: Answer, target: Target) -> Answer:
        if answer.is_success:
            return answer
        error = parse_error(answer, target.route)
        if isinstance(error, InvalidToken):
            self._token_refused = True
        raise error

    def _pump(self) -> None:
        """Do what the limiter says is due, and let the watcher know when it is to look again."""
        for action in self._limiter.due(trio.current_time()):
            turn = self._turns.get(action.ticket.number)
            if turn is None:  # its sender was cancelled a moment ago and has withdrawn it
                continue
            match action:
                case Send():
                    turn.called = True
                case Refuse():
                    turn.refusal = action
            turn.look.set()
        if self._watch is not None:
            self._watch.deadline = self._deadline()


def _to_unavailable(outcome: Answer | Broken, target: Target) -> Unavailable:
    if isinstance(outcome, Broken):
        return Unavailable(outcome.why, route=target.route.name)
    return Unavailable("Discord failed to answer", status=outcome.status, route=target.route.name)
