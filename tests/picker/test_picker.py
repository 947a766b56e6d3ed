"""A whole picker in its cell, with a source beside it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define

from actors.core.address import Address
from actors.core.arrows import Turn
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.listing import fresh_address, offer_choices
from actors.core.mailbox import Mailbox
from actors.core.pages import Choice, NotPicked, OpenPicker, Picked
from actors.core.population import Population
from actors.core.reactive import Reactive
from actors.core.reply import Reply
from actors.core.work import Stage, Work
from actors.picker.declaration import PICKER
from actors.picker.messages import Cancel, Pick
from actors.picker.state import LIFE_S
from actors.rest.errors import Unavailable
from actors.rest.payloads import Message
from gateway_client.ids import UserId
from tests.core.fakes import ALICE, BOB, Outside, envelope, facts, reply_of
from tests.core.listed import SHOWN, SOURCE, Answer, SlowAnswer, open_lists, press

HOME = Address("picker", 55)


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(label=f"song {n}", value=f"id{n}") for n in range(count))


@define(eq=False)
class Source(Reactive):
    """Takes note of what was picked and answers."""

    context: Context
    heard: list[Picked | NotPicked]

    async def handle(self, envelope: Envelope) -> None: ...

    async def observe(self, fact: object) -> None:
        assert isinstance(fact, Picked | NotPicked)
        self.heard.append(fact)
        if isinstance(fact, Picked):
            fact.reply.say(Message(content=f"Queuing {fact.value}"))
            fact.work.done()


@define(eq=False)
class Room:
    outside: Outside
    population: Population
    heard: list[Picked | NotPicked]

    @property
    def shown(self) -> Message:
        return self.outside.rest.messages[SHOWN]

    def open(self, count: int = 7, *, private: bool = False, reply: Reply | None = None) -> OpenPicker:
        wish = OpenPicker(
            source=SOURCE,
            query="search",
            owner=ALICE,
            title="Which one?",
            choices=choices(count),
            facts=facts(),
            reply=reply or Answer(self.outside),
            work=Work(),
            private=private,
        )
        self.population.tell(HOME, wish)
        return wish

    def press(self, what: Pick | Turn | Cancel, user_id: UserId = ALICE) -> Envelope:
        return press(self.population, HOME, what, user_id)


@asynccontextmanager
async def open_room(outside: Outside | None = None, *, restart: bool = False) -> AsyncGenerator[Room]:
    heard: list[Picked | NotPicked] = []
    wakes = HOME if restart else None
    async with open_lists(PICKER, lambda context: Source(context, heard), outside, wakes) as (
        around,
        population,
    ):
        yield Room(around, population, heard)


async def test_picked_choice_reaches_its_source_with_the_answer_and_the_work(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        wish = room.open()
        await trio.sleep(1)
        assert wish.work.stage is Stage.QUEUED
        room.press(Turn(1))
        await trio.sleep(1)
        room.press(Pick(6))
        await trio.sleep(1)
        (picked,) = room.heard
        assert isinstance(picked, Picked)
        assert (picked.query, picked.value, picked.work) == ("search", "id6", wish.work)
        assert room.shown == Message(content="Queuing id6")
        assert wish.work.stage is Stage.DONE
        assert await room.outside.store.load_all("picker") == []
        assert HOME not in room.population.depths


@pytest.mark.parametrize(("cancel", "part"), [(True, "nothing was chosen"), (False, "in time")])
async def test_cancelled_and_expired_disappear_with_one_sentence(
    autojump_clock: trio.testing.MockClock, cancel: bool, part: str
) -> None:
    async with open_room() as room:
        wish = room.open()
        await trio.sleep(1)
        if cancel:
            room.press(Cancel())
        await trio.sleep(1 if cancel else LIFE_S)
        assert part in room.shown.content
        assert (room.shown.components, room.shown.embeds) == ((), ())
        assert wish.work.stage is Stage.SKIPPED
        assert room.heard == [NotPicked(query="search", work=wish.work)]
        assert await room.outside.store.load_all("picker") == []


async def test_stranger_gets_a_private_sentence(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.open()
        await trio.sleep(1)
        first, second = room.press(Pick(0), BOB), room.press(Cancel(), BOB)
        await trio.sleep(1)
        assert "belongs to the person" in reply_of(first).refused[0].content
        assert reply_of(second).refused == []
        assert room.heard == []
        assert room.shown.components


async def test_choices_are_still_there_after_a_restart(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as before:
        before.open()
        await trio.sleep(1)
        before.press(Turn(1))
        await trio.sleep(1)
    async with open_room(before.outside) as room:
        room.press(Turn(-1))
        await trio.sleep(1)
        assert "song 0" in (room.shown.embeds[0].description or "")
        room.press(Pick(3))
        await trio.sleep(1)
        (picked,) = room.heard
        assert isinstance(picked, Picked)
        assert picked.value == "id3"
        assert room.shown == Message(content="Queuing id3")


async def test_press_on_a_picker_that_was_seen_before_the_bot_was_killed_counts(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as before:
        before.open(reply=SlowAnswer(outside=before.outside, delay_s=60.0))
        await trio.sleep(1)
        assert before.shown.components, "somebody sees it, and the bot does not know which message it is"
    async with open_room(before.outside) as room:
        room.press(Pick(3))
        await trio.sleep(1)
        (picked,) = room.heard
        assert isinstance(picked, Picked)
        assert picked.value == "id3"
        assert room.shown == Message(content="Queuing id3")
        assert await room.outside.store.load_all("picker") == []


async def test_picker_on_its_way_when_the_bot_stops_is_known_afterwards(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as before:
        before.open(reply=SlowAnswer(outside=before.outside))
        await trio.sleep(0.5)
        await before.population.close()
    await trio.sleep(LIFE_S)
    async with open_room(before.outside, restart=True) as room:
        await trio.sleep(1)
        assert "in time" in room.shown.content, "without a press only the kept place tells which message"


async def test_picker_of_which_nobody_knows_the_message_ends_all_the_same(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as before:
        before.open(reply=SlowAnswer(outside=before.outside, delay_s=60.0))
        await trio.sleep(1)
    async with open_room(before.outside, restart=True) as room:
        await trio.sleep(LIFE_S)
        assert [type(fact) for fact in room.heard] == [NotPicked]
        assert await room.outside.store.load_all("picker") == []
        click = room.press(Pick(0))
        await trio.sleep(1)
        assert "expired" in reply_of(click).expired[0].content


async def test_time_runs_on_while_the_bot_is_away(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as before:
        before.open()
        await trio.sleep(1)
    await trio.sleep(LIFE_S)
    async with open_room(before.outside, restart=True) as room:
        await trio.sleep(1)
        assert "in time" in room.shown.content
        click = room.press(Pick(0))
        await trio.sleep(1)
        assert "expired" in reply_of(click).expired[0].content
        assert [type(fact) for fact in room.heard] == [NotPicked]


async def test_message_that_was_deleted_meanwhile_is_answered_anew(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as before:
        before.open()
        await trio.sleep(1)
    async with open_room(before.outside) as room:
        room.outside.rest.messages.clear()
        room.press(Pick(0))
        await trio.sleep(1)
        assert room.outside.rest.contents() == ["Queuing id0"]


async def test_private_picker_is_not_kept(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as before:
        before.open(private=True)
        await trio.sleep(1)
        assert await before.outside.store.load_all("picker") == []
    async with open_room(before.outside) as room:
        click = room.press(Pick(0))
        await trio.sleep(1)
        assert "expired" in reply_of(click).expired[0].content
        assert click.work.stage is Stage.FAILED


async def test_turns_while_a_page_is_on_its_way_cost_one_more(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as before:
        before.open(40)
        await trio.sleep(1)
    async with open_room(before.outside) as room:
        room.outside.rest.delay_s = 1.0
        room.outside.rest.log.clear()
        for _ in range(6):
            room.press(Turn(1))
            await trio.sleep(0.1)
        await trio.sleep(5)
        assert "song 30" in (room.shown.embeds[0].description or "")
        assert len(room.outside.rest.log) == 2


async def test_page_that_could_not_be_shown_stops_nothing(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as before:
        before.open()
        await trio.sleep(1)
    async with open_room(before.outside) as room:
        room.outside.rest.errors = [Unavailable("down", status=503)]
        room.press(Turn(1))
        await trio.sleep(1)
        room.press(Pick(5))
        await trio.sleep(1)
        assert room.shown == Message(content="Queuing id5")


async def test_offering_hands_answer_and_work_over(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    asked = envelope("anything", number=3)
    context = Context(SOURCE, outside.ports(), Mailbox(), nursery)
    offer_choices(context, asked, "search", "Which?", choices(2))
    ((address, wish),) = outside.told
    assert address == fresh_address("picker", asked)
    assert isinstance(wish, OpenPicker)
    assert (wish.reply, wish.work, wish.source) == (asked.reply, asked.work, SOURCE)
    assert asked.work.handed_over
    assert fresh_address("picker", envelope("x", number=4)) != address
