"""The warm connections of the acknowledgement line: how many, which one next, when a new one.

May import ``ack_connection``, ``api_base``, ``errors`` and ``gateway_client.backoff``.

Rules:

- ``warm`` connections are kept open. One that was idle for ``idle_limit_s`` is replaced *before* the peer
  closes it: first a new one is dialled, then the old one goes.
- The peer's own idle limit is learned: a close after n idle seconds lowers ours to 0.8 n, every replacement
  in time raises it by half, up to where it started.
- Who finds no free connection starts a dial and takes whatever comes first, the new connection or one that
  was freed meanwhile. At most ``most`` connections exist; beyond that requests wait for one to be freed.
- A connection that is busy for ``STUCK_S`` is given up: its caller is long gone.

Failure modes: a dial that fails is told to the first who waits, as ``Unavailable``; dials to keep the pool
warm go on with growing pauses, also where the peer accepts connections only to close them.
"""

import math
import random
import ssl
from collections import deque

import attrs
import trio

from actors.rest.ack_connection import AckConnection
from actors.rest.api_base import ApiBase
from actors.rest.errors import Unavailable
from gateway_client.backoff import Backoff

DIAL_S = 5.0
STUCK_S = 30.0
SHORTEST_IDLE_S = 1.0
_EARLIER = 0.8
_LATER = 1.5
_TICK_S = 0.1
"""The pool looks after itself at most this often, so that a peer that closes at once costs little."""


class PoolClosed(Unavailable):
    """The pool does not run, or no longer: nobody will dial."""


@attrs.define(eq=False)
class _Waiter:
    """Somebody without a connection."""

    ready: trio.Event = attrs.field(factory=trio.Event)
    got: AckConnection | Unavailable | None = None

    def give(self, got: AckConnection | Unavailable) -> None:
        self.got = got
        self.ready.set()


@attrs.frozen(kw_only=True)
class PoolState:
    """The pool as the diagnosis shows it."""

    free: int
    busy: int
    waiting: int
    dialled: int
    idle_limit_s: float


