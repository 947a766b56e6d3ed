"""Reminders on the sandbox: every command in both forms, the wrong person at every button, ``kill -9``.

The stages share their waits: each has a Discord and a bot of its own, and they are on at the same time.
"""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio

from sandbox.model.default import BEN_ID, CLEO_ID, MUSIC_ID, OWNER_ID
from sandbox.model.entities import Message
from sandbox.model.events import MessageCreated, WorldEvent
from tests.patience import until
from tests.scenarios.stage import BotProcess, Stage, open_stage, start_process, text_of

SET = "is set"


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def fired(stage: Stage, note: str) -> list[Message]:
    """Reminders with this note that people see."""
    messages = stage.ada.visible_messages(MUSIC_ID)
    return [
        one for one in messages if one.content.startswith("⏰") and note in one.content and one.author.bot
    ]


def buttons(message: Message) -> list[str]:
    return [str(item["custom_id"]) for row in message.components for item in row["components"]]


async def both_forms(stage: Stage) -> None:
    ben, cleo = stage.sandbox.people.of(BEN_ID), stage.sandbox.people.of(CLEO_ID)
    assert SET in await stage.ask("notify me", when="1s", note="slash tea")
    assert SET in await stage.ask(
        "notify you", user=str(BEN_ID), user2=str(CLEO_ID), when="in 1 second", note="all"
    )
    call = ben.send_message(MUSIC_ID, "!notify me 1s prefix tea @everyone")
    ben.send_message(MUSIC_ID, f"!remind you <@{OWNER_ID}> 1h 30m later")
    assert "cannot read" in await stage.ask("notify me", when="when it suits")
    await until(lambda: all(fired(stage, note) for note in ("slash tea", "all", "prefix tea")))
    (mine,) = fired(stage, "slash tea")
    assert f"||<@{OWNER_ID}>||" in mine.content
    assert list(mine.mentions) == [OWNER_ID]
    confirmed = next(one for one in stage.ada.visible_messages(MUSIC_ID) if "**#1**" in one.content)
    assert mine.reference is not None
    assert mine.reference.message_id == confirmed.id
    (prefix,) = fired(stage, "prefix tea")
    assert prefix.reference is not None
    assert prefix.reference.message_id == call.id
    assert not prefix.mention_everyone
    (everybody,) = fired(stage, "all")
    assert set(everybody.mentions) == {BEN_ID, CLEO_ID}
    await snooze(stage, mine)
    assert "**#4**" in await stage.ask("notify list")
    cleo.send_message(MUSIC_ID, "!remind list")
    await stage.reads("No reminders are waiting")
    assert "neither for you nor from you" in await stage.ask("notify remove", cleo, id=4)
    ben.send_message(MUSIC_ID, "!notify remove 4")
    await stage.reads("Reminder **#4** is removed")
    assert "no reminder **#4**" in await stage.ask("notify remove", id=4)


async def snooze(stage: Stage, message: Message) -> None:
    """The wrong person, then the right one."""
    ben = stage.sandbox.people.of(BEN_ID)
    for custom_id in buttons(message):
        pressed = ben.press(message, custom_id)
        assert "Only the people who were reminded" in await stage.answer_to(pressed)
    pressed = stage.ada.press(message, buttons(message)[1])
    assert "again" in await stage.answer_to(pressed)
    await until(lambda: not message.components)
    assert "Snoozed until" in text_of(message)


async def zones(stage: Stage) -> None:
    assert "in UTC" in await stage.ask("notify me", when="31-12-2030 9:00", note="far")
    message = [one for one in stage.ada.visible_messages(MUSIC_ID) if "in UTC" in one.content][-1]
    ben = stage.sandbox.people.of(BEN_ID)
    by_ben = ben.press(message, buttons(message)[0])
    await until(lambda: by_ben.modal is not None)
    assert "Somebody else" in await stage.answer_to(ben.submit_modal(by_ben, {"zone": "Tokyo"}))
    opened = stage.ada.press(message, buttons(message)[0])
    await until(lambda: opened.modal is not None)
    said = await stage.answer_to(stage.ada.submit_modal(opened, {"zone": "prague"}))
    assert "Europe/Prague" in said
    await until(lambda: "`31-12-2030_09:00` in Europe/Prague" in text_of(message))
    assert "in Europe/Prague" in await stage.ask("notify me", when="31-12-2030 10:00")


