"""How the bot is doing, on the sandbox: both commands, both forms, the owner and others, a voice call."""

import logging
from pathlib import Path

from sandbox.model.default import BEN_ID, MUSIC_ID
from tests.patience import until
from tests.scenarios.shows import fill_library, play_all
from tests.scenarios.stage import Stage, open_stage


async def ask_for_status(stage: Stage) -> None:
    mine = await stage.ask("status")
    assert "Nothing. `play` starts something." in mine
    assert "Servers\n1" in mine
    his = await stage.ask("status", stage.sandbox.people.of(BEN_ID))
    assert "Version" in his
    assert "Servers" not in his
    stage.ada.send_message(MUSIC_ID, "!status")
    await stage.reads("Up for")


async def ask_for_diagnosis(stage: Stage) -> None:
    ben = stage.sandbox.people.of(BEN_ID)
    assert "Only the person who runs this bot" in await stage.ask("diagnose", ben)
    logging.getLogger("rehearsal").error("room %d burns, %s", 7, stage.sandbox.token)
    before = len(stage.read())
    stage.ada.send_message(MUSIC_ID, "!diagnose")
    await until(lambda: any("Event loop" in line for line in stage.read()[before:]))
    found = await stage.ask("diagnose")
    for part in (
        "99 % below",
        "Mailboxes",
        "Nothing waits.",
        "`live` ",
        "I stop at 2000",
        "MB on the disk",
        "`bot`",
    ):
        assert part in found, part
    assert "1× `rehearsal: room # burns, •••`" in found
    assert stage.sandbox.token not in found


async def look_while_something_plays(stage: Stage, song: Path) -> None:
    fill_library(stage, song, ["alpha"])
    await play_all(stage, ["alpha"])
    seen = await stage.ask("status")
    assert "alpha" in seen
    assert "Voice calls\n1" in seen
    found = await stage.ask("diagnose")
    assert "Processes: 1, calls: 1, restarts: 0" in found
    assert "`voice-node`" in found


async def test_status_is_for_everybody_and_diagnose_for_the_owner(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        await ask_for_status(stage)
        await look_while_something_plays(stage, song)
        await ask_for_diagnosis(stage)
