"""What outlives a kill, a stop and a crash; what is told about what does not."""

import pytest
import trio
import trio.testing

from actors.core.work import Stage
from actors.player.asks import Leave, Pause, Resume, SetVolume, ShowPlaying
from actors.player.saved import FORM, Saved
from gateway_client.events import GuildCreated
from gateway_client.ids import UserId
from tests.player.channel_fakes import FakeRest
from tests.player.fakes import TestGuild, guild_object, open_guild, ready
from tests.player.media_fakes import error
from tests.player.places import ALICE, BOB, ME, VOICE
from tests.player.slow_store import SlowStore

Clock = trio.testing.MockClock


async def play_and_be_killed(store: SlowStore, *titles: str, seconds: float = 30) -> FakeRest:
    """A first life: these are queued, the first plays for a while, then the process is gone."""
    async with open_guild(store=store) as guild:
        for title in titles:
            guild.play(title)
            await trio.sleep(0.2)
        await trio.sleep(seconds)
        guild.rest.lines.clear()
        return guild.rest


async def test_a_killed_player_plays_on_by_itself_where_it_was(autojump_clock: Clock) -> None:
    store = SlowStore()
    rest = await play_and_be_killed(store, "sea", "wind")
    async with open_guild(store=store, rest=rest) as guild:
        guild.wake()
        await trio.sleep(1.5)
        assert guild.node.title == "sea"
        assert 29_000 <= guild.node.position_ms <= 32_000
        assert guild.rest.lines == []
        assert guild.seats.asked == [VOICE]
        await trio.sleep(160)
        assert guild.node.title == "wind"
        assert guild.rest.lines == []
        shown = [message.content for message in guild.rest.messages.values() if message.components]
        assert shown == ["Now playing: **wind** (3:00) · library · wanted by <@1001>"]


async def test_it_comes_back_when_its_guild_comes_into_sight(autojump_clock: Clock) -> None:
    store = SlowStore()
    await play_and_be_killed(store, "sea")
    async with open_guild(store=store) as guild:
        guild.hear(ready())
        guild.wake()
        await trio.sleep(5)
        assert guild.seats.asked == []
        guild.hear(GuildCreated(guild=guild_object()))
        await trio.sleep(1.5)
        assert guild.node.title == "sea"


async def test_with_nobody_there_the_queue_is_kept(autojump_clock: Clock) -> None:
    store = SlowStore()
    await play_and_be_killed(store, "sea", "wind")
    async with open_guild(guild_object(seated=(ME,)), store=store) as guild:
        guild.wake()
        await trio.sleep(3)
        assert guild.seats.asked == [None]
        assert guild.node.desired is None
        guild.sit(ALICE, VOICE)
        guild.ask(ShowPlaying())
        await trio.sleep(1)
        shown = guild.rest.lines[0].splitlines()
        assert shown[0].startswith("Now playing: **sea**")
        assert shown[2] == "⏸️ paused"
        guild.ask(Resume())
        await trio.sleep(1)
        assert guild.node.title == "sea"
        assert 29_000 <= guild.node.position_ms <= 33_000


async def test_a_pause_and_the_volume_outlive_a_kill(autojump_clock: Clock) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        guild.play("sea")
        await trio.sleep(10)
        guild.ask(SetVolume(40))
        guild.ask(Pause())
        await trio.sleep(2)
    async with open_guild(store=store) as guild:
        guild.wake()
        await trio.sleep(3)
        assert guild.node.desired is not None
        assert guild.node.desired.paused
        assert guild.node.desired.volume_pct == 40
        guild.ask(Resume())
        await trio.sleep(2)
        assert guild.node.title == "sea"


async def test_after_a_goodbye_it_plays_on_from_the_exact_position(autojump_clock: Clock) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        guild.play("sea")
        await trio.sleep(30.7)
        position_ms = guild.node.position_ms
        await guild.population.close()
        assert guild.node.desired is None
        assert guild.seats.asked == [VOICE, None]
        row = await store.load("player", 100)
        assert row is not None
        saved = FORM.decode(row.data, row.schema)
        assert saved.now is not None
        assert position_ms < saved.now.position_ms <= position_ms + 1000
        assert saved.channel_id == VOICE
    async with open_guild(store=store) as guild:
        guild.wake()
        await trio.sleep(1)
        assert guild.node.title == "sea"
        assert guild.node.position_ms >= saved.now.position_ms


