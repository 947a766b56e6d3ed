import pytest
from attrs import frozen

from actors.core.address import Address
from actors.core.snapshot import SnapshotForm, load_snapshot, save_snapshot
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
