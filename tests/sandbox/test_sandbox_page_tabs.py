"""People stand up when the last tab that seated them is gone; time is the test's."""

import pytest
import trio
from trio.testing import MockClock

from sandbox.model.default import BEN_ID, GUILD_ID, LOUNGE_ID, OWNER_ID
from sandbox.page.tabs import GRACE_S, Tabs
from sandbox.people import People
from sandbox.world import World


@pytest.fixture
def world() -> World:
    made = World()
    for user_id in (OWNER_ID, BEN_ID):
        People(made).of(user_id).join_voice(LOUNGE_ID)
    return made


async def test_the_last_tab_takes_its_people_along_and_nobody_else(
    world: World, autojump_clock: MockClock
) -> None:
    tabs = Tabs(world)
    tabs.opened()
    tabs.seated(OWNER_ID)
    tabs.closed()
    started = trio.current_time()
    await tabs.linger()
    assert trio.current_time() - started == GRACE_S
    assert world.voice.state(GUILD_ID, OWNER_ID) is None
    assert world.voice.state(GUILD_ID, BEN_ID) is not None


async def test_a_reload_keeps_the_seat(world: World, autojump_clock: MockClock) -> None:
    tabs = Tabs(world)
    tabs.opened()
    tabs.seated(OWNER_ID)
    tabs.closed()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tabs.linger)
        await trio.sleep(GRACE_S / 2)
        tabs.opened()
    assert world.voice.state(GUILD_ID, OWNER_ID) is not None
