"""Going back, once more, to another one; what was heard; another order of the queue."""

import pytest
import trio
import trio.testing

from actors.core.work import Stage
from actors.player.asks import (
    Again,
    Command,
    Dedupe,
    Join,
    Move,
    Pause,
    Previous,
    Remove,
    Replay,
    SetLoop,
    ShowHistory,
    Skip,
    SkipTo,
    Stop,
)
from actors.player.tuning import Loop
from media.tracks import Resolved
from tests.player.fakes import TestGuild, open_guild, open_playing
from tests.player.media_fakes import track
from tests.player.places import ALICE, BOB, OTHER_VOICE

Clock = trio.testing.MockClock


def titles(guild: TestGuild) -> list[str]:
    return [entry.track.title for entry in guild.player.deck.queue]


def heard(guild: TestGuild) -> list[str]:
    return [entry.track.title for entry in guild.player.deck.history]


async def after(guild: TestGuild, command: Command, seconds: float = 0.3) -> str:
    """Give a command and read its answer."""
    before = len(guild.rest.lines)
    guild.ask(command)
    await trio.sleep(seconds)
    return guild.rest.lines[before]


async def test_previous_goes_back_and_keeps_the_current_one_behind(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain") as guild:
        guild.ask(Skip())
        await trio.sleep(1)
        assert await after(guild, Previous(), 1) == "Back to **sea**."
        assert guild.node.title == "sea"
        assert titles(guild) == ["wind", "rain"]
        assert heard(guild) == []
        assert await after(guild, Previous()) == "Nothing has been played yet."


async def test_previous_plays_again_after_the_music_has_ended(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.title is None
        guild.ask(Previous())
        await trio.sleep(301)
        assert guild.node.heard == ["sea", "sea"]
        assert guild.player.link.is_present, "the way out was called off, and began anew at the end"


async def test_previous_goes_on_when_paused_and_survives_loops(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.ask(SetLoop(Loop.QUEUE))
        guild.ask(Skip())
        await trio.sleep(1)
        guild.ask(Pause())
        guild.ask(Previous())
        await trio.sleep(1)
        assert guild.node.title == "sea"
        assert titles(guild) == ["wind", "sea"]


async def test_replay_comes_next_and_again_after_the_end(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        assert await after(guild, Replay()) == "Track added: **sea** (3:00), number 1 in the queue"
        assert titles(guild) == ["sea", "wind"]
        guild.ask(Stop())
        await trio.sleep(0.5)
        assert await after(guild, Replay(), 1) == "Track added: **sea** (3:00)"
        assert guild.node.title == "sea"


async def test_replay_without_anything_heard_says_so(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.ask(Join())
        await trio.sleep(0.5)
        assert await after(guild, Replay()) == "Nothing has been played yet."


async def test_history_is_the_newest_fifty_ten_a_page_and_appends(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        many = tuple(track(f"t{n}") for n in range(57))
        guild.resolver.shelf["list"] = Resolved(tracks=many, playlist_title="l")
        guild.play("list")
        await trio.sleep(2)
        for _ in range(55):
            guild.ask(Skip())
            await trio.sleep(0.2)
        shown = guild.ask(ShowHistory())
        await trio.sleep(1)
        assert shown.stage is Stage.DONE
        assert len(guild.player.deck.history) == 50
        page = list(guild.rest.messages.values())[-1]
        assert page.content.startswith("Played lately, the newest 50 first.")
        assert "`1.` t54" in page.content
        assert "`10.` t45" in page.content
        assert [len(row.items) for row in page.components] == [5, 5, 3]
        pressed = guild.press("+ 3")
        await trio.sleep(1)
        assert pressed.stage is Stage.DONE
        assert titles(guild)[-1] == "t52"
        guild.press("▶")
        await trio.sleep(2)
        assert any("`11.` t44" in message.content for message in guild.rest.messages.values())


async def test_a_history_belongs_to_whoever_opened_it(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.ask(Skip())
        await trio.sleep(0.5)
        guild.ask(ShowHistory())
        await trio.sleep(0.5)
        refused = guild.press("+ 1", BOB)
        await trio.sleep(0.5)
        assert refused.stage is Stage.FAILED
        assert guild.rest.lines[-1].startswith("This list belongs to somebody else.")
        assert titles(guild) == []


async def test_what_is_in_the_history_no_more_is_told(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        assert (
            await after(guild, Again(99, ALICE))
            == "That track is not in the history any more. `play` finds it again."
        )


async def test_an_empty_history_says_so(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        assert await after(guild, ShowHistory()) == "Nothing has been played yet."


async def test_skip_to_drops_what_is_before(autojump_clock: Clock) -> None:
    async with open_playing("a", "b", "c", "d") as guild:
        assert await after(guild, SkipTo(2), 1) == "Skipped to **c**."
        assert guild.node.title == "c"
        assert titles(guild) == ["d"]
        assert heard(guild) == ["a"]
        assert await after(guild, SkipTo(5)) == "There is no number 5: the queue has one track."


async def test_move_puts_a_track_elsewhere_and_clamps(autojump_clock: Clock) -> None:
    async with open_playing("a", "b", "c", "d") as guild:
        assert await after(guild, Move(origin=3, target=1)) == "**d** is number 1 now."
        assert titles(guild) == ["d", "b", "c"]
        assert await after(guild, Move(origin=1, target=9)) == "**d** is number 3 now."
        assert titles(guild) == ["b", "c", "d"]
        assert await after(guild, Move(origin=0, target=1)) == "There is no number 0: the queue has 3 tracks."


async def test_dedupe_keeps_every_track_once_where_it_stands_first(autojump_clock: Clock) -> None:
    async with open_playing("a", "b", "c", "b", "b", "d", "c") as guild:
        assert await after(guild, Dedupe()) == "Took 3 tracks out of the queue that were in it twice."
        assert titles(guild) == ["b", "c", "d"]
        assert await after(guild, Dedupe()) == "Nothing is in the queue twice."


@pytest.mark.parametrize(
    "command",
    [Previous(), Replay(), SkipTo(1), Move(origin=1, target=1), Dedupe(), Remove(1), Skip()],
    ids=lambda command: type(command).__name__,
)
async def test_in_voice_then_same_channel_is_checked_first(autojump_clock: Clock, command: Command) -> None:
    async with open_playing("a", "b") as guild:
        guild.sit(ALICE, None)
        assert await after(guild, command) == "Join a voice channel first."
        guild.sit(ALICE, OTHER_VOICE)
        assert (await after(guild, command)).startswith("I am in <#300>.")


@pytest.mark.parametrize("command", [SkipTo(1), Skip()], ids=lambda command: type(command).__name__)
async def test_something_must_play_before_the_queue_is_looked_at(
    autojump_clock: Clock, command: Command
) -> None:
    async with open_guild() as guild:
        guild.ask(Join())
        await trio.sleep(0.5)
        assert await after(guild, command) == "Nothing is playing. `play` starts something."


@pytest.mark.parametrize(
    "command",
    [SkipTo(1), Move(origin=1, target=1), Dedupe(), Remove(1)],
    ids=lambda command: type(command).__name__,
)
async def test_an_empty_queue_is_told(autojump_clock: Clock, command: Command) -> None:
    async with open_playing("a") as guild:
        assert await after(guild, command) == "The queue is empty. `play` adds to it."
