"""Defects where they hurt: in an actor, in the step of an event, in a send, in a child process.

Each time the rest must not notice, and whoever was hit must recover and be told in plain words.
"""

import logging
import os
import signal
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest
import trio
from attrs import evolve

import cli.assemble
from actors.core.declare import Delivery, SettingChanged, Slice
from actors.core.ingress import Ingress
from actors.pager.state import PagerState
from actors.player.messages import Asked
from actors.player.state import PlayerState
from actors.rest.ack_line import AckLine
from actors.rest.outbox import Outbox
from actors.rest.payloads import AutocompleteResult
from actors.settings import actor as settings_actor
from cli.slices import all_slices
from gateway_client.cache import Cache
from gateway_client.events import Event, InteractionCreated, MessageCreated
from gateway_client.ids import ChannelId, GuildId, RoleId
from media.probe_values import ProbeJob, ProbeReport
from media.prober import Prober
from sandbox.model.default import BOT_ID, BOT_ROLE_ID, GUILD_ID, MUSIC_ID, OWNER_ID
from sandbox.model.entities import Channel, ChannelType, Guild, Member, Role
from sandbox.model.permissions import BOT_DEFAULT, EVERYONE_DEFAULT
from sandbox.voice import VoiceServer
from sandbox.voice.session import Session
from sandbox.world import World
from tests.patience import until
from tests.scenarios.chirp import WINDOW, position_s
from tests.scenarios.course import read_song
from tests.scenarios.shows import (
    SONGS,
    capture_of,
    fill_library,
    heard_s,
    is_whole,
    play_all,
    says,
    sound,
    until_sound,
)
from tests.scenarios.stage import Stage, open_stage

SECOND = 50
"""Frames."""
REFERENCE = "this reference: `"
ELSEWHERE = GuildId(777_000_000_000_000_001)
ELSEWHERE_TEXT = ChannelId(777_000_000_000_000_002)
ELSEWHERE_VOICE = ChannelId(777_000_000_000_000_003)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def raises_once(real: Callable[..., object], on: type = object) -> Callable[..., object]:
    """A function that fails the first time that it is given something of a type."""
    failed: list[bool] = []

    def broken(*given: object, **named: object) -> object:
        if not failed and any(isinstance(one, on) for one in given):
            failed.append(True)
            raise ZeroDivisionError("injected")
        return real(*given, **named)

    return broken


def add_second_guild(world: World) -> None:
    """Another server with a text and a voice channel, where the same people are."""
    home = world.directory.guild(world.home)
    guild = Guild(id=ELSEWHERE, name="Elsewhere", owner_id=OWNER_ID, joined_at=home.joined_at)
    everyone = Role(id=RoleId(ELSEWHERE), name="@everyone", position=0, permissions=int(EVERYONE_DEFAULT))
    bots = Role(id=BOT_ROLE_ID, name="Roadie", position=1, permissions=int(BOT_DEFAULT), managed=True)
    guild.roles.update({role.id: role for role in (everyone, bots)})
    for channel_id, kind, name in (
        (ELSEWHERE_TEXT, ChannelType.TEXT, "text"),
        (ELSEWHERE_VOICE, ChannelType.VOICE, "voice"),
    ):
        guild.channels[channel_id] = Channel(id=channel_id, type=kind, name=name, guild_id=ELSEWHERE)
    for member in home.members.values():
        roles = (BOT_ROLE_ID,) if member.user.bot else ()
        guild.members[member.user.id] = Member(user=member.user, joined_at=home.joined_at, roles=roles)
    world.directory.add_guild(guild)


async def play_elsewhere(stage: Stage) -> None:
    ben = next(one for one in stage.sandbox.people.all() if one.user.username == "ben")
    ben.join_voice(ELSEWHERE_VOICE)
    ben.run_command(ELSEWHERE_TEXT, "play", {"query": "alpha"})
    await until(lambda: len(sound(stage, guild_id=ELSEWHERE)) > WINDOW)


