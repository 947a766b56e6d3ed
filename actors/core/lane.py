"""A first-in-first-out lane for sends that must keep their order.

A step that fails does not stop the steps behind it: an answer that Discord refuses is logged and must not
swallow the next one; a defect travels on to the spawner, and a task of its own takes the rest. Whoever owns
the lane may hear of the first defect, to tell the person who waits.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable

import trio
from attrs import define, field

from actors.rest.errors import RestError

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[None]]
Spawn = Callable[[Step], None]
Later = Callable[[float, Step], None]
"""Runs a step after so many seconds; given up when the bot stops before."""


@define(eq=False)
class Lane:
    """Steps put here run one after the other in a task of the spawner's nursery."""

    _spawn: Spawn
    _steps: deque[Step] = field(factory=deque[Step])
    _idle: trio.Event | None = None
    on_defect: Callable[[], None] | None = None
    """Called once, at the first step that crashes; what it puts runs next."""

    def put(self, step: Step) -> None:
        """Add a step; the lane's task starts if none is running."""
        self._steps.append(step)
        if self._idle is None:
            self._idle = trio.Event()
            self._spawn(self._run)

    async def settled(self) -> None:
        """Wait until the lane is empty."""
        if self._idle is not None:
            await self._idle.wait()

    async def _run(self) -> None:
        assert self._idle is not None
        goes_on = False
        try:
            while self._steps:
                step = self._steps.popleft()
                try:
                    await step()
                except RestError as error:
                    log.warning("a send was refused", extra={"error": str(error)})
        except Exception:
            on_defect, self.on_defect = self.on_defect, None
            if on_defect is not None:
                on_defect()
            goes_on = bool(self._steps)
            raise
        finally:
            if goes_on:
                self._spawn(self._run)
            else:
                self._idle.set()
                self._idle = None
