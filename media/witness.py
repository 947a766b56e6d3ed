"""Whether a server gave everything it announced: what a file is allowed to be made of.

A child that reads segments or chunks cannot tell a broken answer from the end of the song (FFmpeg takes a
closed connection for either). Here every answer of a job is read along: one that fails, breaks off, or does
not say where it ends tears the whole. That a child hangs up first is its own business, and it says so itself.
"""

from collections.abc import Callable

from attrs import define, field

from media.answers import AnswerReader
from media.guard_job import Job, Tap


@define(eq=False)
class Witness:
    """What was seen of one job's answers.

    Attributes:
        is_torn: something of what was asked for did not come.
    """

    is_torn: bool = False

    def tap(self) -> Tap:
        """Look at one answer."""
        return _WitnessTap(self)


@define(eq=False)
class _WitnessTap:
    _witness: Witness
    _answer: AnswerReader = field(factory=AnswerReader, init=False)

    async def hear(self, data: bytes) -> None:
        """Look at what passes; nothing is the server's end."""
        self._answer.feed(data)
        head = self._answer.head
        if head is None:
            is_fine = bool(data) and not self._answer.is_over
        elif 300 <= head.status < 400:  # another answer follows
            is_fine = True
        else:
            is_fine = head.status < 300 and (bool(data) or (head.tells_its_end and self._answer.is_whole))
        self._witness.is_torn |= not is_fine

    def close(self) -> None:
        """The connection is over."""


@define(eq=False)
class _Both:
    """Two listeners of one answer."""

    _taps: tuple[Tap, ...]

    async def hear(self, data: bytes) -> None:
        """Let both hear."""
        for tap in self._taps:
            await tap.hear(data)

    def close(self) -> None:
        """Let both close."""
        for tap in self._taps:
            tap.close()


def watch(job: Job, also: Callable[[], Tap | None]) -> Witness:
    """Look at all answers of a job from now on, beside another listener."""
    witness = Witness()

    def tap() -> Tap:
        other = also()
        return witness.tap() if other is None else _Both((witness.tap(), other))

    job.tap = tap
    return witness
