"""Statements of slices: typed rows, refusals, several as one."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import trio
from attrs import frozen

from actors.store.errors import StatementFailed
from actors.store.port import StorePort
from actors.store.rows import Params, SliceSchema, Statement
from actors.store.store import open_store
from tests.store.fakes import MemoryStore

SHOP = SliceSchema(name="shop", package="tests.store.shop")
GUILD = 1 << 62


@frozen(kw_only=True)
class Good:
    id: int
    name: str
    sold: bool


@frozen(kw_only=True)
class Ask:
    """A statement as a slice would bring it: its own class, not one of the store's."""

    name: str
    params: Params
    row: type[Good]


@frozen(kw_only=True)
class WrongRow:
    id: str
    price: int


def _listed(guild: int = GUILD) -> Statement[Good]:
    return Ask(name="shop.list", params={"guild": guild}, row=Good)


def _add(name: str, guild: int = GUILD) -> Statement[Good]:
    return Ask(name="shop.add", params={"guild": guild, "name": name}, row=Good)


async def test_rows_come_back_as_the_slices_own_class(tmp_path: Path) -> None:
    async with open_store(tmp_path, schemas=[SHOP]) as store:
        assert await store.run(_add("drum")) == [Good(id=1, name="drum", sold=False)]
        assert await store.execute("shop.sell", {"guild": GUILD, "name": "drum"}) == 1
        assert await store.execute("shop.sell", {"guild": GUILD, "name": "harp"}) == 0
        assert await store.run(_listed(1)) == []
    async with open_store(tmp_path, schemas=[SHOP]) as store:
        assert await store.run(_listed()) == [Good(id=1, name="drum", sold=True)]


async def test_refused_statement_fails_alone_while_its_batch_is_committed(tmp_path: Path) -> None:
    refused: list[str] = []

    async def add(store: StorePort, name: str) -> None:
        try:
            await store.run(_add(name))
        except StatementFailed as error:
            refused.append(error.sentence)

    async with open_store(tmp_path, schemas=[SHOP]) as store:
        async with trio.open_nursery() as nursery:
            for name in ("drum", "harp", "drum", "flute", "harp"):
                nursery.start_soon(add, store, name)
        names = [good.name for good in await store.run(_listed())]
    assert sorted(names) == ["drum", "flute", "harp"]
    assert len(refused) == 2
    assert "UNIQUE" in refused[0]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("shop.steal", {"guild": 1}),
        ("shop.sell", {"guild": 1}),
        ("shop.sell", {"guild": 1 << 70, "name": "x"}),
    ],
)
async def test_wrong_name_or_parameters_are_refused(
    tmp_path: Path, name: str, params: Mapping[str, int]
) -> None:
    async with open_store(tmp_path, schemas=[SHOP]) as store:
        with pytest.raises(StatementFailed):
            await store.execute(name, params)
        assert await store.run(_listed()) == []


async def test_rows_that_do_not_fit_their_class_are_told(tmp_path: Path) -> None:
    @frozen(kw_only=True)
    class Wrong:
        name: str
        params: Params
        row: type[WrongRow]

    async with open_store(tmp_path, schemas=[SHOP]) as store:
        await store.run(_add("drum"))
        with pytest.raises(StatementFailed, match="WrongRow"):
            await store.run(Wrong(name="shop.list", params={"guild": GUILD}, row=WrongRow))


async def test_execute_all_happens_whole_or_not_at_all(tmp_path: Path) -> None:
    steps: list[tuple[str, Params]] = [
        ("shop.add", {"guild": 1, "name": "drum"}),
        ("shop.sell", {"guild": 1, "name": "drum"}),
    ]
    async with open_store(tmp_path, schemas=[SHOP]) as store:
        with pytest.raises(StatementFailed):
            await store.execute_all([*steps, steps[0]])
        assert await store.run(_listed(1)) == []
        await store.execute_all(steps)
        assert await store.run(_listed(1)) == [Good(id=1, name="drum", sold=True)]


async def test_memory_store_runs_the_same_statements() -> None:
    store = MemoryStore([SHOP])
    assert await store.run(_add("drum")) == [Good(id=1, name="drum", sold=False)]
    assert await store.execute("shop.sell", {"guild": GUILD, "name": "drum"}) == 1
    assert await store.run(_listed()) == [Good(id=1, name="drum", sold=True)]
    store.close()
