"""The gateway at its worst while music plays: nothing is lost, nothing is done twice, no gap is heard.

The stages share their waits: each has a Discord and a bot of its own, and they are on at the same time.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from sandbox.faults import RouteFault
from sandbox.gateway.compression import ZstdStreamPacker
from sandbox.model.default import GUILD_ID, MUSIC_ID
from sandbox.model.interaction import InteractionState
from sandbox.rest.limits import LimitMode
from tests.patience import until
from tests.scenarios.metropolis import build_metropolis
from tests.scenarios.shows import SONGS, fill_library, is_whole, play_all, says, until_sound
from tests.scenarios.stage import Stage, open_stage

MEGABYTES = 3_000_000
STRANGE: tuple[object, ...] = (
    {"op": 99, "d": None},
    {"op": "eleven", "d": {}},
    {"op": -1},
    {"op": 2.5, "d": []},
    {"op": None, "t": None, "s": None, "d": None},
    {"d": {"no": "opcode"}},
    {},
    [],
    [{"op": 7}],
    "seven",
    7,
    None,
    {"op": 10, "d": {"heartbeat_interval": "soon"}},
    {"op": 11, "d": ["what"]},
    {"op": 1, "d": {"seq": "many"}},
    {"op": 0, "t": "NEVER_HEARD_OF", "s": None, "d": {"new": 1}},
    {"op": 0, "t": 5, "s": None, "d": {}},
    {"op": 0, "s": None, "d": {}},
    {"op": 0, "t": "MESSAGE_CREATE", "s": None, "d": {"id": "not a number"}},
    {"op": 0, "t": "INTERACTION_CREATE", "s": None, "d": []},
    {"op": 0, "t": "VOICE_STATE_UPDATE", "s": None, "d": "half"},
    {"op": 0, "t": "GUILD_CREATE", "s": None, "d": {"id": str(GUILD_ID), "channels": 5}},
    {"op": 0, "t": "MESSAGE_CREATE", "s": "first", "d": {}},
)
"""Opcodes of tomorrow, and of today in a shape that they do not have. None of them asks for anything."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


async def until_alive(stage: Stage) -> None:
    """Wait until the bot hears the gateway again: it answers a message, and a heartbeat was acknowledged."""
    for connection in stage.sandbox.gateway.connections:
        connection.ask_for_heartbeat()
    seen = sum("**prefix** is" in line for line in stage.read())
    stage.ada.send_message(MUSIC_ID, "!settings prefix")
    await until(lambda: sum("**prefix** is" in line for line in stage.read()) > seen)


async def test_gateway_at_its_worst(tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[int] = []
    pack = ZstdStreamPacker.pack

    def measure(packer: ZstdStreamPacker, payload: bytes) -> str | bytes:
        packed.append(len(payload))
        return pack(packer, payload)

    monkeypatch.setattr(ZstdStreamPacker, "pack", measure)
    monkeypatch.setattr("gateway_client.comeback.INVALID_WAIT_S", (0.2, 0.5))
    async with trio.open_nursery() as nursery:
        for play in (
            sound_outlives_whatever_happens_to_the_connection,
            interactions_that_are_delivered_twice_act_once,
            silent_server_is_a_zombie_and_is_resumed,
            guild_of_megabytes_arrives_and_lost_answers_are_not_posted_twice,
        ):
            nursery.start_soon(play, tmp_path / play.__name__, song)
    assert max(packed) > MEGABYTES


async def sound_outlives_whatever_happens_to_the_connection(data: Path, song: Path) -> None:
    async with open_stage(data, bot=False) as stage:
        fill_library(stage, song)
        await stage.start_bot()
        await play_all(stage, SONGS[:2])
        gateway = stage.sandbox.gateway
        session = set(gateway.hub.sessions)
        since_s = trio.current_time()
        await ignores_what_it_does_not_know(stage)
        breaks: tuple[Callable[[], None], ...] = (
            gateway.drop_all,
            gateway.reconnect_all,
            lambda: gateway.invalidate_all(resumable=True),
            lambda: gateway.garbage_all('{"op": 0, "d": {"half'),
            lambda: gateway.garbage_all(b"\x00\xff not compressed at all"),
            lambda: gateway.strange_all({"op": 7, "d": ["now"]}),
        )
        for break_it in breaks:
            break_it()
            await trio.sleep(0.05)
            await until_alive(stage)
        assert set(gateway.hub.sessions) == session
        assert is_whole(stage, since_s)

        gateway.invalidate_all(resumable=False)
        await until(lambda: not session & set(gateway.hub.sessions) and bool(gateway.hub.sessions))
        await until_sound(stage, trio.current_time())
        assert "`1.` bravo" in await stage.ask("queue")
        assert not stage.capture.counts


async def ignores_what_it_does_not_know(stage: Stage) -> None:
    """Strange payloads cost neither the session nor the connection."""
    (connection,) = stage.sandbox.gateway.connections
    for payload in STRANGE:
        stage.sandbox.gateway.strange_all(payload)
    await until_alive(stage)
    assert stage.sandbox.gateway.connections == [connection]


async def interactions_that_are_delivered_twice_act_once(data: Path, song: Path) -> None:
    async with open_stage(data, bot=False) as stage:
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


async def guild_of_megabytes_arrives_and_lost_answers_are_not_posted_twice(data: Path, song: Path) -> None:
    async with open_stage(data, bot=False) as stage:
        last_id = build_metropolis(stage.sandbox.world.directory.guild(GUILD_ID))
        fill_library(stage, song)
        await stage.start_bot()
        asked = stage.ada.run_command(last_id, "settings")
        assert "Settings of this server" in await stage.answer_to(asked)
        await play_all(stage, SONGS[:1])
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
    # By itself: beside a server of megabytes in the same process, three seconds are not only the bot's.
    async with open_stage(tmp_path) as stage:
        stage.sandbox.limits.mode = LimitMode.REAL
        asked = [stage.run("settings", name="prefix") for _ in range(20)]
        for _ in range(10):
            stage.ada.send_message(MUSIC_ID, "!settings prefix")
        await until(lambda: all(one.responded or one.failure for one in asked))
        assert [one.failure for one in asked if one.failure] == []
        for one in asked:
            await says(stage, one, "**prefix** is")
        assert all(one.state is InteractionState.ANSWERED for one in asked)
        await until(lambda: sum("**prefix** is" in line for line in stage.read()) == 30)
        refused = [request for request in stage.sandbox.requests if request.status == 429]
        assert len(refused) <= 1, "limits are learned, not run into"


async def silent_server_is_a_zombie_and_is_resumed(data: Path, song: Path) -> None:
    async with open_stage(data, bot=False) as stage:
        stage.sandbox.gateway.interval_s = 1.0
        fill_library(stage, song)
        await stage.start_bot()
        await play_all(stage, SONGS[:1])
        session, since_s = set(stage.sandbox.gateway.hub.sessions), trio.current_time()
        first = stage.sandbox.gateway.connections[0]
        stage.sandbox.faults.ack_heartbeats = False
        await until(lambda: first not in stage.sandbox.gateway.connections)
        stage.sandbox.faults.ack_heartbeats = True
        await until_alive(stage)
        assert set(stage.sandbox.gateway.hub.sessions) == session
        assert is_whole(stage, since_s)
