"""Who sits in voice because of a page: when the last tab is closed, they stand up, as a closed client does.

A reload closes one tab and opens another, so they are given `GRACE_S` to come back. People who were seated
by something else (a test, a moderator) are left alone. Imports trio for the wait only.
"""

import trio
from attrs import define, field

from gateway_client.ids import UserId
from sandbox.world import World

GRACE_S = 8.0


@define
class Tabs:
    """All open tabs, and whom they have seated."""

    _world: World
    _open: int = field(init=False, default=0)
    _seated: set[UserId] = field(init=False, factory=set[UserId])

    def opened(self) -> None:
        """A tab was opened."""
        self._open += 1

    def seated(self, user_id: UserId) -> None:
        """A tab has sat this person down."""
        self._seated.add(user_id)

    def closed(self) -> None:
        """A tab was closed; call `linger` next."""
        self._open -= 1

    async def linger(self) -> None:
        """Wait whether a tab comes back; if none does, let everybody stand up whom tabs have seated."""
        await trio.sleep(GRACE_S)
        if self._open:
            return
        for user_id in self._seated:
            self._world.voice.leave(self._world.home, user_id)
        self._seated.clear()
