"""The acknowledgement line: interaction callbacks, and only they, over warm connections.

A callback has three seconds to arrive; over httpx fifty at once cost 146 ms of CPU, over h11 on Trio streams
4 (measured, loopback, 2 cores). Hence a line of its own, which knows no limits: callbacks are bound by none.

May import this room and ``gateway_client.ids``. ``run`` keeps the connections (``ack_pool``), ``respond``
sends one callback; the caller bounds it with a cancel scope.

Rules and failure modes:

- A connection that dies before a byte of the response: once, at once, again on a fresh one. Sending a
  callback twice is safe: the second is refused with 40060, which then says that the first arrived.
- 429, 5xx and failing dials are tried again while the three seconds last.
- 10062 is ``UnknownInteraction``, 40060 to a callback sent once ``AlreadyAcknowledged``; every other refusal
  is raised as the room's error. None of them, and no log line, holds the interaction's token.

Source: Discord, "Receiving and Responding to Interactions", section "Interaction Callback".
"""

import random
import ssl
from typing import Final

import attrs
import h11
import msgspec
import trio

from actors.rest import routes
from actors.rest.ack_connection import Dead
from actors.rest.ack_pool import AckPool, PoolClosed, PoolState
from actors.rest.answers import Answer, parse_error, parse_rate_limited
from actors.rest.api_base import USER_AGENT, ApiBase, make_tls_context
from actors.rest.callbacks import Callback, to_wire_callback
from actors.rest.errors import AlreadyAcknowledged, RateLimitedOut, RestError, Unavailable
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.limits import Scope, parse_verdict
from gateway_client.backoff import Backoff
from gateway_client.ids import InteractionId

RESPOND_WITHIN_S: Final = 3.0
"""Source: as above; a callback that comes later is answered 10062."""

IDLE_LIMIT_S: Final = 90.0


@attrs.define(eq=False, kw_only=True)
class _Attempts:
    """What happened so far to one callback."""

    give_up_at: float
    backoff: Backoff
    repeated: bool = False
    died: bool = False
    hopeless: bool = False


class AckLine:
    """Sends interaction callbacks.

    Args:
        api_base: ``https://discord.com/api/v10``, or ``http://`` on this machine.
        random: draws pauses.
        guard: shared with the outbox.
        user_agent: ``DiscordBot (url, version)``.
        tls: a client context in place of the default one.
        warm: connections kept open.
        most: connections at most.
        idle_limit_s: idle time after which a connection is replaced, unless the peer is found to be quicker.

    Raises:
        ValueError: the API base is no address that a token may travel to.

    """

    def __init__(
        self,
        api_base: str,
        *,
        random: random.Random,
        guard: InvalidGuard | None = None,
        user_agent: str = USER_AGENT,
        tls: ssl.SSLContext | None = None,
        warm: int = 4,
        most: int = 100,
        idle_limit_s: float = IDLE_LIMIT_S,
    ) -> None:
        self._base = ApiBase.parse(api_base)
        self._random = random
        self._guard = InvalidGuard() if guard is None else guard
        self._user_agent = user_agent
        self._pool = AckPool(
            base=self._base,
            tls=(tls or make_tls_context()) if self._base.tls else None,
            warm=warm,
            most=most,
            idle_limit_s=idle_limit_s,
            random=random,
        )

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep the connections until cancelled. Started as soon as ``respond`` may be called."""
        await self._pool.run(task_status)

    def diagnostics(self) -> PoolState:
        """Connections at this moment."""
        return self._pool.state()

    async def respond(self, interaction_id: InteractionId, token: str, callback: Callback) -> None:
        """Send the first response to an interaction.

        Raises:
            UnknownInteraction: it came too late, or the interaction is not ours.
            AlreadyAcknowledged: somebody else responded before.
            Unavailable: no answer came while the three seconds lasted.
            RestError: another refusal.

        """
        body = msgspec.json.encode(to_wire_callback(callback))
        request = self._to_request(interaction_id, token, len(body))
        attempts = _Attempts(
            give_up_at=trio.current_time() + RESPOND_WITHIN_S, backoff=Backoff(first_s=0.1, limit_s=1.0)
        )
        while True:
            try:
                answer = await self._try_once(request, body, attempts)
            except PoolClosed:
                raise
            except Unavailable as error:
                await self._pause(attempts, error)
                continue
            error = self._judge(answer, attempts)
            if error is None:
                return
            await self._pause(attempts, error)

    async def _try_once(self, request: h11.Request, body: bytes, attempts: _Attempts) -> Answer:
        connection = await self._pool.take()
        try:
            return await connection.exchange(request, body)
        except Dead as dead:
            if dead.answering or attempts.died:
                attempts.hopeless = True
                raise Unavailable(dead.why, route=routes.RESPOND.name) from dead
            attempts.repeated = attempts.died = True
        fresh = await self._pool.dial()
        try:
            return await fresh.exchange(request, body)
        except Dead as dead:
            attempts.hopeless = True
            raise Unavailable(dead.why, route=routes.RESPOND.name) from dead

    def _judge(self, answer: Answer, attempts: _Attempts) -> RestError | None:
        """Give None for an acknowledgement, an error that may pass; raise one that will not."""
        verdict = parse_verdict(answer.status, answer.headers, answer.body)
        shared = verdict.scope is Scope.SHARED
        self._guard.record(answer.status, shared=shared, now=trio.current_time())
        if answer.is_success:
            return None
        if answer.status == 429:
            return parse_rate_limited(answer, routes.RESPOND, verdict.retry_after_s)
        error = parse_error(answer, routes.RESPOND)
        if isinstance(error, AlreadyAcknowledged) and attempts.repeated:
            return None
        if answer.status < 500:
            raise error
        attempts.repeated = True
        return error

    async def _pause(self, attempts: _Attempts, error: RestError) -> None:
        """Wait before the next try; raise ``error`` if there is no time for one."""
        pause_s = attempts.backoff.next_delay(self._random.random)
        if isinstance(error, RateLimitedOut):
            pause_s = error.retry_after_s
        if attempts.hopeless or trio.current_time() + pause_s >= attempts.give_up_at:
            raise error
        await trio.sleep(pause_s)

    def _to_request(self, interaction_id: InteractionId, token: str, length: int) -> h11.Request:
        target = routes.RESPOND.fill(interaction_id=interaction_id, token=token)
        headers = {
            "Host": self._base.authority,
            "User-Agent": self._user_agent,
            "Content-Type": "application/json",
            "Content-Length": str(length),
        }
        return h11.Request(
            method=b"POST", target=(self._base.path + target.path).encode(), headers=list(headers.items())
        )
