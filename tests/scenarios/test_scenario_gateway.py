"""The gateway at its worst while music plays: nothing is lost, nothing is done twice, no gap is heard."""

import logging
from pathlib import Path

import pytest
import trio

from sandbox.faults import RouteFault
from sandbox.model.default import GUILD_ID, MUSIC_ID, build_crowd
from sandbox.model.interaction import InteractionState
from sandbox.rest.limits import LimitMode
from tests.scenarios.shows import SONGS, fill_library, is_whole, play_all, says, sound, until_sound
from tests.scenarios.stage import Stage, open_stage


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


async def until_alive(stage: Stage) -> None:
    """Wait until the bot hears the gateway again: it answers a message."""
    stage.ada.send_message(MUSIC_ID, "!settings prefix")
    seen = sum("**prefix** is" in line for line in stage.read())
    await stage.until(lambda: sum("**prefix** is" in line for line in stage.read()) > seen)


async def test_sound_outlives_whatever_happens_to_the_connection(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path, bot=False) as stage:
        fill_library(stage, song)
        await stage.start_bot()
        await play_all(stage, SONGS[:2])
        gateway = stage.sandbox.gateway
        session = set(gateway.hub.sessions)
        since_s = trio.current_time()
        for break_it in (
            gateway.drop_all,
            gateway.reconnect_all,
            lambda: gateway.invalidate_all(resumable=True),
            lambda: gateway.garbage_all('{"op": 0, "d": {"half'),
            lambda: gateway.garbage_all(b"\x00\xff not compressed at all"),
        ):
            break_it()
            await trio.sleep(0.05)
            await until_alive(stage)
        assert set(gateway.hub.sessions) == session
        for payload in ({"op": 99, "d": None}, {"op": 0, "t": "NEVER_HEARD_OF", "s": None, "d": {"new": 1}}):
            for one in gateway.hub.sessions.values():
                one.send(str(payload.get("t") or "UNKNOWN_EVENT"), {"payload": str(payload)})
        await until_alive(stage)
        assert is_whole(sound(stage, since_s))

        before = trio.current_time()
        gateway.invalidate_all(resumable=False)
        await stage.until(lambda: not session & set(gateway.hub.sessions) and bool(gateway.hub.sessions))
        await until_sound(stage, before + 1.0)
        assert "`1.` bravo" in await stage.ask("queue")
        assert not stage.capture.counts


async def test_interactions_that_are_delivered_twice_act_once(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path, bot=False) as stage:
        fill_library(stage, song)
        await stage.start_bot()
        await play_all(stage)
        assert "Skipped" in await stage.ask("skip")
        stage.sandbox.gateway.replay_all(6)
        await until_alive(stage)
        stage.sandbox.gateway.drop_all()
        await until_alive(stage)
        queue = await stage.ask("queue")
        assert "`1.` charlie" in queue
        assert "`2.` delta" in queue


async def test_guild_of_megabytes_arrives_and_lost_answers_are_not_posted_twice(tmp_path: Path) -> None:
    async with open_stage(tmp_path, bot=False) as stage:
        build_crowd(stage.sandbox.world.directory.guild(GUILD_ID), 15_000)
        await stage.start_bot()
        assert "Settings of this server" in await stage.ask("settings")
        faults = stage.sandbox.faults
        faults.on_route(RouteFault(method="POST", contains="/messages", lose_response=True))
        faults.on_route(RouteFault(method="POST", contains="/messages", status=502, times=2))
        stage.ada.send_message(MUSIC_ID, "!settings prefix")
        await stage.reads("**prefix** is")
        await trio.sleep(0.3)
        assert sum("**prefix** is" in line for line in stage.read()) == 1
        faults.on_route(RouteFault(method="PATCH", contains="/messages/@original", status=500, times=2))
        assert "**prefix** is" in await stage.ask("settings", name="prefix")


async def test_thirty_commands_under_real_rate_limits_are_all_answered(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        stage.sandbox.limits.mode = LimitMode.REAL
        asked = [stage.run("settings", name="prefix") for _ in range(20)]
        for _ in range(10):
            stage.ada.send_message(MUSIC_ID, "!settings prefix")
        for one in asked:
            await says(stage, one, "**prefix** is")
        assert all(one.state is InteractionState.ANSWERED for one in asked)
        await stage.until(lambda: sum("**prefix** is" in line for line in stage.read()) == 30, 15)
        refused = [request for request in stage.sandbox.requests if request.status == 429]
        assert len(refused) <= 1, "limits are learned, not run into"


async def test_silent_server_is_a_zombie_and_is_resumed(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path, bot=False) as stage:
        stage.sandbox.gateway.interval_s = 0.5
        fill_library(stage, song)
        await stage.start_bot()
        await play_all(stage, SONGS[:1])
        session, since_s = set(stage.sandbox.gateway.hub.sessions), trio.current_time()
        first = stage.sandbox.gateway.connections[0]
        stage.sandbox.faults.ack_heartbeats = False
        await stage.until(lambda: first not in stage.sandbox.gateway.connections, 5.0)
        stage.sandbox.faults.ack_heartbeats = True
        await until_alive(stage)
        assert set(stage.sandbox.gateway.hub.sessions) == session
        assert is_whole(sound(stage, since_s))
