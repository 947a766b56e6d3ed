"""The web of scenarios: a server on loopback that the bot may reach, and one that nobody may.

Built on the pages of `tests.media.web`; here are those that only matter while something plays.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import trio
from attrs import define

from tests.media.web import Page, Request, Web, head


def allow(*webs: Web) -> tuple[str, ...]:
    """``media.allow_hosts`` for these servers."""
    return tuple(f"127.0.0.1:{web.port}" for web in webs)


@define(eq=False)
class Private:
    """A listener that nobody may reach, and how many did."""

    port: int
    visitors: int = 0

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Count somebody who came."""
        self.visitors += 1
        await stream.aclose()


@asynccontextmanager
async def open_private() -> AsyncGenerator[Private]:
    """A listener on loopback that is in no ``media.allow_hosts``."""
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        private = Private(listener.socket.getsockname()[1])
        nursery.start_soon(partial(trio.serve_listeners, private.serve, [listener]))
        yield private
        nursery.cancel_scope.cancel()


def first_then(first: Page, later: Page) -> Page:
    """One page for who asks first, another for all others: what was looked at is not what is played."""
    asked: list[Request] = []

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        asked.append(request)
        await (first if len(asked) == 1 else later)(stream, request)

    return page


def untold(content: bytes) -> Page:
    """All of a file, but not how much that is: it ends where the connection does."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK") + content)

    return page


def breaks_off(content: bytes, at: int) -> Page:
    """Announces all of a file, gives a part and hangs up; the same for those who ask again."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK", f"Content-Length: {len(content)}") + content[:at])

    return page
