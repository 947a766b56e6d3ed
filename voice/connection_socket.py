"""The life of the WebSockets of one call: dialled, open, gone.

A shell over ``connection_dial``. A :class:`Line` has one socket at a time, each with a number; what happens
to a socket is posted as a value with that number, so that the owner can ignore what an older one still
says. Each socket that is dialled and not forgotten ends in exactly one :class:`Gone`.

The stream is opened and closed here, because trio-websocket leaves it open when it is cancelled; and it lets
errors of its parser out of its reader, which are caught here.

Failure modes: a dial that is not through with TCP, TLS and the WebSocket's handshake within :data:`DIAL_S`
has failed; so has one whose stream ends on the way. A socket that does not take a message within
:data:`SEND_S` is closed by force. Whatever the network and the parser raise becomes ``Gone``.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, cast

import h11
import trio
import trio_websocket
from attrs import define, field, frozen
from wsproto.utilities import LocalProtocolError, ProtocolError

from voice.connection_dial import DialFailed, Transport, open_stream, shake_hands

DIAL_S: Final = 3.0
"""A lost SYN is repeated after one second (RFC 6298, section 2); a second dial is better than a third SYN."""
SEND_S: Final = 5.0
GOODBYE_S: Final = 0.1
"""How long a closing handshake is waited for; its frame is on its way at once."""


@frozen
class Opened:
    """Its handshake is through."""

    number: int
    socket: trio_websocket.WebSocketConnection = field(repr=False)


@frozen
class Message:
    """It brought something."""

    number: int
    data: str | bytes = field(repr=False)


@frozen
class Gone:
    """It is closed, with the server's ``code`` if there was one, or was never open."""

    number: int
    code: int | None
    detail: str


OfSocket: TypeAlias = Opened | Message | Gone

_LOST: Final = (OSError, DialFailed, trio_websocket.HandshakeError, trio_websocket.ConnectionClosed)
_BROKEN: Final = (trio.BrokenResourceError, trio.ClosedResourceError)
_UNREADABLE: Final = (ProtocolError, h11.ProtocolError, ValueError)
"""What the parsers say of an answer that is none: headers that are no text, a state that forbids refusing."""


@define(kw_only=True)
class Line:
    """The way to one voice server, over one socket after the other.

    Args:
        url: of the server.
        post: takes what happened; waited for.
    """

    url: str
    post: Callable[[OfSocket], Awaitable[None]]
    number: int = field(default=0, init=False)
    _scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _socket: trio_websocket.WebSocketConnection | None = field(default=None, init=False)
    _stream: Transport | None = field(default=None, init=False)

    def dial(self, delay_s: float, nursery: trio.Nursery) -> None:
        """Open the next socket in ``delay_s`` seconds; nothing is heard of the one before any more."""
        self.number += 1
        self._scope = trio.CancelScope()
        nursery.start_soon(self._run, self.number, delay_s, self._scope)

    def take(self, event: Opened | Gone) -> None:
        """The owner has heard that the socket is open, or gone."""
        self._socket = event.socket if isinstance(event, Opened) else None
        if isinstance(event, Gone):
            self._scope.cancel()

    async def send(self, data: str | bytes) -> None:
        """Send on the open socket, if there is one; its reader tells if that fails."""
        socket, stream = self._socket, self._stream
        if socket is None:
            return
        with trio.move_on_after(SEND_S) as scope:
            try:
                await socket.send_message(data)
            except (trio_websocket.ConnectionClosed, LocalProtocolError):
                # The peer's close frame came first, perhaps between the library's check and its parser's.
                return
        if scope.cancelled_caught and stream is not None:
            await trio.aclose_forcefully(stream)

    def hang_up(self, code: int, nursery: trio.Nursery) -> None:
        """Close the socket with ``code`` and hear nothing of it any more."""
        nursery.start_soon(self._hang_up, self._socket, self._scope, code)
        self._socket = None

    @staticmethod
    async def _hang_up(
        socket: trio_websocket.WebSocketConnection | None, scope: trio.CancelScope, code: int
    ) -> None:
        if socket is not None:
            await _say_goodbye(socket, code)
        scope.cancel()

    async def _run(self, number: int, delay_s: float, scope: trio.CancelScope) -> None:
        gone = Gone(number, None, "")
        with scope:
            await trio.sleep(delay_s)
            try:
                gone = await self._live(number)
            except* (*_LOST, *_BROKEN, *_UNREADABLE) as group:
                gone = Gone(number, None, f"no connection: {_reason(group)}")
        if not scope.cancelled_caught:
            await self.post(gone)

    async def _live(self, number: int) -> Gone:
        deadline = trio.current_time() + DIAL_S
        stream = await open_stream(self.url, deadline)
        self._stream = stream
        try:
            async with trio.open_nursery() as nursery:
                socket = await shake_hands(self.url, stream, deadline, nursery)
                gone = await self._read(number, socket)
                nursery.cancel_scope.cancel()
        finally:
            # Whoever opens a stream closes it.
            await trio.aclose_forcefully(stream)
        return gone

    async def _read(self, number: int, socket: trio_websocket.WebSocketConnection) -> Gone:
        try:
            await self.post(Opened(number, socket))
            while True:
                await self.post(Message(number, await socket.get_message()))
        except trio_websocket.ConnectionClosed as closed:
            reason = closed.reason
            return Gone(number, None if reason is None else int(reason.code), "")
        finally:
            await _say_goodbye(socket, 1000)


async def _say_goodbye(socket: trio_websocket.WebSocketConnection, code: int) -> None:
    with trio.move_on_after(GOODBYE_S, shield=True):
        try:
            await socket.aclose(code)
        except LocalProtocolError:
            return  # the peer's close frame came first: there is nobody left to tell


def _reason(group: BaseExceptionGroup[BaseException]) -> str:
    """The first error of a group, however deep, in one word or in its own."""
    error = group.exceptions[0]
    if isinstance(error, BaseExceptionGroup):
        return _reason(cast("BaseExceptionGroup[BaseException]", error))
    return str(error) if isinstance(error, DialFailed) else type(error).__name__
