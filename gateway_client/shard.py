"""One shard's shell: waits, dials, reads and writes as its session core says, until that has ended.

While connected three tasks run: the reader (awaits nothing but the socket; events leave it by a synchronous
call), the writer (so that a full send buffer never stops the reader) and the timekeeper. They live and die
with the connection; the shard outlives it.

Imports `session`, `connection` and the room's values. Failure: none of its own; what the session ended with
is in `session.error`.
"""

import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import trio
from attrs import Factory, define

from gateway_client.actions import Action, AskToIdentify, Close, Deliver, Dial, Note, Send, Stop, Wait
from gateway_client.close_codes import ENDING
from gateway_client.connection import Connection, ConnectionLost, Dialer, run_connection
from gateway_client.errors import ConnectFailed
from gateway_client.events import Received
from gateway_client.outbox import Telling
from gateway_client.session import Session

_log = logging.getLogger(__name__)


@define(kw_only=True, eq=False, repr=False)  # what waits to be sent may hold the token
class Shard:
    """Drives one session.

    Args:
        on_event: takes each event at once, without awaiting.
        ask_to_identify: puts this shard in the queue of the identify gate, which answers with `permitted`.
        withdraw: takes it out again.
        rediscover: asks Discord for the general address again, after several failed dials.
        dial: opens the stream of a connection.
    """

    session: Session
    on_event: Callable[[Received], None]
    ask_to_identify: Callable[[], None]
    withdraw: Callable[[], None]
    rediscover: Callable[[], Awaitable[None]]
    dial: Dialer
    _outgoing: deque[bytes] = Factory(deque[bytes])
    _has_outgoing: trio.Event = Factory(trio.Event)
    _timer_reset: trio.Event = Factory(trio.Event)
    _timer_at: float = math.inf
    _stopped: trio.Event = Factory(trio.Event)
    _dialing: trio.CancelScope | None = None
    _talking: trio.CancelScope | None = None
    _close_with: int = ENDING

    async def run(self) -> None:
        """Run until the session ends, by `stop` or a fatal code; cancellation closes with 1000 first."""
        while True:
            match self.session.next_step(trio.current_time()):
                case Wait(until=until):
                    with trio.move_on_at(until):
                        await self._stopped.wait()
                case Dial(url=url):
                    await self._connect(url)
                case Stop():
                    return

    def tell(self, telling: Telling) -> None:
        """Send something, now or when it becomes possible."""
        self._perform(self.session.tell(telling, trio.current_time()))

    def permitted(self) -> None:
        """The identify gate's answer."""
        self._perform(self.session.permitted(trio.current_time()))

    def stop(self) -> None:
        """End the session, closing with 1000; `run` returns soon."""
        self._perform(self.session.stop())
        self._stopped.set()
        if self._talking is None and self._dialing is not None:
            self._dialing.cancel()

    async def _connect(self, url: str) -> None:
        with trio.CancelScope() as self._dialing:
            try:
                if self.session.comeback.is_lost:
                    await self.rediscover()
                await run_connection(url, self.dial, self._talk)
            except ConnectFailed as error:
                self._perform(self.session.dial_failed(str(error), trio.current_time()))
        self._dialing = None

    async def _talk(self, connection: Connection) -> None:
        code: int | None = None
        self._close_with = ENDING
        self._outgoing.clear()
        try:
            with trio.CancelScope() as self._talking:
                self._perform(self.session.opened(trio.current_time()))
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write, connection)
                    nursery.start_soon(self._keep_time)
                    code = await self._read(connection)
                    nursery.cancel_scope.cancel()
        finally:
            self._talking = None
            await connection.close(self._close_with)
            self.withdraw()
            self._perform(self.session.lost(code, trio.current_time()))

    async def _read(self, connection: Connection) -> int | None:
        receive = self.session.receive
        try:
            while True:
                message = await connection.receive()
                if actions := receive(message, trio.current_time()):
                    self._perform(actions)
        except ConnectionLost as lost:
            return lost.code

    async def _write(self, connection: Connection) -> None:
        try:
            while True:
                while self._outgoing:
                    await connection.send(self._outgoing.popleft())
                self._has_outgoing = trio.Event()
                await self._has_outgoing.wait()
        except ConnectionLost:
            _log.debug("shard %d: the writer found the connection lost", self.session.identify.shard_id)

    async def _keep_time(self) -> None:
        while True:
            self._timer_at = self.session.next_deadline()
            self._timer_reset = trio.Event()
            with trio.move_on_at(self._timer_at):
                await self._timer_reset.wait()
            self._perform(self.session.tick(trio.current_time()))

    def _perform(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Deliver(received=received):
                    self.on_event(received)
                case Send(text=text):
                    self._outgoing.append(text)
                    self._has_outgoing.set()
                case AskToIdentify():
                    self.ask_to_identify()
                case Note(level=level, text=text):
                    _log.log(level, "shard %d: %s", self.session.identify.shard_id, text)
                case Close(code=code):
                    self._close_with = code
                    if self._talking is not None:
                        self._talking.cancel()
        if self.session.next_deadline() < self._timer_at:
            self._timer_reset.set()
