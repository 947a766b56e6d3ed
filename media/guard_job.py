"""One job of the guard: a credential, its budget, and why it was last refused.

A job is one thing that is probed, downloaded or played. Its proxy URL is the only way out for the child
process that does it. The budget is bytes received and a point in time; when either is used up, or the job
ends, its connections are cut at once and its credential is worth nothing.
"""

import math
from collections.abc import Callable
from typing import Protocol

import trio
from attrs import Factory, define, field

from media.errors import MediaError, MediaFailure
from media.redirects import Trail
from media.stored import Stored

CONNECTIONS_LIMIT = 32  # at once, per job; a playlist reads few segments at a time


class Tap(Protocol):
    """Hears one server's answer to a job as it passes, head and all; never changes it."""

    async def hear(self, data: bytes) -> None:
        """The next bytes; the child gets them afterwards."""
        ...

    def close(self) -> None:
        """No more bytes come; also called when everything is being cut."""
        ...


@define(eq=False)
class Job:
    """The life of one credential.

    Attributes:
        proxy_url: what ``http_proxy`` is set to; holds the credential.
        token: the credential.
        max_bytes: how much may be received, all connections together.
        deadline: Trio time until which connections may last.
        marks: links in redirects and playlists are marked for a child that cannot speak TLS itself; False
            for one that asks for tunnels.
        received: bytes so far.
        denial: the last refusal or failure to connect, None if all went well.
        trail: the redirects that its client was told of and has not come to the end of.
        tap: makes a listener for each answer that the guard can read (not for tunnels), None for no listener.
        stored: what this job is about, as far as it is on this machine; None for nothing.
        at_end: called once, when the job ends.
    """

    proxy_url: str = field(repr=False)
    token: str = field(repr=False)
    max_bytes: float = math.inf
    deadline: float = math.inf
    marks: bool = True
    received: int = 0
    denial: MediaError | None = None
    ended: bool = False
    trail: Trail = Factory(Trail)
    scopes: set[trio.CancelScope] = Factory(set[trio.CancelScope])
    tap: Callable[[], Tap | None] | None = None
    stored: Stored | None = None
    at_end: list[Callable[[], None]] = Factory(list[Callable[[], None]])

    def count(self, size: int, host: str) -> None:
        """Book received bytes.

        Raises:
            MediaError: ``TOO_LARGE``, the budget is used up.
        """
        self.received += size
        if self.received > self.max_bytes:
            raise MediaError(
                kind=MediaFailure.TOO_LARGE, host=host, limit=self.max_bytes, actual=self.received
            )

    def hear(self, host: str, location: str | None) -> None:
        """An answer of ``host`` is on its way, which may redirect."""
        if location is None:
            self.trail.arrive()
        else:
            self.denial = self.trail.lead_on(host, location) or self.denial

    def end(self) -> None:
        """Cut all connections; later ones are refused."""
        self.ended = True
        for scope in self.scopes:
            scope.cancel()
        while self.at_end:
            self.at_end.pop()()
