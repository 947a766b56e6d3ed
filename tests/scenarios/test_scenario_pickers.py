"""Pickers on the sandbox: both forms, pages, the wrong person, Cancel, time and a restart.

A small slice of the test's own asks; it stands for everybody who has several answers to one question.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import cast

import pytest
from attrs import define

import cli.assemble
from actors.core.address import Address
from actors.core.cell import Context
from actors.core.declare import Command, Slice
from actors.core.envelope import Envelope
from actors.core.listing import offer_choices
from actors.core.pages import Choice, NotPicked, Picked
from actors.core.reactive import Reactive
from actors.core.texts import DEFAULT_LANGUAGE, Catalogue, load_catalogue
from actors.picker import state as picker_state
from actors.rest.payloads import Message as Payload
from sandbox.model.default import BEN_ID, MUSIC_ID
from sandbox.model.entities import Message
from sandbox.people import Person
from tests.patience import until
from tests.scenarios.stage import Stage, open_stage, text_of

LABELS = tuple(f"song {number}" for number in range(7))


@define(eq=False)
class Chooser(Reactive):
    """Asks which song, and says which one it was."""

    context: Context

    async def handle(self, envelope: Envelope) -> None:
        choices = [Choice(label=label, value=label) for label in LABELS]
        offer_choices(self.context, envelope, "songs", "Which one?", choices)

    async def observe(self, fact: object) -> None:
        assert isinstance(fact, Picked | NotPicked)
        if isinstance(fact, Picked):
            fact.reply.say(Payload(content=f"Took {fact.value}."))
            fact.work.done()


CHOOSE = Command(
    name="choose",
    group="play",
    address=lambda facts: Address("chooser", facts.guild_id),
    message=lambda arguments, facts: None,
)
CHOOSER = Slice(kind="chooser", package="tests", factory=Chooser, commands=(CHOOSE,))


@pytest.fixture
def with_chooser(monkeypatch: pytest.MonkeyPatch) -> None:
    real = cast("Callable[..., Sequence[Slice]]", cli.assemble.all_slices)

    def more(**outside: object) -> tuple[Slice, ...]:
        return (*real(**outside), CHOOSER)

    def with_its_texts(packages: Iterable[str]) -> Catalogue:
        catalogue = load_catalogue(packages)
        catalogue.add(DEFAULT_LANGUAGE, {f"{CHOOSE.text_key}.description": "Choose a song"})
        return catalogue

    monkeypatch.setattr(cli.assemble, "all_slices", more)
    monkeypatch.setattr("cli.slices.load_catalogue", with_its_texts)


def pickers(stage: Stage) -> list[Message]:
    return [one for one in stage.ada.visible_messages(MUSIC_ID) if "Which one?" in text_of(one)]


def button(message: Message, label: str) -> str:
    items = [item for row in message.components for item in row["components"]]
    return next(str(item["custom_id"]) for item in items if item.get("label") == label)


async def opened(stage: Stage, *, written: bool) -> Message:
    if written:
        stage.ada.send_message(MUSIC_ID, "!choose")
    else:
        stage.run("choose")
    await until(lambda: bool(pickers(stage)))
    return pickers(stage)[0]


async def shows(stage: Stage, message: Message, part: str) -> None:
    """Wait until a message reads like this and has no buttons."""

    def is_so() -> bool:
        now = stage.sandbox.world.board.get(message.channel_id, message.id)
        return part in text_of(now) and not now.components

    await until(is_so)


async def pick_and_cancel(stage: Stage, ben: Person, *, written: bool) -> None:
    picker = await opened(stage, written=written)
    refused = ben.press(picker, button(picker, "1"))
    assert "belongs to the person" in await stage.answer_to(refused)
    stage.ada.press(picker, button(picker, "▶"))
    await until(lambda: "song 6" in text_of(picker))
    stage.ada.press(picker, button(picker, "2"))
    await shows(stage, picker, "Took song 6.")
    other = await opened(stage, written=written)
    stage.ada.press(other, button(other, "Cancel"))
    await shows(stage, other, "nothing was chosen")


@pytest.mark.usefixtures("with_chooser")
async def test_pickers_in_both_forms_and_over_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stage(tmp_path / "data") as stage:
        ben = stage.sandbox.people.of(BEN_ID)
        await pick_and_cancel(stage, ben, written=False)
        await pick_and_cancel(stage, ben, written=True)

        kept = await opened(stage, written=True)
        await stage.stop_bot()
        await stage.start_bot()
        stage.ada.press(kept, button(kept, "3"))
        await shows(stage, kept, "Took song 2.")

        monkeypatch.setattr(picker_state, "LIFE_S", 0.3)
        late = await opened(stage, written=False)
        await shows(stage, late, "in time")
