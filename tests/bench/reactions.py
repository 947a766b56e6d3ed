"""What progress costs answers: fifty commands at once, with progress off, full, and full under the limit.

    python -m tests.bench.reactions [rounds]

Prints, per mode, how long answers took from being said to being there (milliseconds) and how many reactions
were changed. The modes take turns, so that a busy machine is busy for all of them.
"""

import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio
from attrs import frozen

from sandbox.model.default import MUSIC_ID
from sandbox.rest.limits import LimitMode
from tests.scenarios.stage import open_stage
from tests.scenarios.toil import Reader, burst, toiling

BURST = 50
NAP_S = 0.1
ROUND_TRIP_S = 0.1
MODES = (("off", LimitMode.OFF), ("full", LimitMode.OFF), ("full", LimitMode.REACTIONS))


@frozen(kw_only=True)
class Result:
    """One burst."""

    answers_ms: list[float]
    reactions: int


async def measure(mode: str, limit: LimitMode) -> Result:
    """One burst in one mode."""
    with pytest.MonkeyPatch.context() as patch, toiling(patch, NAP_S) as diary, TemporaryDirectory() as data:
        async with open_stage(Path(data) / "data", delay_s=ROUND_TRIP_S, checked=False) as stage:
            stage.sandbox.limits.mode = limit
            await stage.ask("settings", name="status_reactions", value=mode)
            reader = Reader(stage)
            stage.ada.send_message(
                MUSIC_ID, "!toil first"
            )  # the limits of a route are learned from its first answer
            await stage.until(lambda: "first" in reader.answered)
            await trio.sleep(1)
            reader.answered.clear()
            before = len(stage.sandbox.requests)
            await burst(stage, MUSIC_ID, BURST)
            await stage.until(lambda: len(reader.answered) == BURST, 60)
            await trio.sleep(1)
            changed = [one for one in stage.sandbox.requests[before:] if "/reactions/" in one.path]
            took = [(reader.answered[word] - diary.said[word]) * 1000 for word in reader.answered]
            return Result(answers_ms=sorted(took), reactions=len(changed))


def main(argv: list[str]) -> int:
    """Measure and print."""
    logging.disable(logging.CRITICAL)
    taken: dict[tuple[str, LimitMode], list[float]] = {}
    for _ in range(int(argv[0]) if argv else 3):
        for mode in MODES:
            result = trio.run(measure, *mode)
            taken.setdefault(mode, []).extend(result.answers_ms)
            print(mode[0], mode[1].value, "reactions changed:", result.reactions)
    for (mode, limit), all_ms in taken.items():
        all_ms.sort()
        shown = "  ".join(f"p{part} {all_ms[len(all_ms) * part // 100]:6.1f}" for part in (50, 90, 95, 99))
        print(f"{mode:5} limit {limit.value:10} answers in ms: {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
