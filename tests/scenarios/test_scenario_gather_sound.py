"""Everybody is here: the sound is heard where nothing plays, and music goes on where something does."""

from pathlib import Path

import trio

from sandbox.model.default import MUSIC_ID
from sandbox.model.entities import Message
from tests.patience import until
from tests.scenarios.shows import fill_library, play_all
from tests.scenarios.stage import Stage, open_stage, text_of


async def gather_alone(stage: Stage, number: int) -> None:
    """The only one in the channel checks in, and the gather is complete."""
    await stage.ask("gather start")
    await until(lambda: any("I'm here!" in str(one.components) for one in messages(stage)))
    board = next(one for one in messages(stage) if "I'm here!" in str(one.components))
    buttons = [item for line in board.components for item in line["components"]]
    here = next(str(item["custom_id"]) for item in buttons if item.get("label") == "I'm here!")
    stage.ada.press(board, here)
    await until(lambda: sum("nobody is missing" in text_of(one) for one in messages(stage)) == number)


def messages(stage: Stage) -> list[Message]:
    return list(stage.ada.visible_messages(MUSIC_ID))


async def test_sound_of_a_complete_gather_disturbs_no_music(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        fill_library(stage, song, ["fanfare", "alpha"])
        stage.sit()
        await gather_alone(stage, 1)
        assert "is now" in await stage.ask("settings", name="gather_sound", value="fanfare.ogg")
        await trio.sleep(0.3)
        assert not stage.capture.frames
        await gather_alone(stage, 2)
        await until(lambda: len(stage.capture.frames) > 10)
        assert not any("Now playing" in line or "Queuing" in line for line in stage.read())
        await stage.ask("stop")
        await play_all(stage, ["alpha"])
        await gather_alone(stage, 3)
        await trio.sleep(0.3)
        assert "alpha" in await stage.ask("playing")
        assert "fanfare" not in await stage.ask("queue")