async def pages(stage: Stage) -> None:
    for number in range(11):
        stage.run("notify me", when=f"{number + 1}d", note=f"page {number}")
    await until(lambda: sum("page" in line or SET in line for line in stage.read()) >= 16)
    shown = stage.run("notify list")
    assert "page 0" in await stage.answer_to(shown)
    assert shown.original_id is not None
    private = stage.sandbox.world.board.get(MUSIC_ID, shown.original_id)
    assert private.visible_to == stage.ada.user.id
    stage.ada.press(private, buttons(private)[2])
    await until(lambda: "page 10" in text_of(private))
    stage.ada.send_message(MUSIC_ID, "!notify list")
    ben = stage.sandbox.people.of(BEN_ID)
    await until(lambda: any("page 0" in line and "page 1" in line for line in stage.read(person=ben)))
    page = [one for one in ben.visible_messages(MUSIC_ID) if "page 1" in text_of(one) and one.embeds][-1]
    assert "belong to the person" in await stage.answer_to(ben.press(page, buttons(page)[2]))
    stage.ada.press(page, buttons(page)[2])
    await until(lambda: "page 10" in text_of(page))


async def test_reminders_in_both_forms_and_the_wrong_people_at_the_buttons(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        await both_forms(stage)
        await zones(stage)
        await pages(stage)


async def start(stage: Stage) -> BotProcess:
    """Start the bot and wait for its new session."""
    before = set(stage.sandbox.gateway.hub.sessions)
    bot = start_process(stage)
    await until(lambda: bool(set(stage.sandbox.gateway.hub.sessions) - before))
    await stage.until_ready()
    return bot


async def killed_between_confirmation_and_firing(data: Path) -> None:
    async with open_stage(data, bot=False) as stage:
        bot = await start(stage)
        assert SET in await stage.ask("notify me", when="1s", note="tea")
        bot.kill()
        assert fired(stage, "tea") == []
        await trio.sleep(2.2)
        await start(stage)
        await until(lambda: bool(fired(stage, "tea")))
        await trio.sleep(0.5)
        (message,) = fired(stage, "tea")
        assert "This comes late" in text_of(message)


async def killed_between_firing_and_bookkeeping(data: Path) -> None:
    async with open_stage(data, bot=False) as stage:
        bot = await start(stage)
        assert SET in await stage.ask("notify me", when="1s", note="tea")
        end_with_the_reminder(stage, bot)
        await until(lambda: bot.process.poll() is not None)
        assert len(fired(stage, "tea")) == 1
        posts = len(posts_of(stage))
        await start(stage)
        await until(lambda: len(posts_of(stage)) > posts)
        await trio.sleep(0.5)
        (message,) = fired(stage, "tea")
        pressed = stage.ada.press(message, buttons(message)[0])
        assert "again" in await stage.answer_to(pressed)


async def killed_between_firing_and_bookkeeping_long_ago(data: Path) -> None:
    """The reminder is made older than any nonce, and gets another one by that."""
    async with open_stage(data, bot=False) as stage:
        bot = await start(stage)
        assert SET in await stage.ask("notify me", when="1s", note="tea")
        end_with_the_reminder(stage, bot)
        await until(lambda: bot.process.poll() is not None)
        with closing(sqlite3.connect(data / "roadie.db")) as database, database:
            database.execute(
                "UPDATE reminders SET due_at = due_at - 3600000000, try_at = due_at - 3600000000"
            )
        posts = len(posts_of(stage))
        await start(stage)
        message = fired(stage, "tea")[0]
        pressed = stage.ada.press(message, buttons(message)[0])
        assert "again" in await stage.answer_to(pressed)
        await until(
            lambda: any(one.method == "GET" and "/messages" in one.path for one in stage.sandbox.requests)
        )
        await trio.sleep(0.5)
        assert len(fired(stage, "tea")) == 1
        assert len(posts_of(stage)) == posts


def end_with_the_reminder(stage: Stage, bot: BotProcess) -> None:
    """Kill the bot in the instant in which its reminder is there, before it can hear of it."""

    def look(event: WorldEvent) -> None:
        if isinstance(event, MessageCreated) and event.message.content.startswith("⏰ ||"):
            bot.process.kill()

    stage.sandbox.world.subscribe(look)


def posts_of(stage: Stage) -> list[str]:
    """Messages that the bot has asked Discord to write."""
    path = f"/channels/{MUSIC_ID}/messages"
    return [one.path for one in stage.sandbox.requests if one.method == "POST" and one.path.endswith(path)]


async def test_kill_9_before_the_firing_and_before_its_bookkeeping_is_one_delivery(tmp_path: Path) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(killed_between_confirmation_and_firing, tmp_path / "one" / "data")
        nursery.start_soon(killed_between_firing_and_bookkeeping, tmp_path / "two" / "data")
        nursery.start_soon(killed_between_firing_and_bookkeeping_long_ago, tmp_path / "three" / "data")
