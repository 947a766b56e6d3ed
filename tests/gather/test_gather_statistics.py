"""Results in the store: counted once, ranked, in pages."""

import pytest
import trio
import trio.testing

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.mailbox import Mailbox
from actors.core.pages import OpenPages, PageReady, PageWanted
from actors.gather.gather import Phase
from actors.gather.inputs import PeopleExpected, Who
from actors.gather.messages import ShowStats, Verb
from actors.gather.pages import EVERYBODY, Pages
from actors.gather.statistics import Statistics, results
from actors.store.errors import StoreError
from cli.slices import SCHEMAS
from gateway_client.ids import GuildId, UserId
from tests.core.fakes import Outside, envelope
from tests.gather.people import ADA, BEN, CLEO, DAN, do, gather, press
from tests.gather.rig import GUILD, HOME, Rig, open_rig
from tests.store.fakes import MemoryStore

Clock = trio.testing.MockClock

CROWD = tuple(Who(UserId(5000 + n), f"p{n}") for n in range(24))


@pytest.mark.parametrize(
    ("phase", "at", "missing"),
    [
        (Phase.COMPLETE, 70, True),
        (Phase.TIMED_OUT, 1800, True),
        (Phase.CANCELLED, 61, True),
        (Phase.CANCELLED, 59, False),  # they had time left
    ],
)
def test_what_counts_at_each_end(phase: Phase, at: float, *, missing: bool) -> None:
    one = gather(ADA, BEN, CLEO, limit=4)
    do(one, PeopleExpected((DAN,)))
    assert results(one) == []
    press(one, ADA, Verb.HERE, 10)
    press(one, BEN, Verb.OUT, 20)
    press(one, DAN, Verb.HERE, 30)  # no place left: waits, and is not counted
    one.guests.limit = 0
    one.finish(phase, at)
    expected = [(ADA.id, "here", 0), (BEN.id, "out", 0)]
    expected += [(CLEO.id, "missing", 0)] if missing else []
    assert [row for row in results(one) if row[0] != DAN.id] == expected


def test_a_cancelled_countdown_counts_nobody() -> None:
    one = gather(ADA, countdown_s=60)
    press(one, ADA, Verb.CANCEL, 5)
    assert results(one) == []


async def test_a_result_is_added_once_and_for_its_guild_alone() -> None:
    store = MemoryStore(schemas=SCHEMAS)
    one = gather(ADA, BEN)
    press(one, ADA, Verb.HERE, 10)
    press(one, BEN, Verb.HERE, 90)
    here = Statistics(store, GUILD)
    for _ in range(3):
        await here.note(one, 1_000)
    standing = await here.total(BEN.id)
    assert (standing.on_time, standing.late, standing.late_s, standing.gathers) == (0, 1, 90, 1)
    assert (standing.share_pct, (await here.total(ADA.id)).share_pct) == (0, 100)
    assert await Statistics(store, GuildId(5)).people() == 0


async def test_who_always_opted_out_was_neither_punctual_nor_late(autojump_clock: Clock) -> None:
    store = MemoryStore(schemas=SCHEMAS)
    one = gather(ADA, BEN)
    press(one, ADA, Verb.HERE, 10)
    press(one, BEN, Verb.OUT, 20)
    await Statistics(store, GUILD).note(one, 1_000)
    async with open_rig(ADA, store=store) as rig:
        shown = (await page_of(rig, EVERYBODY, 1)).payload.embeds[0].description or ""
        assert f"1. <@{ADA.id}> · 100 % on time\n" in shown
        assert f"2. <@{BEN.id}>\n\u2003✅ 0 · 🕐 0 · 👋 1 · ❌ 0" in shown


async def page_of(rig: Rig, query: str, page: int) -> PageReady:
    """What a pager would get."""
    seen: list[PageReady] = []
    rig.told = seen.append
    rig.population.tell(HOME, PageWanted(pager=Address("nobody", 1), query=query, page=page))
    await trio.sleep(0.1)
    (ready,) = seen
    return ready


async def test_everybody_comes_in_pages_of_ten_the_most_punctual_first(autojump_clock: Clock) -> None:
    store = MemoryStore(schemas=SCHEMAS)
    statistics = Statistics(store, GUILD)
    for number in range(3):
        one = gather(*CROWD)
        one.id = number
        for place, who in enumerate(CROWD):
            press(one, who, Verb.HERE, 10 if place < 8 * (number + 1) else 100 + place)
        one.finish(Phase.TIMED_OUT, 1800)
        await statistics.note(one, number * 1000)
    async with open_rig(ADA, store=store) as rig:
        first, last = await page_of(rig, EVERYBODY, 1), await page_of(rig, EVERYBODY, 9)
        assert (first.page, first.total, last.page) == (1, 3, 3)
        lines = (first.payload.embeds[0].description or "").splitlines()
        assert lines[0] == "1. <@5000> · 100 % on time"
        assert "25. <@1001> · 0 % on time" in (last.payload.embeds[0].description or "")
        mine = await page_of(rig, "5023", 1)
        assert (mine.page, mine.total) == (1, 1)
        store.fail_with = StoreError("disk")
        failed = await page_of(rig, EVERYBODY, 1)
        assert "cannot read the statistics" in (failed.payload.embeds[0].description or "")


async def test_list_that_has_expired_names_the_command_that_gets_it_again(nursery: trio.Nursery) -> None:
    outside, asked = Outside(nursery), envelope(ShowStats(None))
    Pages(Context(HOME, outside.ports(), Mailbox(), nursery)).open(asked, None)
    ((_, wish),) = outside.told
    assert isinstance(wish, OpenPages)
    assert (wish.query, wish.command, wish.work.handed_over) == (EVERYBODY, asked.command, True)
