"""A gather on a whole bot: real clicks, real voice states, slash and prefix, and a kill in between.

Five histories: somebody opts out, reconsiders, arrives late, is forgotten, is given more time. The sandbox's
people act; what they read is what is looked at. Grace and pings are shortened where a test would wait a
minute for them, and so is the distance of edits, except where edits are counted.
"""

import logging
import re
from pathlib import Path

import pytest
import trio

from actors.gather import gather as machine
from actors.gather import performer, roster
from sandbox.faults import RouteFault
from sandbox.model.default import (
    BEN_ID,
    CLEO_ID,
    DAN_ID,
    DJ_ROLE_ID,
    GUILD_ID,
    LOUNGE_ID,
    MUSIC_ID,
    OWNER_ID,
    STUDIO_ID,
)
from sandbox.model.entities import Message
from sandbox.model.interaction import Interaction, InteractionState
from sandbox.people import Person
from tests.patience import until
from tests.scenarios.stage import Stage, open_stage, start_process, text_of

ROUND_TRIP_S = 0.15


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def board(stage: Stage) -> Message:
    """The newest gather's message."""
    return next(
        message
        for message in reversed(stage.ada.visible_messages(MUSIC_ID))
        if any("Gathering" in str(embed.get("title")) for embed in message.embeds)
    )


def button(message: Message, label: str) -> str:
    """The custom id under a label."""
    for row in message.components:
        for item in row["components"]:
            if item["label"] == label:
                return str(item["custom_id"])
    raise AssertionError(f"there is no {label}")


def press(stage: Stage, person: Person, label: str) -> Interaction:
    message = board(stage)
    return person.press(message, button(message, label))


async def shows(stage: Stage, *parts: str) -> None:
    await until(lambda: all(part in text_of(board(stage)) for part in parts))


def announcements(stage: Stage) -> int:
    """How many messages say that a gather begins."""
    return sum("📣 Gathering in" in line for line in stage.read())


def row(name: str, status: str) -> str:
    return f"| {name:21} | {status:7} |"


async def private(stage: Stage, interaction: Interaction) -> str:
    """What was said in private after a click."""
    await until(lambda: bool(interaction.followup_ids))
    return text_of(stage.sandbox.world.board.get(MUSIC_ID, interaction.followup_ids[-1]))


async def people_opt_out_reconsider_and_are_forgotten(stage: Stage) -> None:
    ben, cleo, dan = (stage.sandbox.people.of(one) for one in (BEN_ID, CLEO_ID, DAN_ID))
    assert "Join a voice channel" in await stage.ask("gather start")
    for person in (stage.ada, ben, cleo):
        stage.sit(person)
    stage.run("gather start")
    await stage.reads("Grace period")
    await shows(stage, row("Ada", "--:--"), row("Ben", "--:--"), row("Cleo", "--:--"), "0/3")
    await stage.reads(f"📣 Gathering in <#{LOUNGE_ID}>: <@{OWNER_ID}> <@{BEN_ID}> <@{CLEO_ID}>")
    assert "already" in await stage.ask("gather start", ben)

    press(stage, ben, "I'm out")
    await shows(stage, row("Ben", "OUT"), "0/2")
    await until(lambda: stage.sandbox.world.voice.state(GUILD_ID, BEN_ID) is None)
    ben.join_voice(STUDIO_ID)
    await trio.sleep(0.1)
    assert row("Ben", "OUT") in text_of(board(stage))
    ben.join_voice(LOUNGE_ID)
    await shows(stage, row("Ben", "ON TIME"), "1/3")
    assert "cannot opt out" in await private(stage, press(stage, ben, "I'm out"))
    assert "Join" in await private(stage, press(stage, dan, "I'm here!"))

    assert f"<@{DAN_ID}>" in await stage.ask("gather expect", dan, user=str(DAN_ID))
    await shows(stage, row("Dan", "--:--"), "1/4")
    assert f"<@{DAN_ID}>" in await stage.ask("gather forget", ben, user=str(DAN_ID))
    await shows(stage, "1/3")
    assert "nothing left to extend" in await stage.ask("gather extend", ben, time="5m")

    assert "Only" in await private(stage, press(stage, ben, "Cancel"))
    press(stage, stage.ada, "Mute pings")
    await shows(stage, "Pings: 🔕 off")
    press(stage, stage.ada, "I'm here!")
    press(stage, cleo, "I'm here!")
    await shows(stage, "Complete", "3/3")
    assert board(stage).components == []
    assert f"1. <@{OWNER_ID}> · 100 % on time" in await stage.ask("gather stats", dan)
    assert "on time" in await stage.ask("gather stats", dan, user=str(BEN_ID))


