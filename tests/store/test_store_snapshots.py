"""Snapshots, journal and quarantine against the real database."""

import sqlite3
import string
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.store.errors import StoreClosed
from actors.store.port import StorePort
from actors.store.store import DATABASE_NAME, Store, open_store
from tests.patience import until
from tests.store.fakes import MemoryStore

NORMAL, FULL = 1, 2
"""What ``PRAGMA synchronous`` gives back."""


async def test_saved_snapshot_is_loaded_with_schema_time_and_bytes(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.save("player", 7, 3, b"\x00state")
        snapshot = await store.load("player", 7)
    assert snapshot is not None
    assert (snapshot.kind, snapshot.key, snapshot.schema, snapshot.data) == ("player", 7, 3, b"\x00state")
    assert timedelta(0) <= datetime.now(UTC) - snapshot.at < timedelta(minutes=1)


async def test_later_save_replaces_and_survives_reopening(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.save("player", 7, 1, b"old")
        await store.save("player", 7, 2, b"new")
        await store.save("gather", 7, 1, b"other kind")
        await store.save("player", -3, 1, b"first by key")
    async with open_store(tmp_path) as store:
        loaded = [(s.key, s.schema, s.data) for s in await store.load_all("player")]
        assert loaded == [(-3, 1, b"first by key"), (7, 2, b"new")]
        assert await store.load("player", 8) is None


async def test_deleting_forgets_snapshot_and_journal(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.save("player", 1, 1, b"a")
        store.journal("player", 1, b"pos")
        await store.delete("player", 1)
        await store.delete("player", 2)
        assert await store.load("player", 1) is None
        assert await store.load_journal("player", 1) is None
    async with open_store(tmp_path) as store:
        assert await store.load_journal("player", 1) is None


async def test_quarantined_snapshot_is_kept_with_its_reason_and_loaded_no_more(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        for data in (b"bad", b"worse"):
            await store.save("player", 1, 9, data)
            await store.quarantine("player", 1, f"unknown schema of {data.decode()}")
        await store.quarantine("player", 2, "never saved")
        assert await store.load_all("player") == []
    async with open_store(tmp_path) as store:
        aside = await store.load_quarantined()
    assert [(q.snapshot.data, q.snapshot.schema, q.reason) for q in aside] == [
        (b"bad", 9, "unknown schema of bad"),
        (b"worse", 9, "unknown schema of worse"),
    ]
    assert aside[0].since <= aside[1].since


async def test_journal_is_read_before_it_is_written_and_flushed_at_close(tmp_path: Path) -> None:
    async with open_store(tmp_path, journal_interval_s=3600) as store:
        for position in range(100):
            store.journal("player", 1, b"%d" % position)
        assert await store.load_journal("player", 1) == b"99"
        assert _journal_on_disk(tmp_path) == []
    assert _journal_on_disk(tmp_path) == [("player", 1, b"99")]


async def test_journal_of_all_guilds_reaches_the_disk_within_its_interval(tmp_path: Path) -> None:
    async with open_store(tmp_path, journal_interval_s=0.02) as store:
        for guild in range(3):
            store.journal("player", guild, b"first")
            store.journal("player", guild, b"latest")
        expected = [("player", guild, b"latest") for guild in range(3)]
        await until(lambda: _journal_on_disk(tmp_path) == expected)
        assert await store.load_journal("player", 2) == b"latest"


async def test_closed_store_refuses_calls_and_notes(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        pass
    with pytest.raises(StoreClosed):
        await store.load("player", 1)
    with pytest.raises(StoreClosed):
        store.journal("player", 1, b"")


async def test_cancelled_save_leaves_a_whole_store_and_close_writes_what_was_asked(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        with trio.CancelScope() as scope:
            scope.cancel()
            await store.save("player", 1, 1, b"cancelled")
        assert scope.cancelled_caught
        await store.save("player", 2, 1, b"waited for")
        assert (await store.load("player", 2)) is not None
    with trio.move_on_after(0.01):
        async with open_store(tmp_path) as store, trio.open_nursery() as nursery:
            for key in range(50):
                nursery.start_soon(store.save, "late", key, 1, b"x")
            await trio.sleep_forever()
    async with open_store(tmp_path) as store:
        assert len(await store.load_all("late")) == 50


async def test_hundred_savers_share_few_commits(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        before = await _data_version(store)
        async with trio.open_nursery() as nursery:
            for key in range(100):
                nursery.start_soon(store.save, "player", key, 1, b"x")
        commits = await _data_version(store) - before
        assert [s.key for s in await store.load_all("player")] == list(range(100))
    assert 1 <= commits < 50


async def _data_version(store: Store) -> int:
    """Commits so far, counted by the change counter that the write-ahead log keeps in its frames."""
    return await store.owner.call(_count_commits)


def _count_commits(connection: sqlite3.Connection) -> int:
    path: str = connection.execute("PRAGMA database_list").fetchone()[2]
    log = Path(path + "-wal").read_bytes()
    page_size = int.from_bytes(log[8:12], "big")
    frames = range(32, len(log) - 24, 24 + page_size)
    # A frame whose second word is not zero ends a transaction (SQLite file format, section 4.1).
    return sum(1 for at in frames if log[at + 4 : at + 8] != bytes(4))


def _journal_on_disk(folder: Path) -> list[tuple[str, int, bytes]]:
    connection = sqlite3.connect(folder / "roadie.db")
    try:
        return connection.execute("SELECT kind, key, data FROM journal ORDER BY key").fetchall()
    finally:
        connection.close()


_KINDS = st.sampled_from(["player", "gather"])
_KEYS = st.sampled_from([0, 1, -1, 2**63 - 1])
_DATA = st.binary(max_size=20)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("save"), _KINDS, _KEYS, _DATA),
        st.tuples(st.just("journal"), _KINDS, _KEYS, _DATA),
        st.tuples(st.just("delete"), _KINDS, _KEYS, st.just(b"")),
        st.tuples(st.just("quarantine"), _KINDS, _KEYS, st.just(b"")),
        st.tuples(st.just("reopen"), _KINDS, _KEYS, st.just(b"")),
    ),
    max_size=12,
)


@given(steps=_STEPS)
@settings(max_examples=25, deadline=None)
def test_store_agrees_with_a_dict_also_after_reopening(steps: list[tuple[str, str, int, bytes]]) -> None:
    with TemporaryDirectory() as folder:
        trio.run(_walk, Path(folder), steps)


async def _walk(folder: Path, steps: list[tuple[str, str, int, bytes]]) -> None:
    saved: dict[tuple[str, int], bytes] = {}
    notes: dict[tuple[str, int], bytes] = {}
    aside: list[bytes] = []
    sections: list[list[tuple[str, str, int, bytes]]] = [[]]
    for step in steps:
        if step[0] == "reopen":
            sections.append([])
        else:
            sections[-1].append(step)
    for section in sections:
        async with open_store(folder) as store:
            for step in section:
                await _step(store, step)
                _model(step, saved, notes, aside)
            await _compare(store, saved, notes, aside)


async def _step(store: StorePort, step: tuple[str, str, int, bytes]) -> None:
    verb, kind, key, data = step
    match verb:
        case "save":
            await store.save(kind, key, 1, data)
        case "journal":
            store.journal(kind, key, data)
        case "delete":
            await store.delete(kind, key)
        case _:
            await store.quarantine(kind, key, "unreadable")


def _model(
    step: tuple[str, str, int, bytes],
    saved: dict[tuple[str, int], bytes],
    notes: dict[tuple[str, int], bytes],
    aside: list[bytes],
) -> None:
    verb, kind, key, data = step
    if verb == "save":
        saved[kind, key] = data
    elif verb == "journal":
        notes[kind, key] = data
    else:
        notes.pop((kind, key), None)
        gone = saved.pop((kind, key), None)
        if verb == "quarantine" and gone is not None:
            aside.append(gone)


async def _compare(
    store: StorePort,
    saved: dict[tuple[str, int], bytes],
    notes: dict[tuple[str, int], bytes],
    aside: list[bytes],
) -> None:
    for kind in ("player", "gather"):
        expected = sorted((key, data) for (k, key), data in saved.items() if k == kind)
        assert [(s.key, s.data) for s in await store.load_all(kind)] == expected
        for key in (0, 1, -1, 2**63 - 1):
            assert await store.load_journal(kind, key) == notes.get((kind, key))
    assert [q.snapshot.data for q in await store.load_quarantined()] == aside


@given(kind=st.text(string.printable, max_size=10), key=st.integers(-(2**63), 2**63 - 1), data=st.binary())
@settings(max_examples=50, deadline=None)
def test_memory_store_agrees_with_the_port(kind: str, key: int, data: bytes) -> None:
    async def scenario() -> None:
        store = MemoryStore()
        port: StorePort = store
        await port.save(kind, key, 2, data)
        snapshot = await port.load(kind, key)
        assert snapshot is not None
        assert (snapshot.schema, snapshot.data) == (2, data)
        await port.quarantine(kind, key, "why")
        assert await port.load_all(kind) == []
        assert [q.reason for q in await port.load_quarantined()] == ["why"]
        store.close()

    trio.run(scenario)


async def test_what_is_jotted_down_is_committed_without_a_sync(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.jot("open", 1, 1, b"a")
        with sqlite3.connect(tmp_path / DATABASE_NAME) as other:
            assert other.execute("SELECT data FROM snapshots WHERE kind = 'open'").fetchall() == [(b"a",)]
        other.close()
        assert await level(store, synced=False) == NORMAL
        assert await level(store, synced=True) == FULL
        await store.strike("open", 1)
        assert await store.load_all("open") == []


async def test_batch_with_one_write_that_matters_is_synced(tmp_path: Path) -> None:
    levels: list[int] = []
    async with open_store(tmp_path) as store, trio.open_nursery() as nursery:

        async def look(*, synced: bool) -> None:
            levels.append(await level(store, synced=synced))

        held = threading.Event()

        async def hold() -> None:
            await store.owner.call(lambda _: held.wait())

        nursery.start_soon(hold)
        await trio.testing.wait_all_tasks_blocked()
        for synced in (False, True):
            nursery.start_soon(partial(look, synced=synced))
        await trio.testing.wait_all_tasks_blocked()
        held.set()
    assert levels == [FULL, FULL]


async def level(store: Store, *, synced: bool) -> int:
    """How the commit that this call belongs to is synced."""
    rows = await store.owner.call(lambda c: c.execute("PRAGMA synchronous").fetchone(), synced=synced)
    return int(rows[0])
