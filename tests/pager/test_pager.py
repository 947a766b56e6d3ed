"""The pager's machine on its own, then the whole actor in its cell with a source beside it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import trio
import trio.testing
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.custom_id import parse_custom_id
from actors.core.declare import Slice
from actors.core.envelope import Envelope
from actors.core.mailbox import Offer
from actors.core.pages import OpenPages, PageReady, PageWanted
from actors.core.population import Population
from actors.core.registry import Registry
from actors.core.work import Stage, Work
from actors.pager.declaration import PAGER
from actors.pager.messages import Turn
from actors.pager.state import IDLE_S, AskPage, Close, PagerState, RefuseOther, Show, restore_pager
from actors.pager.view import view_page
from actors.rest.payloads import Button, Message
from gateway_client.ids import ChannelId, MessageId, UserId
from tests.core.fakes import ALICE, BOB, CATALOGUE, GUILD, FakeReply, Outside, envelope, facts, reply_of

SOURCE = Address("list", 1)
HOME = Address("pager", 55)


def state(*, total: int = 10, wanted: int = 1, vanishes: bool = True) -> PagerState:
    return PagerState(
        source=SOURCE,
        query="queue",
        owner=ALICE,
        guild_id=GUILD,
        vanishes=vanishes,
        wanted=wanted,
        total=total,
        expires_at=IDLE_S,
    )


def ready(page: int, total: int = 10) -> PageReady:
    return PageReady(query="queue", page=page, total=total, payload=Message(content=f"page {page}"))


def test_turns_while_a_page_is_being_rendered_only_move_the_wanted_number() -> None:
    pager = state()
    assert pager.opened() == [AskPage(1)]
    assert [pager.turn(1, ALICE, 0.0) for _ in range(5)] == [[]] * 5
    assert pager.ready(ready(1)) == [AskPage(6)]
    assert pager.ready(ready(6)) == [Show(ready(6).payload, 6, 10)]


def test_page_is_clamped_at_both_ends() -> None:
    pager = state(wanted=10)
    pager.turn(1, ALICE, 0.0)
    assert pager.wanted == 10
    for _ in range(20):
        pager.turn(-1, ALICE, 0.0)
    assert pager.wanted == 1


def test_list_that_shrank_is_shown_where_it_ends() -> None:
    pager = state(wanted=9)
    pager.opened()
    assert pager.ready(ready(2, total=2)) == [Show(ready(2).payload, 2, 2)]
    assert pager.wanted == 2


def test_stranger_is_refused_once_in_five_seconds_and_does_not_keep_it_alive() -> None:
    pager = state()
    assert pager.turn(1, BOB, 0.0) == [RefuseOther()]
    assert pager.turn(1, BOB, 4.0) == []
    assert pager.turn(1, UserId(3), 4.0) == [RefuseOther()]
    assert pager.turn(1, BOB, 5.0) == [RefuseOther()]
    assert pager.tick(IDLE_S) == [Close(vanishes=True)]


def test_turning_puts_off_the_end() -> None:
    pager = state()
    pager.turn(1, ALICE, 100.0)
    assert pager.tick(IDLE_S + 1) == []
    assert pager.tick(100.0 + IDLE_S) == [Close(vanishes=True)]
    assert pager.turn(1, ALICE, 300.0) == []
    assert pager.tick(1e9) == []


def test_restored_list_that_keeps_its_page_waits_for_it_before_it_closes() -> None:
    pager = restore_pager(state(vanishes=False).to_saved())
    pager.opened()
    assert pager.tick(IDLE_S + 500) == []
    assert pager.ready(ready(1)) == [Show(ready(1).payload, 1, 10)]
    assert pager.tick(IDLE_S + 600) == [Close(vanishes=False)]


@given(st.lists(st.one_of(st.sampled_from([-1, 1]), st.integers(0, 12).map(lambda n: ("ready", n)))))
def test_whatever_happens_the_last_page_shown_is_the_one_wanted(
    story: list[int | tuple[str, int]],
) -> None:
    pager = state(total=0)
    asked = [effect for effect in pager.opened() if isinstance(effect, AskPage)]
    shown: list[int] = []

    def answer(total: int) -> None:
        want = asked.pop(0).page
        page = min(max(want, 1), max(total, 1))
        for effect in pager.ready(ready(page, total)):
            shown.extend([effect.page] if isinstance(effect, Show) else [])
            asked.extend([effect] if isinstance(effect, AskPage) else [])

    for step in story:
        if isinstance(step, int):
            asked.extend(e for e in pager.turn(step, ALICE, 0.0) if isinstance(e, AskPage))
        elif asked:
            answer(step[1])
        assert len(asked) <= 1
    while asked:
        answer(7)
    assert shown[-1] == pager.wanted


def test_one_page_has_no_buttons_and_ends_are_disabled() -> None:
    page = Message(content="x")
    assert view_page(HOME, page, 1, 1).components == ()
    (row,) = view_page(HOME, page, 1, 3).components
    buttons = [item for item in row.items if isinstance(item, Button)]
    assert [(button.label, button.disabled) for button in buttons] == [
        ("◀", True),
        ("1/3", True),
        ("▶", False),
    ]
    assert buttons[2].custom_id == "pager:1:55:next"


@define(eq=False)
class Source:
    """Ten pages; renders one after a pause."""

    context: Context
    asked: list[int]

    async def load(self) -> None: ...

    async def handle(self, envelope: Envelope) -> None: ...

    async def observe(self, fact: object) -> None:
        assert isinstance(fact, PageWanted)
        self.asked.append(fact.page)
        await trio.sleep(0.01)
        self.context.ports.tell(fact.pager, ready(min(fact.page, 10)))

    def next_deadline(self) -> float | None:
        return None

    async def tick(self, now: float) -> None: ...

    def is_idle(self) -> bool:
        return False

    async def goodbye(self) -> None: ...


@define(eq=False)
class Room:
    outside: Outside
    population: Population
    asked: list[int] = field(factory=list[int])

    def open(self, *, vanishes: bool = True, private: bool = False, command: str = "") -> OpenPages:
        wish = OpenPages(
            source=SOURCE,
            query="queue",
            owner=ALICE,
            facts=facts(),
            reply=_Answer(self.outside),
            work=Work(),
            vanishes=vanishes,
            private=private,
            command=command,
        )
        self.population.tell(HOME, wish)
        return wish

    def press(self, by: int, user_id: UserId = ALICE) -> Envelope:
        click = envelope(Turn(by), user_id, click=True)
        assert self.population.offer(HOME, click) is Offer.TAKEN
        return click


class _Answer(FakeReply):
    """An answer that becomes a message of the tiny Discord."""

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self.outside = outside

    def say(self, message: Message, *, transient: bool = False, sent: object = None) -> None:
        self.outside.rest.messages[MessageId(777)] = message
        super().say(message, transient=transient, sent=sent)  # pyright: ignore[reportArgumentType] - passed on


@asynccontextmanager
async def open_room(outside: Outside | None = None, *, restart: bool = False) -> AsyncGenerator[Room]:
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery) if outside is None else evolve(outside, nursery=nursery)
        rooms: list[Room] = []

        def build(context: Context) -> Source:
            return Source(context, rooms[0].asked)

        source = Slice(kind="list", package="x", factory=build)
        population = Population(registry=Registry((source, PAGER)), nursery=nursery, say=CATALOGUE.speaker())
        population.equip(outside.ports(population.tell))
        rooms.append(Room(outside, population))
        if restart:
            population.wake(HOME)
        yield rooms[0]
        nursery.cancel_scope.cancel()


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


@pytest.mark.parametrize("channel_id", [ChannelId(1)])
async def test_saved_form_round_trips(channel_id: ChannelId) -> None:
    pager = state(wanted=3)
    pager.channel_id, pager.message_id = channel_id, MessageId(2)
    assert restore_pager(pager.to_saved()).to_saved() == pager.to_saved()