async def test_a_goodbye_tells_whoever_waits(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.delays_s["slow"] = 30
        work = guild.play("slow")
        await trio.sleep(2)
        await guild.population.close()
        assert guild.rest.lines == [
            "Queuing…",
            "edit: I was restarted in the middle of this and did not do it. Please ask again.",
        ]
        assert work.stage is Stage.SKIPPED


async def test_queuing_does_not_stay_lying_after_a_kill(autojump_clock: Clock) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        guild.resolver.delays_s["slow"] = 30
        guild.play("slow")
        await trio.sleep(2)
        told = dict(guild.rest.messages)
        assert [message.content for message in told.values()] == ["Queuing…"]
    lives: list[list[str]] = []
    for _ in range(2):
        async with open_guild(store=store) as guild:
            guild.rest.messages.update(told)
            guild.wake()
            await trio.sleep(2)
            lives.append(guild.rest.lines)
    interrupted = "edit: I was restarted in the middle of this and did not do it. Please ask again."
    assert lives == [[interrupted], []]


async def test_a_stopped_or_left_player_does_not_come_back(autojump_clock: Clock) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        guild.play("sea")
        await trio.sleep(1)
        guild.ask(Leave())
        await trio.sleep(1)
    async with open_guild(store=store) as guild:
        guild.wake()
        await trio.sleep(2)
        assert guild.seats.asked == []
        assert guild.node.desired is None


async def test_a_channel_that_is_closed_by_now_keeps_the_queue(autojump_clock: Clock) -> None:
    store = SlowStore()
    await play_and_be_killed(store, "sea")
    async with open_guild(store=store) as guild:
        guild.seats.answers = False
        guild.wake()
        await trio.sleep(12)
        assert guild.rest.lines[0].startswith("I could not join <#300>: Discord did not answer.")
        assert guild.rest.lines[0].endswith("One track is kept: `resume` goes on with it.")


async def test_an_unreadable_snapshot_is_told_to_the_first_who_acts(
    autojump_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store = SlowStore()
    await store.save("player", 100, 1, b"{not json")
    async with open_guild(store=store) as guild:
        guild.wake()
        await trio.sleep(1)
        assert guild.rest.lines == []
        guild.play("sea")
        await trio.sleep(1)
        warnings = [line for line in guild.rest.lines if "I could not read what I had kept" in line]
        assert len(warnings) == 1
        assert guild.node.title == "sea"
        guild.play("wind")
        await trio.sleep(1)
        assert len([line for line in guild.rest.lines if "could not read" in line]) == 1


async def test_an_idle_player_retires_and_wakes_with_its_queue(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.play("sea")
        await trio.sleep(20)
        guild.sit(ME, None)
        await trio.sleep(3)
        assert guild.population.depths == {}
        guild.ask(Resume(), BOB)
        await trio.sleep(1)
        assert guild.node.title == "sea"


async def test_numbers_of_entries_never_repeat_over_lives(autojump_clock: Clock) -> None:
    store = SlowStore()
    await play_and_be_killed(store, "sea", "wind", seconds=1)
    async with open_guild(store=store) as guild:
        guild.wake()
        await trio.sleep(1)
        guild.play("rain")
        await trio.sleep(1)
        saved = await load(guild)
        assert saved.now is not None
        numbers = [saved.now.entry.id, *(entry.id for entry in saved.queue)]
        assert numbers == [1, 2, 3]
        assert saved.queue[-1].requester == UserId(ALICE)


async def test_five_unopenable_after_a_restart_do_not_loop(autojump_clock: Clock) -> None:
    store = SlowStore()
    rest = await play_and_be_killed(store, *(f"t{number}" for number in range(7)))
    async with open_guild(store=store, rest=rest) as guild:
        guild.resolver.unopenable = {f"t{number}": error() for number in range(7)}
        guild.wake()
        await trio.sleep(10)
        assert len(guild.rest.lines) == 5
        assert "in a row" in guild.rest.lines[-1]


async def load(guild: TestGuild) -> Saved:
    row = await guild.store.load("player", 100)
    assert row is not None
    return FORM.decode(row.data, row.schema)
