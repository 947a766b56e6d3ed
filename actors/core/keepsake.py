"""What an actor keeps over a restart as long as the store takes it.

For state whose loss can be borne: a store that fails costs a warning and the next restart, nothing else.
Where a failure has to be told or tried again, ``snapshot`` is used as it is.
"""

import logging
from typing import Generic, TypeVar

from attrs import frozen

from actors.core.cell import Context
from actors.core.snapshot import SnapshotForm, load_snapshot, save_snapshot
from actors.store.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")


@frozen
class Keepsake(Generic[T]):
    """The snapshot of one actor."""

    _context: Context
    _form: SnapshotForm[T]

    async def load(self) -> T | None:
        """What was kept, if it can be read.

        Raises:
            StoreError: the store cannot be read.
        """
        return (await load_snapshot(self._context.ports.store, self._context.address, self._form)).state

    async def keep(self, state: T) -> None:
        """Make it durable; returns when it is, or when it is known that it will not be."""
        try:
            await save_snapshot(self._context.ports.store, self._context.address, self._form, state)
        except StoreError as error:
            self._warn("this will not survive a restart", error)

    async def forget(self) -> None:
        """Nothing is to be kept any more."""
        address = self._context.address
        try:
            await self._context.ports.store.delete(address.kind, address.key)
        except StoreError as error:
            self._warn("what has ended is still stored", error)

    def _warn(self, sentence: str, error: StoreError) -> None:
        log.warning(sentence, extra={"address": str(self._context.address), "error": str(error)})
