"""A bot is killed while messages wait, search and have ended; the next one leaves nothing stale."""

import logging
from pathlib import Path

import pytest
import trio

from sandbox.model.default import MUSIC_ID
from sandbox.model.entities import Message
from tests.media.web import Request, open_web
from tests.scenarios.stage import Stage, open_stage, start_process
from tests.scenarios.web import allow


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


async def never(stream: trio.abc.Stream, request: Request) -> None:
    """A page that takes its time."""
    await trio.sleep_forever()


def shown(stage: Stage, message: Message) -> set[str]:
    now = next(one for one in stage.ada.visible_messages(MUSIC_ID) if one.id == message.id)
    return {reaction.emoji.name for reaction in now.reactions.values()}


async def test_killed_in_a_burst_nothing_is_left_waiting(tmp_path: Path) -> None:
    async with (
        open_web({"/slow.ogg": never}) as web,
        open_stage(tmp_path / "data", bot=False, allow_hosts=allow(web)) as stage,
    ):
        stage.sit()
        bot = start_process(stage)
        await stage.until_ready()
        done = stage.ada.send_message(MUSIC_ID, "!queue")
        plays = [stage.ada.send_message(MUSIC_ID, f"!play {web.url('/slow.ogg')}") for _ in range(6)]
        await stage.until(lambda: [shown(stage, play) for play in plays] == [{"🔎"}] * 4 + [{"⏳"}] * 2)
        assert shown(stage, done) == {"✅"}
        bot.kill()
        start_process(stage)
        await stage.until(lambda: [shown(stage, play) for play in plays] == [{"🚫"}] * 4 + [set()] * 2)
        assert shown(stage, done) == {"✅"}
