import re
import tomllib
from pathlib import Path

import pytest

from cli.bootstrap import ROOT
from cli.config import TABLES, Config
from cli.doctor_permissions import EVERYWHERE, ON_STAGE, SPEAKING, TIDYING, WRITING, names_of
from cli.invitation import NEEDS, asked_permissions
from cli.read_config import load_config
from cli.slices import guild_rules
from gateway_client.permissions import Permissions
from sandbox.model.permissions import BOT_DEFAULT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_everything_the_program_looks_for_is_in_the_invitation() -> None:
    looked_for = WRITING | TIDYING | SPEAKING | ON_STAGE | EVERYWHERE
    looked_for |= Permissions.SET_VOICE_CHANNEL_STATUS | Permissions.CREATE_EVENTS
    assert not names_of(looked_for & ~asked_permissions())
    assert int(asked_permissions()) == sum({int(one) for need in NEEDS for one in need.permissions})


def test_the_sandbox_gives_the_bot_what_the_invitation_asks_for_and_no_more() -> None:
    given = Permissions(int(BOT_DEFAULT))
    assert names_of(given) == names_of(asked_permissions())
    assert given == asked_permissions()


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
