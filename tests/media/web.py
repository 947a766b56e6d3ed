"""A web server for tests on loopback: every page is a function that may behave as badly as it likes."""

import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import h11
import trio
from attrs import Factory, define, frozen


@frozen(kw_only=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]


Page = Callable[[trio.abc.Stream, Request], Awaitable[None]]


@define(eq=False)
class Web:
    """A running server and what it was asked."""

    port: int
    pages: dict[str, Page] = Factory(dict[str, Page])
    requests: list[Request] = Factory(list[Request])

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def serve(self, stream: trio.abc.Stream) -> None:
        async with stream:
            try:
                request = await _read(stream)
                if request is None:
                    return
                self.requests.append(request)
                await self.pages.get(urlsplit(request.path).path, gone)(stream, request)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return


@asynccontextmanager
async def open_web(pages: Mapping[str, Page], tls: ssl.SSLContext | None = None) -> AsyncGenerator[Web]:
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        web = Web(listener.socket.getsockname()[1], dict(pages))
        accepting = listener if tls is None else trio.SSLListener(listener, tls, https_compatible=True)
        nursery.start_soon(partial(trio.serve_listeners, web.serve, [accepting]))
        yield web
        nursery.cancel_scope.cancel()


async def _read(stream: trio.abc.Stream) -> Request | None:
    parser = h11.Connection(h11.SERVER)
    while True:
        event = parser.next_event()
        if event is h11.NEED_DATA:
            parser.receive_data(bytes(await stream.receive_some(65536)))
        elif isinstance(event, h11.Request):
            headers = {name.decode(): value.decode() for name, value in event.headers}
            return Request(method=event.method.decode(), path=event.target.decode(), headers=headers)
        else:
            return None


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "Connection: close", "", ""]).encode()


def body(content: bytes, kind: str = "application/octet-stream", *, ranges: bool = True) -> Page:
    """A file, with ranges unless told otherwise."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        wanted = request.headers.get("range", "") if ranges else ""
        start = int(wanted.removeprefix("bytes=").partition("-")[0] or 0) if wanted else 0
        rest = content[start:]
        lines = [f"Content-Type: {kind}", f"Content-Length: {len(rest)}"]
        if wanted:
            lines.append(f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}")
        await stream.send_all(head("206 Partial Content" if wanted else "200 OK", *lines) + rest)

    return page


def status(line: str) -> Page:
    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head(line, "Content-Length: 0"))

    return page


gone = status("404 Not Found")


def redirect(url: str) -> Page:
    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("302 Found", f"Location: {url}", "Content-Length: 0"))

    return page


def endless(first: bytes, more: bytes, kind: str, first_line: str = "HTTP/1.1 200 OK") -> Page:
    """A body without end or length, as fast as it is read."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(f"{first_line}\r\nContent-Type: {kind}\r\n\r\n".encode() + first)
        while True:
            await stream.send_all(more)

    return page


def huge(first: bytes, length: int, kind: str) -> Page:
    """A file that says it is ``length`` bytes long, and is, as far as anybody reads."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        wanted = request.headers.get("range", "")
        start = int(wanted.removeprefix("bytes=").partition("-")[0] or 0) if wanted else 0
        lines = [f"Content-Type: {kind}", f"Content-Length: {length - start}"]
        if wanted:
            lines.append(f"Content-Range: bytes {start}-{length - 1}/{length}")
        await stream.send_all(head("206 Partial Content" if wanted else "200 OK", *lines) + first[start:])
        left = length - max(start, len(first))
        while left > 0:
            await stream.send_all(bytes(min(left, 65536)))
            left -= 65536

    return page


async def silent(stream: trio.abc.Stream, request: Request) -> None:
    """Never answers."""
    await trio.sleep_forever()
