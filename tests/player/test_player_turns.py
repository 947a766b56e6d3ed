"""A burst of plays: a few search at a time, the others wait for their turn and say so."""

import trio
import trio.testing

from actors.core.work import Stage, WorkKind
from actors.player.asks import Clear
from actors.player.commands import COMMANDS
from actors.player.searches import SEARCHES_AT_ONCE
from tests.player.fakes import open_guild

Clock = trio.testing.MockClock


def test_plays_start_themselves_and_nothing_else_does() -> None:
    starting = {command.name for command in COMMANDS if command.starts_itself}
    assert starting == {"play", "playtop", "playnow"}


async def test_a_play_starts_when_its_own_search_starts(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.delays_s.update(dict.fromkeys(map(str, range(8)), 10.0))
        works = [guild.play(str(number)) for number in range(8)]
        await trio.sleep(1)
        assert [work.stage for work in works] == [Stage.STARTED] * SEARCHES_AT_ONCE + [Stage.QUEUED] * 4
        assert works[0].kind is WorkKind.RESOLVING
        await trio.sleep(10)
        assert [work.stage for work in works] == [Stage.DONE] * SEARCHES_AT_ONCE + [Stage.STARTED] * 4
        await trio.sleep(10)
        assert {work.stage for work in works} == {Stage.DONE}


async def test_a_play_that_was_cleared_before_its_turn_never_starts(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.delays_s.update(dict.fromkeys(map(str, range(6)), 10.0))
        works = [guild.play(str(number)) for number in range(6)]
        heard: list[Stage] = []
        works[5].watch(lambda work: heard.append(work.stage))
        await trio.sleep(1)
        guild.ask(Clear())
        await trio.sleep(1)
        assert heard == [Stage.SKIPPED]
