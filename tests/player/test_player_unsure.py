"""The link of a song for which there is no sure video: somebody chooses, and the choice is kept."""

import trio
import trio.testing

from actors.core.music import Place
from actors.core.work import Stage
from actors.player.player import SILENCE_S
from actors.store.errors import StoreError
from media.choices import UnsureMatch
from media.errors import MediaFailure
from media.tracks import SourceKind
from tests.player.fakes import TestGuild, open_guild
from tests.player.media_fakes import candidate, track

Clock = trio.testing.MockClock


def instead_of_buttons(guild: TestGuild) -> list[str]:
    """What took the place of messages with buttons."""
    return [message.content for message in guild.rest.panels]


def unsure_link(guild: TestGuild) -> None:
    """A link of a song that has no sure match."""
    song = track("Sea", source=SourceKind.SPOTIFY, lazy=True)
    guild.resolver.shelf["link"] = UnsureMatch(
        kind=MediaFailure.UNSURE,
        limit=60,
        track=song,
        candidates=(candidate("Sea live", 51), candidate("Sea cover", 40)),
    )


async def test_the_link_of_an_unsure_song_asks_which_one_it_is(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        unsure_link(guild)
        asked = guild.play("link")
        await trio.sleep(1)
        picker = list(guild.rest.messages.values())[-1]
        assert picker.embeds[0].title == (
            "Nothing on YouTube is surely Sea (at least 60 % sure). Which one is it?"
        )
        assert picker.embeds[0].description == (
            "**1.** Sea live (unknown length) · 51 %\n**2.** Sea cover (unknown length) · 40 %"
        )
        assert guild.node.title is None
        guild.press("2")
        await trio.sleep(1)
        assert asked.stage is Stage.DONE
        assert guild.resolver.chosen == [("Sea", "Sea cover")], "remembered as after a wrong song"
        assert guild.node.title == "Sea"
        assert instead_of_buttons(guild) == ["Queuing…"]
        assert "edit: Track added: **Sea** (3:00)" in guild.rest.lines
        assert guild.player.deck.now is not None
        assert guild.player.deck.now.entry.track.confidence_pct == 100


async def test_nobody_waits_for_whoever_is_asked_which_song_it_is(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        unsure_link(guild)
        guild.play("link", place=Place.TOP)
        guild.play("wind")
        guild.play("rain")
        await trio.sleep(1)
        assert guild.node.title == "wind"
        guild.press("1")
        await trio.sleep(1)
        assert [entry.track.title for entry in guild.player.deck.queue] == ["Sea", "rain"]


async def test_whoever_calls_it_off_sends_the_bot_home(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        unsure_link(guild)
        guild.play("link")
        await trio.sleep(1)
        guild.press("Cancel")
        await trio.sleep(SILENCE_S + 2)
        assert guild.player.link.channel_id is None


async def test_a_choice_that_is_not_kept_is_told_and_queues_nothing(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        unsure_link(guild)
        guild.play("link")
        await trio.sleep(1)
        guild.resolver.choosing = StoreError("the disk is full")
        guild.press("1")
        await trio.sleep(1)
        assert guild.rest.lines[-1].startswith("edit: I could not queue that: my disk does not take it.")
        assert guild.node.title is None
