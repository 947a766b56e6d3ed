"""``roadie doctor`` against the sandbox: everything is well, then one thing after the other is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio
from attrs import evolve

from cli.config import Config
from cli.doctor import look_outside
from cli.finding import Finding
from cli.secret import Secret
from gateway_client.objects import Permissions
from sandbox.model.default import BOT_ID, BOT_ROLE_ID, GUILD_ID, LOUNGE_ID, MUSIC_ID, STUDIO_ID
from sandbox.model.entities import ApplicationFlags, Overwrite
from tests.patience import PATIENCE_S, until
from tests.scenarios.stage import ROOT, Stage, open_stage

LIMITS = ("cli.doctor.WITHIN_S", "cli.doctor_discord.ANSWER_WITHIN_S", "cli.doctor_voice.CALL_WITHIN_S")
"""How long the doctor waits for what answers here in any case."""
NO_CALL_S = 0.2
"""And for a call that another program has already."""


async def ask(config: Config, *, alone: bool = True) -> dict[str, Finding]:
    with trio.fail_after(PATIENCE_S):
        findings = await look_outside(config, alone)
    assert config.token is not None
    assert config.token() not in str(findings)
    return {finding.about: finding for finding in findings}


async def look(stage: Stage, *, token: str | None = None, alone: bool = True) -> dict[str, Finding]:
    return await ask(evolve(stage.config(), token=Secret(token or stage.sandbox.token)), alone=alone)


async def see_that_all_is_well(stage: Stage) -> None:
    found = await look(stage)
    assert {finding.verdict for finding in found.values()} == {"ok"}
    assert "Roadie, application" in found["token"].says
    assert "1000 of 1000 session starts" in found["gateway"].says
    assert "all that is needed; channels: 5" in found["permissions"].says
    assert "joined and left again: the voice server answered over UDP" in found["voice UDP"].says
    await until(lambda: not stage.sandbox.world.directory.guilds[GUILD_ID].voice_states)


async def see_what_is_missing(stage: Stage) -> None:
    world = stage.sandbox.world
    guild = world.directory.guilds[GUILD_ID]
    role, music, studio = guild.roles[BOT_ROLE_ID], guild.channels[MUSIC_ID], guild.channels[STUDIO_ID]
    kept = role.permissions
    role.permissions = kept & ~int(Permissions.MANAGE_NICKNAMES)
    music.overwrites = (Overwrite(id=BOT_ID, type=1, deny=int(Permissions.EMBED_LINKS), allow=0),)
    studio.overwrites = (Overwrite(id=BOT_ID, type=1, deny=int(Permissions.VIEW_CHANNEL), allow=0),)
    world.application.flags = ApplicationFlags(0)
    found = await look(stage, alone=False)
    permissions = found["permissions"]
    assert permissions.verdict == "warn"
    assert (
        "missing are Manage Nicknames (for rename, wakeup and gather); #music: Embed Links"
        in permissions.says
    )
    assert "hidden from it: 1" in permissions.says
    assert found["intents"].verdict == "warn"
    assert "only slash commands work" in found["intents"].says
    assert "while no Roadie runs" in found["voice UDP"].says
    role.permissions, music.overwrites, studio.overwrites = kept, (), ()


async def see_a_refused_token(stage: Stage) -> None:
    found = await look(stage, token="bad.token.of.somebody")
    assert set(found) == {"token", "voice UDP"}
    assert "does not accept it: copy it anew" in found["token"].says


async def see_another_program(stage: Stage, data: Path) -> None:
    await stage.start_bot()
    stage.sit()
    await stage.ask("join")
    states = stage.sandbox.world.directory.guilds[GUILD_ID].voice_states
    await until(lambda: BOT_ID in states and states[BOT_ID].channel_id == LOUNGE_ID)
    config = evolve(stage.config(), token=Secret(stage.sandbox.token), data=data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.doctor_voice.CALL_WITHIN_S", NO_CALL_S)
        found = await ask(config)
    assert "“Roadie's sandbox”, and no Roadie runs on this data folder" in found["second token"].says
    assert found["voice UDP"].verdict == "fail"
    await stage.stop_bot()


async def run_as_a_person_does(stage: Stage, data: Path) -> None:
    environment = os.environ | {
        "DISCORD_TOKEN": stage.sandbox.token,
        "DISCORD_API_BASE": stage.sandbox.api_base,
        "ROADIE_DATA": str(data),
    }
    done = await trio.run_process(
        [sys.executable, "-m", "cli", "doctor"],
        env=environment,
        cwd=ROOT,
        capture_stdout=True,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode()
    assert stage.sandbox.token not in said
    for part in (
        "ok    encryption ",
        "ok    yt-dlp ",
        "ok    instance ",
        "ok    voice UDP ",
        "ok    permissions ",
    ):
        assert part in said, said
    assert done.returncode == 0


async def test_doctor_sees_what_is_well_and_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in LIMITS:
        monkeypatch.setattr(limit, PATIENCE_S)
    async with open_stage(tmp_path / "data", bot=False) as stage:
        await see_that_all_is_well(stage)
        await run_as_a_person_does(stage, tmp_path / "data")
        await see_a_refused_token(stage)
        await see_what_is_missing(stage)
        await see_another_program(stage, tmp_path / "elsewhere")


async def test_without_a_network_it_ends_soon_and_says_so(tmp_path: Path) -> None:
    token = Secret("some.token.or.other")
    nobody = Config(token=token, data=tmp_path, api_base="http://127.0.0.1:9/api")
    found = await ask(nobody)
    assert found["Discord"].verdict == "fail"
    assert "cannot be reached" in found["Discord"].says
    nowhere = Config(token=token, data=tmp_path, api_base="https://discord.invalid/api")
    found = await ask(nowhere)
    assert "check the network" in found["Discord"].says
    assert "discord.invalid cannot be resolved" in found["voice UDP"].says
