from pathlib import Path

from sandbox.model.default import MUSIC_ID
from tests.scenarios.stage import open_stage


async def test_slash_command_is_acknowledged_and_answered(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        assert "Settings of this server" in await stage.ask("settings")
        assert await stage.ask("settings", name="prefix", value="?") == "**prefix** is now `?`."


async def test_prefix_form_follows_the_setting_over_a_restart(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await stage.ask("settings", name="prefix", value="?")
        await stage.stop_bot()
        await stage.start_bot()
        stage.ada.send_message(MUSIC_ID, "?settings prefix")
        await stage.reads("**prefix** is `?`")
