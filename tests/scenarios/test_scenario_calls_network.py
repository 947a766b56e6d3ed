"""The network under a call: the WebSocket breaks and UDP lives, the reverse, another address."""

from pathlib import Path

import pytest
import trio

from gateway_client.ids import UserId
from sandbox.voice.capture import Violation
from tests.scenarios.calls import NO_HOLE_S, Talk, open_talks
from tests.scenarios.chirp import WINDOW, position_s
from tests.scenarios.router import Router, open_router

AWAY_S = 1.5


async def loses_the_websocket(talk: Talk, router: Router) -> None:
    """Cut without a word, refused for a while: the music goes on over UDP, the session is resumed."""
    at = trio.current_time()
    talk.voice.faults.refuse = True
    router.cut()
    await trio.sleep(AWAY_S)
    assert not talk.voice.is_connected(talk.server.guild_id, bot_of(talk))
    talk.voice.faults.refuse = False
    await talk.stage.until(lambda: talk.voice.is_connected(talk.server.guild_id, bot_of(talk)))
    await talk.sounds(trio.current_time())
    assert router.cuts == 2
    assert talk.hole_s(at) < NO_HOLE_S


async def loses_udp(talk: Talk, router: Router) -> None:
    """What was sent meanwhile is lost, as in a live broadcast: nothing is repeated."""
    before_s, at = talk.heard_s(), trio.current_time()
    router.silent = True
    await trio.sleep(AWAY_S)
    router.silent = False
    after = await talk.sounds(at + 0.1)
    assert AWAY_S - 0.1 < talk.hole_s(at) < AWAY_S + 0.2
    passed_s = after[WINDOW - 1].arrived_s - at
    assert position_s(after[:WINDOW]) == pytest.approx(before_s + passed_s, abs=0.5)
    assert talk.voice.is_connected(talk.server.guild_id, bot_of(talk))


async def gets_another_address(talk: Talk, router: Router) -> None:
    """The server sees the packets come from elsewhere; the listener hears nothing of it."""
    at = trio.current_time()
    seen = router.addresses()
    router.renumber()
    await talk.sounds(at, frames=50)
    assert len(router.addresses()) == len(seen) == 1
    assert router.addresses() != seen
    assert talk.hole_s(at) < NO_HOLE_S


def bot_of(talk: Talk) -> UserId:
    return talk.stage.sandbox.world.application.bot.id


async def test_network_breaks_under_a_call(tmp_path: Path, song: Path) -> None:
    async with open_router() as router, open_talks(tmp_path, song, 1, router) as (talk,):
        await loses_the_websocket(talk, router)
        await gets_another_address(talk, router)
        assert not talk.server.capture.counts
        await loses_udp(talk, router)
        # The listener missed numbers; that is what was done to it.
        assert set(talk.server.capture.counts) == {Violation.SEQUENCE_STEP}
        talk.server.capture.counts.clear()
