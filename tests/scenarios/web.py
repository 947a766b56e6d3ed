"""The web of scenarios: a server on loopback that the bot may reach, and one that nobody may.

Built on the pages of `tests.media.web`; here are those that only matter while something plays.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import trio
from attrs import define

from tests.media.web import Web


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
