"""Answers come when what they say can be heard, in the order of the commands, and always."""

from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve, frozen

from actors.core.texts import text
from actors.core.work import Stage
from actors.player.asks import (
    Command,
    Leave,
    Pause,
    Previous,
    Resume,
    Seek,
    SetFilter,
    SetVolume,
    Skip,
    SkipTo,
    Stop,
)
from actors.player.echo import HEARD_S, RISES_S, SETTLES_S, SINKS_S, Echo
from actors.player.effects import Cue, Say
from actors.player.panel import Press, Verb
from actors.player.tuning import Jump
from actors.store.errors import StoreError
from gateway_client.ids import ChannelId
from tests.player.fakes import TestGuild, open_guild, open_playing
from tests.player.media_fakes import error
from tests.player.places import GUILD, ME
from tests.player.slow_store import SlowStore
from voice.protocol import Desired, Filter, Playing, Position, Server, Source, TrackStarted

Clock = trio.testing.MockClock
STANDS_S = 0.06  # the node of these tests


def playing(track_id: int) -> Playing:
    return Playing(track_id=track_id, source=Source(location=f"/{track_id}", is_file=True))


def desired(**changes: Any) -> Desired:
    server = Server(
        url="ws://x", token="t", session_id="s", user_id=ME, guild_id=GUILD, channel_id=ChannelId(1)
    )
    return evolve(Desired(call=GUILD, attempt=1, server=server, track=playing(1)), **changes)


def position(track_id: int, *, paused: bool = False) -> Position:
    return Position(call=GUILD, attempt=1, track_id=track_id, generation=0, position_ms=9, paused=paused)


@frozen
class Case:
    """A command, how its answer begins, and the shortest and longest time until that comes."""

    command: Command
    answer: str
    soonest_s: float
    latest_s: float


CASES = (
    Case(Pause(), "Paused", STANDS_S, STANDS_S + 0.03),
    Case(Seek(Jump(60)), "Going on at 1:00", 0.02 + RISES_S, 0.05 + RISES_S),
    Case(SetVolume(40), "Volume set", SETTLES_S, SETTLES_S + 0.03),
    Case(SetFilter(Filter.ROCK), "Filter set", SETTLES_S, SETTLES_S + 0.03),
    Case(Skip(), "Skipped **sea**", 0.02, SINKS_S + 0.03),
    Case(SkipTo(1), "Skipped to **wind**", 0.02, SINKS_S + 0.03),
    Case(Stop(), "Stopped", SINKS_S, SINKS_S + 0.03),
    Case(Leave(), "Left", SINKS_S, SINKS_S + 0.03),
)


async def answered_s(guild: TestGuild, command: Command, part: str) -> float:
    """How long an answer takes."""
    began, seen = trio.current_time(), len(guild.rest.lines)
    guild.ask(command)
    with trio.fail_after(2):
        while not any(part in line for line in guild.rest.lines[seen:]):  # noqa: ASYNC110 - a fake without events
            await trio.sleep(0.005)
    return trio.current_time() - began


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case.command).__name__)
async def test_what_it_says_is_heard_before(autojump_clock: Clock, case: Case) -> None:
    async with open_playing("sea", "wind") as guild:
        took_s = await answered_s(guild, case.command, case.answer)
        assert case.soonest_s <= took_s <= case.latest_s


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case.command).__name__)
async def test_a_node_that_says_nothing_holds_no_answer_up(autojump_clock: Clock, case: Case) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.node.is_mute = True
        guild.resolver.delays_s["open wind"] = 5.0
        assert await answered_s(guild, case.command, case.answer) <= HEARD_S + 0.03


