"""Reputation on the sandbox: every command in both forms, and the wrong person at every button."""

from pathlib import Path

from actors.store.rows import Params
from actors.store.store import open_store
from cli.slices import SCHEMAS
from sandbox.model.default import BEN_ID, CLEO_ID, GUILD_ID, MUSIC_ID, OWNER_ID
from sandbox.model.entities import Message
from sandbox.people import Person
from tests.patience import until
from tests.scenarios.stage import Stage, open_stage, text_of


async def fill(data: Path) -> None:
    """What was given before: six entries of ten people, and Ben's own seven."""
    receivers = [4000 + place for place in range(10) for _ in range(6)] + [BEN_ID] * 7
    steps: list[tuple[str, Params]] = [
        (
            "reputation.give",
            {
                "guild": GUILD_ID,
                "giver": 9000 + number,
                "receiver": receiver,
                "points": 1,
                "reason": f"reason {number}",
                "at": number,
            },
        )
        for number, receiver in enumerate(receivers)
    ]
    async with open_store(data, schemas=SCHEMAS) as store:
        await store.execute_all(steps)


def last(stage: Stage, part: str) -> Message:
    """The newest message with this part."""
    return [one for one in stage.ada.visible_messages(MUSIC_ID) if part in text_of(one)][-1]


def buttons(message: Message) -> list[str]:
    return [str(item["custom_id"]) for item in message.components[0]["components"]]


async def says(stage: Stage, person: Person, line: str, part: str) -> None:
    """Write a line, and wait for an answer with this part."""
    person.send_message(MUSIC_ID, line)
    await stage.reads(part)


async def give_and_take_back(stage: Stage, ben: Person, cleo: Person) -> None:
    assert "Total: **+8**" in await stage.ask("rep plus", user=str(BEN_ID), reason="for *all*")
    assert "for \\*all\\*" in text_of(last(stage, "Total: **+8**"))
    hurried = stage.run("rep minus", user=str(BEN_ID), reason="no")
    assert "a moment ago" in await stage.answer_to(hurried)
    assert all("a moment ago" not in line for line in stage.read(person=ben))  # said in private
    assert "yourself" in await stage.ask("rep plus", user=str(OWNER_ID), reason="me")
    await says(stage, ben, f"!+REP <@{CLEO_ID}> two words", f"**+1** for <@{CLEO_ID}>: two words")
    await says(stage, cleo, f"!minusrep <@{BEN_ID}> back", "Total: **+7**")
    await says(stage, cleo, "!rep undo", "Taken back: **−1**")
    assert "nothing to take back" in await stage.ask("rep undo", cleo)
    assert "Taken back: **+1**" in await stage.ask("rep undo")
    await says(stage, cleo, "!+rep", "`!rep plus user reason`")


async def look(stage: Stage, ben: Person, cleo: Person) -> None:
    shown = await stage.ask("rep list", ben)
    assert "**+7** from 7 entries" in shown
    assert "reason 66" in shown
    page = last(stage, "from 7 entries")
    pressed = cleo.press(page, buttons(page)[2])
    assert "belong to the person" in await stage.answer_to(pressed)
    ben.press(page, buttons(page)[2])
    await until(lambda: "reason 60" in text_of(page))
    board = await stage.ask("rep leaderboard", cleo)
    assert f"🥇 <@{BEN_ID}> **+7** (7 entries)" in board
    assert "⋮" in board
    page = last(stage, "🥇")
    stranger = ben.press(page, buttons(page)[2])
    assert "belong to the person" in await stage.answer_to(stranger)
    cleo.press(page, buttons(page)[2])
    await until(lambda: "`6.`" in text_of(page))
    await says(stage, cleo, f"!reps <@{CLEO_ID}>", f"<@{CLEO_ID}>: **+1** from 1 entry")
    before = len(stage.read())
    ben.send_message(MUSIC_ID, "!toprep")
    await until(lambda: "🥇" in stage.read()[-1] and len(stage.read()) == before + 2)
    page = last(stage, "🥇")
    refused = cleo.press(page, buttons(page)[2])
    assert "belong to the person" in await stage.answer_to(refused)


async def test_reputation_in_both_forms_and_the_wrong_people_at_the_buttons(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await fill(data)
    async with open_stage(data) as stage:
        ben, cleo = stage.sandbox.people.of(BEN_ID), stage.sandbox.people.of(CLEO_ID)
        await give_and_take_back(stage, ben, cleo)
        await look(stage, ben, cleo)
