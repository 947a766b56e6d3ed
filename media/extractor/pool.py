"""The children that answer now: at most one that is warm, and old ones that finish what they began.

A job goes to a child that was started as the present asks (slot, runtime, cookies); if there is none, one
is started, or was when the job was foreseen. When the slot changes while the bot runs, the next job gets a
new child, and the old one ends with its last job. At most `JOBS` run at once; further ones wait for their
turn.

Where processes cannot fork, a child does one job at a time and there are several.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import trio
from attrs import Factory, define, field

from media.extractor.child import Child, ChildBroken, Conversation
from media.extractor.wire import Ask, Start

WARM_AGAIN_S: Final = 30.0
"""A child that cannot be started is not tried again for every letter that somebody types."""
JOBS: Final = 12
"""At once; a worker has about 15 MB of its own while it runs."""


@define(eq=False)
class Pool:
    """Gives jobs to children.

    Attributes:
        argv: how to start `media.extractor.broker.main`.
        present: how a child would be started now.
        nursery: where children live.
        on_broken: told that a child could not be started as its start says.
    """

    argv: Sequence[str]
    present: Callable[[], Start]
    nursery: trio.Nursery
    on_broken: Callable[[Start], None] = lambda start: None
    children: list[Child] = Factory(list[Child])
    _warmed_at: float = -WARM_AGAIN_S
    _turns: trio.Semaphore = field(factory=lambda: trio.Semaphore(JOBS))

    @asynccontextmanager
    async def open_job(self, ask: Callable[[int], Ask]) -> AsyncGenerator[tuple[Child, Conversation]]:
        """Run a job while the body runs; it is killed at the end if it is not done.

        Args:
            ask: makes the question, given the job's number.

        Raises:
            ChildBroken: a child cannot be started; its `Start` is what ``present`` gave.
        """
        async with self._turns:
            child = await self._ready_child()
            conversation = child.begin(ask)
            try:
                yield child, conversation
            finally:
                child.end(conversation)

    def warm(self) -> None:
        """Start a child if there is none, so that the next job finds it ready; it goes if none comes."""
        now = trio.current_time()
        if not self.children and now >= self._warmed_at + WARM_AGAIN_S:
            self._warmed_at = now
            self._find()

    def refresh(self) -> None:
        """The present has changed: children that were started otherwise go when they are done."""
        start = self.present()
        for child in list(self.children):
            if child.start != start:
                child.retire()

    async def _ready_child(self) -> Child:
        while True:
            child = self._find()
            try:
                await child.until_ready()
            except ChildBroken:
                self.on_broken(child.start)
                raise
            if child.takes_more:  # it may have gone, or been taken, meanwhile
                return child

    def _find(self) -> Child:
        start = self.present()
        for child in self.children:
            if child.start == start and child.takes_more:
                return child
        child = Child(self.argv, start, self._sweep)
        self.children.append(child)
        self.nursery.start_soon(child.run)
        self.refresh()
        return child

    def _sweep(self) -> None:
        self.children = [child for child in self.children if not child.gone]
