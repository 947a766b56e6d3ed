"""From one voice channel to another: by a person's hand, by ``join``, and when Discord does not answer."""

import pytest
import trio
import trio.testing

from actors.core.work import Stage
from actors.player.asks import Join, Leave, Pause
from gateway_client.ids import ChannelId
from gateway_client.objects import Permissions
from tests.player.channel_fakes import FakeRest
from tests.player.fakes import TestGuild, guild_object, open_guild, open_playing
from tests.player.places import ALICE, BOB, MAY, ME, OTHER_VOICE, THIRD_VOICE, VOICE
from voice.protocol import Verdict

Clock = trio.testing.MockClock


def servers_of(guild: TestGuild) -> list[ChannelId | None]:
    """The channels whose servers voice was told to dial, in order; ``None`` where it had to leave one."""
    by_attempt = {told.attempt: told.server for told in guild.node.told}
    return [None if server is None else server.channel_id for server in by_attempt.values()]


async def test_join_moves_the_bot_and_the_track_goes_on(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(ALICE, OTHER_VOICE)
        guild.ask(Join())
        await trio.sleep(2)
        assert guild.rest.lines == ["I am in <#301> now."]
        assert guild.seats.asked == [VOICE, OTHER_VOICE]
        assert guild.node.title == "sea"
        assert guild.node.heard == ["sea"]


async def test_a_move_that_is_not_answered_leaves_the_bot_where_it_is(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(ALICE, OTHER_VOICE)
        guild.seats.answers = False
        work = guild.ask(Join())
        await trio.sleep(12)
        assert work.stage is Stage.FAILED
        assert len(guild.rest.lines) == 1
        assert guild.rest.lines[0].startswith("I could not join <#301>: Discord did not answer.")
        assert guild.node.title == "sea"
        guild.ask(Pause(), BOB)
        await trio.sleep(1)
        assert guild.rest.lines[-1] == "Paused. `resume` goes on."


async def test_second_call_while_a_move_is_not_answered_keeps_the_sound(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        before = servers_of(guild)
        guild.sit(ALICE, OTHER_VOICE)
        guild.seats.answers = False
        first = guild.ask(Join())
        await trio.sleep(3)
        guild.sit(ALICE, THIRD_VOICE)
        second = guild.ask(Join())
        for _ in range(12):
            await trio.sleep(1)
            assert guild.node.title == "sea"
            assert servers_of(guild) == before, "the old call goes on"
        assert (first.stage, second.stage) == (Stage.FAILED, Stage.FAILED)
        assert sorted(line.partition(":")[0] for line in guild.rest.lines) == [
            f"I could not join <#{OTHER_VOICE}>",
            f"I could not join <#{THIRD_VOICE}>",
        ]


async def test_second_call_that_is_answered_takes_the_bot_there_without_a_gap(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        before = servers_of(guild)
        guild.sit(ALICE, OTHER_VOICE)
        guild.seats.answers = False
        guild.ask(Join())
        await trio.sleep(3)
        guild.seats.answers = True
        guild.sit(ALICE, THIRD_VOICE)
        guild.ask(Join())
        await trio.sleep(2)
        assert guild.rest.lines == [f"I am in <#{THIRD_VOICE}> now."] * 2
        assert guild.node.heard == ["sea"]
        assert servers_of(guild) == [*before, THIRD_VOICE], "with nothing in between"


async def test_being_called_back_while_a_move_is_not_answered_ends_it(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        before = servers_of(guild)
        guild.sit(ALICE, OTHER_VOICE)
        guild.seats.answers = False
        first = guild.ask(Join())
        await trio.sleep(3)
        second = guild.ask(Join(), BOB)
        for _ in range(12):
            await trio.sleep(1)
            assert guild.node.title == "sea"
        assert servers_of(guild) == before
        assert guild.seats.asked == [VOICE, OTHER_VOICE, VOICE]
        assert (first.stage, second.stage) == (Stage.DONE, Stage.DONE)
        assert guild.rest.lines == [f"I am in <#{VOICE}> now."] * 2


async def test_an_empty_channel_that_does_not_answer_silences_nobody(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(ALICE, OTHER_VOICE)
        guild.seats.answers = False
        work = guild.ask(Join())
        guild.sit(ALICE, None)
        for _ in range(12):
            await trio.sleep(1)
            assert guild.node.title == "sea", "somebody listens in the old channel"
        assert work.stage is Stage.FAILED
        guild.sit(BOB, None)
        await trio.sleep(1)
        assert guild.node.title is None


async def test_alone_is_judged_by_the_new_channel_as_soon_as_the_bot_sits_there(
    autojump_clock: Clock,
) -> None:
    async with open_playing("sea") as guild:
        guild.sit(ALICE, OTHER_VOICE)
        guild.ask(Join())
        guild.sit(ALICE, None)
        await trio.sleep(2)
        assert guild.node.title is None, "nobody is there, whoever listened before"
        guild.sit(BOB, OTHER_VOICE)
        await trio.sleep(1)
        assert guild.node.title == "sea"


async def test_being_moved_keeps_playing(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(ALICE, OTHER_VOICE)
        guild.sit(ME, OTHER_VOICE)
        guild.node.close(4014, Verdict.AWAIT)
        await trio.sleep(0.5)
        guild.seats.give_server()
        await trio.sleep(2)
        assert guild.node.title == "sea"
        assert guild.node.desired is not None
        assert guild.node.desired.server is not None
        assert guild.node.desired.server.channel_id == OTHER_VOICE
        assert guild.node.heard == ["sea"]
        assert guild.rest.lines == []


async def test_a_call_from_elsewhere_while_the_first_one_joins_is_refused_and_the_first_plays(
    autojump_clock: Clock,
) -> None:
    async with open_guild() as guild:
        guild.sit(BOB, OTHER_VOICE)
        first = guild.play("sea")
        await trio.sleep(0.02)
        second = guild.play("wind", BOB)
        await trio.sleep(2)
        assert guild.node.title == "sea"
        assert (first.stage, second.stage) == (Stage.DONE, Stage.FAILED)
        assert guild.seats.asked == [VOICE]
        assert servers_of(guild)[1:] == [VOICE], "dialled once"


@pytest.mark.parametrize("at_s", [0.0, 0.05, 0.07], ids=["asked", "seated", "connecting"])
async def test_called_elsewhere_while_the_first_call_joins_it_goes_there(
    autojump_clock: Clock, at_s: float
) -> None:
    async with open_guild() as guild:
        first = guild.play("sea")
        await trio.sleep(at_s)
        guild.sit(BOB, OTHER_VOICE)
        second = guild.ask(Join(), BOB)
        await trio.sleep(2)
        assert (first.stage, second.stage) == (Stage.DONE, Stage.DONE)
        assert guild.node.title == "sea"
        assert guild.seats.asked == [VOICE, OTHER_VOICE]
        assert servers_of(guild)[-1] == OTHER_VOICE


@pytest.mark.parametrize("at_s", [0.05, 0.07], ids=["seated", "connecting"])
async def test_called_to_where_nobody_answers_while_the_first_call_joins_that_one_plays(
    autojump_clock: Clock, at_s: float
) -> None:
    async with open_guild() as guild:
        first = guild.play("sea")
        await trio.sleep(at_s)
        guild.seats.answers = False
        guild.sit(BOB, OTHER_VOICE)
        second = guild.ask(Join(), BOB)
        await trio.sleep(15)
        assert (first.stage, second.stage) == (Stage.DONE, Stage.FAILED)
        assert any(line.startswith(f"I could not join <#{OTHER_VOICE}>") for line in guild.rest.lines)
        assert guild.node.title == "sea"
        assert servers_of(guild)[1:] == [VOICE]


async def test_an_old_call_that_ends_while_a_move_is_not_answered_is_joined_afresh(
    autojump_clock: Clock,
) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.sit(ALICE, OTHER_VOICE)
        guild.seats.answers = False
        guild.ask(Join())
        await trio.sleep(3)
        guild.node.close(4006, Verdict.REJOIN)
        guild.seats.answers = True
        await trio.sleep(10)
        assert guild.node.title == "sea"
        assert guild.seats.asked == [VOICE, OTHER_VOICE, None, VOICE]


async def test_left_and_called_again_at_once_it_plays_though_its_line_is_still_being_taken_away(
    autojump_clock: Clock,
) -> None:
    async with open_guild(
        guild_object(MAY | Permissions.SET_VOICE_CHANNEL_STATUS), rest=SlowLines()
    ) as guild:
        guild.play("sea")
        await trio.sleep(3)
        guild.ask(Leave())
        await trio.sleep(0.2)
        assert guild.seats.asked == [VOICE], "whoever is not there may not change it"
        again = guild.play("wind")
        await trio.sleep(3)
        assert guild.seats.asked == [VOICE, None, VOICE], "who never left would get no answer"
        assert again.stage is Stage.DONE
        assert guild.node.title == "wind"


class SlowLines(FakeRest):
    """Takes its time over the line under a channel."""

    async def set_voice_status(self, channel_id: ChannelId, status: str) -> None:
        await trio.sleep(0.5)
        await super().set_voice_status(channel_id, status)
