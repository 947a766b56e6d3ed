"""What ``media`` keeps between runs, in the store.

Keys become 63-bit numbers by a hash, because the store's keys are numbers; the text is kept with the value,
so a clash reads as a miss. Losing a value costs a second look, so a store that does not take it is only
logged.

May import ``actors.store`` and ``media.index``'s contract.
"""

import logging
from hashlib import blake2b

import msgspec
from attrs import define, frozen

from actors.store.errors import StoreError
from actors.store.port import StorePort

log = logging.getLogger(__name__)

KIND = "media"
SCHEMA = 1


@frozen(kw_only=True)
class _Entry:
    key: str
    data: bytes


@define(eq=False)
class StoredIndex:
    """A ``media.index.Index`` over the store."""

    _store: StorePort

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""
        try:
            row = await self._store.load(KIND, _number(key))
            entry = msgspec.json.decode(row.data, type=_Entry) if row is not None else None
        except (StoreError, msgspec.MsgspecError) as error:
            log.warning("what is known of a medium cannot be read: %s", error)
            return None
        return entry.data if entry is not None and entry.key == key else None

    async def put(self, key: str, data: bytes) -> None:
        """Keep a value, over the one before."""
        try:
            entry = msgspec.json.encode(_Entry(key=key, data=data))
            await self._store.save(KIND, _number(key), SCHEMA, entry)
        except StoreError as error:
            log.warning("what is known of a medium is not kept: %s", error)

    async def remove(self, key: str) -> None:
        """Forget a key."""
        try:
            await self._store.delete(KIND, _number(key))
        except StoreError as error:
            log.warning("what is known of a medium is still kept: %s", error)


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 1
