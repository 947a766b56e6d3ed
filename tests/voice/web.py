"""A small web server on loopback for the sources of tests: ranges, cuts, stalls, redirects, a proxy.

Nothing is played from the web but through a guard; each server here is the guard of its own addresses.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias
from urllib.parse import urlsplit

import trio
from attrs import define, field


@define
class Request:
    """What was asked."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def range_start(self) -> int | None:
        value = self.headers.get("range")
        return None if value is None else int(value.removeprefix("bytes=").partition("-")[0])


Stream: TypeAlias = trio.SocketStream
Handler: TypeAlias = Callable[[Request, Stream], Awaitable[None]]


def guard_of(url: str) -> str:
    """The server of ``url`` as its guard; for what is no such address, nobody."""
    return f"http://127.0.0.1:{urlsplit(url).port or 1}"


def answer(status: str, body: bytes = b"", *headers: str) -> Handler:
    """A handler that always says the same."""

    async def handle(_request: Request, stream: Stream) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
        await stream.send_all("\r\n".join(lines).encode() + body)

    return handle


def a_file(body: bytes, *, ranges: bool = True) -> Handler:
    """A handler that serves ``body`` as a web server would."""

    async def handle(request: Request, stream: Stream) -> None:
        start = request.range_start if ranges else None
        if start is None:
            accept = ["Accept-Ranges: bytes"] if ranges else []
            await answer("200 OK", body, *accept)(request, stream)
            return
        content_range = f"Content-Range: bytes {start}-{len(body) - 1}/{len(body)}"
        await answer("206 Partial Content", body[start:], content_range)(request, stream)

    return handle


def redirect(to: str) -> Handler:
    return answer("302 Found", b"", f"Location: {to}")


def cut(body: bytes, at: int) -> Handler:
    """Announces all of ``body``, gives the first ``at`` bytes, hangs up; the same when asked again."""

    async def handle(_request: Request, stream: Stream) -> None:
        await stream.send_all(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:at])

    return handle


def unsized(body: bytes, *ends: int, headers: str = "") -> Handler:
    """Gives ``body`` without its length and hangs up; each time as much as the next of ``ends`` says."""
    left = list(ends)

    async def handle(_request: Request, stream: Stream) -> None:
        end = left.pop(0) if left else len(body)
        await stream.send_all(f"HTTP/1.1 200 OK\r\nConnection: close\r\n{headers}\r\n".encode() + body[:end])

    return handle


def endless(body: bytes, pause_s: float = 0.05, size: int = 2000) -> Handler:
    """A radio: no length, no end."""

    async def handle(_request: Request, stream: Stream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nConnection: close\r\n\r\n")
        at = 0
        while True:
            await stream.send_all(body[at : at + size])
            at = (at + size) % len(body)
            await trio.sleep(pause_s)

    return handle


def stall(body: bytes, at: int, seconds: float) -> Handler:
    """Gives ``at`` bytes, says nothing for ``seconds``, then gives the rest."""

    async def handle(_request: Request, stream: Stream) -> None:
        await stream.send_all(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:at])
        await trio.sleep(seconds)
        await stream.send_all(body[at:])

    return handle


@define
class Web:
    """Paths and what happens there; also absolute addresses and ``CONNECT`` targets, for a proxy."""

    pages: dict[str, Handler] = field(factory=dict[str, Handler])
    asked: list[Request] = field(factory=list[Request])
    visitors: int = 0
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://localhost:{self.port}{path}"

    async def serve(self, stream: Stream) -> None:
        self.visitors += 1
        try:
            await self._serve(stream)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            return

    async def _serve(self, stream: Stream) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = await stream.receive_some(4096)
            if not data:
                return
            head += bytes(data)
        first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        method, target, _version = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        target = target.removeprefix(self.url(""))
        request = Request(method, target, headers)
        self.asked.append(request)
        await self.pages.get(target, answer("404 Not Found"))(request, stream)


@asynccontextmanager
async def open_web() -> AsyncGenerator[Web]:
    """A running server."""
    web = Web()
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        web.port = listeners[0].socket.getsockname()[1]
        nursery.start_soon(partial(trio.serve_listeners, web.serve, listeners))
        yield web
        nursery.cancel_scope.cancel()


def cutting(body: bytes, size: int, *, ranges: bool, times: int = 10**6) -> Handler:
    """Announces everything that is asked for and hangs up after ``size`` bytes, so many times.

    Without ``ranges`` it begins at the beginning each time and gives ``size`` bytes more.
    """
    calls = 0

    async def handle(request: Request, stream: Stream) -> None:
        nonlocal calls
        calls += 1
        start = request.range_start or 0 if ranges else 0
        end = len(body) if calls > times else start + size * (1 if ranges else calls)
        status = "200 OK"
        if ranges and request.range_start is not None:
            status = f"206 Partial Content\r\nContent-Range: bytes {start}-{len(body) - 1}/{len(body)}"
        await stream.send_all(f"HTTP/1.1 {status}\r\nContent-Length: {len(body) - start}\r\n\r\n".encode())
        await stream.send_all(body[start:end])

    return handle
