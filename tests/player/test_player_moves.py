"""From one voice channel to another: by a person's hand, by ``join``, and when Discord does not answer."""

import trio
import trio.testing

from actors.core.work import Stage
from actors.player.asks import Join, Pause
from tests.player.fakes import open_playing
from tests.player.places import ALICE, BOB, ME, OTHER_VOICE, VOICE
from voice.protocol import Verdict

Clock = trio.testing.MockClock


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
