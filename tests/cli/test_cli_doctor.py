"""``roadie doctor``: what it looks at on this machine, and how it judges what Discord says."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve

from actors.store.lock import hold_lock
from cli.config import Config
from cli.doctor_discord import check_clock, check_intents
from cli.doctor_machine import check_encryption, check_extractor, check_runtime, check_space
from cli.doctor_permissions import NAMED, Visit, judge
from cli.main import main
from gateway_client.ids import ApplicationId, ChannelId, GuildId, RoleId, UserId
from gateway_client.kinds import ApplicationFlags, ChannelType
from gateway_client.objects import Application, Channel, Guild, Member, Role
from gateway_client.permissions import ALL_PERMISSIONS, Permissions

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
ME = UserId(9)
GUILD = GuildId(1)
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("ROADIE_", "DISCORD_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ROADIE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DISCORD_API_BASE", "http://127.0.0.1:9/api")
    monkeypatch.setattr("cli.start.program_folder", lambda: tmp_path)


def test_each_finding_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[6:20].strip() for line in lines] == [
        *("Python", "configuration", "token", "data folder", "disk", "instance"),
        *("encryption", "yt-dlp", "yt-dlp-ejs", "JavaScript", "voice UDP"),
    ]
    assert all(line[:4].strip() in {"ok", "warn"} for line in lines)


def test_second_instance_and_bad_configuration_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hold_lock(tmp_path / "data"):
        assert main(["doctor"]) == 1
    assert "fail  instance" in capsys.readouterr().out
    monkeypatch.setenv("DISCORD_API_BASE", "nowhere")
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    assert main(["doctor"]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("fail  configuration  DISCORD_API_BASE must be")


def test_folder_that_cannot_be_written_and_discord_that_is_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").touch()
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    for part in (
        "fail  data folder",
        "ok    token          present",
        "fail  Discord        cannot be reached",
    ):
        assert part in out
    assert TOKEN not in out


def test_plain_http_to_another_machine_gets_no_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("DISCORD_API_BASE", "http://discord.invalid/api")
    assert main(["doctor"]) == 1
    assert "mend DISCORD_API_BASE" in capsys.readouterr().out


def test_little_space_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = Config(token=None, data=tmp_path)
    monkeypatch.setattr("cli.doctor_machine.LITTLE_SPACE_MB", 10**12)
    assert check_space(config).verdict == "warn"
    assert check_space(evolve(config, data=tmp_path / "nothing")).verdict == "fail"


def test_encryption_is_proven_by_a_key_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "end-to-end protocol version 1" in check_encryption().says

    def missing(*_: object) -> None:
        raise ImportError("no library")

    monkeypatch.setattr("cli.doctor_machine.new_library", missing)
    found = check_encryption()
    assert found.verdict == "fail"
    assert "install dave.py again" in found.says


def test_renewed_extractor_is_named(tmp_path: Path) -> None:
    config = Config(token=None, data=tmp_path)
    bundled = [finding.says for finding in check_extractor(config)]
    assert "came with this program" in bundled[0]
    (tmp_path / "extractor" / "slots" / "2999.1.1+9.9" / "yt_dlp").mkdir(parents=True)
    (tmp_path / "extractor" / "state.json").write_text('{"current": "2999.1.1+9.9"}')
    first, second = check_extractor(config)
    assert first.says.startswith("2999.1.1, renewed")
    assert second.says == "9.9"


def test_runtime_that_is_missing_or_broken_is_a_warning_with_its_mend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("cli.doctor_machine.find_runtime", lambda: None)
    assert "--with-js" in check_runtime().says
    broken = tmp_path / "deno"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o700)
    monkeypatch.setattr("cli.doctor_machine.find_runtime", lambda: broken)
    assert "does not start" in check_runtime().says
    broken.write_text("#!/bin/sh\necho deno 9.9\n")
    assert check_runtime().verdict == "ok"


@pytest.mark.parametrize(
    ("date", "local", "verdict", "part"),
    [
        ("Sat, 21 Nov 2026 12:00:03 GMT", False, "ok", "agrees"),
        ("Sat, 21 Nov 2026 12:10:00 GMT", False, "warn", "600 s away"),
        ("yesterday", False, "warn", "cannot be read"),
        ("Sat, 21 Nov 2026 12:00:00 -0000", False, "warn", "cannot be read"),
        (None, False, "warn", "no time was told"),
        (None, True, "ok", "local Discord"),
    ],
)
def test_clock_is_compared(date: str | None, local: bool, verdict: str, part: str) -> None:
    found = check_clock(date, NOW, local=local)
    assert found.verdict == verdict
    assert part in found.says


def test_intents_come_from_the_application() -> None:
    application = Application(id=ApplicationId(1))
    assert check_intents(application).verdict == "warn"
    granted = evolve(application, flags=int(ApplicationFlags.GATEWAY_MESSAGE_CONTENT_LIMITED))
    assert check_intents(granted).verdict == "ok"


def visit(granted: Permissions, channels: int = 1, name: str = "Home") -> Visit:
    everyone = Role(id=RoleId(GUILD), name="@everyone", position=0, permissions=granted)
    guild = Guild(id=GUILD, name=name, owner_id=UserId(2), roles=(everyone,))
    texts = [
        Channel(id=ChannelId(10 + number), type=ChannelType.GUILD_TEXT, guild_id=GUILD, name=f"talk{number}")
        for number in range(channels)
    ]
    category = Channel(id=ChannelId(5), type=ChannelType.GUILD_CATEGORY, guild_id=GUILD, name="all")
    voice = Channel(id=ChannelId(6), type=ChannelType.GUILD_VOICE, guild_id=GUILD, name="Lounge")
    return Visit(guild=guild, channels=(category, *texts, voice), member=Member(), me=ME)


def test_server_with_everything_is_well() -> None:
    found = judge(visit(ALL_PERMISSIONS))
    assert (found.verdict, found.says) == ("ok", "“Home”: all that is needed; channels: 2")


def test_missing_permissions_are_named_by_channel_and_bounded() -> None:
    lacking = Permissions.SEND_MESSAGES | Permissions.SPEAK | Permissions.ADMINISTRATOR
    found = judge(visit(ALL_PERMISSIONS & ~lacking, channels=20, name="a\x1b[31mb"))
    assert found.verdict == "warn"
    assert "#talk0: Send Messages;" in found.says.replace(", Embed Links", "")
    assert f"more channels: {21 - NAMED}" in found.says
    assert "\x1b" not in found.says


def test_hidden_channels_are_no_fault() -> None:
    found = judge(visit(Permissions.MANAGE_NICKNAMES | Permissions.MOVE_MEMBERS, channels=3))
    assert (found.verdict, found.says) == ("ok", "“Home”: all that is needed; channels: 0, hidden from it: 4")
