"""Words with several meanings, music for other slices, songs that were matched wrongly."""

import trio
import trio.testing

from actors.core.address import Address
from actors.core.lane import Lane
from actors.core.music import (
    KeptList,
    KeptTrack,
    LibraryFile,
    MusicTold,
    MusicWanted,
    Place,
    QueueMusic,
    Unheard,
    Words,
)
from actors.core.texts import text
from actors.core.work import Stage, Work
from actors.player.asks import Leave, Resume, Skip, Stop
from actors.player.kept import to_kept
from media.errors import MediaFailure
from media.tracks import Resolved, SourceKind, Track
from tests.player.channel_fakes import ChannelReply
from tests.player.fakes import HOME, TestGuild, open_guild, open_playing
from tests.player.media_fakes import candidate, error, track
from tests.player.places import ALICE, BOB, OTHER_VOICE, VOICE
from tests.player.slow_store import SlowStore

Clock = trio.testing.MockClock
OTHER = Address("other", 1)


def matched(title: str, percent: int = 87) -> Track:
    return track(title, source=SourceKind.SPOTIFY, confidence_pct=percent, match_url="https://v.example/1")


def wish(guild: TestGuild, *wishes: Words | LibraryFile | KeptTrack | KeptList, **more: object) -> QueueMusic:
    return QueueMusic(
        wishes=wishes,
        facts=guild.facts(ALICE),
        reply=ChannelReply(guild.rest, Lane(guild.spawn)),
        work=Work(),
        **more,  # pyright: ignore[reportArgumentType] - fields of the message
    )


def on_the_web(title: str) -> Track:
    return track(title, source=SourceKind.YOUTUBE)


def instead_of_buttons(guild: TestGuild) -> list[str]:
    """What took the place of messages with buttons."""
    return [message.content for message in guild.rest.panels]


