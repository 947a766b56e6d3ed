"""Calls that break because something became true: moved, thrown out, another server, another main session."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio

from sandbox.model.default import BOT_ID
from sandbox.model.entities import ChannelType, Overwrite
from sandbox.model.permissions import Permissions
from tests.scenarios.calls import Talk, break_all, open_talks
from tests.scenarios.course import sound_of

JOIN_S = 1.0
"""Until a channel that does not answer is given up; the real time is judged in ``tests/player``."""
FADE = 5
"""Frames."""
QUIET_S = 0.5
"""Sound that ended longer ago than this has ended."""
NEW_SESSION_S = (0.1, 0.3)
"""Before the next identify after op 9; the real pause is judged in ``tests/gateway_client``."""


async def goes_on_anew(talk: Talk, what: Callable[[], object]) -> None:
    """The song goes on in a new session with the very next packet."""
    session, mark = talk.session, talk.mark
    what()
    await talk.until_anew(session)
    talk.was_handed_over(mark)


async def is_moved(talk: Talk) -> None:
    """There and back again."""
    for channel_id in (talk.next_door.id, talk.server.voice_id):
        await goes_on_anew(talk, partial(talk.move, channel_id))
        assert talk.seat == channel_id
    assert "alpha" in await talk.ask("playing")


async def gets_new_server_at_same_endpoint(talk: Talk) -> None:
    await goes_on_anew(talk, talk.offer_server)


async def waits_for_endpoint(talk: Talk) -> None:
    """Nobody serves the call for a while; the song waits and goes on."""
    session, mark = talk.session, talk.mark
    talk.stage.sandbox.faults.null_voice_endpoints = 1
    talk.offer_server()
    assert "alpha" in await talk.ask("playing")  # by now the bot knows
    assert talk.session is None
    talk.offer_server()
    await talk.until_anew(session)
    talk.was_handed_over(mark)


async def is_thrown_out(talk: Talk) -> None:
    talk.throw_out()
    told = await talk.reads("I was disconnected from")
    assert "2 tracks are kept" in told
    await talk.goes_on_when_asked()
    assert "bravo" in await talk.ask("queue")


async def loses_its_channel(talk: Talk) -> None:
    """Deleted with everybody in it. Source: 4022 where a channel is deleted."""
    world = talk.stage.sandbox.world
    channel = world.directory.channel(talk.server.voice_id)
    talk.close(4022)
    for user_id in world.voice.people_in(channel):
        world.voice.leave(talk.server.guild_id, user_id)
    world.directory.remove_channel(channel)
    assert "2 tracks are kept" in await talk.reads("I was disconnected from")
    talk.stage.ada.join_voice(talk.next_door.id)
    await talk.goes_on_when_asked()
    assert talk.seat == talk.next_door.id
    assert "bravo" in await talk.ask("queue")


async def is_called_where_it_cannot_be_heard(talk: Talk) -> None:
    """Where it would not be heard, it says so, and stays where it is."""
    await talk.is_joined_by_cleo()
    session, mark = talk.session, talk.mark
    directory = talk.stage.sandbox.world.directory
    guild = directory.guild(talk.server.guild_id)
    stage = directory.add_channel(guild, "Stage", ChannelType.STAGE)
    full = directory.add_channel(guild, "Full", ChannelType.VOICE)
    closed = directory.add_channel(guild, "Closed", ChannelType.VOICE)
    directory.limit_users(full, 1)
    deny = int(Permissions.CONNECT)
    for channel, part in ((stage, "is a stage"), (full, "is full"), (closed, "not allowed to join")):
        talk.stage.ada.join_voice(channel.id)
        if channel is closed:
            directory.set_overwrite(closed, Overwrite(id=guild.id, type=0, allow=0, deny=deny))
        assert part in await talk.ask("join")
    talk.stage.ada.join_voice(talk.server.voice_id)
    await talk.hears(mark)
    assert talk.session is session, "the old call went on"
    talk.went_on(mark)


async def is_called_onto_a_stage(talk: Talk) -> None:
    """It asks to speak, holds the song, and goes on when it is let up."""
    world, guild_id = talk.stage.sandbox.world, talk.server.guild_id
    stage = world.directory.add_channel(world.directory.guild(guild_id), "Stage", ChannelType.STAGE)
    allow = int(Permissions.REQUEST_TO_SPEAK)
    world.directory.set_overwrite(stage, Overwrite(id=guild_id, type=0, allow=allow, deny=0))
    talk.stage.ada.join_voice(stage.id)
    assert f"<#{stage.id}>" in await talk.ask("join")
    await talk.reads("I have asked to speak")
    route = f"/guilds/{guild_id}/voice-states/@me"
    await talk.until(lambda: any(one.path.endswith(route) for one in talk.stage.sandbox.requests))
    await talk.until(lambda: talk.is_connected)
    await talk.until(lambda: trio.current_time() - sound_of(talk.frames())[-1].arrived_s > QUIET_S)
    heard, mark = sound_of(talk.frames()), talk.mark
    world.voice.set_suppress(guild_id, BOT_ID, suppress=False)
    leap = talk.song.begins(await talk.hears(mark)) - talk.song.ends(heard)
    assert -FADE <= leap <= FADE + len(talk.voice.strays()), leap


async def is_called_into_a_channel_that_fills_up(talk: Talk) -> None:
    """A full channel answers nothing at all: the old call goes on, and it says so."""
    await talk.is_joined_by_cleo()
    session, mark, guild_id = talk.session, talk.mark, talk.server.guild_id
    swallowed = talk.stage.sandbox.faults.swallow_voice_requests
    swallowed[guild_id] = 0
    talk.stage.ada.join_voice(talk.next_door.id)
    asked = talk.stage.ada.run_command(talk.server.text_id, "join")
    await talk.until(lambda: swallowed[guild_id] > 0)
    del swallowed[guild_id]
    talk.stage.ada.join_voice(talk.server.voice_id)
    await talk.hears(talk.mark)
    assert "did not answer" in await talk.server.outcome(asked)
    assert talk.seat == talk.server.voice_id
    assert talk.session is session
    talk.went_on(mark)


async def test_facts_change_a_call_and_the_song_goes_on(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases: list[Callable[[Talk], Awaitable[None]]] = [
        gets_new_server_at_same_endpoint,
        waits_for_endpoint,
        is_thrown_out,
        loses_its_channel,
        is_called_where_it_cannot_be_heard,
        is_called_onto_a_stage,
        is_called_into_a_channel_that_fills_up,
    ]
    monkeypatch.setattr("actors.player.link.JOIN_S", JOIN_S)
    async with open_talks(tmp_path, song, len(cases)) as talks:
        await break_all(cases, talks)


async def loses_the_main_gateway(talks: list[Talk], how: Callable[[], None]) -> None:
    """The calls do not need it: sound comes before the gateway greets the bot again."""
    await is_healthy(talks[0])
    sandbox = talks[0].stage.sandbox
    marks = [(talk, talk.mark, talk.session) for talk in talks]
    before = set(map(id, sandbox.gateway.connections))
    sandbox.faults.hold_hello = True
    how()
    await talks[0].until(lambda: any(id(one) not in before for one in sandbox.gateway.connections))
    for talk in talks:
        await talk.hears(talk.mark)
    assert all(one.lost_at is not None for one in sandbox.gateway.hub.sessions.values())
    sandbox.faults.hold_hello = False
    await has_its_gateway(talks[0])
    for talk, mark, session in marks:
        await talk.hears(talk.mark)
        assert talk.session is session
        talk.went_on(mark)


async def has_its_gateway(talk: Talk) -> None:
    sessions = talk.stage.sandbox.gateway.hub.sessions
    await talk.until(lambda: bool(sessions) and all(one.lost_at is None for one in sessions.values()))


async def is_healthy(talk: Talk) -> None:
    """The bot has heard its heartbeat acknowledged: whoever has not dials ever more slowly."""
    for connection in talk.stage.sandbox.gateway.connections:
        connection.ask_for_heartbeat()
    assert "alpha" in await talk.ask("playing")


async def go_on_anew(talks: list[Talk], what: Callable[[], object]) -> None:
    """One thing that happens to all calls."""
    before = [(talk, talk.session, talk.mark) for talk in talks]
    what()
    for talk, session, mark in before:
        await talk.until_anew(session)
        talk.was_handed_over(mark)


async def test_everything_around_the_calls_changes_at_once(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway_client.comeback.INVALID_WAIT_S", NEW_SESSION_S)
    async with open_talks(tmp_path, song, 2) as talks:
        stage = talks[0].stage
        gateway = stage.sandbox.gateway
        await is_moved(talks[0])
        await loses_the_main_gateway(talks, gateway.drop_all)
        await loses_the_main_gateway(talks, gateway.reconnect_all)
        await is_healthy(talks[0])
        await talks[0].voice.move_region()
        await go_on_anew(talks, lambda: [talk.offer_server() for talk in talks])
        await go_on_anew(talks, lambda: gateway.invalidate_all(resumable=False))
        assert all(talk.seat == talk.server.voice_id for talk in talks)
