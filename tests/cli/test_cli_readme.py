import re
import tomllib
from pathlib import Path

import pytest

from cli.bootstrap import ROOT
from cli.config import TABLES, Config
from cli.read_config import load_config
from cli.slices import guild_rules
from gateway_client.permissions import Permissions

README = (ROOT / "README.md").read_text(encoding="utf-8")

# What the client calls the permissions whose name in the documentation is another.
CLIENT_NAMES = {
    "VIEW_CHANNELS": "VIEW_CHANNEL",
    "SEND_MESSAGES_IN_THREADS": "SEND_MESSAGES_IN_THREADS",
    "USE_VOICE_ACTIVITY": "USE_VAD",
}


def rows(header: str) -> list[str]:
    """The first cells of the table with that header."""
    table = README.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    return [line.split("|")[1].strip() for line in table.splitlines()[2:]]


def test_invitation_asks_for_exactly_the_permissions_that_are_listed() -> None:
    names = [name.strip().upper().replace(" ", "_") for row in rows("permission") for name in row.split(",")]
    listed = Permissions(0)
    for name in names:
        listed |= Permissions[CLIENT_NAMES.get(name, name)]
    [asked] = re.findall(r"scope=bot\+applications\.commands&permissions=(\d+)", README)
    assert len(names) == 15
    assert int(asked) == listed


def test_settings_that_are_shown_are_all_there_are_with_their_defaults(tmp_path: Path) -> None:
    [shown] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "roadie.toml").write_text(shown, encoding="utf-8")
    loaded = load_config({}, beside=tmp_path, default_data=tmp_path, guild_rules=guild_rules())
    expected = Config(token=None, data=tmp_path, file=tmp_path / "roadie.toml", guild=loaded.config.guild)
    assert loaded.warnings == ()
    assert loaded.config == expected
    assert set(tomllib.loads(shown)) == {*TABLES, "guild"}


@pytest.mark.parametrize("name", ["LICENSE", "roadie", "test", "build", "requirements/lock"])
def test_files_that_are_named_exist(name: str) -> None:
    assert name in README
    assert (ROOT / name).is_file()
