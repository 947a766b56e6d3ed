"""A whole pager in its cell, with a source beside it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import trio
import trio.testing
from attrs import define, evolve

from actors.core.address import Address
from actors.core.arrows import Turn
from actors.core.cell import Context
from actors.core.custom_id import parse_custom_id
from actors.core.envelope import Envelope
from actors.core.pages import OpenPages, PageReady, PageWanted
from actors.core.population import Population
from actors.core.reactive import Reactive
from actors.core.reply import Reply
from actors.core.work import Stage, Work
from actors.pager.declaration import PAGER
from actors.pager.state import IDLE_S
from actors.rest.payloads import Button, Message
from gateway_client.ids import UserId
from tests.core.fakes import ALICE, BOB, FakeReply, Outside, envelope, facts, reply_of
from tests.core.listed import SOURCE, Answer, SlowAnswer, open_lists, press

HOME = Address("pager", 55)


@define(eq=False)
class Source(Reactive):
    """Ten pages; renders one after a pause."""

    context: Context
    asked: list[int]

    async def handle(self, envelope: Envelope) -> None: ...

    async def observe(self, fact: object) -> None:
        assert isinstance(fact, PageWanted)
        self.asked.append(fact.page)
        await trio.sleep(0.01)
        page = min(fact.page, 10)
        payload = Message(content=f"page {page}")
        self.context.ports.tell(fact.pager, PageReady(query="queue", page=page, total=10, payload=payload))

    def is_idle(self) -> bool:
        return False


@define(eq=False)
class Room:
    outside: Outside
    population: Population
    asked: list[int]

    def open(
        self,
        *,
        vanishes: bool = True,
        private: bool = False,
        command: str = "",
        reply: Reply | None = None,
    ) -> OpenPages:
        wish = OpenPages(
            source=SOURCE,
            query="queue",
            owner=ALICE,
            facts=facts(),
            reply=reply or Answer(self.outside),
            work=Work(),
            vanishes=vanishes,
            private=private,
            command=command,
        )
        self.population.tell(HOME, wish)
        return wish

    def press(self, by: int, user_id: UserId = ALICE) -> Envelope:
        return press(self.population, HOME, Turn(by), user_id)


@asynccontextmanager
async def open_room(outside: Outside | None = None, *, restart: bool = False) -> AsyncGenerator[Room]:
    asked: list[int] = []
    wakes = HOME if restart else None
    async with open_lists(PAGER, lambda context: Source(context, asked), outside, wakes) as (
        around,
        population,
    ):
        yield Room(around, population, asked)


async def test_list_is_opened_turned_and_goes_when_idle(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        wish = room.open()
        await trio.sleep(1)
        assert wish.work.stage is Stage.DONE
        room.press(1)
        await trio.sleep(1)
        assert room.outside.rest.contents() == ["page 2"]
        await trio.sleep(IDLE_S)
        assert room.outside.rest.contents() == []
        assert await room.outside.store.load_all("pager") == []
        assert HOME not in room.population.depths


async def test_hundred_clicks_are_one_last_edit(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.outside.rest.delay_s = 0.15
        room.open()
        await trio.sleep(1)
        room.outside.rest.log.clear()
        for number in range(100):
            room.press(1 if number % 2 else -1)
        room.press(1)
        await trio.sleep(5)
        assert room.outside.rest.contents() == ["page 3"]
        assert len(room.outside.rest.log) <= 2


async def test_stranger_gets_a_private_sentence(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.open()
        await trio.sleep(1)
        first, second = room.press(1, BOB), room.press(1, BOB)
        await trio.sleep(1)
        assert "belong to the person" in reply_of(first).refused[0].content
        assert reply_of(second).refused == []
        assert room.outside.rest.contents() == ["page 1"]


async def test_other_lists_only_lose_their_buttons(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.open(vanishes=False)
        await trio.sleep(IDLE_S + 5)
        (message,) = room.outside.rest.messages.values()
        assert (message.content, message.components) == ("page 1", ())


async def test_deleted_message_ends_the_pager(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.open()
        await trio.sleep(1)
        room.outside.rest.messages.clear()
        room.press(1)
        await trio.sleep(5)
        assert HOME not in room.population.depths
        assert await room.outside.store.load_all("pager") == []


async def test_press_on_a_list_that_was_seen_before_the_bot_was_killed_turns_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as before:
        before.open(reply=SlowAnswer(outside=before.outside, delay_s=60.0))
        await trio.sleep(1)
        assert before.outside.rest.contents() == ["page 1"]
    async with open_room(before.outside, restart=True) as room:
        await trio.sleep(1)
        room.press(1)
        await trio.sleep(2)
        assert room.outside.rest.contents() == ["page 2"]
        await trio.sleep(IDLE_S)
        assert room.outside.rest.contents() == []


async def test_list_on_its_way_when_the_bot_stops_goes_in_its_time(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as before:
        before.open(reply=SlowAnswer(outside=before.outside))
        await trio.sleep(0.5)
        await before.population.close()
    async with open_room(before.outside, restart=True) as room:
        await trio.sleep(IDLE_S)
        assert room.outside.rest.contents() == [], "only the kept place tells which message goes"


async def test_press_that_is_faster_than_discords_answer_is_one_live_message(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        room.open(reply=SlowAnswer(outside=room.outside, delay_s=3.0))
        await trio.sleep(1)
        room.press(1)
        await trio.sleep(5)
        assert room.outside.rest.contents() == ["page 2"]
        assert room.outside.rest.log == ["edit page 2"]


async def test_buttons_work_after_a_restart_and_the_old_end_still_holds(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as before:
        before.open()
        await trio.sleep(1)
        before.press(1)
        await trio.sleep(2)
    async with open_room(before.outside) as room:
        room.press(1)
        await trio.sleep(3)
        assert room.outside.rest.contents() == ["page 3"]
    async with open_room(room.outside, restart=True) as later:
        await trio.sleep(IDLE_S)
        assert later.outside.rest.contents() == []
        assert later.outside.at() - room.outside.at() < timedelta(seconds=IDLE_S + 60)


async def test_button_of_a_forgotten_list_expires(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        click = room.press(1)
        await trio.sleep(1)
        assert "expired" in reply_of(click).expired[0].content
        assert click.work.stage is Stage.FAILED
        assert HOME not in room.population.depths


async def test_forgotten_list_says_which_command_gets_a_new_one(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        room.open(command="rep list")
        await trio.sleep(1)
        (message,) = room.outside.rest.messages.values()
        arrow = message.components[0].items[-1]
        assert isinstance(arrow, Button)
        custom_id = parse_custom_id(arrow.custom_id or "")
        assert custom_id is not None
        (following,) = [part for part in PAGER.components if part.verb == "next"]
        turn = following.message(custom_id, (), facts())
        assert turn == Turn(1, "rep list")
    async with open_room() as later:
        click = envelope(turn, click=True)
        later.population.offer(HOME, click)
        await trio.sleep(1)
        assert "use `/rep list` again" in reply_of(click).expired[0].content


async def test_private_list_is_turned_by_its_own_answer_and_not_kept(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        wish = room.open(vanishes=False, private=True)
        await trio.sleep(1)
        room.press(1)
        await trio.sleep(1)
        assert isinstance(wish.reply, FakeReply)
        assert [message.content for message in wish.reply.said] == ["page 1", "page 2"]
        assert room.outside.rest.log == []
        assert await room.outside.store.load_all("pager") == []
        await trio.sleep(IDLE_S + 1)
        assert (wish.reply.said[-1].content, wish.reply.said[-1].components) == ("page 2", ())
        assert HOME not in room.population.depths


async def test_private_list_closes_while_its_answer_can_still_be_changed(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        wish = room.open(vanishes=False, private=True)
        await trio.sleep(1)
        for minute in range(13):
            room.press(1 if minute % 2 else -1)
            await trio.sleep(60)
        assert HOME in room.population.depths
        room.press(1)
        await trio.sleep(65)
        assert isinstance(wish.reply, FakeReply)
        assert wish.reply.said[-1].components == ()
        assert HOME not in room.population.depths


async def test_private_list_that_vanishes_is_withdrawn(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        wish = room.open(private=True)
        await trio.sleep(IDLE_S + 2)
        assert isinstance(wish.reply, FakeReply)
        assert wish.reply.withdrawn == 1


async def test_source_that_gives_nothing_is_given_up_on(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        wish = evolve(room.open(), source=Address("nobody", 1), reply=FakeReply(), work=Work())
        room.population.tell(Address("pager", 56), wish)
        await trio.sleep(IDLE_S + 60)
        assert isinstance(wish.reply, FakeReply)
        assert "could not put that list together" in wish.reply.refused[0].content
        assert wish.work.stage is Stage.FAILED
