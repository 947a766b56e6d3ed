"""From an address to an open WebSocket: TCP, TLS, the WebSocket's handshake, all of it bounded in time.

A shell; imports nothing of ours. trio-websocket waits for ever for an answer to its handshake when the peer
has closed; so its stream is watched, and the end of the stream ends the wait.

Failure modes: :class:`DialFailed`, and what the network, the certificate or the parser raise.
"""

import ssl
from collections.abc import Callable
from functools import cache
from typing import Final, TypeAlias, cast
from urllib.parse import urlsplit

import certifi
import trio
import trio_websocket
from attrs import define, field

MAX_MESSAGE_BYTES: Final = 1 << 22

Transport: TypeAlias = trio.SocketStream | trio.SSLStream[trio.SocketStream]


class DialFailed(Exception):
    """There is no WebSocket; the words say why."""


@cache
def tls_context() -> ssl.SSLContext:
    """Verifies names and chains, against the platform's authorities and certifi's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


async def open_stream(url: str, deadline: float) -> Transport:
    """TCP, and TLS if ``url`` says so, until ``deadline`` (monotonic seconds).

    Raises:
        DialFailed: not in time.
        OSError, trio.BrokenResourceError: not at all.
    """
    parts = urlsplit(url)
    assert parts.hostname is not None
    with trio.CancelScope(deadline=deadline):
        if parts.scheme == "ws":
            return await trio.open_tcp_stream(parts.hostname, parts.port or 80)
        stream = await trio.open_ssl_over_tcp_stream(
            parts.hostname, parts.port or 443, ssl_context=tls_context(), https_compatible=True
        )
        try:
            # Left to trio-websocket, a certificate that does not fit would be waited for, not reported.
            await stream.do_handshake()
        except BaseException:
            await trio.aclose_forcefully(stream)
            raise
        return stream
    raise DialFailed("no answer in time")


async def shake_hands(
    url: str, stream: Transport, deadline: float, nursery: trio.Nursery
) -> trio_websocket.WebSocketConnection:
    """The WebSocket's handshake, until ``deadline``; its reader lives in ``nursery`` and may raise there.

    Raises:
        DialFailed: not in time, or the peer closed.
    """
    parts = urlsplit(url)
    waiting = trio.CancelScope(deadline=deadline)
    watched = _Watched(stream, waiting.cancel)
    with waiting:
        return await trio_websocket.wrap_client_stream(
            nursery,
            cast("trio.SocketStream", watched),  # annotated too narrowly: any stream will do
            parts.netloc,
            f"{parts.path}?{parts.query}",
            max_message_size=MAX_MESSAGE_BYTES,
        )
    raise DialFailed("closed on the way" if watched.ended else "no answer in time")


@define(eq=False)
class _Watched(trio.abc.Stream):
    """A stream that tells, synchronously, when it has ended; nothing that came before is lost by that."""

    _stream: Transport
    _on_end: Callable[[], object]
    ended: bool = field(default=False, init=False)

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(max_bytes)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._end()
            raise
        if not data:
            self._end()
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._end()
            raise

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        self._end()
        await self._stream.aclose()

    def _end(self) -> None:
        self.ended = True
        self._on_end()