async def test_crashes_of_actors_are_told_and_the_other_guild_plays_on(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stage(tmp_path, bot=False) as stage:
        add_second_guild(stage.sandbox.world)
        fill_library(stage, song)
        fill_library(stage, song, guild_id=ELSEWHERE)
        await stage.start_bot()
        await play_elsewhere(stage)
        await play_all(stage)
        since_s, before_s = trio.current_time(), heard_s(stage)

        monkeypatch.setattr(PlayerState, "apply", raises_once(PlayerState.apply, Asked))
        assert REFERENCE in await stage.ask("volume", value="70")
        went_on = await until_sound(stage, trio.current_time())
        passed_s = went_on[0].arrived_s - since_s
        assert position_s(went_on[:WINDOW]) == pytest.approx(before_s + passed_s, abs=3.0)
        assert await stage.ask("volume", value="70") == "Volume set to 70 %."
        assert "`3.` delta" in await stage.ask("queue")

        monkeypatch.setattr(PagerState, "turn", raises_once(PagerState.turn))
        for name in ("alpha", "bravo") * 5:
            await says(stage, stage.run("play", query=name), "Track added")
        shown = stage.run("queue")
        await says(stage, shown, "Next, 13 tracks")
        page = next(m for m in stage.ada.visible_messages(MUSIC_ID) if m.id == shown.original_id)
        await until(lambda: bool(page.components))
        forward = page.components[0]["components"][2]["custom_id"]
        assert REFERENCE in await stage.answer_to(stage.ada.press(page, forward))
        stage.ada.press(page, forward)
        await says(stage, shown, "`11.`")

        monkeypatch.setattr(settings_actor, "decide_change", raises_once(settings_actor.decide_change))
        assert REFERENCE in await stage.ask("settings", name="prefix", value="?")
        assert await stage.ask("settings", name="prefix", value="?") == "**prefix** is now `?`."

        assert is_whole(stage, since_s, ELSEWHERE)
        assert not capture_of(stage, ELSEWHERE).counts


async def test_defect_in_the_step_of_an_event_ends_with_that_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(event: Event | SettingChanged) -> Iterable[Delivery]:
        if isinstance(event, InteractionCreated | MessageCreated):
            raise ZeroDivisionError("injected")
        return ()

    def with_a_deaf_one(**given: object) -> tuple[Slice, ...]:
        first, *others = all_slices(**given)  # pyright: ignore[reportArgumentType] - passed on as they came
        return (evolve(first, listen=deaf), *others)

    monkeypatch.setattr(cli.assemble, "all_slices", with_a_deaf_one)
    async with open_stage(tmp_path) as stage:
        assert "**prefix**" in await stage.ask("settings", name="prefix")

        monkeypatch.setattr(Ingress, "read_interaction", raises_once(Ingress.read_interaction))
        assert REFERENCE in await stage.ask("settings", name="prefix")
        assert "**prefix**" in await stage.ask("settings", name="prefix")

        monkeypatch.setattr(Ingress, "read_message", raises_once(Ingress.read_message))
        stage.ada.send_message(MUSIC_ID, "!settings prefix")
        stage.ada.send_message(MUSIC_ID, "!settings timezone")
        await stage.reads("**timezone** is")

        monkeypatch.setattr(Cache, "apply", raises_once(Cache.apply))
        stage.ada.send_message(MUSIC_ID, "this one is lost")
        assert "**prefix**" in await stage.ask("settings", name="prefix")
        assert len(stage.sandbox.gateway.hub.sessions) == 1


async def test_defect_in_a_send_ends_with_that_send_and_the_person_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stage(tmp_path) as stage:
        monkeypatch.setattr(AckLine, "respond", raises_once(AckLine.respond))
        unacknowledged = stage.run("settings", name="prefix")
        await stage.reads("**prefix** is")
        assert not unacknowledged.responded
        monkeypatch.setattr(AckLine, "respond", raises_once(AckLine.respond, AutocompleteResult))
        stage.ada.autocomplete(MUSIC_ID, "play", "query", {"query": "al"})
        assert "**timezone** is" in await stage.ask("settings", name="timezone")

        monkeypatch.setattr(Outbox, "edit_answer", raises_once(Outbox.edit_answer))
        lost = stage.run("settings", name="prefix")
        await says(stage, lost, REFERENCE)
        assert "**prefix** is" in await stage.ask("settings", name="prefix")

        monkeypatch.setattr(Outbox, "create_message", raises_once(Outbox.create_message))
        stage.ada.send_message(MUSIC_ID, "!settings prefix")
        await stage.reads(REFERENCE)
        stage.ada.send_message(MUSIC_ID, "!settings dj_role")
        await stage.reads("**dj_role** is")
        assert len(stage.sandbox.gateway.hub.sessions) == 1


async def test_probe_that_is_killed_is_replaced_and_the_next_play_works(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = trio.Event()

    async def never_answer(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        asked.set()
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, never_answer, [listener])
        host = f"127.0.0.1:{listener.socket.getsockname()[1]}"
        async with open_stage(tmp_path, bot=False, allow_hosts=(host,)) as stage:
            fill_library(stage, song)
            await stage.start_bot()
            stage.sit()
            play = stage.run("play", query=f"http://{host}/song.ogg")
            for _ in range(2):
                await asked.wait()
                asked = trio.Event()
                os.kill(child_with("probe"), signal.SIGKILL)
            told = await says(stage, play, "I could not queue that")
            assert "broken" in told
            await play_all(stage, SONGS[:1])

            killed: list[int] = []
            monkeypatch.setattr(Prober, "probe", kills_its_child_once(Prober.probe, killed))
            hit = stage.run("play", query="bravo")
            await says(stage, hit, "Track added: **bravo")
            assert len(killed) == 1
        nursery.cancel_scope.cancel()


Probe = Callable[[Prober, ProbeJob], Awaitable[ProbeReport]]


def kills_its_child_once(real: Probe, killed: list[int]) -> Probe:
    """A probe whose child is stopped before it has the job, and killed when it has it."""

    async def probe(prober: Prober, job: ProbeJob) -> ProbeReport:
        if killed:
            return await real(prober, job)
        child = child_with("probe")
        killed.append(child)
        os.kill(child, signal.SIGSTOP)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(kill_soon, child)
            return await real(prober, job)
        raise AssertionError("a nursery without cancellation goes on")

    return probe


async def kill_soon(child: int) -> None:
    await trio.sleep(0.1)
    os.kill(child, signal.SIGKILL)


async def test_voice_node_that_dies_costs_one_rejoin_at_the_same_position(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path, bot=False) as stage:
        fill_library(stage, song)
        await stage.start_bot()
        chirp = read_song(song)
        await play_all(stage, ("alpha", "bravo"))
        await until(lambda: chirp.ends(sound(stage)) > 3 * SECOND // 2)
        for number in (signal.SIGKILL, signal.SIGSEGV):
            session = session_of(stage)
            os.kill(child_with("voice-node"), number)
            await until(lambda session=session: session_of(stage) is not session)
            before, at = list(stage.capture.frames), trio.current_time()
            leap = chirp.begins(await until_sound(stage, at)) - chirp.ends(before)
            assert abs(leap) <= SECOND
        assert "`1.` bravo" in await stage.ask("queue")
        assert not stage.capture.counts


def session_of(stage: Stage) -> Session | None:
    """The bot's voice session."""
    assert isinstance(stage.sandbox.voice, VoiceServer)
    return stage.sandbox.voice.session(GUILD_ID, BOT_ID)


def child_with(word: str) -> int:
    """The process id of our child whose command line has this word."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _parent(entry) == os.getpid() and word in _arguments(entry):
            return int(entry.name)
    raise AssertionError(f"there is no child {word}")


def _arguments(process: Path) -> str:
    try:
        return (process / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""  # it has ended


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0  # it has ended
