"""``kill -9`` and SIGTERM as a self-hoster meets them: what was told stays true, and the music goes on."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from cli.early_exit import STOPS, hold_signals
from sandbox.model.default import BOT_ID, GUILD_ID
from tests.scenarios.chirp import WINDOW, position_s
from tests.scenarios.shows import (
    answer,
    fill_library,
    heard_s,
    play_all,
    says,
    sound,
    start_again,
    until_sound,
)
from tests.scenarios.stage import ROOT, BotProcess, Stage, open_stage

SOUND_AGAIN_S = 2.0
EXIT_S = 5.0
LOOP_S = 4.0
MOMENTS_S = (0.0, 0.03, 0.1, 0.2, 0.3, 0.5)


async def test_kill_in_mid_song_loses_nothing(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data", bot=False) as stage:
        fill_library(stage, song)
        bot, _ = await start_again(stage)
        await play_all(stage)
        assert await stage.ask("volume", value="60") == "Volume set to 60 %."
        await trio.sleep(1.6)
        before_s = heard_s(stage)
        bot.kill()

        bot, ready = await start_again(stage)
        heard = await until_sound(stage, ready, 4.0)
        assert heard[0].arrived_s - ready < SOUND_AGAIN_S
        assert position_s(heard[:WINDOW]) == pytest.approx(before_s, abs=1.0 + WINDOW * 0.02)
        assert await queued(stage) == ["bravo", "charlie", "delta"]
        assert await stage.ask("volume") == "The volume is 60 %."
        assert sum("Now playing: **alpha" in line for line in stage.read()) == 1

        bot.kill()
        stage.ada.leave_voice()
        bot, ready = await start_again(stage)
        await trio.sleep(0.3)
        assert not sound(stage, ready)
        stage.sit()
        before = trio.current_time()
        assert "alpha" in await stage.ask("resume")
        heard = await until_sound(stage, before)
        assert position_s(heard[:WINDOW]) > before_s - 1.0
        assert await queued(stage) == ["bravo", "charlie", "delta"]

        assert await ends_well(bot)
        assert stage.sandbox.world.voice.state(GUILD_ID, BOT_ID) is None
        bot, ready = await start_again(stage)
        await until_sound(stage, ready, 4.0)
        assert await ends_well(bot)
        assert not stage.capture.counts


async def queued(stage: Stage) -> list[str]:
    """The titles of the queue."""
    return re.findall(r"`\d+\.` (\w+)", await stage.ask("queue"))


async def ends_well(bot: BotProcess) -> bool:
    """SIGTERM: whether it exits with 0 in time."""
    started = time.monotonic()
    code = await trio.to_thread.run_sync(bot.terminate)
    return code == 0 and time.monotonic() - started < EXIT_S


async def test_what_was_told_is_true_after_a_kill_at_once(tmp_path: Path, song: Path) -> None:
    dice = random.Random(time.time_ns())
    deeds = [volume, skip, remove, shuffle, prefix, play, clear]
    dice.shuffle(deeds)
    async with open_stage(tmp_path / "data", bot=False) as stage:
        fill_library(stage, song)
        bot, _ = await start_again(stage)
        await play_all(stage, ("alpha", "bravo", "charlie", "delta", "echo"))
        until = trio.current_time() + LOOP_S
        for deed in deeds:
            if trio.current_time() > until:
                break
            check = await deed(stage)
            bot.kill()
            bot, ready = await start_again(stage)
            await until_sound(stage, ready)
            await check()
        bot.kill()


Check = Callable[[], Awaitable[None]]


async def volume(stage: Stage) -> Check:
    assert await stage.ask("volume", value="37") == "Volume set to 37 %."

    async def check() -> None:
        assert await stage.ask("volume") == "The volume is 37 %."

    return check


async def skip(stage: Stage) -> Check:
    before = await queued(stage)
    if not before:
        return await volume(stage)
    assert "Skipped" in await stage.ask("skip")

    async def check() -> None:
        assert before[0] in await stage.ask("playing")
        assert await queued(stage) == before[1:]

    return check


async def remove(stage: Stage) -> Check:
    before = await queued(stage)
    if not before:
        return await volume(stage)
    assert await stage.ask("remove", index=1) == f"Removed **{before[0]}**."

    async def check() -> None:
        assert await queued(stage) == before[1:]

    return check


async def shuffle(stage: Stage) -> Check:
    before = await queued(stage)
    if not before:
        return await volume(stage)
    assert "Shuffled" in await stage.ask("shuffle")

    async def check() -> None:
        assert sorted(await queued(stage)) == sorted(before)

    return check


async def prefix(stage: Stage) -> Check:
    assert await stage.ask("settings", name="prefix", value="?") == "**prefix** is now `?`."

    async def check() -> None:
        assert "`?`" in await stage.ask("settings", name="prefix")

    return check


async def play(stage: Stage) -> Check:
    before = await queued(stage)
    await says(stage, stage.run("play", query="echo"), "Track added")

    async def check() -> None:
        assert await queued(stage) == [*before, "echo"]

    return check


async def clear(stage: Stage) -> Check:
    before = await queued(stage)
    if not before:
        return await volume(stage)
    assert "Cleared" in await stage.ask("clear")

    async def check() -> None:
        assert await queued(stage) == []

    return check


async def test_queuing_does_not_stay_lying_after_a_kill(tmp_path: Path) -> None:
    async def never_answer(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, never_answer, [listener])
        host = f"127.0.0.1:{listener.socket.getsockname()[1]}"
        async with open_stage(tmp_path / "data", bot=False) as stage:
            stage.allow_hosts = (host,)
            bot, _ = await start_again(stage)
            stage.sit()
            play = stage.run("play", query=f"http://{host}/song.ogg")
            await says(stage, play, "Queuing…")
            bot.kill()
            assert answer(stage, play) == "Queuing…"
            bot, _ = await start_again(stage)
            await says(stage, play, "I was restarted in the middle of this")
            assert await ends_well(bot)
        nursery.cancel_scope.cancel()


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
        code = await trio.to_thread.run_sync(lambda: process.wait(10))
        codes[moment_s] = (code, time.monotonic() - asked)

    async with open_stage(tmp_path / "data", bot=False) as stage:
        async with trio.open_nursery() as nursery:
            for turn, moment_s in enumerate(MOMENTS_S):
                number = signal.SIGINT if turn % 2 else signal.SIGTERM
                nursery.start_soon(start_and_stop, stage, moment_s, number)
        assert {code for code, _ in codes.values()} == {0}
        assert max(took_s for _, took_s in codes.values()) < EXIT_S
        await stage.until(lambda: not stage.sandbox.gateway.hub.sessions, 1.0)
