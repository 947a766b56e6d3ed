import random
from datetime import UTC, datetime

import pytest
import trio
from attrs import frozen

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.keepsake import Keepsake
from actors.core.mailbox import Mailbox
from actors.core.ports import Clock
from actors.core.snapshot import SnapshotForm, load_snapshot, save_snapshot
from actors.store.errors import StoreError
from tests.core.fakes import Outside
from tests.store.fakes import MemoryStore

HOME = Address("cat", 7)


@frozen(kw_only=True)
class Cat:
    name: str
    lives: int


def _add_lives(old: dict[str, object]) -> dict[str, object]:
    return old | {"lives": 9}


FIRST = SnapshotForm(type=dict[str, str])
FORM = SnapshotForm(type=Cat, schema=2, upgrades={1: _add_lives})


async def test_state_comes_back() -> None:
    store = MemoryStore()
    await save_snapshot(store, HOME, FORM, Cat(name="Tom", lives=3))
    assert (await load_snapshot(store, HOME, FORM)).state == Cat(name="Tom", lives=3)


async def test_nothing_stored_is_nothing() -> None:
    loaded = await load_snapshot(MemoryStore(), HOME, FORM)
    assert (loaded.state, loaded.quarantined) == (None, False)


async def test_older_schema_is_upgraded() -> None:
    store = MemoryStore()
    await save_snapshot(store, HOME, FIRST, {"name": "Tom"})
    assert (await load_snapshot(store, HOME, FORM)).state == Cat(name="Tom", lives=9)


@pytest.mark.parametrize(
    ("schema", "data"), [(2, b"{"), (2, b'{"name": 1}'), (1, b"[]"), (3, b'{"name": "Tom", "lives": 1}')]
)
async def test_unreadable_one_is_kept_in_quarantine(schema: int, data: bytes) -> None:
    store = MemoryStore()
    await store.save(HOME.kind, HOME.key, schema, data)
    assert (await load_snapshot(store, HOME, FORM)).quarantined
    (kept,) = await store.load_quarantined()
    assert kept.snapshot.data == data
    assert (await load_snapshot(store, HOME, FORM)).state is None


async def test_keepsake_outlives_its_actor_until_it_is_forgotten(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    kept = Keepsake(Context(HOME, outside.ports(), Mailbox(), nursery), FORM)
    await kept.keep(Cat(name="Tom", lives=3))
    assert await kept.load() == Cat(name="Tom", lives=3)
    await kept.forget()
    assert await kept.load() is None


async def test_store_that_fails_costs_a_keepsake_and_a_warning(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    outside = Outside(nursery)
    kept = Keepsake(Context(HOME, outside.ports(), Mailbox(), nursery), FORM)
    outside.store.fail_with = StoreError("disk full")
    await kept.keep(Cat(name="Tom", lives=3))
    await kept.forget()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


@pytest.mark.parametrize(("wall_s", "deadline"), [(1_000.0, 7.0), (1_060.0, 67.0), (900.0, 7.0)])
def test_deadline_on_the_wall_becomes_one_of_the_monotonic_clock_and_never_lies_behind(
    wall_s: float, deadline: float
) -> None:
    clock = Clock(now=lambda: 7.0, at=lambda: datetime.fromtimestamp(1_000.0, UTC), random=random.Random(1))
    assert clock.deadline(wall_s) == deadline
