"""``kill -9`` and a full disk: what was acknowledged stays."""

import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from actors.store.errors import DiskFull, StoreClosed, StoreError
from actors.store.rows import Snapshot
from actors.store.store import Store, open_store
from tests.patience import PATIENCE_S

ROOT = Path(__file__).parents[2]

SAVER = """
import sys, trio
from pathlib import Path
from actors.store.store import open_store

async def saver(store, number):
    for step in range(100000):
        key = number * 1000000 + step
        await store.save("player", key, 1, b"%d" % key * 20)
        print(key, flush=True)

async def main():
    async with open_store(Path(sys.argv[1])) as store, trio.open_nursery() as nursery:
        for number in range(1, 9):
            nursery.start_soon(saver, store, number)

trio.run(main)
"""


@pytest.mark.parametrize("acks", [1, 40, 400])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, acks: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", SAVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    told = [child.stdout.readline() for _ in range(acks)]
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read()
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    lines = ("".join(told) + rest).splitlines(keepends=True)
    keys = {int(line) for line in lines if line.endswith("\n")}
    assert len(keys) >= acks
    kept = {s.key: s.data for s in trio.run(_load_players, tmp_path)}
    assert keys <= kept.keys()
    assert all(data == b"%d" % key * 20 for key, data in kept.items())


async def test_full_disk_is_told_and_saving_works_again_with_space(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.save("player", 1, 1, b"before")
        await _limit_pages(store, 12)
        with pytest.raises(DiskFull, match="is full") as caught:
            await store.save("player", 2, 1, b"x" * 1_000_000)
        assert caught.value.retry
        await store.save("player", 3, 1, b"small, still fits")
        await _limit_pages(store, 100_000)
        await store.save("player", 2, 1, b"x" * 1_000_000)
    async with open_store(tmp_path) as store:
        assert [s.key for s in await store.load_all("player")] == [1, 2, 3]


async def test_one_call_that_does_not_fit_takes_no_other_of_its_batch_with_it(tmp_path: Path) -> None:
    results: dict[int, str] = {}

    async def save(store: Store, key: int, size: int) -> None:
        try:
            await store.save("player", key, 1, b"x" * size)
            results[key] = "saved"
        except DiskFull:
            results[key] = "full"

    async with open_store(tmp_path) as store:
        await _limit_pages(store, 20)
        async with trio.open_nursery() as nursery:
            for key in range(10):
                nursery.start_soon(save, store, key, 1_000_000 if key in {3, 7} else 10)
        await _limit_pages(store, 100_000)
        kept = {s.key for s in await store.load_all("player")}
    assert {key for key, result in results.items() if result == "full"} == {3, 7}
    assert kept == set(range(10)) - {3, 7}


async def test_journal_waits_for_space(tmp_path: Path) -> None:
    async with open_store(tmp_path, journal_interval_s=0.01) as store:
        await _limit_pages(store, 12)
        store.journal("player", 1, b"x" * 500_000)
        store.journal("player", 2, b"y")
        await trio.sleep(0.05)
        assert await store.load_journal("player", 1) == b"x" * 500_000
        await _limit_pages(store, 100_000)
    async with open_store(tmp_path) as store:
        assert await store.load_journal("player", 1) == b"x" * 500_000
        assert await store.load_journal("player", 2) == b"y"


async def test_file_that_may_not_grow_fails_the_waiter_and_recovers(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with open_store(tmp_path) as store:
        await store.save("player", 1, 1, b"before")
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(StoreError) as caught:
                await store.save("player", 2, 1, b"x" * 1_000_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert caught.value.retry
        await store.save("player", 3, 1, b"after")
        assert [s.key for s in await store.load_all("player")] == [1, 3]
    async with open_store(tmp_path) as store:
        assert [s.key for s in await store.load_all("player")] == [1, 3]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_death_of_the_thread_is_told_to_everybody_who_waits(tmp_path: Path) -> None:
    refused: list[str] = []

    async def wait_for(store: Store, work: Callable[[sqlite3.Connection], object]) -> None:
        with pytest.raises(StoreClosed) as caught:
            await store.owner.call(work)
        refused.append(caught.value.sentence)

    async with open_store(tmp_path) as store:
        await store.save("player", 1, 1, b"told")
        with trio.fail_after(PATIENCE_S):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait_for, store, sqlite3.Connection.close)
                nursery.start_soon(wait_for, store, _count_changes)
            await wait_for(store, _count_changes)
    assert len(refused) == 3
    # Its last words belong to this test: the next one would be blamed for them.
    await trio.to_thread.run_sync(store.owner._thread.join, PATIENCE_S)
    async with open_store(tmp_path) as store:
        assert [s.key for s in await store.load_all("player")] == [1]


def _count_changes(connection: sqlite3.Connection) -> int:
    return connection.total_changes


async def _load_players(folder: Path) -> list[Snapshot]:
    async with open_store(folder) as store:
        return await store.load_all("player")


async def _limit_pages(store: Store, pages: int) -> None:
    """Let the database have no more than so many pages of 4 KiB, as a disk that is nearly full does."""

    def limit(connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    await store.owner.call(limit)
