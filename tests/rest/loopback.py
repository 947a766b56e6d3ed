"""A small HTTP server on the loopback interface that misbehaves as told, for tests of connections."""

import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import trio

from tests.rest.openapi import NO_BODY, Contract, find_file

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status: int, body: object, *headers: str) -> bytes:
    """An HTTP response with JSON in it."""
    encoded = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(encoded)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + encoded


@attrs.frozen
class Arrived:
    """One request as the server read it. ``connection`` counts connections from 1."""

    connection: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[trio.abc.Stream, Arrived], Awaitable[None]]


async def behave(stream: trio.abc.Stream, _: Arrived) -> None:
    """Answer 204."""
    await stream.send_all(NO_CONTENT)


def saying(*responses: bytes) -> Behaviour:
    """Say one response after the other, then 204s."""
    left = list(responses)

    async def say(stream: trio.abc.Stream, _: Arrived) -> None:
        await stream.send_all(left.pop(0) if left else NO_CONTENT)

    return say


@attrs.define
class Loopback:
    """The server. ``behaviour`` answers each request; it may be replaced at any time."""

    port: int
    behaviour: Behaviour = behave
    arrived: list[Arrived] = attrs.field(factory=list[Arrived])
    open_streams: list[trio.abc.Stream] = attrs.field(factory=list[trio.abc.Stream])
    connections: int = 0
    scheme: str = "http"

    @property
    def base(self) -> str:
        return f"{self.scheme}://localhost:{self.port}/api/v10"

    async def hang_up(self) -> None:
        """Close every connection that is open now."""
        while self.open_streams:
            await self.open_streams.pop().aclose()

    async def serve(self, stream: trio.abc.Stream) -> None:
        self.connections += 1
        number = self.connections
        self.open_streams.append(stream)
        try:
            received = b""
            while True:
                arrived, received = await _read_request(stream, received, number)
                if arrived is None:
                    return
                if find_file() is not None:
                    body = json.loads(arrived.body) if arrived.body else NO_BODY
                    Contract.load().check(arrived.method, arrived.path, body)
                self.arrived.append(arrived)
                await self.behaviour(stream, arrived)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        finally:
            if stream in self.open_streams:
                self.open_streams.remove(stream)
            await trio.aclose_forcefully(stream)


async def _read_request(
    stream: trio.abc.Stream, received: bytes, number: int
) -> tuple[Arrived | None, bytes]:
    length = 0
    while (end := received.find(b"\r\n\r\n")) < 0 or len(received) < end + 4 + length:
        data = await stream.receive_some()
        if not data:
            return None, b""
        received += bytes(data)
        if b"\r\n\r\n" in received:
            length = int(_read_head(received)[1].get("content-length", "0"))
    (method, path, _), headers = _read_head(received)
    end += 4
    arrived = Arrived(number, method, path, headers, received[end : end + length])
    return arrived, received[end + length :]


def _read_head(received: bytes) -> tuple[list[str], dict[str, str]]:
    first, *lines = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return first.split(" "), {name.lower(): value for name, _, value in pairs}


@asynccontextmanager
async def open_loopback(tls: ssl.SSLContext | None = None) -> AsyncGenerator[Loopback]:
    """Serve on a free port until the block ends."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    server = Loopback(port=listeners[0].socket.getsockname()[1])
    async with trio.open_nursery() as nursery:
        if tls is None:
            nursery.start_soon(trio.serve_listeners, server.serve, listeners)
        else:
            server.scheme = "https"
            wrapped = [trio.SSLListener(listener, tls, https_compatible=True) for listener in listeners]
            nursery.start_soon(trio.serve_listeners, _forgiving(server), wrapped)
        try:
            yield server
        finally:
            nursery.cancel_scope.cancel()


def _forgiving(server: Loopback) -> Callable[[trio.SSLStream[trio.SocketStream]], Awaitable[None]]:
    """Serve TLS; a client that does not trust us is not the server's failure."""

    async def serve(stream: trio.SSLStream[trio.SocketStream]) -> None:
        try:
            await stream.do_handshake()
        except trio.BrokenResourceError:
            return
        await server.serve(stream)

    return serve
