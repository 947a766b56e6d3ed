"""Calls that break because something became true: moved, thrown out, another server, another main session."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio

from sandbox.model.default import BOT_ID
from sandbox.model.entities import ChannelType, Overwrite
from sandbox.model.permissions import Permissions
from sandbox.voice.opus import SILENCE
from tests.scenarios.calls import NO_HOLE_S, Talk, longest_gap_s, open_talks
from tests.scenarios.chirp import WINDOW, position_s
from tests.scenarios.stage import PATIENCE_S

MOVED_S = 0.1
MIGRATED_S = 0.25
FADE = 8
"""Frames in which the sound of a pause dies away, and some to spare."""
NEW_SESSION_S = 7.0
"""Op 9 asks for a pause of one to five seconds before the next identify. Source: Gateway, "Resuming"."""


async def goes_on(
    talk: Talk, what: Callable[[], object], within_s: float, seconds: float = PATIENCE_S
) -> float:
    """The same song goes on at the same place, with no longer a hole than this; the hole, in seconds."""
    before_s, at = talk.heard_s(), trio.current_time()
    what()
    after = await talk.sounds(at, seconds, frames=40)
    hole_s = talk.hole_s(at)
    assert hole_s < within_s, talk.server.guild_id
    passed_s = after[-1].arrived_s - at
    assert position_s(after[-WINDOW:]) == pytest.approx(before_s + passed_s, abs=0.5 + hole_s)
    return hole_s


async def is_moved(talk: Talk) -> None:
    """There and back again; what else runs on this machine may hold one of the moves up, not most of them."""
    holes_s: list[float] = []
    for channel_id in (talk.next_door.id, talk.server.voice_id) * 2:
        holes_s.append(await goes_on(talk, partial(talk.move, channel_id), MIGRATED_S))
        assert talk.seat == channel_id
    assert sorted(holes_s)[1] < MOVED_S
    assert "alpha" in await talk.ask("playing")


async def gets_new_server_at_same_endpoint(talk: Talk) -> None:
    await goes_on(talk, talk.offer_server, MIGRATED_S)


async def waits_for_endpoint(talk: Talk) -> None:
    """Nobody serves the call for a while; the song waits and goes on."""

    def take_away() -> None:
        talk.stage.sandbox.faults.null_voice_endpoints = 1
        talk.offer_server()

    before_s = talk.heard_s()
    take_away()
    await trio.sleep(1.0)
    at = trio.current_time()
    talk.offer_server()
    after = await talk.sounds(at)
    assert after[0].arrived_s - at < MIGRATED_S
    assert position_s(after[:WINDOW]) == pytest.approx(before_s + 0.2, abs=0.5)


async def is_thrown_out(talk: Talk) -> None:
    before_s = talk.heard_s()
    talk.throw_out()
    told = await talk.server.reads("I was disconnected from")
    assert "2 tracks are kept" in told
    await comes_back(talk, before_s)


async def loses_its_channel(talk: Talk) -> None:
    """Deleted with everybody in it. Source: 4022 where a channel is deleted."""
    world, before_s = talk.stage.sandbox.world, talk.heard_s()
    channel = world.directory.channel(talk.server.voice_id)
    talk.close(4022)
    for user_id in world.voice.people_in(channel):
        world.voice.leave(talk.server.guild_id, user_id)
    world.directory.remove_channel(channel)
    assert "2 tracks are kept" in await talk.server.reads("I was disconnected from")
    talk.stage.ada.join_voice(talk.next_door.id)
    await comes_back(talk, before_s)
    assert talk.seat == talk.next_door.id


async def comes_back(talk: Talk, before_s: float) -> None:
    at = trio.current_time()
    assert "alpha" in await talk.ask("resume")
    after = await talk.sounds(at)
    assert position_s(after[:WINDOW]) == pytest.approx(before_s, abs=1.0)
    assert "bravo" in await talk.ask("queue")


async def is_called_where_it_cannot_be_heard(talk: Talk) -> None:
    """Where it would not be heard, it says so, and stays where it is."""
    directory = talk.stage.sandbox.world.directory
    guild = directory.guild(talk.server.guild_id)
    stage = directory.add_channel(guild, "Stage", ChannelType.STAGE)
    full = directory.add_channel(guild, "Full", ChannelType.VOICE)
    closed = directory.add_channel(guild, "Closed", ChannelType.VOICE)
    directory.limit_users(full, 1)
    deny = int(Permissions.CONNECT)
    await trio.sleep(0.05)
    for channel, part in ((stage, "is a stage"), (full, "is full"), (closed, "not allowed to join")):
        talk.stage.ada.join_voice(channel.id)
        if channel is closed:
            directory.set_overwrite(closed, Overwrite(id=guild.id, type=0, allow=0, deny=deny))
        await trio.sleep(0.05)
        assert part in await talk.ask("join")
    talk.stage.ada.join_voice(talk.server.voice_id)
    assert longest_gap_s(talk.sound()) < MIGRATED_S + talk.stalls.worst_s, "the old call went on"


async def is_called_onto_a_stage(talk: Talk) -> None:
    """It asks to speak, holds the song, and goes on when it is let up."""
    world, guild_id = talk.stage.sandbox.world, talk.server.guild_id
    stage = world.directory.add_channel(world.directory.guild(guild_id), "Stage", ChannelType.STAGE)
    allow = int(Permissions.REQUEST_TO_SPEAK)
    world.directory.set_overwrite(stage, Overwrite(id=guild_id, type=0, allow=allow, deny=0))
    await trio.sleep(0.6)  # there has to be something to hear a pitch in
    talk.stage.ada.join_voice(stage.id)
    await trio.sleep(0.05)
    assert f"<#{stage.id}>" in await talk.ask("join")
    await talk.server.reads("I have asked to speak")
    route = f"/guilds/{guild_id}/voice-states/@me"
    await talk.stage.until(lambda: any(one.path.endswith(route) for one in talk.stage.sandbox.requests))
    await talk.stage.until(lambda: talk.voice.is_connected(guild_id, BOT_ID))
    await trio.sleep(0.5)  # what was on its way fades out
    at = trio.current_time()
    # The last frames fade out: too quiet to hear a pitch in.
    audible = [frame for frame in talk.sound() if frame.opus != SILENCE]
    held_s = position_s(audible[-WINDOW - FADE : -FADE]) + FADE * 0.02
    await trio.sleep(0.3)
    assert not talk.sound(at), "nobody would hear it"
    at = trio.current_time()
    world.voice.set_suppress(guild_id, BOT_ID, suppress=False)
    after = await talk.sounds(at, frames=2 * WINDOW)
    # The first of them fade in: too quiet to hear a pitch in.
    assert position_s(after[WINDOW : 2 * WINDOW]) == pytest.approx(held_s + 0.4, abs=1.0)


async def is_called_into_a_channel_that_fills_up(talk: Talk) -> None:
    """A full channel answers nothing at all: the old call goes on, and it says so."""
    await trio.sleep(2.5)  # nobody else asks for a seat then
    at = trio.current_time()
    talk.stage.ada.join_voice(talk.next_door.id)
    talk.stage.sandbox.faults.swallow_voice_requests = True
    asked = talk.stage.ada.run_command(talk.server.text_id, "join")
    await trio.sleep(0.1)
    talk.stage.sandbox.faults.swallow_voice_requests = False
    talk.stage.ada.join_voice(talk.server.voice_id)
    assert "did not answer" in await talk.server.outcome(asked)
    assert talk.seat == talk.server.voice_id
    assert talk.hole_s(at) < MIGRATED_S


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
    monkeypatch.setattr("actors.player.link.JOIN_S", 1.0)
    async with open_talks(tmp_path, song, len(cases)) as talks, trio.open_nursery() as nursery:
        for case, talk in zip(cases, talks, strict=True):
            nursery.start_soon(case, talk)


async def test_everything_around_the_calls_changes_at_once(tmp_path: Path, song: Path) -> None:
    async with open_talks(tmp_path, song, 2) as talks:
        stage = talks[0].stage
        gateway = stage.sandbox.gateway

        async def both(what: Callable[[], object], within_s: float) -> None:
            at = trio.current_time()
            what()
            async with trio.open_nursery() as nursery:
                for talk in talks:
                    nursery.start_soon(partial(goes_on, talk, lambda: None, within_s))
            assert all(talk.hole_s(at) < within_s for talk in talks)

        await is_moved(talks[0])
        await both(gateway.drop_all, NO_HOLE_S)
        await both(gateway.reconnect_all, NO_HOLE_S)
        # A new server is told through the main gateway; what that takes to come back is not its hole.
        await stage.until(lambda: all(one.lost_at is None for one in gateway.hub.sessions.values()))
        await talks[0].voice.move_region()
        await both(lambda: [talk.offer_server() for talk in talks], MIGRATED_S)
        await both(lambda: gateway.invalidate_all(resumable=False), NEW_SESSION_S)
        assert all(talk.seat == talk.server.voice_id for talk in talks)
        await trio.sleep(0.5)
