"""Names, naps and cute talk on the sandbox: every command in each of its forms, and a stop in the middle."""

from pathlib import Path

import trio

from gateway_client.ids import ChannelId, UserId
from sandbox.model.default import (
    AFK_ID,
    BEN_ID,
    BOT_ROLE_ID,
    CLEO_ID,
    DJ_ROLE_ID,
    GUILD_ID,
    LOUNGE_ID,
    MUSIC_ID,
    OWNER_ID,
)
from tests.patience import until
from tests.scenarios.stage import Stage, open_stage, start_process


def nick(stage: Stage, user_id: UserId) -> str | None:
    return stage.sandbox.world.directory.guild(GUILD_ID).members[user_id].nick


def seat(stage: Stage, user_id: UserId) -> ChannelId | None:
    state = stage.sandbox.world.voice.state(GUILD_ID, user_id)
    return state.channel_id if state else None


async def rename_in_all_forms(stage: Stage) -> None:
    ben, cleo = stage.sandbox.people.of(BEN_ID), stage.sandbox.people.of(CLEO_ID)
    assert "Ben → Benny" in await stage.ask("rename", user=str(BEN_ID), name="Benny")
    ben.send_message(MUSIC_ID, "!RENAME ben Big Ben")
    await stage.reads("Benny → Big Ben")
    opener = cleo.use_on_user(MUSIC_ID, "Rename", BEN_ID)
    await until(lambda: opener.modal is not None)
    assert opener.modal is not None
    assert opener.modal["title"] == "Rename Big Ben"
    (field,) = [label["component"] for label in opener.modal["components"]]
    assert "Big Ben → Tiny \\*Ben\\*" in await stage.answer_to(
        cleo.submit_modal(opener, {str(field["custom_id"]): "Tiny *Ben*"})
    )
    assert nick(stage, BEN_ID) == "Tiny *Ben*"
    again = ben.use_on_user(MUSIC_ID, "Rename", BEN_ID)
    await until(lambda: again.modal is not None)
    assert "nickname is gone" in await stage.answer_to(ben.submit_modal(again, {"name": ""}))
    assert nick(stage, BEN_ID) is None


async def rename_by_rank(stage: Stage) -> None:
    ben = stage.sandbox.people.of(BEN_ID)
    stage.sandbox.world.directory.guild(GUILD_ID).members[CLEO_ID].roles = (DJ_ROLE_ID,)
    refused = stage.run("rename", ben, user=str(CLEO_ID), name="Low")
    assert "higher role" in await stage.answer_to(refused)
    assert all("higher role" not in line for line in stage.read())  # said in private
    assert "own role must be above" in await stage.ask("rename", user=str(OWNER_ID), name="Me")
    stage.sandbox.world.directory.guild(GUILD_ID).members[CLEO_ID].roles = (BOT_ROLE_ID,)
    assert "own role must be above" in await stage.ask("rename", user=str(CLEO_ID), name="Equal")
    stage.sandbox.world.directory.guild(GUILD_ID).members[CLEO_ID].roles = ()
    ben.send_message(MUSIC_ID, "!rename")
    await stage.reads("Usage: `!rename user [name]`")


async def wake_in_all_forms(stage: Stage) -> None:
    ben = stage.sandbox.people.of(BEN_ID)
    assert "Join a voice channel first" in await stage.ask("wakeup", user=str(BEN_ID))
    stage.sit()
    assert "not in your voice channel" in await stage.answer_to(
        stage.ada.use_on_user(MUSIC_ID, "WakeUp!", BEN_ID)
    )
    stage.sit(ben)
    stage.ada.use_on_user(MUSIC_ID, "WakeUp!", BEN_ID)
    await until(lambda: seat(stage, BEN_ID) == AFK_ID)
    assert "not in your voice channel" in await stage.ask("wakeup", user=str(BEN_ID), count=1)
    await until(lambda: seat(stage, BEN_ID) == LOUNGE_ID)
    await stage.reads(f"Hey <@{BEN_ID}>, wake up!")
    [called] = [message for message in stage.ada.visible_messages(MUSIC_ID) if "wake up!" in message.content]
    assert list(called.mentions) == [BEN_ID]
    await until(lambda: any("2 times" in line for line in stage.read()))
    stage.ada.send_message(MUSIC_ID, "!WAKEUP @ben 1")
    await until(lambda: seat(stage, BEN_ID) == AFK_ID)
    await stage.reads("up, once.")
    assert seat(stage, BEN_ID) == LOUNGE_ID


async def say_it_cute(stage: Stage) -> None:
    assert "hewwo" in await stage.ask("uwu", text="hello")
    stage.sandbox.people.of(BEN_ID).send_message(MUSIC_ID, "!uwu really lovely")
    await stage.reads("weawwy")
    call = stage.ada.send_message(MUSIC_ID, "!uwu_me really @everyone")
    await stage.reads(f"<@{OWNER_ID}>: ")
    await until(lambda: call.id not in {message.id for message in stage.ada.visible_messages(MUSIC_ID)})
    [said] = [
        one for one in stage.ada.visible_messages(MUSIC_ID) if one.content.startswith(f"<@{OWNER_ID}>: ")
    ]
    assert (list(said.mentions), said.mention_everyone) == ([], False)
    stage.run("uwu_me", text="again")
    await until(lambda: sum(line.startswith(f"<@{OWNER_ID}>: ") for line in stage.read()) == 2)


async def test_members_in_all_forms(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data") as stage, trio.open_nursery() as nursery:
        nursery.start_soon(wake_in_all_forms, stage)
        await rename_in_all_forms(stage)
        await rename_by_rank(stage)
        await say_it_cute(stage)


async def test_who_was_away_at_a_kill_comes_home_at_the_next_start(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data", bot=False) as stage:
        ben = stage.sandbox.people.of(BEN_ID)
        stage.sit()
        stage.sit(ben)
        bot = start_process(stage)
        await stage.until_ready()
        stage.run("wakeup", user=str(BEN_ID), count=5)
        await until(lambda: seat(stage, BEN_ID) == AFK_ID)
        bot.kill()
        assert seat(stage, BEN_ID) == AFK_ID
        start_process(stage)
        await until(lambda: seat(stage, BEN_ID) == LOUNGE_ID)
