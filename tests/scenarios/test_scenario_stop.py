"""SIGTERM at any moment of a start and of a song: out in time, in order, and the music goes on afterwards."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import trio

from cli.early_exit import STOPS, hold_signals
from sandbox.model.default import BOT_ID
from sandbox.voice.opus import SILENCE
from tests.patience import until
from tests.scenarios.chirp import WINDOW, position_s, write_chirp
from tests.scenarios.course import read_song
from tests.scenarios.servers import Server, add_server
from tests.scenarios.shows import fill_library, sound, start_again, until_sound
from tests.scenarios.stage import ROOT, BotProcess, Stage, open_stage

EXIT_S = 20.0
"""For a busy machine; ``tests/bench/start`` measures."""
NORMAL = 1000
SHORT_S = 2.5
MOMENTS_S = (0.0, 0.03, 0.1, 0.2, 0.3, 0.5)
NEAR = 25
"""Frames."""


async def test_sigterm_at_any_moment_of_a_song_exits_with_zero_and_the_song_goes_on(
    tmp_path: Path, song: Path
) -> None:
    short = write_chirp(tmp_path / "short.ogg", SHORT_S)
    async with open_stage(tmp_path / "data", bot=False) as stage:
        joined, middle, paused, ending = (add_server(stage, number) for number in (1, 2, 3, 4))
        for server in (joined, middle, paused, ending):
            fill_library(stage, short if server is ending else song, ("alpha",), server.guild_id)
            fill_library(stage, song, ("bravo",), server.guild_id)
            server.sit()
        bot, _ = await start_again(stage)
        await play(middle)
        await play(paused)
        assert "Paused" in await ask(paused, "pause")
        await until(lambda: has_fallen_silent(paused))
        held = stands(paused, song)
        assert "Track added" in await joined.outcome(joined.play("alpha"))
        await until(lambda: is_seated(joined))
        slack = await ends_well(bot)
        stood = {server: stands(server, song) for server in (joined, middle)}

        bot, ready = await start_again(stage)
        for server, at in stood.items():
            assert abs(await began_at(server, song, ready) - at) <= slack
        assert not sound(stage, ready, paused.guild_id)
        before = trio.current_time()
        assert "Going on" in await ask(paused, "resume")
        assert abs(await began_at(paused, song, before) - held) <= NEAR

        await play(ending)
        await until(lambda: heard_s(ending) > SHORT_S - 0.9)
        slack = await ends_well(bot)
        ended = stands(ending, short)

        bot, ready = await start_again(stage)
        assert abs(await began_at(ending, short, ready) - ended) <= slack
        await ending.reads("Now playing: **bravo")
        await until_low(ending)
        assert re.findall(r"`\d+\.` (\w+)", await ask(middle, "queue")) == ["bravo"]
        await ends_well(bot)
        for server in (joined, middle, paused, ending):
            assert not server.capture.counts


async def play(server: Server) -> None:
    """Queue both songs and wait until the first sounds."""
    for name in ("alpha", "bravo"):
        assert "Track added" in await server.outcome(server.play(name))
    await until_sound(server.stage, 0.0, guild_id=server.guild_id)


async def ask(server: Server, name: str) -> str:
    """Let Ada run a command; what comes of it."""
    return await server.outcome(server.stage.ada.run_command(server.text_id, name, {}))


def is_seated(server: Server) -> bool:
    """Whether the bot sits in voice."""
    state = server.stage.sandbox.world.voice.state(server.guild_id, BOT_ID)
    return state is not None and state.channel_id is not None


def heard_s(server: Server) -> float:
    """How far the chirp is."""
    return position_s(sound(server.stage, guild_id=server.guild_id)[-WINDOW:])


async def began_at(server: Server, song: Path, since_s: float) -> int:
    """With which packet of the song the sound after a moment begins."""
    return read_song(song).begins(await until_sound(server.stage, since_s, guild_id=server.guild_id))


def stands(server: Server, song: Path) -> int:
    """How many packets of the song were heard; none, perhaps."""
    frames = sound(server.stage, guild_id=server.guild_id)
    return read_song(song).ends(frames) if frames else 0


def has_fallen_silent(server: Server) -> bool:
    """Whether what a pause lets fade out is over."""
    return server.capture.payloads(silence=True)[-5:] == [SILENCE] * 5


async def until_low(server: Server) -> None:
    """Wait until a song is heard that has just begun."""
    await until(lambda: heard_s(server) < 1.0)


async def ends_well(bot: BotProcess) -> int:
    """SIGTERM: out with 0 in time, the gateway closed in order, and no seat left taken.

    Gives how many frames a song may be from where it was: half a second, and what the end itself took.
    """
    (connection,) = bot.stage.sandbox.gateway.connections
    started = time.monotonic()
    code = await trio.to_thread.run_sync(bot.terminate)
    assert code == 0
    took_s = time.monotonic() - started
    assert took_s < EXIT_S
    await until(lambda: connection.over)
    assert connection.code == NORMAL
    world = bot.stage.sandbox.world
    assert not any(BOT_ID in guild.voice_states for guild in world.directory.guilds.values())
    return NEAR + round(took_s / 0.02)


async def test_sigterm_at_any_moment_of_a_start_exits_with_zero(tmp_path: Path) -> None:
    codes: dict[float, tuple[int, float]] = {}

    async def start_and_stop(stage: Stage, moment_s: float, number: signal.Signals) -> None:
        environment = os.environ | {
            "DISCORD_TOKEN": stage.sandbox.token,
            "DISCORD_API_BASE": stage.sandbox.api_base,
            "ROADIE_DATA": str(tmp_path / str(moment_s)),
        }
        hold_signals()  # as ./roadie does until the program that takes its place can answer them
        process = subprocess.Popen(  # noqa: ASYNC220 - forking is quick, and the signals are held meanwhile
            [sys.executable, "-m", "cli"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL
        )
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        await trio.sleep(moment_s)
        asked = time.monotonic()
        process.send_signal(number)
        code = await trio.to_thread.run_sync(lambda: process.wait(EXIT_S))
        codes[moment_s] = (code, time.monotonic() - asked)

    async with open_stage(tmp_path / "data", bot=False) as stage:
        async with trio.open_nursery() as nursery:
            for turn, moment_s in enumerate(MOMENTS_S):
                number = signal.SIGINT if turn % 2 else signal.SIGTERM
                nursery.start_soon(start_and_stop, stage, moment_s, number)
        assert {code for code, _ in codes.values()} == {0}
        assert max(took_s for _, took_s in codes.values()) < EXIT_S
        await until(lambda: not stage.sandbox.gateway.hub.sessions)
