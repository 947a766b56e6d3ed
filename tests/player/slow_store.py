"""A store in memory whose disk may be slow."""

import trio
from attrs import define

from tests.store.fakes import MemoryStore


@define(eq=False)
class SlowStore(MemoryStore):
    """Saves take ``delay_s`` seconds."""

    delay_s: float = 0.0

    async def save(self, kind: str, key: int, schema: int, data: bytes) -> None:
        await trio.sleep(self.delay_s)
        await super().save(kind, key, schema, data)