async def a_countdown_is_extended_joined_and_started_from_the_prefix(stage: Stage) -> None:
    ben, cleo, dan = (stage.sandbox.people.of(one) for one in (BEN_ID, CLEO_ID, DAN_ID))
    before = announcements(stage)
    world = stage.sandbox.world.directory
    world.set_roles(world.guild(GUILD_ID), world.member(GUILD_ID, CLEO_ID), (DJ_ROLE_ID,))
    cleo.send_message(MUSIC_ID, "hello")  # so the bot meets her with her role
    assert "is now" in await stage.ask("settings", name="gather_events", value="on")
    stage.sit()
    stage.ada.send_message(MUSIC_ID, "!gather start 1h 30m")
    await until(lambda: len(world.guild(GUILD_ID).event_ids) == 1)
    await stage.reads("Time remaining: **1:30:00**")
    await shows(stage, f"1. <@{OWNER_ID}>", "takes part")
    ben.send_message(MUSIC_ID, "!gather extend 5m")
    await stage.reads("The countdown is 5m longer, 1h 35m in all.")
    ben.send_message(MUSIC_ID, f"!gather expect <@{BEN_ID}> <@&{DJ_ROLE_ID}>")
    await stage.reads(f"Waiting for <@{BEN_ID}>, <@{CLEO_ID}>.")
    press(stage, dan, "Join gathering")
    await shows(stage, "Extended by **5:00**", f"4. <@{DAN_ID}>")
    press(stage, dan, "Leave gathering")
    await shows(stage, "**3 take part:**")
    assert "Only" in await private(stage, press(stage, ben, "Start now"))
    press(stage, stage.ada, "Start now")
    await shows(stage, "Grace period", row("Cleo", "--:--"), "0/3")
    await until(lambda: not world.guild(GUILD_ID).event_ids)
    assert text_of(board(stage)).count("--:--") == 3
    press(stage, stage.ada, "Cancel")
    await shows(stage, "Cancelled.", row("Ada", "--:--"))
    stage.ada.send_message(MUSIC_ID, "!gather start 10m")
    await until(lambda: announcements(stage) - before == 2)
    press(stage, stage.ada, "Cancel")
    await until(lambda: text_of(board(stage)) == "📣 Gathering\nCancelled.")
    await a_full_channel_has_a_waiting_list(stage, dan)


async def a_full_channel_has_a_waiting_list(stage: Stage, dan: Person) -> None:
    world = stage.sandbox.world.directory
    world.limit_users(world.channel(LOUNGE_ID), 1)
    stage.ada.send_message(MUSIC_ID, "!gather start")
    await shows(stage, "0/1")
    dan.send_message(MUSIC_ID, f"!gather expect <@{DAN_ID}>")
    await shows(stage, "0/2")
    assert dan.join_voice(LOUNGE_ID) is None
    assert "number 1 on the waiting list" in await private(stage, press(stage, dan, "I'm here!"))
    await shows(stage, row("Dan", "WAITING"))
    world.limit_users(world.channel(LOUNGE_ID), 2)
    await stage.reads(f"<@{DAN_ID}>, there is a place for you")
    stage.sit(dan)
    await shows(stage, row("Dan", "ON TIME"), "1/2")
    press(stage, stage.ada, "Cancel")
    await shows(stage, "Cancelled.")


async def latecomers_are_stamped_and_the_missing_pinged(stage: Stage) -> None:
    """Grace takes a second here."""
    ben = stage.sandbox.people.of(BEN_ID)
    for person in (stage.ada, ben):
        stage.sit(person)
    stage.run("gather start")
    await stage.reads("Grace period")
    press(stage, stage.ada, "I'm here!")
    ghost = f"<@{BEN_ID}>"
    await until(lambda: ghost in stage.read())
    await until(lambda: ghost not in stage.read())
    ben.leave_voice()
    ben.join_voice(LOUNGE_ID)
    await shows(stage, "Complete", "2/2")
    assert re.search(r"\| Ben {18} \| \+00:0[1-9]  \|", text_of(board(stage)))
    await until(lambda: ghost not in stage.read())


