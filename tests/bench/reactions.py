"""What progress costs answers: fifty commands at once, progress off and full, without and with the limit.

    python -m tests.bench.reactions [rounds] [wall]

Prints, per limit, distance of answers and mode, how long answers took from being said to being there
(milliseconds), how many reactions were changed meanwhile, and how the slowest of a hundred compares with
``off``. The modes take turns within one life of the bot, which learns the limits it lives under. 100 ms are
what a lane of quick work does, 30 ms leave of Discord's fifty requests per second hardly more than the
answers need.

An answer takes its round trip and the processor's time of bot and sandbox, which share a loop. Time is told
by ``OwnClock``, which stands still while other programs have the processor; ``wall`` measures with the
usual one. Bot, sandbox and test tools share a heap too: it is collected between bursts, because a full
collection of all three in the middle of one (60 to 100 ms, which a bot of its own met in none of 12 bursts)
would decide the slowest of a hundred by chance.
"""

import gc
import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio
from attrs import define, evolve, field, frozen

from sandbox.model.default import MUSIC_ID
from sandbox.rest.limits import LimitMode
from tests.patience import until
from tests.scenarios.own_clock import OwnClock
from tests.scenarios.stage import Stage, open_stage
from tests.scenarios.toil import Diary, Reader, burst, toiling

BURST = 50
NAPS_S = (0.1, 0.03)
ROUND_TRIP_S = 0.1
STILL_S = 1.3
"""No reaction for so long: the burst is over, and its places in the limits are free again."""
LIMITS = (LimitMode.OFF, LimitMode.REACTIONS)
MODES = ("off", "full")
PARTS = (50, 90, 95, 99)


@frozen(kw_only=True)
class Kind:
    """What is compared: the sandbox's limits, the distance of answers, and the mode of the setting."""

    limit: LimitMode
    nap_s: float
    mode: str


@define
class Result:
    """All bursts of a kind."""

    answers_ms: list[float] = field(factory=list[float])
    reactions: list[int] = field(factory=list[int])

    def part(self, part: int) -> float:
        """So many of a hundred were faster, in milliseconds."""
        return sorted(self.answers_ms)[len(self.answers_ms) * part // 100]


Results = dict[Kind, Result]
KINDS = tuple(
    Kind(limit=limit, nap_s=nap_s, mode=mode) for limit in LIMITS for nap_s in NAPS_S for mode in MODES
)


async def measure(limit: LimitMode, rounds: int, results: Results) -> None:
    """Every kind under these limits in turn, ``rounds`` times."""
    with (
        pytest.MonkeyPatch.context() as patch,
        toiling(patch, NAPS_S[0]) as diary,
        TemporaryDirectory() as data,
    ):
        async with open_stage(Path(data) / "data", delay_s=ROUND_TRIP_S, checked=False) as stage:
            stage.sandbox.limits.mode = limit
            await stage.ask("settings", name="tidy_after", value="0")
            reader = Reader(stage)
            # The limits of a route are learned from its first answer.
            stage.ada.send_message(MUSIC_ID, "!toil first")
            await until(lambda: "first" in reader.answered)
            for number in range(rounds):
                for kind in (kind for kind in KINDS if kind.limit is limit):
                    await stage.ask("settings", name="status_reactions", value=kind.mode)
                    diary.nap_s = kind.nap_s
                    await _measure_one(
                        stage, reader, diary, results[kind], f"{kind.mode}{kind.nap_s}-{number}-"
                    )


async def _measure_one(stage: Stage, reader: Reader, diary: Diary, result: Result, prefix: str) -> None:
    await _still(stage)
    gc.collect()
    gc.freeze()
    reader.answered.clear()
    before = len(stage.sandbox.requests)
    await burst(stage, MUSIC_ID, BURST, prefix)
    await until(lambda: len(reader.answered) == BURST)
    changed = [one for one in stage.sandbox.requests[before:] if "/reactions/" in one.path]
    result.reactions.append(len(changed))
    result.answers_ms += [(there - diary.said[word]) * 1000 for word, there in reader.answered.items()]


async def _still(stage: Stage) -> None:
    """Wait until nothing was sent for a while; where reactions are limited, their last words take long."""
    while True:
        before = len(stage.sandbox.requests)
        await trio.sleep(STILL_S)
        if len(stage.sandbox.requests) == before:
            return


def main(argv: list[str]) -> int:
    """Measure and print."""
    logging.disable(logging.CRITICAL)
    rounds = int(argv[0]) if argv else 3
    results = {kind: Result() for kind in KINDS}
    for limit in LIMITS:
        if "wall" in argv:
            trio.run(measure, limit, rounds, results)
        else:
            own = OwnClock()
            trio.run(measure, limit, rounds, results, clock=own, instruments=[own])
    for kind, result in results.items():
        base = results[evolve(kind, mode=MODES[0])]
        shown = "  ".join(f"p{part} {result.part(part):6.1f}" for part in PARTS)
        against = result.part(99) / base.part(99) - 1
        print(f"limit {kind.limit.value:9}  every {kind.nap_s * 1000:3.0f} ms  {kind.mode:4}", end="  ")
        print(f"{shown}  {against:+.1%}  reactions {result.reactions}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
