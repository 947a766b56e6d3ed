"""The live panel as people use it: buttons by several of them at once, and what the others see of it."""

from pathlib import Path
from typing import cast

import trio

from actors.player.panel import Verb
from sandbox.model.default import BEN_ID, DJ_ROLE_ID, LOUNGE_ID, MUSIC_ID
from sandbox.model.entities import Message
from sandbox.model.interaction import Interaction, InteractionState
from sandbox.people import Person
from tests.patience import until
from tests.scenarios.shows import fill_library, play_all
from tests.scenarios.stage import Stage, open_stage, text_of

SONGS = ("alpha", "bravo", "charlie", "delta", "echo")


def panels(stage: Stage) -> list[Message]:
    return [message for message in stage.ada.visible_messages(MUSIC_ID) if buttons(message)]


def panel(stage: Stage) -> Message:
    (found,) = panels(stage)
    return found


def buttons(message: Message) -> dict[str, str]:
    """What each verb of a panel's buttons would send."""
    rows = [cast("list[dict[str, object]]", row["components"]) for row in message.components]
    ids = [str(item["custom_id"]) for row in rows for item in row]
    return {one.split(":")[3]: one for one in ids if one.startswith("player:")}


def press(stage: Stage, verb: Verb, person: Person | None = None) -> Interaction:
    message = panel(stage)
    return (person or stage.ada).press(message, buttons(message)[verb.value])


async def shows(stage: Stage, *parts: str) -> None:
    await until(lambda: len(panels(stage)) == 1 and all(part in text_of(panel(stage)) for part in parts))


async def private(stage: Stage, interaction: Interaction) -> str:
    await until(lambda: bool(interaction.followup_ids))
    return text_of(stage.sandbox.world.board.get(MUSIC_ID, interaction.followup_ids[-1]))


def edits(stage: Stage) -> int:
    return sum(
        request.method == "PATCH" and "/messages/" in request.path for request in stage.sandbox.requests
    )


async def test_the_panel_is_used_by_many_and_closes_honestly(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        fill_library(stage, song, SONGS)
        await play_all(stage, SONGS)
        await shows(
            stage, "Now playing: **alpha** (0:40)", "/ 0:40", "**Next**", "`1.` bravo", "and one more"
        )
        voice = stage.sandbox.world.directory.channel(LOUNGE_ID)
        await until(lambda: voice.status == "🎵 alpha")
        await everybody_clicks(stage)
        await buttons_are_commands(stage)
        await strangers_are_told_in_private(stage)
        await what_is_deleted_comes_back_once(stage)
        press(stage, Verb.STOP)
        await stage.reads("Played **alpha** (0:40), wanted by")
        assert panels(stage) == []
        await until(lambda: voice.status is None)


async def everybody_clicks(stage: Stage) -> None:
    """A hundred clicks of two people act in their order, and cost a few edits."""
    ben = stage.sandbox.people.of(BEN_ID)
    stage.sit(ben)
    before = edits(stage)
    volume, clicks = 100, list[Interaction]()
    for number in range(100):
        louder = number % 7 in (2, 3, 6)
        clicks.append(press(stage, Verb.UP if louder else Verb.DOWN, ben if number % 2 else None))
        volume = after(volume, louder=louder)
    await shows(stage, f"🔊 {volume} %")
    assert edits(stage) - before <= 4
    await trio.sleep(0.2)
    told = [click for click in clicks if click.followup_ids]
    assert len(told) <= len((stage.ada, ben)), "only that it cannot be any quieter, and once to each"
    rest = {click.state for click in clicks if click not in told}
    assert rest == {InteractionState.DEFERRED}
    assert await stage.ask("volume") == f"The volume is {volume} %."


def after(volume: int, *, louder: bool) -> int:
    return min(100, volume // 10 * 10 + 10) if louder else max(1, -(-volume // 10) * 10 - 10)


async def buttons_are_commands(stage: Stage) -> None:
    press(stage, Verb.PAUSE)
    await shows(stage, "⏸️ paused")
    assert Verb.PAUSE.value not in buttons(panel(stage))
    press(stage, Verb.RESUME)
    press(stage, Verb.LOOP)
    await shows(stage, "🔂 looping this track")
    press(stage, Verb.LOOP)
    await shows(stage, "🔁 looping the queue")
    press(stage, Verb.LOOP)
    press(stage, Verb.SKIP)
    await shows(stage, "Now playing: **bravo**", "`1.` charlie")
    press(stage, Verb.PREVIOUS)
    await shows(stage, "Now playing: **alpha**", "`1.` bravo")
    assert "Next, 4 tracks" in await private(stage, press(stage, Verb.QUEUE))
    press(stage, Verb.SHUFFLE)
    await trio.sleep(0.1)
    assert len(stage.read(person=stage.sandbox.people.of(BEN_ID))) == len(stage.read()) - 1, (
        "one private list"
    )


async def strangers_are_told_in_private(stage: Stage) -> None:
    ben = stage.sandbox.people.of(BEN_ID)
    ben.leave_voice()
    assert await private(stage, press(stage, Verb.SKIP, ben)) == "Join a voice channel first."
    again = press(stage, Verb.SKIP, ben)
    stage.sit(ben)
    assert "is now" in await stage.ask("settings", name="dj_role", value=f"<@&{DJ_ROLE_ID}>")
    assert f"<@&{DJ_ROLE_ID}>" in await private(stage, press(stage, Verb.STOP, ben))
    assert "Next, 4 tracks" in await private(stage, press(stage, Verb.QUEUE, ben))
    await trio.sleep(0.1)
    assert "Now playing: **alpha**" in text_of(panel(stage))
    assert not again.followup_ids


async def what_is_deleted_comes_back_once(stage: Stage) -> None:
    first = panel(stage)
    stage.ada.delete_message(first)
    await until(lambda: len(panels(stage)) == 1 and panel(stage).id != first.id)
    await shows(stage, "Now playing: **alpha**")
