"""A file on this machine that a job's answers come from, whole or still growing.

Whoever has one gives it to a job of the guard (`media.guard_job`); the guard answers with it
(`media.guard_stored`).
"""

from typing import Protocol


class Stored(Protocol):
    """One file."""

    async def size(self) -> int | None:
        """How large it is when it is whole, bytes; waits for that to be known. None: it cannot be had."""
        ...

    def is_near(self, at: int) -> bool:
        """Whether this place is there already, or comes next."""
        ...

    async def read(self, at: int, most: int) -> bytes:
        """The bytes at this place, at least one, waiting for them; empty if they do not come."""
        ...