class AckPool:
    """Connections to one place. ``run`` has to be running."""

    def __init__(
        self,
        *,
        base: ApiBase,
        tls: ssl.SSLContext | None,
        warm: int,
        most: int,
        idle_limit_s: float,
        random: random.Random,
    ) -> None:
        self._base = base
        self._tls = tls
        self._warm = warm
        self._most = most
        self._longest_idle_s = idle_limit_s
        self._idle_limit_s = idle_limit_s
        self._random = random
        self._nursery: trio.Nursery | None = None
        self._all: set[AckConnection] = set()
        self._free: list[AckConnection] = []
        self._waiters: deque[_Waiter] = deque()
        self._dialling = 0
        self._dialled = 0
        self._moved = trio.Event()
        self._unlucky = False

    def state(self) -> PoolState:
        """Give a picture for people."""
        return PoolState(
            free=len(self._free),
            busy=len(self._all) - len(self._free),
            waiting=len(self._waiters),
            dialled=self._dialled,
            idle_limit_s=self._idle_limit_s,
        )

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep connections warm until cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            task_status.started()
            try:
                await self._keep_warm()
            finally:
                self._nursery = None
                while self._waiters:
                    self._waiters.popleft().give(_closed())

    async def take(self) -> AckConnection:
        """Give a connection that nobody else uses, the most recently used first.

        Raises:
            Unavailable: none could be dialled.

        """
        if self._free:
            return self._free.pop()
        if self._nursery is None:
            raise _closed()
        waiter = _Waiter()
        self._waiters.append(waiter)
        self._dial_for_waiters()
        try:
            await waiter.ready.wait()
        except trio.Cancelled:
            self._leave(waiter)
            raise
        if isinstance(waiter.got, AckConnection):
            return waiter.got
        assert waiter.got is not None
        raise waiter.got

    async def dial(self) -> AckConnection:
        """Open a connection for the caller alone.

        Raises:
            Unavailable: it could not be opened.

        """
        if self._nursery is None:
            raise _closed()
        with trio.move_on_after(DIAL_S):
            connection = AckConnection(await self._open_stream(), self._note_change)
            self._all.add(connection)
            self._dialled += 1
            self._nursery.start_soon(connection.run)
            return connection
        raise Unavailable(f"Discord cannot be reached: no answer within {DIAL_S:.0f} s")

    async def _open_stream(self) -> trio.abc.Stream:
        try:
            stream = await trio.open_tcp_stream(self._base.host, self._base.port)
        except OSError as error:
            raise Unavailable(f"Discord cannot be reached: {error.strerror or error}") from error
        if self._tls is None:
            return stream
        wrapped = trio.SSLStream(stream, self._tls, server_hostname=self._base.host, https_compatible=True)
        greeted = False
        try:
            await wrapped.do_handshake()
            greeted = True
        except trio.BrokenResourceError as error:
            raise Unavailable(f"Discord cannot be trusted: {error.__cause__ or error}") from error
        finally:
            if not greeted:
                await trio.aclose_forcefully(stream)
        return wrapped

    def _dial_for_waiters(self) -> None:
        while (
            self._nursery is not None
            and self._dialling < len(self._waiters)
            and self._dialling + len(self._all) < self._most
        ):
            self._dialling += 1
            self._nursery.start_soon(self._dial_for_one)

    async def _dial_for_one(self) -> None:
        got: AckConnection | Unavailable
        try:
            got = await self.dial()
        except Unavailable as error:
            got = error
        finally:
            self._dialling -= 1
        if isinstance(got, AckConnection):
            self._note_change(got)
        elif self._waiters:
            self._waiters.popleft().give(got)

    def _note_change(self, connection: AckConnection) -> None:
        """Place a connection that became free, forget one that died."""
        if connection.dead_because is None:
            if self._waiters:
                self._waiters.popleft().give(connection)
            else:
                self._free.append(connection)
            return
        self._all.discard(connection)
        if connection in self._free:
            self._free.remove(connection)
            if connection.closed_by_peer:
                self._learn_idle_limit(trio.current_time() - connection.since)
        if self._waiters:
            self._dial_for_waiters()
        self._moved.set()

    def _learn_idle_limit(self, idle_s: float) -> None:
        self._idle_limit_s = max(SHORTEST_IDLE_S, min(self._idle_limit_s, idle_s * _EARLIER))
        self._unlucky = self._unlucky or idle_s < SHORTEST_IDLE_S

    def _leave(self, waiter: _Waiter) -> None:
        """Undo the waiting of somebody who was cancelled; what was given goes to the next."""
        if isinstance(waiter.got, AckConnection):
            self._note_change(waiter.got)
        elif waiter in self._waiters:
            self._waiters.remove(waiter)

    async def _keep_warm(self) -> None:
        backoff = Backoff(first_s=0.2, limit_s=30.0)
        while True:
            self._moved = trio.Event()
            now = trio.current_time()
            for connection in [c for c in self._all if not c.is_free and c.since + STUCK_S <= now]:
                connection.die("no response came")
            old = [c for c in self._free if c.since + self._idle_limit_s <= now]
            missing = self._warm - (len(self._all) - len(old))
            if missing > 0 and (self._unlucky or not await self._dial_warm(missing)):
                self._unlucky = False
                await trio.sleep(backoff.next_delay(self._random.random))
                continue
            self._retire(old)
            next_old = min((c.since + self._idle_limit_s for c in self._free), default=math.inf)
            next_look = min(next_old, now + STUCK_S)
            with trio.move_on_at(max(next_look, now + _TICK_S)) as calm:
                await self._moved.wait()
                await trio.sleep(_TICK_S)
            if calm.cancelled_caught:
                backoff.reset()

    def _retire(self, old: list[AckConnection]) -> None:
        """Close connections that were idle for long, unless somebody took them meanwhile."""
        for connection in old:
            if connection in self._free:
                self._idle_limit_s = min(self._longest_idle_s, self._idle_limit_s * _LATER)
                connection.die("it was idle for long")

    async def _dial_warm(self, missing: int) -> bool:
        """Open connections side by side; False if one of them could not be opened."""
        failed = False

        async def dial_one() -> None:
            nonlocal failed
            try:
                self._note_change(await self.dial())
            except Unavailable:
                failed = True

        async with trio.open_nursery() as nursery:
            for _ in range(missing):
                nursery.start_soon(dial_one)
        return not failed


def _closed() -> PoolClosed:
    return PoolClosed("the acknowledgement line is not open")