async def test_words_are_picked_by_whoever_asked(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        meanings = tuple(track(f"sea {n}", artist="Wave") for n in range(5))
        guild.resolver.meanings["sea song"] = meanings
        work = guild.play("sea song")
        await trio.sleep(0.5)
        (shown,) = guild.rest.messages.values()
        (frame,) = shown.embeds
        assert frame.title == "Which one?"
        assert "**5.** sea 4 · Wave (3:00)" in (frame.description or "")
        assert guild.seats.asked == [], "nobody is called before something was picked"
        assert work.is_open
        guild.press("2", BOB)
        await trio.sleep(0.5)
        assert work.is_open, "a stranger picks nothing"
        guild.press("2")
        await trio.sleep(1)
        assert work.stage is Stage.DONE
        assert guild.node.title == "sea 1"
        assert instead_of_buttons(guild) == ["Queuing…"]
        assert guild.rest.lines[-2] == "edit: Track added: **sea 1** (3:00)"
        assert guild.rest.lines[-1].startswith("Now playing: **sea 1**")


async def test_what_is_picked_while_something_plays_is_added_at_once(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.resolver.meanings["rain song"] = (on_the_web("rain"),)
        guild.play("rain song", place=Place.TOP)
        await trio.sleep(0.5)
        guild.press("1")
        await trio.sleep(0.5)
        assert "Track added: **rain** (3:00), number 1 in the queue" in instead_of_buttons(guild)
        assert not any("Queuing" in line for line in (*guild.rest.lines, *instead_of_buttons(guild)))


async def test_a_pick_is_judged_by_where_the_person_sits_then(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.meanings["rain song"] = (on_the_web("rain"),)
        work = guild.play("rain song")
        await trio.sleep(0.5)
        guild.sit(ALICE, OTHER_VOICE)
        guild.press("1")
        await trio.sleep(0.5)
        assert work.stage is Stage.FAILED
        assert any(line.startswith("I am in <#300>.") for line in instead_of_buttons(guild))


async def test_cancelling_ends_the_work_and_queues_nothing(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.meanings["sea song"] = (on_the_web("sea"),)
        work = guild.play("sea song")
        await trio.sleep(0.5)
        guild.press("Cancel")
        await trio.sleep(0.5)
        assert work.stage is Stage.SKIPPED
        assert guild.player.deck.queue == []


async def test_words_that_mean_nothing_are_one_failure(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.meanings["sea song"] = ()
        work = guild.play("sea song")
        await trio.sleep(0.5)
        assert work.stage is Stage.FAILED
        assert guild.rest.lines[0].startswith("I could not queue that: nothing matches.")
        assert len(guild.rest.lines) == 1


async def test_a_search_holds_its_place_only_until_it_is_offered(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.meanings["rain song"] = (on_the_web("rain"),)
        guild.resolver.delays_s["rain song"] = 2.0
        guild.play("rain song")
        link = guild.play("wind")
        await trio.sleep(1)
        assert link.is_open
        await trio.sleep(1.5)
        assert link.stage is Stage.DONE


async def test_words_that_mean_one_file_of_the_library_are_queued_at_once(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.meanings["sea song"] = (track("sea"),)
        work = guild.play("sea song")
        await trio.sleep(1)
        assert work.stage is Stage.DONE
        assert guild.rest.lines[:2] == ["Queuing…", "edit: Track added: **sea** (3:00)"]
        assert guild.rest.lines[2].startswith("Now playing: **sea**")
        assert instead_of_buttons(guild) == []
        assert guild.seats.asked == [VOICE]


async def test_one_file_of_the_library_keeps_the_place_of_its_call(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.meanings["rain song"] = (track("rain"),)
        guild.resolver.delays_s["rain song"] = 2.0
        guild.play("rain song")
        guild.play("wind")
        await trio.sleep(3)
        assert [entry.track.title for entry in guild.player.deck.queue] == ["rain", "wind"]


async def test_one_file_of_the_library_carries_the_bot_out_of_no_other_channel(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.meanings["rain song"] = (track("rain"),)
        guild.resolver.delays_s["rain song"] = 2.0
        guild.sit(BOB, OTHER_VOICE)
        late = guild.play("rain song")
        guild.play("wind", BOB)
        await trio.sleep(3)
        assert late.stage is Stage.FAILED
        assert "I am in <#301>. Come there, or call me with `join`." in guild.rest.lines
        assert guild.seats.asked == [OTHER_VOICE]


async def test_a_picker_outlives_a_kill(autojump_clock: Clock) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        guild.resolver.meanings["sea song"] = (track("sea"), track("lake"))
        guild.play("sea song")
        await trio.sleep(0.5)
        rest = guild.rest
    async with open_guild(store=store, rest=rest) as guild:
        guild.press("2")
        await trio.sleep(1)
        assert guild.node.title == "lake"


async def test_another_slice_queues_in_the_order_of_words(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        work = guild.hand_over(wish(guild, LibraryFile("sea.ogg"), above=text("player.paused")))
        await trio.sleep(1)
        assert work.stage is Stage.DONE
        assert guild.rest.lines[:2] == [
            "Paused. `resume` goes on.\nQueuing…",
            "edit: Paused. `resume` goes on.\nTrack added: **sea.ogg** (3:00)",
        ]
        assert guild.rest.lines[2].startswith("Now playing: **sea.ogg**")


async def test_kept_tracks_come_back_as_a_playlist_without_what_cannot_be_read(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        tracks = (*(to_kept(track(f"k{n}", start_s=7.0)) for n in range(3)), KeptTrack(data=b"{}", title="x"))
        work = guild.hand_over(wish(guild, KeptList(title="Mine", tracks=tracks)))
        await trio.sleep(1)
        assert work.stage is Stage.DONE
        assert "edit: Playlist added: **Mine**, 3 tracks. One entry cannot be played and was left out." in (
            guild.rest.lines
        )
        assert guild.node.title == "k0"
        assert guild.node.position_ms >= 7000, "it begins where its link said"


async def test_a_refusal_reaches_whoever_asked_another_slice(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.sit(ALICE, None)
        work = guild.hand_over(wish(guild, Words("sea")))
        await trio.sleep(0.5)
        assert work.stage is Stage.FAILED
        assert guild.rest.lines == ["Join a voice channel first."]


async def test_a_quiet_sound_is_heard_and_not_told(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        quiet = QueueMusic(
            wishes=(Words("gong"),), facts=guild.facts(ALICE), reply=Unheard(), work=Work(), quiet=True
        )
        work = guild.hand_over(quiet)
        await trio.sleep(1)
        assert guild.node.title == "gong"
        assert work.stage is Stage.DONE
        assert guild.rest.lines == []


async def test_a_request_of_another_slice_ends_when_the_music_is_stopped(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.delays_s["slow"] = 30.0
        work = guild.hand_over(wish(guild, Words("slow")))
        await trio.sleep(1)
        guild.ask(Stop())
        await trio.sleep(0.5)
        assert work.stage is Stage.SKIPPED


async def test_a_request_of_another_slice_is_dropped_with_the_bot(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.delays_s["slow"] = 30.0
        work = guild.hand_over(wish(guild, Words("slow")))
        await trio.sleep(1)
        await guild.population.close()
        assert work.stage is Stage.SKIPPED
        assert guild.rest.lines[-1].startswith("edit: I was restarted")


async def test_another_slice_is_told_what_there_is(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain") as guild:
        guild.tell(HOME, MusicWanted(asker=OTHER, query="save"))
        await trio.sleep(0.1)
        (told,) = guild.told
        assert isinstance(told, MusicTold)
        assert told.query == "save"
        assert told.now is not None
        assert [told.now.title, *(kept.title for kept in told.queue)] == ["sea", "wind", "rain"]
        assert told.history == ()


async def test_a_wrong_song_is_replaced_by_what_was_picked_and_begins_at_once(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.hand_over(wish(guild, to_kept(matched("Sea"))))
        guild.resolver.songs["Sea"] = (candidate("Sea live"), candidate("Sea", 60))
        await trio.sleep(2)
        assert "edit: Track added: **Sea** (3:00) · 87 % sure that it is this song" in guild.rest.lines
        asked = guild.press("Wrong song")
        await trio.sleep(0.5)
        assert asked.is_open
        picker = list(guild.rest.messages.values())[-1]
        assert "Sea live" in (picker.embeds[0].description or "")
        opened = len(guild.resolver.opened)
        guild.press("1")
        await trio.sleep(1)
        assert asked.stage is Stage.DONE
        assert guild.resolver.chosen == [("Sea", "Sea live")]
        assert len(guild.resolver.opened) == opened + 1
        assert guild.node.position_ms < 2000
        now = guild.player.deck.now
        assert now is not None
        assert now.entry.track.confidence_pct == 100
        assert "From now on this is **Sea** here." in instead_of_buttons(guild)


async def test_only_the_requester_or_a_dj_says_that_a_song_is_wrong(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.set(dj_role="<@&500000000000000000>")
        guild.hand_over(wish(guild, to_kept(matched("Sea"))))
        await trio.sleep(1)
        guild.resolver.songs["Sea"] = (candidate("Sea live"),)
        refused = guild.press("Wrong song", BOB)
        await trio.sleep(0.5)
        assert refused.stage is Stage.FAILED
        assert guild.rest.lines[-1] == "That is for DJs, and for whoever asked for the track."


async def test_a_wrong_song_for_which_nobody_knows_another_says_so(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.hand_over(wish(guild, to_kept(matched("Sea"))))
        await trio.sleep(1)
        for found in ((), error(MediaFailure.RATE_LIMIT, host="YouTube")):
            guild.resolver.songs["Sea"] = found
            work = guild.press("Wrong song")
            await trio.sleep(0.5)
            assert work.stage is Stage.FAILED
            assert guild.rest.lines[-1].startswith("That did not work: ")


async def test_a_wrong_song_that_is_forgotten_says_so(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.hand_over(wish(guild, to_kept(matched("Sea"))))
        await trio.sleep(1)
        guild.player.deck.finish(keep=False)
        work = guild.press("Wrong song")
        await trio.sleep(0.5)
        assert work.stage is Stage.FAILED
        assert guild.rest.lines[-1] == "I do not have that track any more. `play` finds it again."


def unsure_list(guild: TestGuild) -> None:
    """A list whose first song has no sure match."""
    guild.resolver.shelf["list"] = Resolved(
        tracks=(track("Sea", source=SourceKind.SPOTIFY, lazy=True), track("wind")), playlist_title="mix"
    )
    guild.resolver.unopenable["Sea"] = error(MediaFailure.UNSURE, limit=70, actual=51)
    guild.resolver.songs["Sea"] = (candidate("Sea live", 51), candidate("Sea cover", 40))


async def test_a_song_of_a_list_without_a_sure_match_is_told_and_can_be_chosen(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        unsure_list(guild)
        guild.play("list")
        await trio.sleep(2)
        assert guild.node.title == "wind"
        (told,) = [line for line in guild.rest.lines if "could not play" in line]
        assert told.startswith(
            "I could not play **Sea**: I found nothing on YouTube that is surely this song"
        )
        asked = guild.press("Choose the song")
        await trio.sleep(0.5)
        del guild.resolver.unopenable["Sea"]
        guild.press("1")
        await trio.sleep(1)
        assert asked.stage is Stage.DONE
        assert guild.resolver.chosen == [("Sea", "Sea live")]
        assert "From now on I know **Sea** here, and it comes next." in instead_of_buttons(guild)
        assert guild.node.title == "wind"
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.title == "Sea"


async def test_an_unsure_song_can_be_chosen_after_a_kill(autojump_clock: Clock) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        unsure_list(guild)
        guild.play("list")
        await trio.sleep(2)
        wire, rest = guild.button("Choose the song"), guild.rest
    async with open_guild(store=store, rest=rest) as guild:
        guild.resolver.songs["Sea"] = (candidate("Sea live", 51),)
        guild.wake()
        await trio.sleep(1)
        guild.ask(Leave())
        await trio.sleep(1)
        guild.press_id(wire)
        await trio.sleep(0.5)
        picker = list(guild.rest.messages.values())[-1]
        assert picker.embeds[0].description == "**1.** Sea live (unknown length) · 51 %"
        guild.press("1")
        await trio.sleep(1)
        kept = "From now on I know **Sea** here. It is kept: `resume` plays it."
        assert kept in instead_of_buttons(guild)
        guild.ask(Resume())
        await trio.sleep(1)
        assert guild.node.title == "Sea"


async def test_a_sure_or_chosen_song_says_nothing_about_it(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.hand_over(wish(guild, to_kept(matched("Sea", 100))))
        await trio.sleep(1)
        assert "edit: Track added: **Sea** (3:00)" in guild.rest.lines
