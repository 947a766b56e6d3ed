import trio
import trio.testing

from actors.core.courtesy import LONGEST_S, QUIET_S, Courtesy


async def waited(courtesy: Courtesy) -> float:
    started = trio.current_time()
    await courtesy.wait()
    return round(trio.current_time() - started, 6)


async def test_nobody_waits_when_nothing_was_read(autojump_clock: trio.testing.MockClock) -> None:
    assert await waited(Courtesy()) == 0


async def test_one_interaction_asks_for_a_moment(autojump_clock: trio.testing.MockClock) -> None:
    courtesy = Courtesy()
    courtesy.note(trio.current_time())
    assert await waited(courtesy) == QUIET_S
    assert await waited(courtesy) == 0


async def test_an_endless_burst_holds_actors_back_no_longer_than_the_limit(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    courtesy = Courtesy()

    async def burst() -> None:
        while True:
            courtesy.note(trio.current_time())
            await trio.sleep(QUIET_S / 2)

    nursery.start_soon(burst)
    await trio.lowlevel.checkpoint()
    assert await waited(courtesy) <= LONGEST_S + QUIET_S
    nursery.cancel_scope.cancel()
