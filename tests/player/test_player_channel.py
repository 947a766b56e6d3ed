"""The voice channel: coming, going, being moved and kicked, nobody there, servers that change."""

import pytest
import trio
import trio.testing

from actors.core.work import Stage
from actors.player.asks import Join, Leave, Pause, Resume, Skip, Stop
from gateway_client.events import GuildCreated, GuildDeleted
from tests.player.fakes import guild_object, open_guild, open_playing, ready
from tests.player.places import ALICE, BOB, GUILD, ME, NO_ENCRYPTION, OTHER_VOICE, VOICE
from voice.protocol import Closed, Verdict

Clock = trio.testing.MockClock


async def test_commands_need_the_caller_in_voice_and_in_the_same_channel(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(BOB, OTHER_VOICE)
        elsewhere = guild.play("wind", BOB)
        await trio.sleep(0.5)
        assert guild.rest.lines[-1] == "I am in <#300>. Come there, or call me with `join`."
        guild.sit(BOB, None)
        nowhere = guild.ask(Pause(), BOB)
        await trio.sleep(0.5)
        assert guild.rest.lines[-1] == "Join a voice channel first."
        assert (elsewhere.stage, nowhere.stage) == (Stage.FAILED, Stage.FAILED)
        assert guild.node.title == "sea"


async def test_a_caller_is_judged_by_where_they_sat_when_they_asked(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Pause(), BOB)
        guild.sit(BOB, None)
        await trio.sleep(0.5)
        assert guild.rest.lines == ["Paused. `resume` goes on."]


async def test_an_endpoint_that_is_missing_is_waited_for(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.seats.endpoints = [None, None, "late.example"]
        guild.play("sea")
        await trio.sleep(4)
        assert guild.node.title == "sea"
        assert guild.node.desired is not None
        assert guild.node.desired.server is not None
        assert guild.node.desired.server.url == "wss://late.example/?v=8"


async def test_a_changed_voice_server_is_dialled_and_the_track_goes_on(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        before = guild.node.desired
        guild.seats.endpoints = ["new.example"]
        guild.seats.give_server()
        await trio.sleep(2)
        after = guild.node.desired
        assert before is not None
        assert after is not None
        assert after.attempt > before.attempt
        assert after.server is not None
        assert after.server.url == "wss://new.example/?v=8"
        assert after.track == before.track
        assert guild.node.title == "sea"


async def test_an_endpoint_taken_away_and_given_again(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.seats.endpoints = [None, "next.example"]
        guild.seats.give_server()
        await trio.sleep(4)
        guild.seats.give_server()
        await trio.sleep(2)
        assert guild.node.title == "sea"
        assert guild.seats.asked == [VOICE]


async def test_the_closure_of_an_older_attempt_is_ignored(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        old = guild.node.desired
        assert old is not None
        guild.sit(ALICE, OTHER_VOICE)
        guild.sit(ME, OTHER_VOICE)
        guild.seats.give_server()
        await trio.sleep(0.01)
        guild.route(Closed(call=GUILD, attempt=old.attempt, code=4014, verdict=Verdict.AWAIT))
        await trio.sleep(10)
        assert guild.node.title == "sea"
        assert guild.seats.asked == [VOICE]


async def test_being_kicked_stops_and_keeps_the_queue_for_resume(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        await trio.sleep(30)
        guild.sit(ME, None)
        guild.node.close(4014, Verdict.AWAIT)
        await trio.sleep(8)
        assert guild.node.desired is None
        assert guild.rest.lines == [
            "I was disconnected from <#300>. 2 tracks are kept: `resume` goes on with them."
        ]
        assert guild.seats.asked == [VOICE]
        assert guild.presence.titles[-1] is None
        resume = guild.ask(Resume())
        await trio.sleep(2)
        assert resume.stage is Stage.DONE
        assert guild.node.title == "sea"
        assert 30_000 <= guild.node.position_ms <= 34_000
        assert guild.rest.lines[1:] == [
            "Going on with **sea**.",
            "Now playing: **sea** (3:00) · library · wanted by <@1001>",
        ]
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.title == "wind"


async def test_play_after_a_kick_goes_on_with_what_was_kept(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(ME, None)
        await trio.sleep(1)
        guild.play("wind")
        await trio.sleep(1)
        assert guild.node.title == "sea"
        assert "edit: Track added: **wind** (3:00), number 1 in the queue" in guild.rest.lines


async def test_a_lost_session_is_joined_afresh_at_the_same_position(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        await trio.sleep(20)
        guild.node.close(4006, Verdict.REJOIN)
        await trio.sleep(2)
        assert guild.seats.asked == [VOICE, None, VOICE]
        assert guild.node.title == "sea"
        assert guild.node.heard == ["sea"]
        assert guild.rest.lines == []


async def test_joining_afresh_is_bounded(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        for _ in range(4):
            guild.node.close(4006, Verdict.REJOIN)
            await trio.sleep(2)
        assert guild.seats.asked == [VOICE, None, VOICE, None, VOICE, None, VOICE, None]
        assert guild.node.desired is None
        assert len(guild.rest.lines) == 1
        assert guild.rest.lines[0].startswith(
            "I lost the connection to <#300> and could not get it back. One"
        )


async def test_a_closure_without_news_is_joined_afresh_after_five_seconds(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.node.close(4014, Verdict.AWAIT)
        await trio.sleep(4.9)
        assert guild.seats.asked == [VOICE]
        await trio.sleep(1)
        assert guild.node.title == "sea"
        assert guild.seats.asked == [VOICE, None, VOICE]


@pytest.mark.parametrize(
    ("code", "verdict", "sentence"),
    [
        (4017, Verdict.FAIL, NO_ENCRYPTION),
        (4012, Verdict.FAIL, "The voice server of <#300> refused me."),
        (4021, Verdict.STOP, "Discord disconnected me from <#300> because of a rate limit"),
    ],
)
async def test_a_closure_that_ends_the_call_is_told(
    autojump_clock: Clock, code: int, verdict: Verdict, sentence: str
) -> None:
    async with open_playing("sea") as guild:
        guild.node.close(code, verdict)
        await trio.sleep(1)
        assert len(guild.rest.lines) == 1
        assert guild.rest.lines[0].startswith(sentence)
        assert guild.seats.asked[-1] is None
        assert guild.node.desired is None


async def test_a_channel_that_needs_encryption_is_told_before_anything_is_queued(
    autojump_clock: Clock,
) -> None:
    async with open_guild() as guild:
        guild.node.connects = False
        work = guild.play("sea")
        await trio.sleep(1)
        guild.node.close(4017, Verdict.FAIL)
        await trio.sleep(1)
        assert guild.rest.lines == ["Queuing…", f"edit: {NO_ENCRYPTION}"]
        assert work.stage is Stage.FAILED


async def test_a_node_that_never_connects_is_given_up(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.node.connects = False
        guild.play("sea")
        await trio.sleep(20)
        assert guild.rest.lines[-1].endswith("and could not get it back. `join` calls me again.")


async def test_a_replaced_node_goes_on_where_the_old_one_was(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        await trio.sleep(40)
        guild.node.restart()
        await trio.sleep(5)
        assert guild.node.title == "sea"
        assert 44_000 <= guild.node.position_ms <= 47_000
        assert guild.rest.lines == []


async def test_a_new_main_session_asks_for_the_seat_again(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.hear(ready())
        guild.sit(ME, None)
        await trio.sleep(1)
        assert guild.node.title == "sea"
        guild.hear(GuildCreated(guild=guild_object()))
        await trio.sleep(2)
        assert guild.seats.asked == [VOICE, VOICE]
        assert guild.node.title == "sea"
        assert guild.rest.lines == []


async def test_being_removed_from_the_guild_ends_the_call(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.hear(GuildDeleted(guild_id=GUILD))
        await trio.sleep(1)
        assert guild.node.desired is None
        assert guild.presence.titles[-1] is None


async def test_alone_holds_the_sound_and_goes_on_when_somebody_comes(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(ALICE, None)
        guild.sit(BOB, OTHER_VOICE)
        await trio.sleep(1)
        assert guild.node.title is None
        held_at = guild.node.position_ms
        await trio.sleep(50)
        assert guild.node.position_ms == held_at
        guild.sit(BOB, VOICE)
        await trio.sleep(1)
        assert guild.node.title == "sea"
        await trio.sleep(120)
        assert guild.seats.asked == [VOICE]


async def test_alone_for_a_minute_leaves_and_keeps_the_queue(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.sit(ALICE, None)
        guild.sit(BOB, None)
        await trio.sleep(61)
        assert guild.seats.asked == [VOICE, None]
        assert guild.node.desired is None
        assert len(guild.rest.lines) == 1
        assert guild.rest.lines[0].startswith("Nobody was listening for a minute, so I left <#300>. 2 tracks")
        guild.sit(ALICE, OTHER_VOICE)
        guild.ask(Resume())
        await trio.sleep(1)
        assert guild.node.title == "sea"
        assert guild.seats.asked[-1] == OTHER_VOICE


async def test_a_pause_by_a_person_outlasts_loneliness(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Pause())
        guild.sit(ALICE, None)
        guild.sit(BOB, None)
        await trio.sleep(10)
        guild.sit(ALICE, VOICE)
        await trio.sleep(5)
        assert guild.node.title is None


async def test_silence_after_the_queue_ran_out_leaves_after_five_minutes(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        await trio.sleep(179 + 299)
        assert guild.seats.asked == [VOICE]
        await trio.sleep(3)
        assert guild.seats.asked == [VOICE, None]
        assert guild.rest.lines == ["Nothing has played for 5 minutes, so I left <#300>."]


async def test_a_later_silence_restarts_the_clock_and_a_track_cancels_it(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Stop())
        await trio.sleep(200)
        guild.resolver.delays_s["wind"] = 0.01
        guild.play("wind")
        await trio.sleep(20)
        guild.ask(Skip())
        await trio.sleep(290)
        assert guild.seats.asked == [VOICE]
        guild.play("rain")
        await trio.sleep(170)
        assert guild.seats.asked == [VOICE]
        assert guild.node.title == "rain"


async def test_join_alone_starts_the_clock(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        work = guild.ask(Join())
        await trio.sleep(1)
        assert guild.rest.lines == ["I am in <#300> now."]
        assert work.stage is Stage.DONE
        again = guild.ask(Join())
        await trio.sleep(1)
        assert guild.rest.lines[-1] == "I am in <#300> already."
        assert again.stage is Stage.DONE
        await trio.sleep(300)
        assert guild.seats.asked == [VOICE, None]


async def test_a_later_join_restarts_the_clock(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.ask(Join())
        await trio.sleep(290)
        guild.ask(Join())
        await trio.sleep(290)
        guild.sit(ALICE, OTHER_VOICE)
        guild.ask(Join())
        await trio.sleep(290)
        assert guild.seats.asked == [VOICE, OTHER_VOICE]
        await trio.sleep(15)
        assert guild.rest.lines[-1] == "Nothing has played for 5 minutes, so I left <#301>."


async def test_leave_empties_and_goes_and_is_nothing_when_not_connected(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.ask(Leave())
        await trio.sleep(1)
        assert guild.rest.lines == ["Left <#300>."]
        assert guild.seats.asked == [VOICE, None]
        assert guild.node.desired is None
        again = guild.ask(Leave())
        await trio.sleep(1)
        guild.ask(Resume())
        await trio.sleep(1)
        assert again.stage is Stage.DONE
        assert guild.rest.lines[1:] == [
            "I am in no voice channel. `join` calls me.",
            "Nothing is playing. `play` starts something.",
        ]
        assert guild.seats.asked == [VOICE, None]


async def test_leave_while_joining_ends_the_wait(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        play = guild.play("sea")
        join = guild.ask(Join(), BOB)
        guild.ask(Leave(), BOB)
        await trio.sleep(15)
        assert (play.stage, join.stage) == (Stage.SKIPPED, Stage.SKIPPED)
        assert guild.node.heard == []
        assert guild.seats.asked == [VOICE, None]
        assert guild.node.desired is None
