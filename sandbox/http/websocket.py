"""One WebSocket connection, server side, on wsproto over a Trio stream.

Rules: pings are answered while somebody receives; a message larger than ``max_message_bytes`` closes with
1009; bytes that are not WebSocket close with 1002. After any end ``receive`` and ``send`` raise
``WebSocketClosed`` with the code the peer sent (1005 none, 1006 the connection just broke). One task
receives; any number send. No extension is negotiated.
"""

import socket
import struct

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

ABNORMAL = 1006
PROTOCOL_ERROR = 1002
TOO_BIG = 1009
_CHUNK = 65536
_CLOSE_GRACE_S = 1.0
"""How long a closing side waits for the peer's close frame."""


class WebSocketClosed(Exception):
    """The connection is over."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason


class WebSocket:
    """An accepted connection."""

    def __init__(self, stream: trio.abc.Stream, wire: WSConnection, max_message_bytes: int) -> None:
        self._stream = stream
        self._wire = wire
        self._limit = max_message_bytes
        self._sending = trio.StrictFIFOLock()
        self._parts: list[str | bytes] = []
        self._size = 0
        self._closed: WebSocketClosed | None = None
        self._receiving = False
        self._ended = trio.Event()
        """No more can come: the peer closed, or the connection broke."""

    @property
    def closed(self) -> WebSocketClosed | None:
        """How it ended, or None while it is open."""
        return self._closed

    async def receive(self) -> str | bytes:
        """Return the next whole message: ``str`` for text, ``bytes`` for binary.

        Raises:
            WebSocketClosed: no message will come any more.
        """
        self._receiving = True
        try:
            return await self._receive()
        except WebSocketClosed:
            self._ended.set()
            raise
        finally:
            self._receiving = False

    async def _receive(self) -> str | bytes:
        while True:
            if self._closed and self._ended.is_set():
                raise self._closed
            try:
                for event in self._wire.events():
                    message = await self._take(event)
                    if message is not None:
                        return message
            except RemoteProtocolError as error:
                await self._fail(PROTOCOL_ERROR, str(error))
            await self._read()

    async def send(self, message: str | bytes) -> None:
        """Send one message, text for ``str``, binary for ``bytes``.

        Raises:
            WebSocketClosed: the connection is over.
        """
        event: Message[str] | Message[bytes] = (
            TextMessage(data=message) if isinstance(message, str) else BytesMessage(data=message)
        )
        await self._send(event)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with ``code`` and wait shortly for the peer to agree. Safe to call again, from any task."""
        if self._closed is None:
            try:
                await self._send(CloseConnection(code=code, reason=reason))
                self._closed = WebSocketClosed(code, reason)
                with trio.move_on_after(_CLOSE_GRACE_S):
                    await self._wait_for_peer()
            except WebSocketClosed as closed:
                self._closed = self._closed or closed
        await self._stream.aclose()

    async def _wait_for_peer(self) -> None:
        """Return once the peer closed too. Whoever receives meanwhile reads that; nobody: this task."""
        if self._receiving:
            await self._ended.wait()
            return
        self._receiving = True
        try:
            while not self._ended.is_set():
                await self._read()
                for event in self._wire.events():
                    if isinstance(event, CloseConnection):
                        self._ended.set()
        except RemoteProtocolError:
            self._ended.set()
        finally:
            self._receiving = False

    async def send_raw(self, data: bytes) -> None:
        """Put bytes on the wire that are no frame: a fault."""
        async with self._sending:
            await self._stream.send_all(data)

    def abort(self) -> None:
        """End the TCP connection with a reset, as a crashed peer or a cut cable does."""
        self._closed = self._closed or WebSocketClosed(ABNORMAL, "aborted")
        self._ended.set()
        if isinstance(self._stream, trio.SocketStream):
            self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._stream.socket.close()

    async def _take(self, event: Event) -> str | bytes | None:
        match event:
            case TextMessage() | BytesMessage():
                return await self._collect(event)
            case Ping():
                await self._send(event.response())
            case CloseConnection():
                if self._closed is None:
                    self._closed = WebSocketClosed(int(event.code), event.reason or "")
                    await self._answer_close(event)
                raise self._closed
            case Pong():
                return None
            case _:
                return None
        return None

    async def _collect(self, event: Message[str] | Message[bytes] | Message[bytearray]) -> str | bytes | None:
        data = event.data if isinstance(event.data, str) else bytes(event.data)
        self._size += len(data)
        if self._size > self._limit:
            await self._fail(TOO_BIG, "message too big")
        self._parts.append(data)
        if not event.message_finished:
            return None
        parts, self._parts, self._size = self._parts, [], 0
        if isinstance(parts[0], str):
            return "".join(part for part in parts if isinstance(part, str))
        return b"".join(part for part in parts if isinstance(part, bytes))

    async def _answer_close(self, event: CloseConnection) -> None:
        async with self._sending:
            try:
                await self._stream.send_all(self._wire.send(event.response()))
            except (LocalProtocolError, trio.BrokenResourceError, trio.ClosedResourceError):
                return  # the peer did not wait for the answer; it is closed either way

    async def _fail(self, code: int, reason: str) -> None:
        """Close because the peer broke a rule; called by the receiving task, which reads no further."""
        self._ended.set()
        await self.close(code, reason[:100])
        assert self._closed is not None
        raise self._closed

    async def _read(self) -> None:
        try:
            data = await self._stream.receive_some(_CHUNK)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        if not data:
            self._ended.set()
            self._closed = self._closed or WebSocketClosed(ABNORMAL, "connection lost")
            raise self._closed
        try:
            self._wire.receive_data(bytes(data))
        except RemoteProtocolError as error:
            await self._fail(PROTOCOL_ERROR, str(error))

    async def _send(self, event: Message[str] | Message[bytes] | Pong | CloseConnection) -> None:
        async with self._sending:
            if self._closed:
                raise self._closed
            try:
                await self._stream.send_all(self._wire.send(event))
            except LocalProtocolError as error:
                self._closed = WebSocketClosed(ABNORMAL, str(error))
                raise self._closed from error
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                self._closed = WebSocketClosed(ABNORMAL, "connection lost")
                raise self._closed from error


async def accept(
    stream: trio.abc.Stream,
    headers: list[tuple[bytes, bytes]],
    path: bytes,
    early: bytes,
    max_message_bytes: int,
) -> WebSocket | None:
    """Answer an upgrade request that h11 has read; None if it is no valid WebSocket handshake.

    Args:
        stream: the connection.
        headers: of the request.
        path: the request's target.
        early: bytes that followed the request already.
        max_message_bytes: larger messages close the connection with 1009.
    """
    wire = WSConnection(ConnectionType.SERVER)
    try:
        wire.initiate_upgrade_connection(headers, path)
        for event in wire.events():
            assert isinstance(event, Request)
        await stream.send_all(wire.send(AcceptConnection()))
        if early:
            wire.receive_data(early)
    except RemoteProtocolError:
        return None
    return WebSocket(stream, wire, max_message_bytes)