async def test_going_on_is_said_when_it_sounds(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        await answered_s(guild, Pause(), "Paused")
        took_s = await answered_s(guild, Resume(), "Going on")
        assert SETTLES_S <= took_s <= SETTLES_S + 0.03


@pytest.mark.parametrize("command", [SetVolume(40), Stop(), Skip(), Seek(Jump(9)), SetFilter(Filter.POP)])
async def test_in_silence_nothing_is_waited_for(autojump_clock: Clock, command: Command) -> None:
    async with open_playing("sea", "wind") as guild:
        await answered_s(guild, Pause(), "Paused")
        seen = len(guild.rest.lines)
        work = guild.ask(command)
        await trio.sleep(0.03)
        if isinstance(command, Skip):
            assert not guild.player.is_paused
        assert work.stage is Stage.DONE
        assert len(guild.rest.lines) > seen


async def test_answers_keep_the_order_of_their_commands(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain") as guild:
        for command in (Pause(), Resume(), SetVolume(50), Skip(), Pause(), Previous(), Stop()):
            guild.ask(command)
            await trio.sleep(0.01)
        await trio.sleep(HEARD_S + 0.1)
        said = [line for line in guild.rest.lines if not line.startswith(("Now playing", "Played", "edit"))]
        begin = ("Paused", "Going on", "Volume", "Skipped", "Paused", "Back to", "Stopped")
        assert [line.startswith(part) for line, part in zip(said, begin, strict=True)] == [True] * 7


def test_only_the_latest_wish_is_waited_for() -> None:
    echo, at = Echo(), 10.0
    first, second = (Say(request=number, text=text("player.paused"), cue=Cue.CHANGED) for number in (1, 2))
    assert echo.keep([first], desired(), desired(volume_pct=50), at) == []
    assert echo.keep([second], desired(volume_pct=50), desired(volume_pct=60), at) == [
        evolve(first, cue=None, late=True)
    ]
    assert echo.release(at + SINKS_S) == [], "nothing was said of it"
    assert echo.deadline == at + HEARD_S
    assert [one.request for one in echo.release(at + HEARD_S)] == [2]
    assert echo.deadline is None


def test_another_playback_is_not_what_is_waited_for() -> None:
    echo, at = Echo(), 10.0
    said = Say(request=1, text=text("player.paused"), cue=Cue.BEGUN)
    echo.keep([said], desired(), desired(track=playing(2)), at)
    echo.hear(TrackStarted(call=GUILD, attempt=1, track_id=1, generation=0), at)
    echo.hear(position(2), at)
    assert echo.release(at + SINKS_S) == []
    echo.hear(TrackStarted(call=GUILD, attempt=1, track_id=2, generation=0), at)
    assert len(echo.release(at + RISES_S)) == 1


def test_a_pause_is_said_when_it_is_told_twice() -> None:
    echo, at = Echo(), 10.0
    said = Say(request=1, text=text("player.paused"), cue=Cue.STILL)
    echo.keep([said], desired(), desired(paused=True), at)
    echo.hear(position(1), at)
    assert echo.deadline == at + HEARD_S, "a word of before"
    echo.hear(position(1, paused=True), at)
    assert echo.release(at + SINKS_S) == [], "it knows of it, and may sound on"
    echo.hear(position(1, paused=True), at + 0.05)
    assert len(echo.release(at + 0.05)) == 1


@pytest.mark.parametrize("cue", list(Cue))
def test_what_changes_nothing_waits_for_nothing(cue: Cue) -> None:
    said = Say(request=1, text=text("player.paused"), cue=cue)
    for before, after in ((desired(), desired()), (None, None), (desired(paused=True), desired(track=None))):
        assert Echo().keep([said], before, after, 1.0) == [evolve(said, cue=None)]


async def test_what_is_announced_follows_upon_what_waits(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.resolver.delays_s["open wind"] = 0.05
        guild.resolver.unopenable["wind"] = error()
        guild.ask(Skip())
        await trio.sleep(0.2)
        assert [line[:7] for line in guild.rest.lines if "wind" in line or "sea" in line][:2] == [
            "Skipped",
            "I could",
        ]


async def test_a_press_shows_on_the_panel_what_is_heard(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        await trio.sleep(5)
        guild.rest.panels.clear()
        guild.ask(Press(Verb.PAUSE))
        await trio.sleep(STANDS_S - 0.02)
        assert not guild.rest.panels
        await trio.sleep(0.05)
        assert len(guild.rest.panels) == 1


async def test_a_goodbye_says_what_waits(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Stop())
        await trio.sleep(0.02)
        await guild.actors[-1].goodbye()
        assert any(line.startswith("Stopped") for line in guild.rest.lines)


class FullStore(SlowStore):
    """Takes nothing any more once it is full."""

    full = False

    async def save(self, kind: str, key: int, schema: int, data: bytes) -> None:
        if self.full:
            raise StoreError("the disk is full")
        await super().save(kind, key, schema, data)


@pytest.mark.parametrize("full", [False, True])
async def test_an_answer_that_has_waited_says_too_that_the_disk_is_full(
    autojump_clock: Clock, full: bool
) -> None:
    store = FullStore()
    async with open_guild(store=store) as guild:
        guild.play("sea")
        await trio.sleep(1)
        store.full = full
        guild.ask(SetVolume(40))
        await trio.sleep(0.5)
        (told,) = [line for line in guild.rest.lines if line.startswith("Volume set")]
        assert ("⚠️ My disk" in told) is full
