"""A node dies in mid-song: its call goes on at another node that runs, where it was, and soon."""

import os
import signal
from pathlib import Path

import pytest
import trio

from tests.patience import PATIENCE_S, until
from tests.voice.fakes import open_fake_server
from tests.voice.nodes import Bot, a_file, open_bot, wanted
from voice.protocol import NodeRestarted, Position, TrackStarted

NEAR_MS = 1000


def position_of(bot: Bot, call: int) -> int:
    """What was reported last, in milliseconds."""
    return [fact.position_ms for fact in bot.facts(Position) if fact.call == call][-1]


def pid_of(bot: Bot, call: int) -> int | None:
    return next(handle.pid for known, handle in bot.client._placed.items() if known == call)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_call_goes_on_at_another_node(sounds: dict[str, Path], number: signal.Signals) -> None:
    async with open_fake_server() as server, open_bot(nodes=2) as bot:
        for call in (1, 2):
            bot.client.tell(wanted(server.server_of(call), a_file(sounds["ogg"], track_id=call)))
        for call in (1, 2):
            await bot.wait_for_kind(TrackStarted, call)
        await bot.wait_for(
            lambda fact: isinstance(fact, Position) and fact.call == 2 and fact.position_ms > NEAR_MS + 300
        )
        first, second = pid_of(bot, 1), pid_of(bot, 2)
        assert first != second
        assert second is not None
        heard = len(server.of(1)[0].frames)
        killed_at, was_ms = trio.current_time(), position_of(bot, 2)
        os.kill(second, number)
        with trio.fail_after(PATIENCE_S):
            while len([fact for fact in bot.facts(TrackStarted) if fact.track_id == 2]) < 2:
                await bot.next_fact()
        assert pid_of(bot, 2) == first
        assert [fact.calls for fact in bot.facts(NodeRestarted)] == [(2,)]
        began = [
            noted.fact for noted in bot.noted if noted.at > killed_at and isinstance(noted.fact, Position)
        ]
        here = next(fact.position_ms for fact in began if fact.call == 2)
        assert abs(here - was_ms) <= NEAR_MS
        await until(lambda: len(server.of(1)[0].frames) > heard + 5)
        assert len(server.of(1)) == 1
        assert len(server.of(2)) == 2
        assert server.all_problems() == []
