"""``kill -9`` as a self-hoster meets it: what was told stays true, and the music goes on.

The stages share their waits: each has a Discord and a bot of its own, and they are on at the same time.
"""

import random
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from sandbox.model.default import BOT_ID, GUILD_ID
from tests.patience import until
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
from tests.scenarios.stage import BotProcess, Stage, open_stage

JOURNALED_S = 1.2
NEAR_S = 2.0
"""The position is journaled every second; the rest is for a busy machine. ``tests/bench/start`` measures."""
EXIT_S = 20.0
LOOP_S = 4.0


async def kill_in_mid_song_loses_nothing(data: Path, song: Path) -> None:
    async with open_stage(data, bot=False) as stage:
        fill_library(stage, song)
        bot, _ = await start_again(stage)
        await play_all(stage)
        assert await stage.ask("volume", value="60") == "Volume set to 60 %."
        await until(lambda: heard_s(stage) > JOURNALED_S)
        before_s = heard_s(stage)
        bot.kill()

        bot, ready = await start_again(stage)
        heard = await until_sound(stage, ready)
        assert position_s(heard[:WINDOW]) == pytest.approx(before_s, abs=NEAR_S)
        assert await queued(stage) == ["bravo", "charlie", "delta"]
        assert await stage.ask("volume") == "The volume is 60 %."
        assert sum("Now playing: **alpha" in line for line in stage.read()) == 1

        bot.kill()
        stage.ada.leave_voice()
        bot, ready = await start_again(stage)
        assert "alpha" in await stage.ask("playing")
        assert not sound(stage, ready)
        stage.sit()
        before = trio.current_time()
        assert "alpha" in await stage.ask("resume")
        heard = await until_sound(stage, before)
        assert position_s(heard[:WINDOW]) > before_s - NEAR_S
        assert await queued(stage) == ["bravo", "charlie", "delta"]

        assert await ends_well(bot)
        assert stage.sandbox.world.voice.state(GUILD_ID, BOT_ID) is None
        bot, ready = await start_again(stage)
        await until_sound(stage, ready)
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


async def what_was_told_is_true_after_a_kill_at_once(data: Path, song: Path) -> None:
    dice = random.Random(time.time_ns())
    deeds = [volume, skip, remove, shuffle, prefix, play, clear]
    dice.shuffle(deeds)
    async with open_stage(data, bot=False) as stage:
        fill_library(stage, song)
        bot, _ = await start_again(stage)
        await play_all(stage, ("alpha", "bravo", "charlie", "delta", "echo"))
        ends_at = trio.current_time() + LOOP_S
        for deed in deeds:
            if trio.current_time() > ends_at:
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


async def queuing_does_not_stay_lying_after_a_kill(data: Path, song: Path) -> None:
    async def never_answer(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, never_answer, [listener])
        host = f"127.0.0.1:{listener.socket.getsockname()[1]}"
        async with open_stage(data, bot=False) as stage:
            stage.allow_hosts = (host,)
            bot, _ = await start_again(stage)
            stage.sit()
            play = stage.run("play", query=f"http://{host}/song.ogg")
            await says(stage, play, "Queuing…")
            await stage.ask("volume", value="50")  # by now the bot knows that its message is there
            bot.kill()
            assert answer(stage, play) == "Queuing…"
            bot, _ = await start_again(stage)
            await says(stage, play, "I was restarted in the middle of this")
            assert await ends_well(bot)
        nursery.cancel_scope.cancel()


async def test_kill_9_at_any_moment(tmp_path: Path, song: Path) -> None:
    async with trio.open_nursery() as nursery:
        for play in (
            kill_in_mid_song_loses_nothing,
            what_was_told_is_true_after_a_kill_at_once,
            queuing_does_not_stay_lying_after_a_kill,
        ):
            nursery.start_soon(play, tmp_path / play.__name__ / "data", song)
