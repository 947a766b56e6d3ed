"""The metronome on a virtual clock."""

import time

import pytest
import trio
from attrs import define, field
from trio.testing import MockClock

from voice.metronome import HEAD_START_S, Metronome
from voice.pacer import CROWD, GRID_S, PHASES, Pacer


@define(eq=False)
class Beaten:
    """Notes when it is served."""

    pacer: Pacer = field(factory=Pacer)
    at: list[float] = field(factory=list[float])

    @property
    def tick(self) -> int | None:
        return self.pacer.tick

    def beat(self, now: float) -> None:
        for _ in range(self.pacer.due(now)):
            self.at.append(trio.current_time())


def join(metronome: Metronome) -> Beaten:
    beaten = Beaten()
    beaten.pacer.start(trio.current_time(), metronome.phase)
    metronome.watch(beaten)
    return beaten


async def test_everybody_is_served_at_each_deadline_and_only_then(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    metronome = Metronome()
    nursery.start_soon(metronome.run)
    first = join(metronome)
    await trio.sleep(0.033)
    second = join(metronome)
    await trio.sleep(0.967)
    assert len(first.at) in {50, 51}
    assert len(second.at) in {48, 49}
    steps = {round(after - before, 6) for before, after in zip(first.at, first.at[1:], strict=False)}
    assert steps == {0.02}


async def test_who_stops_is_not_served_and_may_come_back(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    metronome = Metronome()
    nursery.start_soon(metronome.run)
    beaten = join(metronome)
    await trio.sleep(0.1)
    beaten.pacer.stop()
    before = len(beaten.at)
    await trio.sleep(0.1)
    assert len(beaten.at) == before
    beaten.pacer.start(trio.current_time(), metronome.phase)
    metronome.watch(beaten)
    await trio.sleep(0.1)
    assert before + 4 <= len(beaten.at) <= before + 6


async def test_an_exact_one_wakes_early_and_sleeps_the_rest(
    autojump_clock: MockClock, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    def stand_still(rest_s: float) -> None:
        rests.append(rest_s)
        autojump_clock.jump(rest_s)

    monkeypatch.setattr(time, "sleep", stand_still)
    metronome = Metronome(exact=True)
    nursery.start_soon(metronome.run)
    await trio.sleep(0.001)
    beaten = join(metronome)
    await trio.sleep(0.5)
    assert len(beaten.at) in {24, 25}
    assert all(0 < rest_s <= HEAD_START_S + 1e-9 for rest_s in rests)
    assert all(abs(at / GRID_S - round(at / GRID_S)) < 1e-6 for at in beaten.at)


async def test_watching_twice_serves_once(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    metronome = Metronome()
    nursery.start_soon(metronome.run)
    beaten = join(metronome)
    metronome.watch(beaten)
    metronome.watch(beaten)
    await trio.sleep(1.0)
    assert len(beaten.at) in {50, 51}


async def test_many_calls_spread_over_the_phases(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    metronome = Metronome()
    nursery.start_soon(metronome.run)
    joined = [join(metronome) for _ in range(2 * CROWD + 5)]
    phases = [(each.tick or 0) % PHASES for each in joined]
    assert [phases.count(phase) for phase in range(PHASES)] == [CROWD, 5, CROWD, 0]
    await trio.sleep(0.2)
    assert all(len(each.at) in {9, 10, 11} for each in joined)
    assert all(abs(at / GRID_S - round(at / GRID_S)) < 1e-6 for each in joined for at in each.at)
