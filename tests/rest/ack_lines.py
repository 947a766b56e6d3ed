"""An acknowledgement line that runs against a loopback server, and waiting for what sockets do."""

import random
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

from actors.rest.ack_line import AckLine
from actors.rest.invalid_guard import InvalidGuard
from tests.patience import PATIENCE_S, until
from tests.rest.loopback import Loopback


@asynccontextmanager
async def running(
    server: Loopback,
    *,
    warm: int = 1,
    most: int = 100,
    idle_limit_s: float = 90.0,
    tls: ssl.SSLContext | None = None,
    guard: InvalidGuard | None = None,
) -> AsyncGenerator[AckLine]:
    """A line to the server whose warm connections stand."""
    line = AckLine(
        server.base,
        random=random.Random(1),
        warm=warm,
        tls=tls,
        guard=guard,
        idle_limit_s=idle_limit_s,
        most=most,
    )
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(line.run)
            await until(lambda: line.diagnostics().free >= warm)
            yield line
            nursery.cancel_scope.cancel()
