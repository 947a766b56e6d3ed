"""What others see of the store.

`StorePort` is what actors are given; `actors.store.store.Store` is the real one and
`tests.store.fakes.MemoryStore` keeps everything in memory for tests on a virtual clock (work in threads is
invisible to that clock). Every awaited write returns only after its commit is on the disk, or raises a
`StoreError`. A caller that is cancelled while it waits does not take its write back: it happens whole or,
when the commit fails, not at all.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from actors.store.rows import Params, Quarantined, Snapshot, Statement

Row = TypeVar("Row")


class StorePort(Protocol):
    """Snapshots, the journal and the rows of slices."""

    async def save(self, kind: str, key: int, schema: int, data: bytes) -> None:
        """Keep the state of an actor; replaces the one before."""
        ...

    async def load(self, kind: str, key: int) -> Snapshot | None:
        """The state of an actor, None if there is none."""
        ...

    async def load_all(self, kind: str) -> list[Snapshot]:
        """The states of all actors of a kind, by key."""
        ...

    async def delete(self, kind: str, key: int) -> None:
        """Forget an actor: its snapshot and its journal. Forgetting an unknown one is fine."""
        ...

    async def quarantine(self, kind: str, key: int, reason: str) -> None:
        """Set a snapshot aside with a reason; it is loaded no more, and kept. Drops its journal."""
        ...

    async def load_quarantined(self) -> list[Quarantined]:
        """Everything that was set aside, oldest first."""
        ...

    def journal(self, kind: str, key: int, data: bytes) -> None:
        """Note something that changes all the time, such as a playing position.

        Only the latest value of each (kind, key) is kept, in memory, and written with all others once
        per second and when the store closes. A crash may lose the last second of it.
        """
        ...

    async def load_journal(self, kind: str, key: int) -> bytes | None:
        """The latest noted value, written or not."""
        ...

    async def run(self, statement: Statement[Row]) -> list[Row]:
        """Run a slice's statement and read its rows (SELECT, or a write with RETURNING)."""
        ...

    async def execute(self, name: str, params: Params) -> int:
        """Run a slice's statement for its effect; how many rows it changed."""
        ...

    async def execute_all(self, steps: Sequence[tuple[str, Params]]) -> int:
        """Run several statements as one: all happen or none; how many rows they changed."""
        ...
