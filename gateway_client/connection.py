"""One WebSocket to Discord: the only WebSocket code of this room, on trio-websocket.

The stream is opened and owned here, so that it can be closed by force: trio-websocket waits for the peer
wherever the closing handshake is not in order. Three of its habits shape this file: leaving its context
managers closes with 1000, which would end the session (so the code is always given); `aclose` in a
cancelled scope sends nothing (so closing is shielded, and short); its limit of 1 MiB per message would cut
off big guilds (so it is 64 MiB).

Imports `address`, `errors`. Failure modes: `ConnectFailed` before there is a WebSocket, `ConnectionLost`
with the close code afterwards. Foreign exceptions do not leave this file.
"""

import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from typing import cast

import h11
import trio
import trio_websocket
import wsproto.utilities

from gateway_client.address import Endpoint, parse_address
from gateway_client.errors import ConnectFailed, GatewayError

CONNECT_WITHIN_S = 20.0
"""For name, TCP, TLS and the WebSocket's handshake together."""

CLOSE_WITHIN_S = 0.5
"""For the closing handshake; then the stream is torn down."""

MESSAGE_LIMIT = 64 * 1024 * 1024
"""Bytes of one message; the largest GUILD_CREATE is far below."""

RECEIVE_BUFFER = 64 * 1024
"""Bytes per read: five times the throughput of the library's default for big messages (measured)."""

QUEUED_MESSAGES = 64
"""Messages between the library's reader and ours; a burst needs fewer switches between the two."""


class ConnectionLost(GatewayError):
    """The WebSocket is gone. `code` is None if no close frame told one."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"connection lost, code={code}")
        self.code = code


class Connection:
    """An open WebSocket."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket

    async def receive(self) -> bytes | str:
        """The next message.

        Raises:
            ConnectionLost: there will be none.
        """
        try:
            return await self._socket.get_message()
        except trio_websocket.ConnectionClosed as closed:
            raise ConnectionLost(closed.reason.code if closed.reason else None) from None

    async def send(self, text: bytes) -> None:
        """Send a text message.

        Raises:
            ConnectionLost: it did not leave, or not whole.
        """
        try:
            await self._socket.send_message(text.decode())
        except trio_websocket.ConnectionClosed as closed:
            raise ConnectionLost(closed.reason.code if closed.reason else None) from None
        except wsproto.utilities.LocalProtocolError:  # the peer's close frame came between the check and here
            raise ConnectionLost(None) from None

    async def close(self, code: int) -> None:
        """Say goodbye with a code, even in a cancelled scope; nothing happens if the peer was first."""
        with trio.move_on_after(CLOSE_WITHIN_S, shield=True):
            try:
                await self._socket.aclose(code)
            except wsproto.utilities.LocalProtocolError:
                return  # the peer's close frame came first: there is nobody left to tell


Dialer = Callable[[Endpoint], Awaitable[trio.abc.Stream]]
"""Opens the stream that a WebSocket runs on; raises `ConnectFailed`."""


def verifying_tls() -> ssl.SSLContext:
    """A context that trusts the system's authorities and certifi's."""
    import certifi  # noqa: PLC0415 - a gateway without TLS (the sandbox) does not need it

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def tcp_dialer(tls: Callable[[], ssl.SSLContext] = verifying_tls) -> Dialer:
    """Dial by TCP; for `wss:` with TLS by a context that `tls` makes when it is first needed."""
    made = cache(tls)

    async def dial(endpoint: Endpoint) -> trio.abc.Stream:
        try:
            stream = await trio.open_tcp_stream(endpoint.host, endpoint.port)
        except OSError as error:
            raise ConnectFailed(str(error)) from error
        return await _secure(stream, endpoint.host, made()) if endpoint.is_tls else stream

    return dial


async def _secure(stream: trio.SocketStream, host: str, context: ssl.SSLContext) -> trio.abc.Stream:
    secured = trio.SSLStream(stream, context, server_hostname=host, https_compatible=True)
    try:
        await secured.do_handshake()
    except BaseException as error:
        await trio.aclose_forcefully(stream)
        if isinstance(error, trio.BrokenResourceError):
            raise ConnectFailed(f"TLS: {error.__cause__ or error}") from error
        raise
    return secured


async def run_connection(url: str, dial: Dialer, talk: Callable[[Connection], Awaitable[None]]) -> None:
    """Open a WebSocket, let `talk` use it, and leave nothing of it behind.

    Args:
        url: `ws:` or `wss:`.
        dial: opens the stream.
        talk: has to close with a code of its choice before it returns.

    Raises:
        ConnectFailed: `talk` was never called.
    """
    endpoint = parse_address(url)
    try:
        with trio.fail_after(CONNECT_WITHIN_S):
            stream = await dial(endpoint)
    except trio.TooSlowError:
        raise ConnectFailed("no answer in time") from None
    try:
        await _run_socket(stream, endpoint, talk)
    finally:
        await trio.aclose_forcefully(stream)


async def _run_socket(
    stream: trio.abc.Stream,
    endpoint: Endpoint,
    talk: Callable[[Connection], Awaitable[None]],
) -> None:
    is_open = False
    try:
        async with trio.open_nursery() as nursery:
            with trio.fail_after(CONNECT_WITHIN_S):
                socket = await trio_websocket.wrap_client_stream(
                    nursery,
                    cast("trio.SocketStream", stream),  # annotated too narrowly: any stream will do
                    endpoint.host_header,
                    endpoint.resource,
                    message_queue_size=QUEUED_MESSAGES,
                    max_message_size=MESSAGE_LIMIT,
                    receive_buffer_size=RECEIVE_BUFFER,
                )
            is_open = True
            await talk(Connection(socket))
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        ours, rest = group.split(_LIBRARY_ERRORS if is_open else (*_LIBRARY_ERRORS, *_OPENING_ERRORS))
        if rest is not None:
            raise rest from None
        if not is_open:
            raise ConnectFailed(_reason(ours)) from group


_LIBRARY_ERRORS = (trio.TooSlowError, trio_websocket.HandshakeError, wsproto.utilities.ProtocolError)
"""What the library's tasks may raise; after the opening it only means that the connection is lost."""


_OPENING_ERRORS = (h11.ProtocolError, UnicodeError)
"""What an answer that is no HTTP raises in the library, which does not turn it into its own."""


def _reason(group: BaseExceptionGroup[BaseException] | None) -> str:
    for error in group.exceptions if group else ():
        if isinstance(error, trio_websocket.ConnectionRejected):
            return f"refused with HTTP status {error.status_code}"
        if isinstance(error, trio.TooSlowError):
            return "no answer in time"
    return "the WebSocket handshake failed"
