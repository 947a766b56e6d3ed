"""Voice connections that close: every code in one table, what a listener hears of it and what people read."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.scenarios.calls import NO_HOLE_S, Talk, open_talks
from tests.scenarios.chirp import WINDOW, position_s

RESUMED = (1000, 1001, 4007, 4009, 4015)
IDENTIFIED = (4003, 4005)
REJOINED = (4004, 4006, 4011)
AWAITED = (4014, 4022)
STOPPED = {4021: "because of a rate limit"}
FAILED = {
    4001: "refused me",
    4002: "refused me",
    4012: "refused me",
    4016: "end-to-end encryption",
    4017: "end-to-end encryption",
    4020: "refused me",
}
REJOIN_S = 1.0
AWAIT_S = 6.0
"""Five seconds for the facts that never come, then a fresh join."""


async def nobody_hears(talk: Talk, code: int) -> None:
    """The socket is resumed while the music goes on over UDP."""
    at = trio.current_time()
    talk.close(code)
    await talk.sounds(at, frames=75)
    assert talk.hole_s(at) < NO_HOLE_S, code
    assert talk.voice.is_connected(talk.server.guild_id, talk.stage.sandbox.world.application.bot.id)


async def comes_back(talk: Talk, code: int, within_s: float) -> None:
    """Another session; the song goes on where it was."""
    before_s, at = talk.heard_s(), trio.current_time()
    talk.close(code)
    # What was on its way when the socket closed belongs to the old session.
    after = await talk.sounds(at + 0.05, within_s + 2)
    assert talk.hole_s(at) < within_s, code
    assert position_s(after[:WINDOW]) == pytest.approx(before_s + 0.2, abs=0.5), code


async def gives_up(talk: Talk, code: int, reason: str) -> None:
    """Told in words; the queue is kept, and ``resume`` goes on where the song was."""
    before_s = talk.heard_s()
    talk.close(code)
    told = await talk.server.reads(reason)
    assert "Kept" in told or "kept" in told, told
    await talk.stage.until(lambda: talk.seat is None)
    at = trio.current_time()
    assert "alpha" in await talk.ask("resume")
    after = await talk.sounds(at)
    assert position_s(after[:WINDOW]) == pytest.approx(before_s, abs=1.0), code
    assert "bravo" in await talk.ask("queue")


async def test_each_close_code_ends_as_the_table_says(tmp_path: Path, song: Path) -> None:
    cases: list[Callable[[Talk], Awaitable[None]]] = [
        *(partial(nobody_hears, code=code) for code in RESUMED),
        *(partial(comes_back, code=code, within_s=REJOIN_S) for code in IDENTIFIED + REJOINED),
        *(partial(comes_back, code=code, within_s=AWAIT_S) for code in AWAITED),
        *(partial(gives_up, code=code, reason=reason) for code, reason in (STOPPED | FAILED).items()),
    ]
    async with open_talks(tmp_path, song, len(cases)) as talks, trio.open_nursery() as nursery:
        for case, talk in zip(cases, talks, strict=True):
            nursery.start_soon(case, talk)
