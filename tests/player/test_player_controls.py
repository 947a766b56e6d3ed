"""Every other command: what it does, what it says, when it refuses."""

import pytest
import trio
import trio.testing

from actors.core.declare import SettingChanged
from actors.core.music import Place
from actors.core.work import Stage
from actors.player.asks import (
    Clear,
    Command,
    Pause,
    Play,
    Remove,
    Resume,
    SetVolume,
    ShowPlaying,
    ShowQueue,
    Shuffle,
    Skip,
    Stop,
)
from actors.rest.errors import Forbidden
from media.tracks import Resolved, TextQuery
from tests.player.fakes import open_guild, open_playing
from tests.player.media_fakes import track
from tests.player.places import BOB, GUILD

Clock = trio.testing.MockClock


async def test_pause_holds_and_resume_goes_on(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        await trio.sleep(10)
        guild.ask(Pause())
        await trio.sleep(0.1)
        held_at = guild.node.position_ms
        await trio.sleep(100)
        assert guild.node.title is None
        assert guild.node.position_ms == held_at
        again = guild.ask(Pause())
        await trio.sleep(0.1)
        guild.ask(Resume())
        await trio.sleep(2)
        assert guild.node.title == "sea"
        assert again.stage is Stage.FAILED
        guild.ask(Resume())
        await trio.sleep(0.1)
        assert guild.rest.lines == [
            "Paused. `resume` goes on.",
            "It is paused already. `resume` goes on.",
            "Going on with **sea**.",
            "It is playing already.",
        ]


async def test_paused_and_play_resumes(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Pause())
        await trio.sleep(1)
        guild.play("wind")
        await trio.sleep(2)
        assert guild.node.title == "sea"


async def test_paused_and_a_failed_play_stays_paused(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Pause())
        await trio.sleep(1)
        guild.resolver.shelf["nothing"] = Resolved(tracks=())
        guild.play("nothing")
        await trio.sleep(2)
        assert guild.node.title is None
        assert guild.rest.lines[-1].startswith("edit: I could not queue that: nothing matches")


async def test_paused_and_playtop_plays_the_new_track(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.ask(Pause())
        await trio.sleep(1)
        guild.ask(Play(queries=(TextQuery(text="rain"),), place=Place.TOP))
        await trio.sleep(2)
        assert guild.node.title == "rain"
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.title == "wind"


@pytest.mark.parametrize(
    ("amount", "sentence", "plays"),
    [
        (1, "Skipped **a**.", "b"),
        (2, "Skipped 2 tracks.", "c"),
        (3, "Skipped 3 tracks.", "d"),
        (99, "Skipped 3 tracks.", "d"),
    ],
)
async def test_skip_names_the_true_number(
    autojump_clock: Clock, amount: int, sentence: str, plays: str
) -> None:
    async with open_playing("a", "b", "c", "d") as guild:
        guild.ask(Skip(amount))
        await trio.sleep(1)
        assert guild.rest.lines[0] == sentence
        assert guild.node.title == plays


async def test_skip_while_paused_plays_the_next_and_the_last_skip_is_silence(autojump_clock: Clock) -> None:
    async with open_playing("a", "b") as guild:
        guild.ask(Pause())
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.title == "b"
        guild.ask(Skip(5))
        await trio.sleep(1)
        assert guild.node.title is None
        assert guild.rest.lines[-1] == "Skipped **b**. It was the last one."
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.rest.lines[-1] == "Nothing is playing. `play` starts something."


async def test_stop_empties_the_queue(autojump_clock: Clock) -> None:
    async with open_playing("a", "b", "c") as guild:
        guild.ask(Stop())
        await trio.sleep(1)
        assert guild.rest.lines == ["Stopped, and took 2 tracks out of the queue."]
        guild.ask(Stop())
        guild.ask(Clear(), BOB)
        await trio.sleep(1)
        assert set(guild.rest.lines[1:]) == {
            "Nothing is playing. `play` starts something.",
            "The queue is empty. `play` adds to it.",
        }
        assert guild.resolver.held == []


async def test_clear_keeps_the_track_and_says_how_many(autojump_clock: Clock) -> None:
    async with open_playing("a", "b", "c") as guild:
        guild.resolver.delays_s["slow"] = 20
        slow = guild.play("slow")
        await trio.sleep(0.5)
        guild.ask(Clear())
        await trio.sleep(1)
        assert "Cleared: 3 tracks are out of the queue." in guild.rest.lines
        assert "edit: Not queued: the queue was cleared in the meantime." in guild.rest.lines
        assert slow.stage is Stage.SKIPPED
        assert guild.node.title == "a"


async def test_clear_keeps_the_search_that_becomes_the_track(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.delays_s |= {"first": 5, "second": 5}
        first, second = guild.play("first"), guild.play("second")
        guild.ask(Clear(), BOB)
        await trio.sleep(10)
        assert (first.stage, second.stage) == (Stage.DONE, Stage.SKIPPED)
        assert guild.node.title == "first"


async def test_remove_takes_one_out(autojump_clock: Clock) -> None:
    async with open_playing("a", "b", "c") as guild:
        guild.ask(Remove(3))
        await trio.sleep(0.5)
        guild.ask(Remove(1))
        await trio.sleep(0.5)
        assert guild.rest.lines == ["There is no number 3: the queue has 2 tracks.", "Removed **b**."]
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.title == "c"


async def test_removing_the_track_opened_ahead_lets_go_of_it(autojump_clock: Clock) -> None:
    async with open_playing("a", "b", "c") as guild:
        await trio.sleep(170)
        assert [held.location for held in guild.resolver.held] == ["/library/a", "/library/b"]
        guild.ask(Remove(1))
        await trio.sleep(5)
        assert "/library/b" not in [held.location for held in guild.resolver.held]
        await trio.sleep(8)
        assert guild.node.heard == ["a", "c"]


async def test_shuffle_keeps_the_same_tracks(autojump_clock: Clock) -> None:
    names = [f"t{number}" for number in range(12)]
    async with open_playing("now", *names) as guild:
        guild.ask(Shuffle())
        await trio.sleep(0.5)
        assert guild.rest.lines == ["Shuffled 12 tracks."]
        for _ in names:
            guild.ask(Skip())
            await trio.sleep(0.5)
        assert sorted(guild.node.heard[1:]) == sorted(names)
        assert guild.node.heard[1:] != names


async def test_volume_is_set_shown_and_heard_at_once(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        for command in (SetVolume(None), SetVolume(250), SetVolume(None)):
            guild.ask(command)
            await trio.sleep(0.1)
        assert guild.rest.lines == [
            "The volume is 100 %.",
            "Volume set to 250 %.",
            "The volume is 250 %.",
        ]
        assert guild.node.desired is not None
        assert guild.node.desired.volume_pct == 250


async def test_the_setting_counts_until_somebody_sets_a_volume(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.settings.put(GUILD, {"volume": "30"})
        guild.hear(SettingChanged(guild_id=GUILD, name="volume"))
        await trio.sleep(0.1)
        assert guild.node.desired is not None
        assert guild.node.desired.volume_pct == 30
        guild.ask(SetVolume(80))
        guild.settings.put(GUILD, {"volume": "10"})
        guild.hear(SettingChanged(guild_id=GUILD, name="volume"))
        await trio.sleep(0.1)
        assert guild.node.desired.volume_pct == 80


async def test_playing_shows_how_far_it_is_without_voice(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        await trio.sleep(89.5)
        guild.sit(BOB, None)
        guild.ask(ShowPlaying(), BOB)
        await trio.sleep(0.5)
        lines = guild.rest.lines[0].splitlines()
        assert lines[0] == "Now playing: **sea** (3:00) · library · wanted by <@1001>"
        assert lines[1].startswith("▬▬▬▬▬▬▬▬▬▬🔘")
        assert lines[1].endswith((" 1:30 / 3:00", " 1:31 / 3:00"))
        assert lines[-1] == "One track in the queue."


async def test_queue_opens_pages_that_follow_the_queue(autojump_clock: Clock) -> None:
    names = [f"t{number}" for number in range(1, 13)]
    async with open_playing("now", *names) as guild:
        work = guild.ask(ShowQueue(2))
        await trio.sleep(1)
        message = next(iter(reversed(guild.rest.messages.values())))
        lines = message.content.splitlines()
        assert lines[0] == "Now: **now** (3:00)"
        assert lines[1] == "Next, 12 tracks (36:00):"
        assert lines[2:] == [
            "`11.` t11 (3:00) · <@1001>",
            "`12.` t12 (3:00) · <@1001>",
        ]
        assert message.components[0].items[1].custom_id is not None
        assert work.stage is Stage.DONE


async def test_an_empty_queue_says_so(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        work = guild.ask(ShowQueue())
        await trio.sleep(1)
        assert guild.rest.lines[0] == "The queue is empty. `play` adds to it."
        assert work.stage is Stage.DONE


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (Pause(), "Nothing is playing. `play` starts something."),
        (Resume(), "Nothing is playing. `play` starts something."),
        (Skip(), "Nothing is playing. `play` starts something."),
        (Stop(), "Nothing is playing. `play` starts something."),
        (Clear(), "The queue is empty. `play` adds to it."),
        (Remove(1), "The queue is empty. `play` adds to it."),
        (Shuffle(), "The queue is empty. `play` adds to it."),
        (ShowPlaying(), "Nothing is playing. `play` starts something."),
    ],
)
async def test_with_nothing_to_do_one_sentence_says_so(
    autojump_clock: Clock, command: Command, sentence: str
) -> None:
    async with open_guild() as guild:
        work = guild.ask(command)
        await trio.sleep(1)
        assert guild.rest.lines == [sentence]
        assert not work.is_open
        assert guild.seats.asked == []


async def test_a_forbidden_text_channel_does_not_stop_the_music(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.rest.refusing = Forbidden("missing access", status=403, code=50001)
        guild.resolver.shelf["two"] = Resolved(tracks=(track("a", 5), track("b", 5)))
        guild.node.lengths_s |= {"a": 5, "b": 5}
        guild.play("two")
        await trio.sleep(8)
        assert guild.node.title == "b"
