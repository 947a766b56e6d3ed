"""What this room keeps between runs, seen as a Protocol.

Small values by name, such as the length of a library file. Losing them costs a second look, nothing else, so
nobody waits for their durability. The program gives an implementation over its store.
"""

from typing import Protocol

from attrs import Factory, define


class Index(Protocol):
    """Bytes by key."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""
        ...

    async def put(self, key: str, data: bytes) -> None:
        """Keep a value, over the one before."""
        ...

    async def remove(self, key: str) -> None:
        """Forget a key; an unknown one is fine."""
        ...


@define(eq=False)
class MemoryIndex:
    """An `Index` that ends with the process."""

    _values: dict[str, bytes] = Factory(dict[str, bytes])

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""
        return self._values.get(key)

    async def put(self, key: str, data: bytes) -> None:
        """Keep a value."""
        self._values[key] = data

    async def remove(self, key: str) -> None:
        """Forget a key."""
        self._values.pop(key, None)
