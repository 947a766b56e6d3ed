"""Minutes of a song through random faults, with a person looking all the time.

Run ``python -m tests.bench.voice_soak --minutes 10`` (``--seed N`` to see a run's order of faults again).

A bot that is a process of its own plays in the sandbox, end-to-end encryption demanded. What breaks is chosen
at random (``voice_soak_faults``), one thing at a time or two, in fair weather and in foul; what must hold is
checked all the while (``voice_soak_checks``). Waits of the machine are measured (``voice_soak_stalls``) and
allowed for. The exit code is 1 if anything was found.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import trio
from attrs import define, field

from sandbox.voice import VoiceServer
from sandbox.voice.dave_desk import DaveMode
from tests.bench.voice_soak_checks import (
    Limits,
    Notes,
    judge_hole,
    judge_sound,
    watch_listeners,
    watch_position,
    watch_queue,
)
from tests.bench.voice_soak_faults import FAULTS, NO_HOLE_S, WEATHERS, Fault, Weather, put_weather
from tests.bench.voice_soak_show import Show, open_show
from tests.bench.voice_soak_stalls import watch_stalls
from tests.scenarios.stage import open_stage

SETTLE_S: Final = 1.2
TOGETHER: Final = 0.25


@define
class Hole:
    """What one fault, or two, did to the sound, in seconds."""

    names: str
    clear: bool
    hole_s: float
    stall_s: float
    jump_s: float | None


@define
class Soak:
    """One run; ``settle_s`` of sound without a hole mean that a fault is over."""

    show: Show
    notes: Notes
    chance: random.Random
    settle_s: float = SETTLE_S
    holes: list[Hole] = field(factory=list[Hole])
    weather: Weather = field(factory=Weather)

    async def run(self, until_s: float, pause_s: tuple[float, float]) -> None:
        """Break things until then (monotonic seconds)."""
        while trio.current_time() < until_s:
            await trio.sleep(self.chance.uniform(*pause_s))
            self.weather = self.chance.choice(WEATHERS)
            put_weather(self.show, self.weather)
            await self.break_something()
        put_weather(self.show, Weather())

    async def break_something(self) -> None:
        """Break one thing or two, wait until it is over, and judge the hole."""
        weights = [fault.weight for fault in FAULTS]
        count = 2 if self.chance.random() < TOGETHER else 1
        faults = self.chance.choices(FAULTS, weights, k=count)
        await self.break_these(faults)

    async def break_these(self, faults: Sequence[Fault]) -> None:
        """Break these at once."""
        names = " + ".join(fault.name for fault in faults)
        self.notes.doing = f"{names}, {self.weather}"
        at = trio.current_time()
        before_s = self.show.truth_s(at)
        for fault in faults:
            await fault.do(self.show, self.chance)
        await self._settled(at)
        gap_s, since = self.show.longest_gap(at)
        stall_s = self.show.stalls.between(since - 0.05, since + gap_s + 0.05)
        jump_s = self._jump_s(before_s, at, since, gap_s)
        self.holes.append(Hole(names, self.weather.is_clear, gap_s, stall_s, jump_s))
        allowed_s = sum(fault.hole_s for fault in faults)
        if any(fault.asks for fault in faults):
            allowed_s += self.weather.costs_s
        judge_hole(self.notes, gap_s, stall_s, allowed_s)
        late_s = self.show.stalls.between(at - 0.5, trio.current_time())
        if jump_s is not None and abs(jump_s) > self.notes.limits.back_within_s + late_s:
            self.notes.blame(f"the song went on {jump_s:+.2f} s from where it was")

    async def _settled(self, at: float) -> None:
        limits = self.notes.limits
        with trio.move_on_after(limits.patience_s) as scope:
            while True:
                await trio.sleep(0.05)
                now = trio.current_time()
                gap_s, _since = self.show.longest_gap(now - self.settle_s)
                sounds = now - self.show.last_at() < gap_s + 0.2
                whole = gap_s < self.settle_s / 4 or not limits.holes
                if now - at > 2 * self.settle_s and sounds and whole:
                    return
        if scope.cancelled_caught:
            self.notes.blame(f"no sound {limits.patience_s:.0f} s later")

    def _jump_s(self, before_s: float | None, at: float, since: float, gap_s: float) -> float | None:
        """How far the song is now from where it would be if it had only waited through the hole."""
        now = trio.current_time()
        after_s = self.show.truth_s(now)
        if before_s is None or after_s is None:
            return None
        waited_s = gap_s if gap_s > NO_HOLE_S else 0.0
        jump_s = after_s - before_s - (now - at - waited_s)
        song_s = self.show.song_s
        return (jump_s + song_s / 2) % song_s - song_s / 2

    def report(self) -> str:
        """A table of holes, and what was seen."""
        lines = [
            "| fault | times | hole p50 ms | hole max ms | of that the machine's | jump max ms |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        single = [hole for hole in self.holes if hole.clear and "+" not in hole.names]
        names = sorted({hole.names for hole in single})
        lines += [_row(name, [one for one in single if one.names == name]) for name in names]
        both = [hole for hole in self.holes if hole.clear and "+" in hole.names]
        foul = [hole for hole in self.holes if not hole.clear]
        lines += [_row("two at once", both)] if both else []
        lines += [_row("in foul weather", foul)] if foul else []
        return "\n".join([*lines, "", *self._seen()])

    def _seen(self) -> list[str]:
        notes, stalls = self.notes, self.show.stalls
        worst_s = max(notes.errors_s, default=0.0)
        machine_s = max((one.late_s for one in stalls.machine), default=0.0)
        sandbox_s = max((one.late_s for one in stalls.process), default=0.0)
        machine = f"{len(stalls.machine)}, worst {machine_s * 1000:.0f} ms"
        sandbox = f"{len(stalls.process)}, worst {sandbox_s * 1000:.0f} ms"
        missed = f"{notes.undecrypted}, longest row {notes.longest_loss_s * 1000:.0f} ms"
        return [
            f"positions seen: {notes.looks} (unclear {notes.unclear}), worst {worst_s:.2f} s wrong",
            f"queues seen: {notes.queues}",
            f"frames decrypted by listeners: {notes.listened}, not: {missed}",
            f"stalls of the machine: {machine}; of the sandbox: {sandbox}",
            f"found: {len(notes.findings)}",
            *(f"  {finding.at_s:7.2f} s  {finding.what}" for finding in notes.findings),
        ]


def _row(name: str, holes: list[Hole]) -> str:
    sizes = sorted(hole.hole_s * 1000 for hole in holes)
    worst = max(holes, key=lambda one: one.hole_s)
    jumps = [abs(hole.jump_s) * 1000 for hole in holes if hole.jump_s is not None]
    return (
        f"| {name} | {len(holes)} | {sizes[len(sizes) // 2]:.0f} | {sizes[-1]:.0f} |"
        f" {worst.stall_s * 1000:.0f} | {max(jumps, default=0.0):.0f} |"
    )


@asynccontextmanager
async def open_soak(
    folder: Path, minutes: float, seed: int, settle_s: float = SETTLE_S, limits: Limits | None = None
) -> AsyncGenerator[Soak]:
    """A show that plays, and everybody who looks at it until the context is left; then it is judged.

    Args:
        folder: for the bot's data and the song.
        minutes: how long the music has to last.
        seed: of what breaks.
        settle_s: how long a sound without a hole means that a fault is over.
        limits: what is still right.
    """
    async with (
        open_stage(folder / "data", bot=False, checked=False) as stage,
        watch_stalls() as stalls,
    ):
        assert isinstance(stage.sandbox.voice, VoiceServer)
        stage.sandbox.voice.set_dave(DaveMode.DEMAND)
        show = await open_show(stage, folder, minutes, stalls)
        run = Soak(show, Notes(trio.current_time(), limits or Limits()), random.Random(seed), settle_s)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch_position, show, run.notes)
            nursery.start_soon(watch_queue, show, run.notes)
            nursery.start_soon(watch_listeners, show)
            yield run
            nursery.cancel_scope.cancel()
        judge_sound(show, run.notes)


async def soak(folder: Path, minutes: float, seed: int, pause_s: tuple[float, float] = (0.5, 4.0)) -> Soak:
    """Run one; what it found is in its notes."""
    async with open_soak(folder, minutes, seed) as run:
        await run.run(run.notes.began_s + minutes * 60, pause_s)
    return run


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args(argv)
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        run = trio.run(soak, Path(folder), options.minutes, options.seed)
    print(run.report())
    return 1 if run.notes.findings else 0


if __name__ == "__main__":
    sys.exit(main())
