"""The loop of a node: ticks and tasks on one thread, neither in the other's way."""

import math
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
import trio
from attrs import define, field

from voice.host import run_as_guest
from voice.metronome import EARLY_S, Metronome
from voice.pacer import GRID_S, Pacer
from voice.precedence import FLOOR


@define(eq=False)
class Beaten:
    """Notes when it is served, and does something then."""

    act: Callable[[], None] = lambda: None
    pacer: Pacer = field(factory=Pacer)
    at: list[float] = field(factory=list[float])
    early: list[float] = field(factory=list[float])

    def beat(self, now: float) -> None:
        tick = self.pacer.tick
        if tick is None or tick * GRID_S > trio.current_time() + EARLY_S:
            self.early.append(now)
        for _ in range(self.pacer.due(now)):
            self.at.append(trio.current_time())
        self.act()


def watch(metronome: Metronome, beaten: Beaten) -> None:
    beaten.pacer.start(trio.current_time(), metronome.seat[0])
    metronome.watch(beaten)


def test_the_result_and_the_errors_of_the_guest_are_those_of_trio() -> None:
    async def give() -> int:
        await trio.sleep(0.001)
        return 7

    async def fail() -> None:
        await trio.sleep(0.001)
        raise OSError("the pipe is gone")

    assert run_as_guest(give, Metronome()) == 7
    with pytest.raises(OSError, match="the pipe is gone"):
        run_as_guest(fail, Metronome())


def test_ticks_go_on_beside_tasks_that_wait_for_threads_and_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice.host.REST_EVERY", 1)
    metronome = Metronome()
    ten = trio.Event()
    beaten = Beaten(lambda: ten.set() if len(beaten.at) >= 10 else None)
    rests: list[float] = []

    async def main() -> int:
        watch(metronome, beaten)
        await trio.to_thread.run_sync(time.sleep, 0.05)
        await ten.wait()
        beaten.pacer.stop()
        await trio.sleep(0.06)
        return len(beaten.at)

    count = run_as_guest(main, metronome, rests.append)
    assert count == len(beaten.at)
    assert beaten.early == []
    assert rests[-1] == math.inf
    assert all(rest <= 0.0201 for rest in rests[:-1])


def test_a_beat_may_wake_and_start_tasks() -> None:
    metronome = Metronome()
    heard: list[str] = []

    async def main() -> None:
        event = trio.Event()
        async with trio.open_nursery() as nursery:
            said = trio.Event()

            async def say(text: str) -> None:
                await trio.lowlevel.checkpoint()
                heard.append(text)
                said.set()

            def act() -> None:
                if not event.is_set():
                    nursery.start_soon(say, "started")
                    event.set()

            beaten = Beaten(act)
            watch(metronome, beaten)
            await event.wait()
            heard.append("woken")
            await said.wait()
            beaten.pacer.stop()

    run_as_guest(main, metronome)
    assert sorted(heard) == ["started", "woken"]


def test_everything_runs_on_one_thread() -> None:
    metronome = Metronome()
    threads: set[int] = set()
    note = partial(lambda: threads.add(threading.get_ident()))

    async def main() -> None:
        beaten = Beaten(note)
        watch(metronome, beaten)
        for _ in range(5):
            note()
            await trio.sleep(0.01)
        beaten.pacer.stop()

    run_as_guest(main, metronome)
    assert threads == {threading.get_ident()}


def test_beats_that_take_longer_than_a_frame_leave_room_for_the_end() -> None:
    metronome = Metronome()

    def toil() -> None:
        time.sleep(0.025)

    async def main() -> int:
        watch(metronome, Beaten(toil))
        await trio.sleep(0.1)
        return 1

    assert run_as_guest(main, metronome) == 1


def test_a_beat_that_raises_ends_the_run() -> None:
    metronome = Metronome()

    def fall() -> None:
        assert FLOOR.taken, "readers wait meanwhile"
        raise ZeroDivisionError

    async def main() -> None:
        watch(metronome, Beaten(fall))
        await trio.sleep_forever()

    with pytest.raises(ZeroDivisionError):
        run_as_guest(main, metronome)
    assert not FLOOR.taken
