"""Acknowledged at once and done in order, whatever an actor or Discord takes its time for.

The stages share their waits: each has a Discord and a bot of its own, and they are on at the same time.
"""

import logging
from itertools import count
from pathlib import Path

import pytest
import trio
from attrs import define, field

from actors.core.address import Address
from actors.core.arrows import Turn
from actors.core.custom_id import parse_custom_id
from actors.core.envelope import Envelope
from actors.pager.actor import PagerActor
from sandbox.json_values import JsonObject
from sandbox.model.default import BEN_ID, DJ_ROLE_ID, GUILD_ID, MUSIC_ID
from sandbox.model.entities import Message
from sandbox.model.interaction import Interaction, InteractionState
from tests.patience import until
from tests.scenarios.shows import SONGS, answer, fill_library, play_all, says, sound, until_sound
from tests.scenarios.stage import Stage, open_stage, text_of

CLICKS = 100
ROUND_TRIP_S = 0.15
QUIET_S = 0.5
"""Sound that ended longer ago than this has ended."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


async def open_pager(stage: Stage) -> tuple[Interaction, Message]:
    """A queue of several pages, shown with its buttons."""
    shown = stage.run("queue")
    await says(stage, shown, "`1.`")
    page = next(m for m in stage.ada.visible_messages(MUSIC_ID) if m.id == shown.original_id)
    await until(lambda: bool(page.components))
    return shown, page


def buttons(page: Message) -> list[JsonObject]:
    return list(page.components[0]["components"])


@define(eq=False)
class Sleeper:
    """Lets one pager sleep, and notes what it does afterwards."""

    monkeypatch: pytest.MonkeyPatch
    taken: list[int] = field(factory=list[int])
    wakes: trio.Event = field(factory=trio.Event)

    def lull(self, pager: Address) -> None:
        """From now on this pager does nothing until it wakes."""
        real = PagerActor.handle

        async def handle(actor: PagerActor, envelope: Envelope) -> None:
            if actor.context.address == pager:
                await self.wakes.wait()
                assert isinstance(envelope.message, Turn)
                self.taken.append(envelope.message.by)
            await real(actor, envelope)

        self.monkeypatch.setattr(PagerActor, "handle", handle)


def walk() -> list[int]:
    """Steps of a hundred clicks that alternate between ◀ and ▶, twice as far every third time.

    Where one ends depends on their order, because a list has ends.
    """
    steps: list[int] = []
    for turn in count():
        steps += [1 if turn % 2 else -1] * (2 if turn % 3 == 0 else 1)
        if len(steps) >= CLICKS:
            return steps[:CLICKS]
    raise AssertionError("counting never ends")


def end_of(steps: list[int], start: int, pages: int) -> int:
    """The page where one is after these steps."""
    page = start
    for step in steps:
        page = min(max(page + step, 1), pages)
    return page


async def hundred_clicks_while_the_actor_sleeps(data: Path, song: Path, sleeper: Sleeper) -> None:
    async with open_stage(data, bot=False) as stage:
        fill_library(stage, song)
        await stage.start_bot()
        await play_all(stage, ("alpha", *("bravo", "charlie", "delta") * 8))
        _, page = await open_pager(stage)
        forward = parse_custom_id(str(buttons(page)[2]["custom_id"]))
        assert forward is not None
        stage.ada.press(page, forward.to_wire())
        await until(lambda: "`11.`" in text_of(page))
        ids = {step: str(buttons(page)[index]["custom_id"]) for step, index in ((-1, 0), (1, 2))}
        sleeper.lull(forward.address)
        stage.sandbox.faults.rest_delay_s = ROUND_TRIP_S
        edits, steps = len(edits_of(stage, page)), walk()
        last = end_of(steps, start=2, pages=3)
        assert last != 2
        pressed = [stage.ada.press(page, ids[step]) for step in steps]
        await until(lambda: all(one.responded for one in pressed))
        assert all(one.state is InteractionState.DEFERRED for one in pressed)  # none came too late: no 10062
        assert not sleeper.taken
        woke = trio.current_time()
        sleeper.wakes.set()
        await until(lambda: len(sleeper.taken) == CLICKS)
        await until(lambda: f"`{10 * (last - 1) + 1}.`" in text_of(page))
        took_s = trio.current_time() - woke
        await trio.sleep(1.2)
        assert f"`{10 * (last - 1) + 1}.`" in text_of(page)
        assert len(edits_of(stage, page)) - edits <= 1 + took_s / ROUND_TRIP_S, "one at a time"
        assert sleeper.taken == steps


def edits_of(stage: Stage, page: Message) -> list[object]:
    """The edits of a message that the bot asked for."""
    path = f"/channels/{page.channel_id}/messages/{page.id}"
    return [one for one in stage.sandbox.requests if one.method == "PATCH" and path in one.path]


async def slow_play_keeps_its_place_and_controls_act_at_once(data: Path, song: Path) -> None:
    answering, body = trio.Event(), song.read_bytes()  # noqa: ASYNC240 - a small file

    async def answer_late(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await answering.wait()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Type: audio/ogg\r\n"
        try:
            await stream.send_all(head.encode() + b"Connection: close\r\n\r\n" + body)
            await stream.aclose()
        except trio.BrokenResourceError:
            return  # the probe has seen enough

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, answer_late, [listener])
        host = f"127.0.0.1:{listener.socket.getsockname()[1]}"
        async with open_stage(data, bot=False) as stage:
            stage.allow_hosts = (host,)
            fill_library(stage, song)
            await stage.start_bot()
            await play_all(stage, SONGS[:2])
            slow = stage.run("play", query=f"http://{host}/slow.ogg")
            await says(stage, slow, "Queuing…")
            fast = stage.run("play", query="charlie")
            await says(stage, fast, "Queuing…")
            assert "Paused" in await stage.ask("pause")
            assert "Going on" in await stage.ask("resume")
            assert "Skipped **alpha**" in await stage.ask("skip")
            assert answer(stage, slow) == "Queuing…"
            answering.set()
            await says(stage, slow, "Track added")
            await says(stage, fast, "Track added")
            queue = await stage.ask("queue")
            assert queue.index("slow") < queue.index("charlie")
            hung = stage.run("play", query=f"http://{host}/slow.ogg")
            assert "Stopped" in await stage.ask("stop")
            await says(stage, hung, "stopped in the meantime")
        nursery.cancel_scope.cancel()


async def buttons_and_commands_obey_who_may(data: Path, song: Path) -> None:
    async with open_stage(data, bot=False) as stage:
        fill_library(stage, song)
        await stage.start_bot()
        ben = stage.sandbox.people.of(BEN_ID)
        await play_all(stage, ("alpha", *("bravo",) * 12))
        _, page = await open_pager(stage)
        forward = str(buttons(page)[2]["custom_id"])
        refused = await stage.answer_to(ben.press(page, forward))
        assert refused
        assert "`11.`" not in text_of(page)

        assert "is now" in await stage.ask("settings", name="dj_role", value=f"<@&{DJ_ROLE_ID}>")
        stage.sit(ben)
        assert "1 of 2 votes" in await stage.ask("skip", ben)
        stage.run("stop", ben)
        await until(lambda: any("DJ" in line for line in stage.read(person=ben)))
        home = stage.sandbox.world.directory.guild(GUILD_ID)
        member = stage.sandbox.world.directory.member(GUILD_ID, BEN_ID)
        stage.sandbox.world.directory.set_roles(home, member, (DJ_ROLE_ID,))
        assert "Skipped" in await stage.ask("skip", ben)

        ben.leave_voice()
        stage.ada.leave_voice()
        await until(lambda: not sound(stage, trio.current_time() - QUIET_S))
        stage.sit()
        await until_sound(stage, trio.current_time())

        await stage.stop_bot()
        for file in stage.data.glob("roadie.db*"):
            file.unlink()
        await stage.start_bot()
        await trio.sleep(0.2)
        assert "expired" in await stage.answer_to(stage.ada.press(page, forward))
        await until(lambda: not page.components)


async def test_acknowledged_at_once_and_done_in_order(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            hundred_clicks_while_the_actor_sleeps, tmp_path / "clicks", song, Sleeper(monkeypatch)
        )
        nursery.start_soon(slow_play_keeps_its_place_and_controls_act_at_once, tmp_path / "slow", song)
        nursery.start_soon(buttons_and_commands_obey_who_may, tmp_path / "who", song)
