"""What comes when the queue has run out; staying in the channel; silence about what plays."""

import trio
import trio.testing

from actors.core.work import Stage
from actors.player.asks import (
    Command,
    Pause,
    SetAutoplay,
    SetLoop,
    SetSilent,
    SetStay,
    ShowPlaying,
    Skip,
    Stop,
)
from actors.player.tuning import Loop
from media.errors import MediaFailure
from media.tracks import SourceKind
from tests.player.fakes import TestGuild, open_guild, open_playing
from tests.player.media_fakes import error, track
from tests.player.places import ALICE, BOB, ME, OTHER_VOICE, TEXT, VOICE
from tests.player.slow_store import SlowStore

Clock = trio.testing.MockClock


async def after(guild: TestGuild, command: Command, seconds: float = 0.3) -> str:
    before = len(guild.rest.lines)
    guild.ask(command)
    await trio.sleep(seconds)
    return guild.rest.lines[before]


def titles(guild: TestGuild) -> list[str]:
    return [entry.track.title for entry in guild.player.deck.queue]


async def test_autoplay_goes_on_without_a_gap_with_what_is_related(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.others["sea"] = (track("lake"),)
        assert (await after(guild, SetAutoplay(None))).startswith("Autoplay on")
        await trio.sleep(130)
        assert titles(guild) == ["lake"], "it is looked for before the last track ends"
        await trio.sleep(60)
        assert guild.node.title == "lake"
        assert any(
            "Now playing: **lake** (3:00) · library · chosen by autoplay" in line for line in told(guild)
        )


def told(guild: TestGuild) -> list[str]:
    """Everything that can be read now or could be read."""
    return [
        *guild.rest.lines,
        *(message.content for message in guild.rest.panels),
        *(message.content for message in guild.rest.messages.values()),
    ]


async def test_what_was_heard_lately_is_not_chosen_again(autojump_clock: Clock) -> None:
    async with open_playing("sea", "lake") as guild:
        guild.ask(SetAutoplay(True))
        guild.resolver.others["lake"] = (track("sea"), track("lake"), track("river"))
        guild.ask(Skip())
        await trio.sleep(1)
        assert (await after(guild, Skip(), 1)).startswith("Skipped **lake**. I am looking for something")
        assert guild.node.title == "river"


async def test_where_nobody_knows_anything_the_history_plays(autojump_clock: Clock) -> None:
    async with open_playing("a", "b", "c", "d") as guild:
        guild.ask(SetAutoplay(True))
        guild.resolver.others["d"] = error(MediaFailure.RATE_LIMIT)
        for _ in range(4):
            guild.ask(Skip())
            await trio.sleep(1)
        assert guild.node.title in {"a", "b"}, "one of the older half"


async def test_autoplay_that_knows_nothing_says_so_and_leaves_in_time(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(SetAutoplay(True))
        guild.player.deck.history.clear()
        guild.player.max_duration_s = 600
        guild.resolver.others["sea"] = (track("epic", 4000), track("sea"))
        await trio.sleep(185)
        assert any("found nothing that fits" in line for line in guild.rest.lines)
        await trio.sleep(301)
        assert any(line.startswith("Nothing has played for 5 minutes") for line in guild.rest.lines)


async def test_attachments_and_streams_do_not_come_again_by_themselves(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(SetAutoplay(True))
        deck = guild.player.deck
        once = (track("file", source=SourceKind.ATTACHMENT), track("radio", None, live=True))
        deck.history.extend(deck.entries(once, ALICE, 0))
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.title in {None, "sea"}


async def test_what_people_queue_comes_before_what_autoplay_chose(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.others["sea"] = (track("lake"),)
        guild.ask(SetAutoplay(True))
        await trio.sleep(130)
        guild.play("mine", BOB)
        await trio.sleep(1)
        assert titles(guild) == ["mine"]


async def test_stop_and_off_end_autoplay_in_the_middle_of_looking(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.others["sea"] = (track("lake"),)
        guild.resolver.delays_s["related sea"] = 5.0
        guild.ask(SetAutoplay(True))
        guild.ask(Skip())
        await trio.sleep(1)
        guild.ask(Stop())
        await trio.sleep(10)
        assert guild.node.title is None
        assert (await after(guild, SetAutoplay(False))) == "Autoplay off."


async def test_a_loop_and_a_stream_need_no_autoplay(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.others["sea"] = (track("lake"),)
        guild.ask(SetLoop(Loop.TRACK))
        guild.ask(SetAutoplay(True))
        await trio.sleep(400)
        assert titles(guild) == []
        assert set(guild.node.heard) == {"sea"}


async def test_five_failures_stop_autoplay_too(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(SetAutoplay(True))
        for name in ("sea", "x1", "x2", "x3", "x4", "x5", "x6"):
            guild.resolver.others[name] = tuple(track(f"x{n}") for n in range(1, 7))
            guild.resolver.unopenable[name] = error()
        guild.ask(Skip())
        await trio.sleep(5)
        assert any("5 in a row" in line for line in guild.rest.lines)
        assert guild.player.deck.now is None
        assert not guild.player.looking_on


async def test_modes_are_kept_over_a_kill(autojump_clock: Clock) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        guild.play("sea")
        await trio.sleep(0.5)
        for command in (SetAutoplay(None), SetStay(True), SetSilent(None)):
            guild.ask(command)
        await trio.sleep(0.5)
    async with open_guild(store=store) as guild:
        guild.wake()
        await trio.sleep(0.5)
        player = guild.player
        assert (player.autoplay, player.stay, player.silent) == (True, True, True)


async def test_whoever_stays_leaves_neither_silence_nor_an_empty_channel(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(SetStay(None))
        guild.ask(Stop())
        await trio.sleep(400)
        assert guild.seats.asked == [VOICE]
        guild.play("wind")
        await trio.sleep(1)
        guild.sit(ALICE, None)
        guild.sit(BOB, None)
        await trio.sleep(400)
        assert guild.seats.asked == [VOICE]
        assert guild.node.title is None, "nobody is there to hear it"
        guild.sit(ALICE, VOICE)
        await trio.sleep(1)
        assert guild.node.title == "wind"


async def test_staying_no_longer_starts_the_timers_again(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(SetStay(True))
        guild.ask(Stop())
        await trio.sleep(400)
        assert (await after(guild, SetStay(False))) == "I leave again when nothing plays for 5 minutes."
        await trio.sleep(301)
        assert guild.seats.asked == [VOICE, None]


async def test_silent_hides_what_nobody_asked_for(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.play("sea")
        guild.play("wind")
        await trio.sleep(1)
        assert (await after(guild, SetSilent(None))).startswith("Silent")
        guild.ask(Stop())
        await trio.sleep(1)
        guild.rest.lines.clear()
        guild.play("rain")
        await trio.sleep(1)
        assert guild.node.title == "rain"
        assert not any("Now playing" in line for line in guild.rest.lines)
        assert (await after(guild, ShowPlaying())).startswith("Now playing: **rain**")
        await after(guild, SetSilent(False))
        said = {"I say again what plays.", "Now playing: **rain** (3:00) · library · wanted by <@1001>"}
        assert set(guild.rest.lines[-2:]) == said


async def test_modes_are_set_from_the_channel_of_the_bot(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.sit(BOB, OTHER_VOICE)
        for command in (SetAutoplay(True), SetStay(True), SetSilent(True)):
            work = guild.ask(command, BOB)
            await trio.sleep(0.3)
            assert work.stage is Stage.FAILED
        player = guild.player
        assert (player.autoplay, player.stay, player.silent) == (False, False, False)


async def test_unasked_words_go_where_the_guild_wants_them(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.set(announcements=f"<#{TEXT + 10**17}>")
        guild.play("sea")
        await trio.sleep(1)
        assert guild.player.announce_in == TEXT + 10**17
        guild.set(announcements="none")
        await trio.sleep(0.1)
        assert guild.player.announce_in == TEXT


async def test_the_bot_itself_asked_for_what_autoplay_chose(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.resolver.others["sea"] = (track("lake"),)
        guild.ask(SetAutoplay(True))
        guild.ask(Skip())
        await trio.sleep(1)
        now = guild.player.deck.now
        assert now is not None
        assert (now.entry.requester, now.entry.auto) == (ME, True)
        guild.ask(Pause())
        await trio.sleep(0.2)
        assert guild.player.paused
