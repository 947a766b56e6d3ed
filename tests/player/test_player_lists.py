"""Lists: queued part by part while they are read, in their order, and told with what was left out."""

import pytest
import trio
import trio.testing

from actors.core.music import Place
from actors.core.work import Stage, WorkKind
from actors.player.asks import Clear, Join, Pause, Skip, Stop
from media.errors import MediaFailure
from media.resolution import BATCH
from tests.player.fakes import TestGuild, open_guild, open_playing
from tests.player.media_fakes import Listing, error, track
from tests.player.node_fakes import CHANGES_S
from tests.player.places import ALICE, BOB, ME, OTHER_VOICE, SHORTER
from tests.player.slow_store import SlowStore

Clock = trio.testing.MockClock


def listing(name: str, count: int, *, pause_s: float = 0.05) -> Listing:
    return Listing(name, [track(f"{name}{n}", 20.0) for n in range(count)], pause_s)


def titles(guild: TestGuild) -> list[str]:
    return [entry.track.title for entry in guild.player.deck.queue]


def said(guild: TestGuild, part: str) -> str:
    """The newest line with this part."""
    return next(line for line in reversed(guild.rest.lines) if part in line)


async def test_the_first_track_plays_while_the_rest_is_read(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["list"] = listing("l", 200)
        work = guild.play("list")
        await trio.sleep(1)
        assert guild.node.title == "l0"
        assert work.is_open
        assert guild.rest.lines[:2] == [
            "Queuing…",
            "edit: Playlist added: **l**. It plays already, and I am reading the rest…",
        ]
        assert guild.rest.lines[2].startswith("Now playing: **l0**")
        await trio.sleep(15)
        assert work.stage is Stage.DONE
        assert titles(guild) == [f"l{n}" for n in range(1, 200)]
        assert said(guild, "200") == "edit: Playlist added: **l**, 200 tracks."


async def test_a_list_is_read_no_faster_than_it_is_taken(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        wide = guild.resolver.shelf["list"] = listing("l", 500, pause_s=0.001)
        guild.seats.answers = False
        guild.play("list")
        await trio.sleep(5)
        assert wide.read <= BATCH + 1
        assert guild.population.depths[next(iter(guild.population.depths))] == 0


async def test_what_cannot_be_queued_is_counted_in_the_last_sentence(autojump_clock: Clock) -> None:
    entries = [track("a"), None, track("epic", 4000), None, track("b"), track("long", 700), track("c")]
    async with open_guild(max_duration_s=600) as guild:
        guild.resolver.shelf["list"] = Listing("l", [*entries])
        guild.play("list")
        await trio.sleep(2)
        assert titles(guild) == ["b", "c"]
        assert said(guild, "tracks") == (
            "edit: Playlist added: **l**, 3 tracks. 2 entries cannot be played and were left out. "
            "2 are longer than 10:00 and were left out."
        )


async def test_a_list_of_nothing_that_fits_is_one_failure(autojump_clock: Clock) -> None:
    async with open_guild(max_duration_s=600) as guild:
        guild.resolver.shelf["list"] = Listing("l", [track("epic", 700), track("saga", 800)])
        work = guild.play("list")
        await trio.sleep(2)
        assert work.stage is Stage.FAILED
        assert guild.rest.lines == [
            "Queuing…",
            f"edit: I could not queue that: it is longer than 10:00, which is the limit here. {SHORTER}",
        ]


async def test_a_list_that_breaks_off_keeps_what_was_read_and_says_why(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        broken = error(MediaFailure.NETWORK, host="l.example")
        guild.resolver.shelf["list"] = Listing("l", [track("a"), track("b"), broken])
        guild.play("list")
        await trio.sleep(2)
        assert titles(guild) == ["b"]
        assert said(guild, "tracks") == (
            "edit: Playlist added: **l**, 2 tracks. There the reading broke off: "
            "the connection to l.example failed. Try again later."
        )


async def test_a_list_that_hangs_ends_with_what_was_read(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        stuck = Listing("l", [track("a", 600), track("b", 600)])
        guild.resolver.shelf["list"] = stuck
        guild.play("list")
        await trio.sleep(0.03)
        stuck.pause_s = 1000
        await trio.sleep(65)
        assert "a" in (guild.node.title or "")
        assert said(guild, "track").startswith("edit: Playlist added: **l**, one track. There the reading")


@pytest.mark.parametrize("ending", [Stop(), Clear()])
async def test_stop_and_clear_end_the_reading(autojump_clock: Clock, ending: Stop | Clear) -> None:
    async with open_guild() as guild:
        reading = guild.resolver.shelf["list"] = listing("l", 500)
        work = guild.play("list")
        await trio.sleep(4)
        guild.ask(ending)
        await trio.sleep(0.5)
        assert reading.closed
        assert titles(guild) == []
        assert work.stage is Stage.DONE
        assert said(guild, "stopped").startswith(
            "edit: Playlist added: **l**, 76 tracks; then it was stopped"
        )
        assert (guild.node.title is None) == isinstance(ending, Stop)
        at = reading.read
        await trio.sleep(10)
        assert reading.read == at


async def test_others_may_queue_while_a_list_is_read_and_keep_their_place(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["list"] = listing("l", 60)
        guild.play("list")
        await trio.sleep(0.5)
        later = guild.play("later", BOB)
        await trio.sleep(0.2)
        assert later.stage is Stage.DONE
        guild.play("first", BOB, Place.TOP)
        await trio.sleep(6)
        assert titles(guild) == ["first", *(f"l{n}" for n in range(1, 60)), "later"]


async def test_two_lists_at_once_keep_the_order_of_their_calls(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["slow"] = listing("s", 30, pause_s=0.2)
        guild.resolver.shelf["fast"] = listing("f", 30, pause_s=0.01)
        guild.resolver.delays_s["slow"] = 2.0
        guild.play("slow")
        guild.play("fast", BOB)
        await trio.sleep(10)
        assert titles(guild) == [*(f"s{n}" for n in range(1, 30)), *(f"f{n}" for n in range(30))]


async def test_a_list_for_now_goes_to_the_front_whole_and_in_order(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.resolver.shelf["list"] = listing("l", 60)
        guild.play("list", place=Place.NOW)
        await trio.sleep(5)
        assert guild.node.title == "l0"
        assert titles(guild) == [*(f"l{n}" for n in range(1, 60)), "wind"]
        assert guild.player.deck.history[0].track.title == "sea"


async def test_a_pause_while_a_list_is_read_stays_a_pause(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["list"] = listing("l", 100)
        guild.play("list")
        await trio.sleep(1)
        guild.ask(Pause())
        await trio.sleep(8)
        assert guild.node.title is None
        assert len(titles(guild)) == 99


async def test_what_comes_after_a_skip_of_the_last_read_track_plays(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["list"] = listing("l", 40)
        guild.play("list")
        await trio.sleep(0.6)
        guild.ask(Skip())
        await trio.sleep(3)
        assert guild.node.title == "l1"


async def test_a_full_queue_ends_the_reading_and_refuses_the_next(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.set(queue_limit="30")
        reading = guild.resolver.shelf["list"] = listing("l", 200, pause_s=0.01)
        guild.play("list")
        await trio.sleep(5)
        assert len(titles(guild)) == 30
        assert reading.closed
        assert said(guild, "tracks") == (
            "edit: Playlist added: **l**, 31 tracks. The queue is full now, so the rest was left out."
        )
        refused = guild.play("more")
        await trio.sleep(1)
        assert refused.stage is Stage.FAILED
        assert guild.rest.lines[-1] == (
            "The queue is full: it holds 30 tracks. Wait, or make room with `remove`."
        )


async def test_a_list_that_a_kill_cuts_off_says_so_and_is_there_as_far_as_it_says(
    autojump_clock: Clock,
) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        guild.resolver.shelf["list"] = listing("l", 200)
        guild.play("list")
        await trio.sleep(3.2)
        rest = guild.rest
    async with open_guild(store=store, rest=rest) as guild:
        guild.wake()
        await trio.sleep(1.5)
        count = len(titles(guild)) + 1
        assert count > 1
        assert any(
            f"but I was restarted while I read it: {count} tracks got into the queue" in line
            for line in guild.rest.lines
        )
        assert guild.player.lost_answers == ()


async def test_a_kick_in_the_middle_of_a_list_takes_back_nothing(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["list"] = Listing("mix", [track(f"t{n}") for n in range(60)], pause_s=0.5)
        guild.play("list")
        await trio.sleep(16)
        guild.sit(ME, None)
        await trio.sleep(1)
        assert set(guild.rest.lines[-2:]) == {
            "edit: Playlist added: **mix**, 26 tracks; then it was stopped.",
            "I was disconnected from <#300>. 26 tracks are kept: `resume` goes on with them.",
        }


async def test_a_move_that_fails_ends_no_reading(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["list"] = Listing("mix", [track(f"t{n}") for n in range(60)], pause_s=0.5)
        guild.play("list")
        await trio.sleep(5)
        guild.seats.answers = False
        guild.sit(ALICE, OTHER_VOICE)
        guild.ask(Join())
        await trio.sleep(40)
        assert any("I could not join <#301>" in line for line in guild.rest.lines)
        assert "edit: Playlist added: **mix**, 60 tracks." in guild.rest.lines


async def test_ten_slow_searches_hold_up_no_command(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain") as guild:
        guild.resolver.delays_s = {f"slow{n}": 5.0 + n for n in range(9)} | {"hung": 59.0}
        works = [guild.play(name) for name in ("hung", *(f"slow{n}" for n in range(9)))]
        await trio.sleep(2)
        for command, part in ((Skip(), "Skipped **sea**"), (Pause(), "Paused")):
            at = trio.current_time()
            work = guild.ask(command)
            with trio.fail_after(0.05 + CHANGES_S):
                while work.is_open:  # noqa: ASYNC110 - a work is watched by a callback, and this is shorter
                    await trio.sleep(0.005)
            assert trio.current_time() - at <= 0.05 + CHANGES_S, "with the sound, as soon as it has faded"
            await trio.sleep(0.2)
            assert said(guild, part)
        assert [work.kind for work in works[:4]] == [WorkKind.RESOLVING] * 4
        await trio.sleep(90)
        assert all(work.stage is Stage.DONE for work in works)
        assert titles(guild)[-10:] == ["hung", *(f"slow{n}" for n in range(9))]