async def fifty_clicks_of_twenty_people(data: Path) -> None:
    """The bot may disconnect nobody here, so that the clicks alone decide."""
    async with open_stage(data, bot=False) as stage:
        stage.sandbox.world.crowd(GUILD_ID, 30)
        stage.sandbox.faults.on_route(RouteFault(method="PATCH", contains="/members/", times=99, status=403))
        await stage.start_bot()
        crowd = [person for person in stage.sandbox.people.all() if person.user.id != OWNER_ID][:20]
        for person in (stage.ada, *crowd):
            stage.sit(person)
        stage.run("gather start")
        await stage.reads("0/21")
        stage.sandbox.faults.rest_delay_s = ROUND_TRIP_S
        message = board(stage)
        here, out = button(message, "I'm here!"), button(message, "I'm out")
        edits = len(edits_of(stage, message))
        clicks: list[Interaction] = []
        began = trio.current_time()
        for number in range(50):
            clicks.append(crowd[number % 20].press(message, out if is_out(number) else here))
            await trio.sleep(0.2 / 50)
        await until(lambda: all(one.state is not InteractionState.PENDING for one in clicks))
        assert not [one for one in clicks if one.state is InteractionState.FAILED]
        await until(lambda: statuses(stage) == expected_statuses())
        took_s = trio.current_time() - began
        assert len(edits_of(stage, message)) - edits <= 2 + took_s / ROUND_TRIP_S, "one at a time"
        await stage.reads("**Move Members**")
        assert sum("**Move Members**" in line for line in stage.read()) == 1


def is_out(number: int) -> bool:
    """Of fifty clicks, those that opt out."""
    return number % 20 in {2, 5, 7} or number % 7 == 0


def expected_statuses() -> tuple[int, int]:
    """How many are here and how many out after these clicks: here is for good, out can be undone."""
    here: dict[int, bool] = {}
    for number in range(50):
        here[number % 20] = here.get(number % 20, False) or not is_out(number)
    return sum(here.values()), len(here) - sum(here.values())


def statuses(stage: Stage) -> tuple[int, int]:
    shown = text_of(board(stage))
    return shown.count("ON TIME"), shown.count("OUT")


def edits_of(stage: Stage, message: Message) -> list[object]:
    return [
        request
        for request in stage.sandbox.requests
        if request.method == "PATCH" and request.path.endswith(f"/messages/{message.id}")
    ]


async def a_kill_in_both_phases_loses_nothing(data: Path) -> None:
    async with open_stage(data, bot=False) as stage:
        ben, cleo = (stage.sandbox.people.of(one) for one in (BEN_ID, CLEO_ID))
        bot = start_process(stage)
        await stage.until_ready()
        for person in (stage.ada, cleo):
            stage.sit(person)
        stage.run("gather start", time="1h")
        await stage.reads("Time remaining")
        await stage.ask("gather expect", user=str(BEN_ID))
        await shows(stage, f"3. <@{BEN_ID}>")
        first = board(stage).id
        bot.kill()
        cleo.leave_voice()
        bot = start_process(stage)
        await until(lambda: f"2. <@{BEN_ID}>" in text_of(board(stage)))
        assert "Time remaining: **59:5" in text_of(board(stage))
        press(stage, stage.ada, "Start now")
        await shows(stage, "0/2")
        press(stage, stage.ada, "I'm here!")
        await shows(stage, "1/2")
        bot.kill()
        stage.sit(ben)
        bot = start_process(stage)
        await shows(stage, "Complete", row("Ada", "ON TIME"), row("Ben", "ON TIME"))
        assert board(stage).id == first
        assert announcements(stage) == 1
        assert bot.terminate() == 0


async def histories(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other on one bot; in between everybody leaves the channel."""
    monkeypatch.setattr(performer, "EDIT_DISTANCE_S", 0.02)
    async with open_stage(data) as stage:
        await people_opt_out_reconsider_and_are_forgotten(stage)
        everybody_leaves(stage)
        await a_countdown_is_extended_joined_and_started_from_the_prefix(stage)
        everybody_leaves(stage)
        monkeypatch.setattr(roster, "GRACE_S", 1.0)
        monkeypatch.setattr(machine, "GRACE_S", 1.0)
        monkeypatch.setattr(machine, "PING_EVERY_S", 1.5)
        await latecomers_are_stamped_and_the_missing_pinged(stage)


def everybody_leaves(stage: Stage) -> None:
    for person in stage.sandbox.people.all():
        if stage.sandbox.world.voice.state(GUILD_ID, person.user.id) is not None:
            person.leave_voice()


async def clicks_and_histories(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fifty_clicks_of_twenty_people(folder / "clicks")
    await histories(folder / "histories", monkeypatch)


async def test_gathers_on_a_whole_bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside each other, because starting a process is most of what a kill costs."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(clicks_and_histories, tmp_path, monkeypatch)
        nursery.start_soon(a_kill_in_both_phases_loses_nothing, tmp_path / "kill" / "data")
