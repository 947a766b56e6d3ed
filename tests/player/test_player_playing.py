"""From ``play`` to what is heard and read, through the whole slice."""

import pytest
import trio
import trio.testing

from actors.core.music import Place
from actors.core.work import Stage, WorkKind
from actors.player.asks import Pause, Play, Skip, Stop
from actors.store.errors import DiskFull
from gateway_client.objects import Permissions
from media.errors import MediaFailure
from media.tracks import AttachmentQuery, Resolved, TextQuery
from tests.player.fakes import guild_object, open_guild, open_playing
from tests.player.media_fakes import error, track
from tests.player.places import ALICE, BOB, MAY, SHORTER, VOICE
from voice.protocol import Reason

Clock = trio.testing.MockClock
SEA_PLAYS = "Now playing: **sea** (3:00) · library · wanted by <@1001>"


async def test_play_says_queuing_then_added_then_now_playing(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        work = guild.play("sea")
        await trio.sleep(1)
        assert guild.rest.lines == ["Queuing…", "edit: Track added: **sea** (3:00)", SEA_PLAYS]
        assert guild.node.title == "sea"
        assert work.stage is Stage.DONE
        assert guild.presence.titles == ["sea · library"]


async def test_the_presence_does_not_flicker_between_tracks(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.ask(Skip())
        await trio.sleep(1)
        guild.ask(Stop())
        await trio.sleep(1)
        assert guild.presence.titles == ["sea · library", "wind · library", None]


async def test_queuing_is_said_at_once_and_the_work_searches(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.delays_s["sea"] = 20
        work = guild.play("sea")
        await trio.sleep(0.1)
        assert guild.rest.lines == ["Queuing…"]
        assert (work.stage, work.kind) == (Stage.STARTED, WorkKind.RESOLVING)


async def test_now_playing_waits_for_a_slow_answer(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.rest.delay_s = 3
        guild.play("sea")
        await trio.sleep(15)
        assert guild.node.heard == ["sea"]
        assert guild.rest.lines == ["Queuing…", "edit: Track added: **sea** (3:00)", SEA_PLAYS]


async def test_two_plays_keep_their_order_when_the_first_resolves_slower(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.delays_s["slow"] = 5
        first, second = guild.play("slow"), guild.play("fast", BOB)
        await trio.sleep(4)
        assert guild.node.heard == []
        assert second.is_open
        await trio.sleep(3)
        assert guild.node.title == "slow"
        assert {line for line in guild.rest.lines if "Track added" in line} == {
            "edit: Track added: **slow** (3:00)",
            "edit: Track added: **fast** (3:00), number 1 in the queue",
        }
        assert (first.stage, second.stage) == (Stage.DONE, Stage.DONE)


async def test_a_failed_search_is_one_message_and_lets_the_next_one_pass(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["page"] = error(MediaFailure.NOT_AUDIO)
        guild.resolver.delays_s["page"] = 2
        bad, good = guild.play("page"), guild.play("sea")
        await trio.sleep(4)
        assert bad.stage is Stage.FAILED
        assert good.stage is Stage.DONE
        assert (
            "edit: I could not queue that: there is no sound in it. Try another link or file."
            in guild.rest.lines
        )
        assert guild.node.title == "sea"
        assert len([line for line in guild.rest.lines if line == SEA_PLAYS]) == 1


async def test_a_failure_behind_a_slow_search_is_told_at_once(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.delays_s["slow"] = 30
        guild.resolver.shelf["gone"] = error(MediaFailure.NOT_FOUND)
        guild.play("slow")
        gone = guild.play("gone")
        await trio.sleep(1)
        assert gone.stage is Stage.FAILED


async def test_tracks_join_by_the_next_one_opened_ahead(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        await trio.sleep(140)
        assert guild.node.desired is not None
        assert guild.node.desired.next is None
        await trio.sleep(35)
        assert guild.node.desired.next is not None
        await trio.sleep(10)
        assert guild.node.title == "wind"
        assert guild.resolver.opened == ["sea", "wind"]
        assert [held.location for held in guild.resolver.held] == ["/library/wind"]


async def test_a_playlist_leaves_out_what_is_too_long(autojump_clock: Clock) -> None:
    async with open_guild(max_duration_s=600) as guild:
        tracks = (track("a"), track("epic", 601), track("b"), track("radio", None, live=True))
        guild.resolver.shelf["list"] = Resolved(tracks=tracks, playlist_title="My *list*")
        guild.play("list")
        await trio.sleep(1)
        assert (
            "edit: Playlist added: **My \\*list\\***, 3 tracks. One is longer than 10:00 and was left out."
            in guild.rest.lines
        )
        assert guild.node.title == "a"


async def test_only_rejected_tracks_are_a_failure_and_lead_to_leaving(autojump_clock: Clock) -> None:
    async with open_guild(max_duration_s=600) as guild:
        guild.resolver.shelf["epic"] = Resolved(tracks=(track("epic", 3601),))
        work = guild.play("epic")
        await trio.sleep(1)
        assert guild.rest.lines[-1] == (
            f"edit: I could not queue that: it is longer than 10:00, which is the limit here. {SHORTER}"
        )
        assert work.stage is Stage.FAILED
        await trio.sleep(301)
        assert guild.rest.lines[-1] == "Nothing has played for 5 minutes, so I left <#300>."
        assert guild.seats.asked == [VOICE, None]
        assert guild.node.desired is None


async def test_a_length_that_is_only_learned_by_playing_is_limited_too(autojump_clock: Clock) -> None:
    async with open_guild(max_duration_s=60) as guild:
        guild.node.lengths_s |= {"unknown": 500, "radio": 500}
        guild.resolver.shelf["unknown"] = Resolved(tracks=(track("unknown", None),))
        guild.resolver.shelf["radio"] = Resolved(tracks=(track("radio", None, live=True),))
        guild.play("unknown")
        guild.play("radio")
        await trio.sleep(64)
        assert guild.rest.lines[-1] == (
            f"**unknown** broke off: it is longer than 1:00, which is the limit here. {SHORTER}"
        )
        assert guild.node.title == "radio"
        await trio.sleep(100)
        assert guild.node.title == "radio"


async def test_words_and_a_file_are_queued_together(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        file = AttachmentQuery(url="https://cdn.example/x.ogg", filename="x.ogg", size=3)
        guild.ask(Play(queries=(TextQuery(text="sea"), file)))
        await trio.sleep(1)
        assert guild.rest.lines[1] == "edit: Playlist added: **(untitled playlist)**, 2 tracks."
        assert guild.node.title == "sea"


async def test_a_track_that_cannot_be_opened_is_told_once_and_the_next_plays(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.unopenable["expired"] = error(MediaFailure.EXPIRED)
        guild.play("expired")
        guild.play("sea")
        await trio.sleep(2)
        told = [line for line in guild.rest.lines if "expired" in line and "could not" in line]
        assert told == ["I could not play **expired**: the link has expired. Please upload the file again."]
        assert guild.node.title == "sea"


async def test_a_track_that_the_node_cannot_play_is_told_with_the_guards_reason(
    autojump_clock: Clock,
) -> None:
    async with open_guild() as guild:
        guild.node.broken["inside"] = Reason.FORBIDDEN
        guild.resolver.refused["inside"] = error(MediaFailure.PRIVATE_ADDRESS, host="10.0.0.1")
        guild.play("inside")
        await trio.sleep(2)
        assert guild.rest.lines[-1].startswith(
            "I could not play **inside**: 10.0.0.1 leads to a private address"
        )
        assert guild.node.heard == []
        assert guild.resolver.held == []


async def test_five_failures_in_a_row_stop_with_one_sentence(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        names = [f"bad{number}" for number in range(7)]
        for name in names:
            guild.node.broken[name] = Reason.CORRUPT
        guild.resolver.shelf["list"] = Resolved(tracks=tuple(map(track, names)), playlist_title="bad")
        guild.play("list")
        await trio.sleep(1)
        guild.ask(Skip())
        await trio.sleep(3)
        failures = [line for line in guild.rest.lines if "I could not play" in line]
        assert len(failures) == 5
        assert failures[-1] == (
            "I could not play **bad4** either: the file is empty, broken or incomplete, or its name has the "
            "wrong ending. Try another one. That makes 5 in a row, so I stopped. "
            "2 tracks are kept in the queue."
        )
        assert guild.node.title is None
        await trio.sleep(301)
        assert guild.seats.asked[-1] is None


async def test_five_failures_of_which_nothing_is_left_name_no_queue(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        names = [f"bad{number}" for number in range(5)]
        for name in names:
            guild.node.broken[name] = Reason.CORRUPT
        guild.resolver.shelf["list"] = Resolved(tracks=tuple(map(track, names)), playlist_title="bad")
        guild.play("list")
        await trio.sleep(3)
        assert guild.rest.lines[-1].endswith("so I stopped. Nothing else is in the queue.")


async def test_failures_apart_do_not_add_up(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        for number in range(8):
            name = f"bad{number}"
            guild.node.broken[name] = Reason.CORRUPT
            guild.play(name)
            await trio.sleep(1)
        assert not any("in a row" in line for line in guild.rest.lines)


async def test_a_crash_in_the_resolver_is_told_and_the_music_goes_on(
    autojump_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_playing("sea") as guild:
        await trio.sleep(20)
        guild.resolver.shelf["boom"] = RuntimeError("boom")
        work = guild.play("boom")
        await trio.sleep(3)
        assert work.stage is Stage.FAILED
        assert "Something went wrong on my side" in guild.rest.lines[-1]
        assert guild.node.title == "sea"
        assert 20_000 <= guild.node.position_ms <= 26_000
        assert not any("Now playing" in line for line in guild.rest.lines)


async def test_a_failed_commit_is_told_with_the_answer_and_tried_again(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.store.fail_with = DiskFull("no space")
        work = guild.play("sea")
        await trio.sleep(1)
        assert guild.node.title == "sea"
        added = guild.rest.lines[1]
        assert added.startswith("edit: Track added: **sea** (3:00)\n⚠️ My disk")
        assert work.stage is Stage.DONE
        assert await guild.store.load("player", 100) is None
        guild.store.fail_with = None
        await trio.sleep(6)
        assert await guild.store.load("player", 100) is not None


async def test_voice_is_told_at_once_and_people_after_the_commit(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.store.delay_s = 3
        guild.ask(Pause())
        await trio.sleep(0.01)
        assert guild.node.title is None
        await trio.sleep(2.5)
        assert guild.rest.lines == []
        await trio.sleep(1)
        assert guild.rest.lines == ["Paused. `resume` goes on."]


async def test_skip_works_while_a_search_is_running(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.resolver.delays_s["slow"] = 30
        guild.play("slow")
        guild.ask(Skip())
        await trio.sleep(0.2)
        assert guild.node.title == "wind"


async def test_stop_ends_a_search_with_a_sentence(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.delays_s["slow"] = 30
        search = guild.play("slow")
        await trio.sleep(0.5)
        stop = guild.ask(Stop())
        await trio.sleep(0.5)
        assert guild.resolver.cancelled == ["slow"]
        assert (search.stage, stop.stage) == (Stage.SKIPPED, Stage.DONE)
        assert "edit: Not queued: the music was stopped in the meantime." in guild.rest.lines
        assert guild.node.title is None
        await trio.sleep(40)
        assert guild.node.heard == ["sea"]


async def test_a_search_that_takes_too_long_fails(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.delays_s["slow"] = 10_000
        work = guild.play("slow")
        await trio.sleep(61)
        assert work.stage is Stage.FAILED
        assert (
            guild.rest.lines[-1]
            == "edit: I could not queue that: the server did not answer in time. Try again later."
        )


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        (Permissions.CONNECT, "I am not allowed to join <#300>: I need the permission **Connect** there."),
        (
            Permissions.VIEW_CHANNEL,
            "I am not allowed to join <#300>: I need the permission **Connect** there.",
        ),
        (Permissions.SPEAK, "I am not allowed to speak in <#300>: I need the permission **Speak** there."),
    ],
)
async def test_a_forbidden_channel_is_told_before_anything_is_announced(
    autojump_clock: Clock, missing: Permissions, sentence: str
) -> None:
    async with open_guild(guild_object(MAY & ~missing)) as guild:
        work = guild.play("sea")
        await trio.sleep(1)
        assert guild.rest.lines == [sentence]
        assert work.stage is Stage.FAILED
        assert guild.seats.asked == []


async def test_a_full_channel_is_told_unless_the_bot_may_move_people(autojump_clock: Clock) -> None:
    async with open_guild(guild_object(user_limit=2)) as guild:
        guild.play("sea")
        await trio.sleep(1)
        assert guild.rest.lines == ["<#300> is full. Make room for me, or use another channel."]
    async with open_guild(guild_object(MAY | Permissions.MOVE_MEMBERS, user_limit=2)) as guild:
        guild.play("sea")
        await trio.sleep(1)
        assert guild.node.title == "sea"


async def test_a_channel_that_does_not_answer_is_told_and_nothing_is_queued(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.seats.answers = False
        first, second = guild.play("sea"), guild.play("wind", BOB)
        await trio.sleep(11)
        no_answer = (
            "edit: I could not join <#300>: Discord did not answer. The channel may be full or closed to "
            "me: let me in and ask again."
        )
        assert guild.rest.lines == ["Queuing…", "Queuing…", no_answer, no_answer]
        assert (first.stage, second.stage) == (Stage.FAILED, Stage.FAILED)
        guild.seats.answers = True
        guild.play("wind", ALICE)
        await trio.sleep(2)
        assert guild.node.heard == ["wind"]


async def test_playtop_and_playnow(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.resolver.shelf["list"] = Resolved(tracks=(track("a"), track("b")), playlist_title="ab")
        guild.ask(Play(queries=(TextQuery(text="list"),), place=Place.TOP))
        await trio.sleep(1)
        assert guild.node.title == "sea"
        guild.ask(Play(queries=(TextQuery(text="now"),), place=Place.NOW))
        await trio.sleep(1)
        assert guild.node.title == "now"
        for title in ("a", "b", "wind"):
            guild.ask(Skip())
            await trio.sleep(1)
            assert guild.node.title == title
