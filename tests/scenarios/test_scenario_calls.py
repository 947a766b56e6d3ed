"""Voice connections that close: every code in one table, what a listener hears of it and what people read."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.scenarios.calls import Talk, break_all, open_talks

RESUMED = (1000, 1001, 4007, 4009, 4015)
IDENTIFIED = (4003, 4005)
REJOINED = (4004, 4006, 4011)
AWAITED = (4014, 4022)
STOPPED = {4021: "because of a rate limit"}
FAILED = {
    4001: "refused me",
    4002: "refused me",
    4012: "refused me",
    4016: "refused me",
    4017: "end-to-end encryption",
    4020: "refused me",
}
AWAIT_S = 2.0
"""For the facts that never come; the real five seconds are judged in ``tests/player``."""


async def nobody_hears(talk: Talk, code: int) -> None:
    """The music goes on over UDP all the while, and the session is resumed."""
    session, mark = talk.session, talk.mark
    assert session is not None
    guild_id, bot_id = talk.server.guild_id, session.grant.user_id
    talk.voice.hold_resumes(guild_id, bot_id)
    talk.close(code)
    await talk.until(lambda: talk.voice.is_resuming(guild_id, bot_id))
    await talk.hears(talk.mark)
    assert not talk.is_connected, "all of this was heard without a WebSocket"
    talk.voice.release_resumes(guild_id, bot_id)
    await talk.until(lambda: talk.is_connected)
    await talk.hears(talk.mark)
    assert talk.session is session
    talk.went_on(mark)


async def comes_back(talk: Talk, code: int, *, with_same_token: bool) -> None:
    """Another session; the song goes on with the very next packet."""
    session, mark = talk.session, talk.mark
    assert session is not None
    talk.close(code)
    await talk.until_anew(session)
    talk.was_handed_over(mark)
    assert talk.session is not None
    assert (talk.session.grant is session.grant) == with_same_token


async def waits_and_comes_back(talk: Talk, code: int) -> None:
    """Discord may say where the call goes on; only when it does not, the bot asks for a seat."""
    session, mark, at = talk.session, talk.mark, trio.current_time()
    talk.close(code)
    await talk.until(lambda: talk.session not in (None, session))
    assert trio.current_time() - at > AWAIT_S
    await talk.until_anew(session)
    talk.was_handed_over(mark)


async def gives_up(talk: Talk, code: int, reason: str) -> None:
    """Told in words; the queue is kept, and ``resume`` goes on where the song was."""
    talk.close(code)
    told = await talk.reads(reason)
    assert "Kept" in told or "kept" in told, told
    await talk.until(lambda: talk.seat is None)
    await talk.goes_on_when_asked()
    assert "bravo" in await talk.ask("queue")


async def test_each_close_code_ends_as_the_table_says(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases: list[Callable[[Talk], Awaitable[None]]] = [
        *(partial(nobody_hears, code=code) for code in RESUMED),
        *(partial(comes_back, code=code, with_same_token=True) for code in IDENTIFIED),
        *(partial(comes_back, code=code, with_same_token=False) for code in REJOINED),
        *(partial(waits_and_comes_back, code=code) for code in AWAITED),
        *(partial(gives_up, code=code, reason=reason) for code, reason in (STOPPED | FAILED).items()),
    ]
    monkeypatch.setattr("actors.player.link.AWAIT_S", AWAIT_S)
    async with open_talks(tmp_path, song, len(cases)) as talks:
        await break_all(cases, talks)
