"""Shelves: small values by name."""

from pathlib import Path

from actors.store.store import open_store
from media.index import Index


async def test_shelf_keeps_values_apart_and_over_restarts(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        shelf: Index = store.shelf("media")
        await shelf.put("a", b"old")
        await shelf.put("a", b"new")
        await shelf.put("b", b"")
        await store.shelf("other").put("a", b"other")
    async with open_store(tmp_path) as store:
        shelf = store.shelf("media")
        assert await shelf.get("a") == b"new"
        assert await shelf.items() == [("a", b"new"), ("b", b"")]
        await shelf.remove("a")
        await shelf.remove("never")
        assert await shelf.get("a") is None
        assert await store.shelf("other").get("a") == b"other"
