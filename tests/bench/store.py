"""µs per save: one after the other, and with 100 savers at once.

Run: ``.venv/bin/python -m tests.bench.store [folder]`` (a folder on the disk that counts).
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from actors.store.store import Store, open_store

SAVES = 1000
SAVERS = 100
DATA = b"x" * 2000


async def save_many(store: Store, key: int, count: int) -> None:
    for _ in range(count):
        await store.save("player", key, 1, DATA)


async def main(folder: Path) -> None:
    async with open_store(folder) as store:
        started = time.perf_counter()
        await save_many(store, 1, SAVES)
        print(f"sequential: {(time.perf_counter() - started) / SAVES * 1e6:.0f} µs per save of {len(DATA)} B")
        started = time.perf_counter()
        async with trio.open_nursery() as nursery:
            for key in range(SAVERS):
                nursery.start_soon(save_many, store, key, SAVES // SAVERS)
        print(f"{SAVERS} savers: {(time.perf_counter() - started) / SAVES * 1e6:.0f} µs per save")


if __name__ == "__main__":
    with TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as temporary:
        trio.run(main, Path(temporary))
