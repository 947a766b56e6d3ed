"""A file on this machine that a job's answers come from, whole or still growing.

Whoever has one gives it to a job of the guard (`media.guard_job`); the guard answers with it
(`media.guard_stored`).
"""

from pathlib import Path
from typing import Protocol

import trio
from attrs import frozen


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


@frozen
class StoredFile:
    """A whole file; a `Stored`."""

    path: Path
    length: int

    async def size(self) -> int | None:
        """Its size, None if it made room for another."""
        return self.length if await trio.to_thread.run_sync(self.path.exists) else None

    def is_near(self, at: int) -> bool:
        """All of it is there."""
        return True

    async def read(self, at: int, most: int) -> bytes:
        """What is at this place."""
        return await trio.to_thread.run_sync(self._read, at, most)

    def _read(self, at: int, most: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(at)
                return file.read(most)
        except OSError:  # it made room for another
            return b""
