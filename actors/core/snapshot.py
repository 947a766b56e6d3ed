"""Snapshots of actors: what is stored, how an older one is read, what happens to an unreadable one.

A snapshot is (kind, key, schema, wall time, data). A slice names its current schema and keeps one upgrade
function per released schema, which takes the decoded JSON of that schema to the next. One that cannot be read
goes to quarantine instead of being deleted, and the actor starts empty and says so when somebody next talks
to it.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import msgspec
from attrs import frozen

from actors.core.address import Address
from actors.core.ports import Store

log = logging.getLogger(__name__)

T = TypeVar("T")
Upgrade = Callable[[dict[str, object]], dict[str, object]]


@frozen(kw_only=True)
class SnapshotForm(Generic[T]):
    """How one slice's state is stored. ``upgrades[n]`` takes schema n to n + 1."""

    type: type[T]
    schema: int = 1
    upgrades: Mapping[int, Upgrade] = {}

    def encode(self, state: T) -> bytes:
        """State → JSON."""
        return msgspec.json.encode(state)

    def decode(self, data: bytes, schema: int) -> T:
        """JSON of any released schema → state.

        Raises:
            ValueError: newer than this program, or not readable.
        """
        if schema > self.schema:
            raise ValueError(f"schema {schema} is newer than {self.schema}")
        if schema == self.schema:
            return msgspec.json.decode(data, type=self.type)
        raw = msgspec.json.decode(data, type=dict[str, object])
        for step in range(schema, self.schema):
            raw = self.upgrades[step](raw)
        return msgspec.convert(raw, self.type)


@frozen
class Loaded(Generic[T]):
    """What the store had: nothing, a state, or something unreadable that is now in quarantine."""

    state: T | None = None
    quarantined: bool = False


async def load_snapshot(store: Store, address: Address, form: SnapshotForm[T]) -> Loaded[T]:
    """Read an actor's state.

    Raises:
        StoreError: the store cannot be read.
    """
    row = await store.load(address.kind, address.key)
    if row is None:
        return Loaded()
    try:
        return Loaded(form.decode(row.data, row.schema))
    except (ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        log.error("a snapshot is unreadable", extra={"address": str(address), "error": str(error)})  # noqa: TRY400 - the reason is the message
        await store.quarantine(address.kind, address.key, str(error))
        return Loaded(quarantined=True)


async def save_snapshot(store: Store, address: Address, form: SnapshotForm[T], state: T) -> None:
    """Commit an actor's state; returns when it is durable.

    Raises:
        StoreError: it could not be written; nothing changed.
    """
    await store.save(address.kind, address.key, form.schema, form.encode(state))
