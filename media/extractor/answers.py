"""A question that is being answered: what the child says about it, made into values or one kind of failure.

States of a conversation: nothing said → first words → (entries →) done | failed | broken off. Every end is
told to ``on_outcome``, from which versions are judged.
"""

from collections.abc import Callable
from typing import Literal

import trio
from attrs import define, field, frozen

from media.extractor.child import Conversation
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.values import Entry
from media.extractor.verdicts import judge, judge_denial
from media.extractor.wire import Done, Found, Head, Line, Said, Start, Trouble
from media.guard_job import Job

Want = Literal["look", "list"]


class WorkerDied(Exception):
    """A conversation ended in the middle."""


@frozen
class Question:
    """What is asked, however often."""

    want: Want
    url: str
    limit: int


@define(eq=False)
class Opened:
    """A conversation that goes on.

    Attributes:
        first: its first words.
        deadline: Trio time, when reading on is given up.
    """

    start: Start
    conversation: Conversation
    job: Job
    on_outcome: Callable[[Start, FailureKind | None], None]
    first: Said | None = None
    deadline: float = field(factory=lambda: trio.current_time() + 3600.0)

    async def next(self) -> Said:
        """What the child says next.

        Raises:
            ExtractionFailed: it gave up.
            WorkerDied: it has gone without a word.
        """
        try:
            said = await self.conversation.said.receive()
        except trio.EndOfChannel:
            if self.conversation.overflow:
                raise ExtractionFailed(FailureKind.TOO_LARGE, "too much was said") from None
            self.on_outcome(self.start, FailureKind.CRASHED)
            raise WorkerDied from None
        if isinstance(said, Trouble):
            kind = judge_denial(judge(said), self.job.denial)
            self.on_outcome(self.start, kind)
            raise ExtractionFailed(kind, said.message)
        if isinstance(said, Found | Done):
            self.on_outcome(self.start, None)
        return said


@define(eq=False)
class Entries:
    """The entries of a list, as they come."""

    opened: Opened

    def __aiter__(self) -> "Entries":
        return self

    async def __anext__(self) -> Entry:
        if not isinstance(self.opened.first, Head):
            raise StopAsyncIteration
        try:
            with trio.fail_at(self.opened.deadline):
                said = await self.opened.next()
        except trio.TooSlowError as error:
            raise ExtractionFailed(FailureKind.TIMEOUT, "the list took too long") from error
        except WorkerDied as error:
            raise ExtractionFailed(FailureKind.CRASHED, "in the middle of a list") from error
        if isinstance(said, Line):
            return said.entry
        self.opened.first = said
        raise StopAsyncIteration
