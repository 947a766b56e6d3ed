"""A Discord message that mirrors a state.

At most one request is in flight; a newer state replaces a waiting one; an unchanged rendering costs nothing;
edits keep a distance. So whatever happens to the state, the number of requests stays bounded and the message
is right in the end. States::

    absent ──show──▶ sending ──ok──▶ shown ──show (changed)──▶ sending …
                        └─ gone (10008, 10003) ──▶ absent, ``on_gone`` is told
                        └─ forbidden, refused ──▶ broken until the next ``show`` of a different state

The transport is a Protocol, because a message is first sent as an answer (whose interaction token ends after
15 minutes) and edited with the bot's own token from then on.
"""

import logging
from collections.abc import Callable
from typing import Protocol

import trio
from attrs import define, field

from actors.core.lane import Spawn
from actors.rest.errors import NotFound, RateLimitedOut, RestError, Unavailable
from actors.rest.payloads import Message

log = logging.getLogger(__name__)

RETRY_S = 2.0


class Transport(Protocol):
    """Where a live message goes."""

    async def send(self, message: Message) -> None:
        """Post it, or edit the one that is there.

        Raises:
            RestError: ``NotFound`` when the message is gone.
        """
        ...


@define(eq=False, kw_only=True)
class LiveMessage:
    """Keeps one message equal to the newest state it was shown.

    Args:
        transport: posts and edits.
        spawn: runs the sending task.
        distance_s: least time between two requests, in seconds.
        on_gone: called when somebody deleted the message; the newest state stays unsent.
    """

    transport: Transport
    spawn: Spawn
    distance_s: float = 0.0
    on_gone: Callable[[], None] | None = None
    _wanted: Message | None = field(default=None, init=False)
    _shown: Message | None = field(default=None, init=False)
    _running: bool = field(default=False, init=False)
    _settled: trio.Event | None = field(default=None, init=False)

    def show(self, message: Message) -> None:
        """Make this the newest state."""
        if message == self._shown and not self._running:
            return
        self._wanted = message
        if not self._running:
            self._running = True
            self._settled = trio.Event()
            self.spawn(self._run)

    def assume(self, message: Message) -> None:
        """Say what the message shows already, for example after it was sent as an answer."""
        self._shown = message

    def stop(self) -> None:
        """Show nothing more; a request in flight ends by itself."""
        self._wanted = None

    async def settled(self) -> None:
        """Wait until the newest state is shown or given up."""
        if self._settled is not None:
            await self._settled.wait()

    async def _run(self) -> None:
        try:
            while self._wanted is not None:
                message, self._wanted = self._wanted, None
                if message != self._shown:
                    await self._send(message)
                    await trio.sleep(self.distance_s)
        finally:
            self._running = False
            if self._settled is not None:
                self._settled.set()

    async def _send(self, message: Message) -> None:
        try:
            await self.transport.send(message)
            self._shown = message
        except NotFound:
            self._shown = None
            if self.on_gone is not None:
                self.on_gone()
        except (Unavailable, RateLimitedOut) as error:
            wait_s = error.retry_after_s if isinstance(error, RateLimitedOut) else RETRY_S
            await trio.sleep(wait_s)
            self._wanted = self._wanted or message
        except RestError as error:
            log.warning("a message could not be shown", extra={"error": str(error)})
