"""Answers come when what they say can be heard, in the order of the commands, and always."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve, frozen

from actors.core.ack import Ack, AckOutcome
from actors.core.answers import CommandReply
from actors.core.courtesy import Courtesy
from actors.core.envelope import Envelope
from actors.core.lane import Lane
from actors.core.texts import text
from actors.core.unanswered import FORM, KIND, Unanswered
from actors.core.work import Stage, Work
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
from actors.player.echo import BREATH_S, HEARD_S, Echo
from actors.player.effects import Say
from actors.player.panel import Press, Verb
from actors.player.tuning import Jump
from actors.store.errors import StoreError
from gateway_client.ids import ChannelId, InteractionId
from tests.core.fakes import FakeRest as CoreRest
from tests.player.fakes import HOME, TestGuild, open_guild, open_playing
from tests.player.media_fakes import error
from tests.player.node_fakes import CHANGES_S
from tests.player.places import ALICE, GUILD, ME, TEXT
from tests.player.slow_store import SlowStore
from voice.protocol import Desired, Filter, Heard, Playing, Server, Source

Clock = trio.testing.MockClock
BEGINS_S = 0.02 + CHANGES_S


def playing(track_id: int) -> Playing:
    return Playing(track_id=track_id, source=Source(location=f"/{track_id}", is_file=True))


def desired(revision: int, **changes: Any) -> Desired:
    server = Server(
        url="ws://x", token="t", session_id="s", user_id=ME, guild_id=GUILD, channel_id=ChannelId(1)
    )
    told = Desired(call=GUILD, attempt=1, server=server, track=playing(1), revision=revision)
    return evolve(told, **changes)


@frozen
class Case:
    """A command, how its answer begins, and when it is heard."""

    command: Command
    answer: str
    heard_s: float = CHANGES_S


CASES = (
    Case(Pause(), "Paused"),
    Case(Seek(Jump(60)), "Going on at 1:00", BEGINS_S),
    Case(SetVolume(40), "Volume set"),
    Case(SetFilter(Filter.ROCK), "Filter set"),
    Case(Skip(), "Skipped **sea**"),
    Case(SkipTo(1), "Skipped to **wind**"),
    Case(Stop(), "Stopped"),
    Case(Leave(), "Left"),
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
        assert case.heard_s <= took_s <= case.heard_s + 0.03


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case.command).__name__)
async def test_a_node_that_says_nothing_holds_no_answer_up(autojump_clock: Clock, case: Case) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.node.is_mute = True
        guild.resolver.delays_s["open wind"] = 5.0
        assert await answered_s(guild, case.command, case.answer) <= HEARD_S + 0.03


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case.command).__name__)
async def test_what_waits_is_known_to_a_start_after_a_kill(autojump_clock: Clock, case: Case) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.node.is_mute = True
        book = open_book(guild)
        ack = Ack()
        ack.settle(AckOutcome.ACKNOWLEDGED)
        reply = CommandReply(
            rest=guild.rest,
            lane=Lane(guild.spawn),
            ack=ack,
            application_id=book.application_id,
            token="t",
            channel_id=TEXT,
            ephemeral=False,
            work=Work(),
            entry=book.begin(InteractionId(1), "t", GUILD, ephemeral=False),
        )
        asked = Envelope(
            number=99,
            command="test",
            message=case.command,
            facts=guild.facts(ALICE),
            reply=reply,
            work=reply.work,
        )
        guild.population.offer(HOME, asked)
        await trio.sleep(HEARD_S / 2)
        assert reply.work.is_open, "nothing was said yet"
        (row,) = await guild.store.load_all(KIND)
        note = FORM.decode(row.data, row.schema)
        assert note.answer is not None
        assert f'"{case.answer}' in note.answer.decode()


def open_book(guild: TestGuild) -> Unanswered:
    ports = guild.ports()

    def later(delay_s: float, task: Callable[[], Awaitable[None]]) -> None:
        raise AssertionError("nothing was answered")

    return Unanswered(
        store=guild.store,
        rest=CoreRest(),
        start=guild.spawn,
        later=later,
        clock=ports.clock,
        courtesy=Courtesy(),
        application_id=ports.application_id,
        say_in=ports.say_in,
        default_say=ports.say_in(GUILD),
    )


async def test_going_on_is_said_when_it_sounds(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        await answered_s(guild, Pause(), "Paused")
        took_s = await answered_s(guild, Resume(), "Going on")
        assert CHANGES_S <= took_s <= CHANGES_S + 0.03


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


async def test_a_call_that_is_left_is_told_of_its_silence_first(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        before, dropped = guild.node.told[-1], guild.node.dropped
        guild.ask(Leave())
        await trio.sleep(CHANGES_S / 2)
        assert guild.node.dropped == dropped + 1
        last = guild.node.told[-1]
        assert last == evolve(before, track=None, revision=last.revision)
        assert not guild.rest.lines
        guild.node.say(Heard(call=GUILD, revision=last.revision - 1))
        await trio.sleep(0.01)
        assert not guild.rest.lines, "that was something else"
        guild.node.say(Heard(call=GUILD, revision=last.revision))
        await trio.sleep(0.03)
        assert guild.rest.lines


async def test_answers_keep_the_order_of_their_commands(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain") as guild:
        for command in (Pause(), Resume(), SetVolume(50), Skip(), Pause(), Previous(), Stop()):
            guild.ask(command)
            await trio.sleep(0.01)
        await trio.sleep(HEARD_S + 0.1)
        said = [line for line in guild.rest.lines if not line.startswith(("Now playing", "Played", "edit"))]
        begin = ("Paused", "Going on", "Volume", "Skipped", "Paused", "Back to", "Stopped")
        assert [line.startswith(part) for line, part in zip(said, begin, strict=True)] == [True] * 7


def say(request: int) -> Say:
    return Say(request=request, text=text("player.paused"), waits=True)


def test_only_the_latest_wish_is_waited_for() -> None:
    echo, at = Echo(), 10.0
    assert echo.keep([say(1)], desired(1), desired(2, volume_pct=50), at) == []
    let_go = echo.keep([say(2)], desired(2, volume_pct=50), desired(3, volume_pct=60), at)
    assert let_go == [evolve(say(1), waits=False, late=True)]
    assert echo.release(at + HEARD_S - 0.01) == [], "nothing was said of it"
    assert echo.deadline == at + HEARD_S
    assert [one.request for one in echo.release(at + HEARD_S)] == [2]
    assert echo.deadline is None


def test_what_is_heard_speaks_for_all_that_was_told_before_and_for_nothing_after() -> None:
    for heard, is_said in ((4, False), (5, True), (6, True)):
        echo, at = Echo(), 10.0
        assert echo.keep([say(1)], desired(4), desired(5, track=playing(2)), at) == []
        echo.hear(heard, at + 0.1)
        assert bool(echo.release(at + 0.1)) is is_said
        assert (echo.deadline is None) is is_said


def test_silence_and_sound_are_both_waited_for() -> None:
    silence, sound = desired(2, track=None), desired(2)
    for before, after in ((desired(1), silence), (desired(1, track=None), sound), (None, sound)):
        echo = Echo()
        assert echo.keep([say(1)], before, after, 1.0) == []
        echo.hear(2, 1.1)
        assert len(echo.release(1.1)) == 1


def test_what_changes_nothing_waits_for_nothing() -> None:
    same = desired(1)
    for before, after in (
        (same, same),
        (None, None),
        (desired(1, paused=True), desired(2, track=None)),
        (desired(1, server=None), desired(2, server=None, volume_pct=9)),
    ):
        assert Echo().keep([say(1)], before, after, 1.0) == [evolve(say(1), waits=False)]


def test_an_answer_that_only_lets_another_go_first_is_not_held_up_by_what_is_heard() -> None:
    echo, at, now = Echo(), 1.0, desired(2, volume_pct=50)
    echo.keep([say(1)], desired(1), now, at)
    assert echo.keep([say(2)], now, now, at) == [evolve(say(1), waits=False, late=True)]
    echo.hear(2, at)
    assert echo.release(at) == []
    assert [one.request for one in echo.release(at + BREATH_S)] == [2]


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
        await trio.sleep(CHANGES_S - 0.02)
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
