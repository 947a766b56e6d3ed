"""How long a hole a listener hears when a call breaks, in real time, fault by fault.

Run ``python -m tests.bench.voice_holes --rounds 20`` on a quiet machine (``--seed N`` to see an order again).

A bot that is a process of its own plays in the sandbox, end-to-end encryption demanded, in fair weather. In
each round every fault comes once, in random order, and is waited for until the sound is steady again. A hole
is the longest time between two frames of sound, less the 20 ms that lie between any two. "None" means
shorter than ``NONE_S``: receivers hold back 60 to 100 ms of sound and bridge that. What the machine or this
process, which hears, was held up meanwhile is told beside each hole; targets are judged without it.

The exit code is 1 if a target is missed in more than one of twenty rounds.
"""

import argparse
import math
import random
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import trio
from attrs import frozen

from sandbox.voice import VoiceServer
from sandbox.voice.dave_desk import DaveMode
from sandbox.voice.opus import SILENCE
from sandbox.voice.values import Frame
from tests.bench.voice_soak_faults import FAULTS, Fault
from tests.bench.voice_soak_show import Show, open_show
from tests.bench.voice_soak_stalls import Stalls, watch_stalls
from tests.scenarios.stage import open_stage

FRAME_S: Final = 0.02
NONE_S: Final = 0.06
STEADY_S: Final = 1.0
ROUND_S: Final = 45.0
PATIENCE_S: Final = 15.0
SHARE: Final = 0.95


async def _end_call_for_another(show: Show, _chance: random.Random) -> None:
    """Close the old connection first, then tell the new server: what a client of Discord sees mostly."""
    show.talk.close(4014)
    show.talk.offer_server()


AWAY: Final = Fault("4014, then a server", _end_call_for_another, 0.25, asks=True)
REJOIN: Final = "4006: rejoin"
KILL: Final = "node killed"
STEADY_NODE_S: Final = 31.0
"""Nodes that die younger are started ever more slowly: killing them more often would measure that."""
TARGETS_S: Final = {
    "voice WebSocket cut": NONE_S,
    "4015": NONE_S,
    "main gateway dropped": NONE_S,
    "voice server migration": 0.25,
    "4014, then a server": 0.25,
    "new token, same server": 0.25,
    "moved": 0.1,
    "4005: identify": 1.0,
    REJOIN: 1.0,
    KILL: 3.0,
}


@frozen
class Hole:
    """What a fault did to the sound: seconds without it, seconds of stalls in that, and packets.

    ``lost`` counts packets of the song that are missing; a negative number comes again.
    """

    name: str
    hole_s: float
    stall_s: float
    lost: int

    @property
    def net_s(self) -> float:
        """What would have been heard on a machine that does not stall."""
        return max(0.0, self.hole_s - self.stall_s)


async def measure(show: Show, fault: Fault, chance: random.Random) -> Hole:
    """Break one thing and listen."""
    await steady(show, trio.current_time())
    talk = show.talk
    at, mark = trio.current_time(), talk.mark - 1
    await fault.do(show, chance)
    await steady(show, trio.current_time())
    frames = [frame for frame in talk.frames(mark) if frame.opus != SILENCE]
    gap_s, since = longest_gap(frames)
    stall_s = show.stalls.between(max(at, since) - FRAME_S, since + gap_s)
    # One song follows the other, and all are alike: the next one's beginning is no leap.
    length = len(talk.song.numbers)
    lost = sum((leap.count + length // 2) % length - length // 2 for leap in talk.song.leaps(frames))
    return Hole(fault.name, gap_s - FRAME_S, stall_s, lost)


def longest_gap(frames: Sequence[Frame]) -> tuple[float, float]:
    """The longest time between two frames, and since when."""
    return max((later.arrived_s - one.arrived_s, one.arrived_s) for one, later in pairwise(frames))


async def steady(show: Show, since_s: float) -> None:
    """Wait until a second of sound has come without a hole."""
    with trio.fail_after(PATIENCE_S):
        while True:
            await trio.sleep(0.05)
            now = trio.current_time()
            gap_s, _ = show.longest_gap(now - STEADY_S)
            if now - since_s > STEADY_S and now - show.last_at() < NONE_S and gap_s < 2 * NONE_S:
                return


async def run(folder: Path, rounds: int, seed: int) -> tuple[list[Hole], Stalls]:
    """Break everything so many times."""
    chance = random.Random(seed)
    faults = [AWAY, *(fault for fault in FAULTS if fault.name in TARGETS_S)]
    holes: list[Hole] = []
    async with open_stage(folder / "data", bot=False, checked=False) as stage, watch_stalls() as stalls:
        assert isinstance(stage.sandbox.voice, VoiceServer)
        stage.sandbox.voice.set_dave(DaveMode.DEMAND)
        show, born = await open_show(stage, folder, rounds * ROUND_S / 60, stalls), trio.current_time()
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            for fault in in_order(faults, chance):
                if fault.name == KILL:
                    await trio.sleep_until(born + STEADY_NODE_S)
                    born = trio.current_time()
                try:
                    holes.append(await measure(show, fault, chance))
                except trio.TooSlowError:
                    print(f"{fault.name}: no sound for {PATIENCE_S:.0f} s; the rest is left out")
                    return holes, stalls
    return holes, stalls


def in_order(faults: Sequence[Fault], chance: random.Random) -> list[Fault]:
    """Any order, but whoever has to join afresh comes first: a bot does so at most three times a minute."""
    others = [fault for fault in faults if fault.name != REJOIN]
    return [fault for fault in faults if fault.name == REJOIN] + chance.sample(others, len(others))


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many others do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def is_missed(name: str, holes: Sequence[Hole]) -> bool:
    """Whether a target is missed too often, or nothing was heard of it."""
    here = [hole.net_s for hole in holes if hole.name == name]
    return not here or quantile(here, SHARE) > TARGETS_S[name]


def report(holes: Sequence[Hole], stalls: Stalls) -> str:
    """A table of all faults."""
    lines = [
        "| fault | target ms | n | median | p95 | max | p95, no stalls | max, no stalls | packets lost |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, target_s in TARGETS_S.items():
        here = [hole for hole in holes if hole.name == name]
        if not here:
            continue
        raw, net = [hole.hole_s for hole in here], [hole.net_s for hole in here]
        target = f"none (< {NONE_S * 1000:.0f})" if target_s == NONE_S else f"{target_s * 1000:.0f}"
        figures = (quantile(raw, 0.5), quantile(raw, SHARE), max(raw), quantile(net, SHARE), max(net))
        cells = " | ".join(f"{1000 * figure:.0f}" for figure in figures)
        mark = " **missed**" if is_missed(name, holes) else ""
        lost = max((hole.lost for hole in here), key=abs)
        lines.append(f"| {name} | {target}{mark} | {len(here)} | {cells} | {lost} |")
    for who, seen in (("machine", stalls.machine), ("sandbox", stalls.process)):
        worst_s = max((stall.late_s for stall in seen), default=0.0)
        lines.append(f"stalls of the {who}: {len(seen)}, worst {worst_s * 1000:.0f} ms")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args(argv)
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        holes, stalls = trio.run(run, Path(folder), options.rounds, options.seed)
    print(report(holes, stalls))
    return 1 if any(is_missed(name, holes) for name in TARGETS_S) else 0


if __name__ == "__main__":
    sys.exit(main())
