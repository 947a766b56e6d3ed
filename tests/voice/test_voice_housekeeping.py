"""When the node tidies up, with made-up counts and time."""

import trio
from attrs import define, field
from trio.testing import MockClock

from voice.housekeeping import FULL_AFTER_S, IDLE_LOOK_S, MANY, ROOM_S, Housekeeping


@define
class House:
    """Stands for Python's collector."""

    made: int = 0
    now: float = 0.0
    looks: list[float] = field(factory=list[float])

    def collect(self) -> None:
        self.looks.append(self.now)
        self.made = 0


def keep(house: House) -> Housekeeping:
    return Housekeeping(collect=house.collect, made=lambda: house.made, clock=lambda: house.now)


def test_few_objects_or_a_short_gap_are_left_alone() -> None:
    house = House(made=MANY - 1)
    housekeeping = keep(house)
    housekeeping.rest(1.0)
    house.made = MANY
    housekeeping.rest(ROOM_S / 2)
    assert house.looks == []


def test_many_objects_that_stay_are_looked_at() -> None:
    house = House(made=MANY, now=7.0)
    keep(house).rest(ROOM_S)
    assert house.looks == [7.0]


def test_everything_is_looked_at_once_in_a_while() -> None:
    house = House()
    housekeeping = keep(house)
    for _ in range(700):
        house.now += 1
        housekeeping.rest(ROOM_S)
    assert house.looks == [FULL_AFTER_S, 2 * FULL_AFTER_S]


async def test_a_quiet_node_tidies_up_at_leisure(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    house = House(made=3)
    housekeeping = Housekeeping(
        collect=house.collect, made=lambda: house.made, clock=autojump_clock.current_time
    )
    nursery.start_soon(housekeeping.run_idle)
    await trio.sleep(IDLE_LOOK_S * 3.5)
    assert len(house.looks) == 1
    house.made = 5
    for _ in range(100):
        await trio.sleep(1)
        housekeeping.rest(0.0)
    assert len(house.looks) == 1, "while music plays, only gaps count"
