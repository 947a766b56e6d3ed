"""Stages: where the bot may not be heard, has to ask, or takes the floor."""

import trio
import trio.testing

from gateway_client.objects import Permissions
from tests.player.fakes import guild_object, open_guild
from tests.player.places import ALICE, MAY, ME, STAGE, VOICE

Clock = trio.testing.MockClock


async def test_a_stage_is_refused_with_its_reason(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.sit(ALICE, STAGE)
        guild.play("sea")
        await trio.sleep(1)
        assert guild.rest.lines[0].startswith("<#302> is a stage")
        assert guild.seats.asked == []


async def test_on_a_stage_it_asks_to_speak_and_plays_when_it_is_let_up(autojump_clock: Clock) -> None:
    async with open_guild(guild_object(MAY | Permissions.REQUEST_TO_SPEAK)) as guild:
        guild.sit(ALICE, STAGE)
        guild.play("sea")
        await trio.sleep(1)
        assert guild.rest.floors == ["asks on 302"]
        assert any(line.startswith("<#302> is a stage, so I have asked") for line in guild.rest.lines)
        assert guild.node.desired is not None
        assert guild.node.desired.paused, "the song waits for its audience"
        guild.sit(ME, STAGE, suppress=False)
        await trio.sleep(0.5)
        assert not guild.node.desired.paused
        guild.sit(ME, STAGE, suppress=True)
        await trio.sleep(0.5)
        assert guild.node.desired.paused, "sent back to the audience"
        assert guild.rest.floors == ["asks on 302"] * 2


async def test_on_a_stage_it_takes_the_floor_where_it_may(autojump_clock: Clock) -> None:
    async with open_guild(guild_object(MAY | Permissions.MUTE_MEMBERS)) as guild:
        guild.sit(ALICE, STAGE)
        guild.play("sea")
        await trio.sleep(1)
        assert guild.rest.floors == ["takes 302"]
        assert not any("asked to speak" in line for line in guild.rest.lines)
        guild.sit(ME, VOICE)
        await trio.sleep(0.5)
        assert guild.node.desired is not None
        assert not guild.node.desired.paused, "moved off the stage"
