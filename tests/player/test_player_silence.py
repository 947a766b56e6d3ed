"""The ways into silence and out of the channel that are easily forgotten."""

import trio
import trio.testing

from actors.player.asks import Clear, Join, Pause, Resume, SetLoop, Skip, Stop
from actors.player.tuning import Loop
from media.errors import MediaFailure
from tests.player.fakes import open_guild, open_playing
from tests.player.media_fakes import error
from tests.player.places import ALICE, BOB, ME, OTHER_VOICE, VOICE

Clock = trio.testing.MockClock


async def test_whoever_asked_and_went_before_it_came_leaves_it_alone(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.play("sea")
        await trio.sleep(0.005)
        guild.sit(ALICE, None)
        guild.sit(BOB, None)
        await trio.sleep(59)
        assert guild.seats.asked == [VOICE]
        assert guild.node.desired is not None
        assert guild.node.desired.paused
        await trio.sleep(3)
        assert guild.seats.asked == [VOICE, None]
        assert guild.rest.lines[-1] == (
            "Nobody was listening for a minute, so I left <#300>. "
            "One track is kept: `resume` goes on with it."
        )


async def test_what_is_kept_is_counted_with_the_held_track(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.sit(ME, None)
        await trio.sleep(1)
        guild.ask(Join())
        await trio.sleep(302)
        assert guild.seats.asked == [VOICE, VOICE, None]
        assert guild.rest.lines[-1] == (
            "Nothing has played for 5 minutes, so I left <#300>. "
            "2 tracks are kept: `resume` goes on with them."
        )


async def test_every_way_into_silence_leads_out_after_five_minutes(autojump_clock: Clock) -> None:
    for way in ("ran out", "stop", "skip", "rejected", "failed"):
        async with open_playing("sea") as guild:
            if way == "ran out":
                await trio.sleep(180)
            elif way == "rejected":
                guild.ask(Stop())
                await trio.sleep(100)
                guild.resolver.shelf["wind"] = error(MediaFailure.REMOVED, host="YouTube")
                guild.play("wind")
            elif way == "failed":
                guild.resolver.unopenable["wind"] = error(MediaFailure.REMOVED, host="YouTube")
                guild.play("wind")
                guild.ask(Skip())
            else:
                guild.ask(Stop() if way == "stop" else Skip())
            await trio.sleep(298)
            assert guild.seats.asked == [VOICE], way
            await trio.sleep(4)
            assert guild.seats.asked == [VOICE, None], way
            assert guild.rest.lines[-1] == "Nothing has played for 5 minutes, so I left <#300>.", way


async def test_a_pause_is_no_silence(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Pause())
        await trio.sleep(1000)
        assert guild.seats.asked == [VOICE]
        guild.ask(Resume())
        await trio.sleep(1)
        assert guild.node.desired is not None
        assert not guild.node.desired.paused


async def test_a_move_into_an_empty_channel_is_lonely_and_out_of_it_is_not(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(ME, OTHER_VOICE)
        await trio.sleep(30)
        assert guild.node.desired is not None
        assert guild.node.desired.paused
        guild.ask(Join())
        await trio.sleep(60)
        assert guild.seats.asked[-1] == VOICE
        assert not guild.node.desired.paused


async def test_clear_and_skip_with_a_loop_do_what_they_say(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain", "fog") as guild:
        guild.ask(SetLoop(Loop.QUEUE))
        guild.ask(Skip(3))
        await trio.sleep(1)
        assert guild.node.title == "fog"
        assert "Skipped 3 tracks." in guild.rest.lines
        assert [entry.track.title for entry in guild.player.deck.queue] == ["sea"]
        guild.ask(Clear())
        await trio.sleep(1)
        assert guild.rest.lines[-1] == "Cleared: one track is out of the queue."
        assert guild.node.title == "fog"
