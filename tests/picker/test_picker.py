"""The picker's machine on its own, then the whole actor in its cell with a source beside it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.declare import Slice
from actors.core.envelope import Envelope
from actors.core.listing import fresh_address, offer_choices
from actors.core.mailbox import Mailbox, Offer
from actors.core.pages import Choice, NotPicked, OpenPicker, Picked
from actors.core.population import Population
from actors.core.registry import Registry
from actors.core.work import Stage, Work
from actors.picker.declaration import PICKER
from actors.picker.messages import Cancel, Pick, Turn
from actors.picker.state import (
    LIFE_S,
    Give,
    GiveUp,
    PickerState,
    RefuseOther,
    Show,
    restore_picker,
)
from actors.picker.view import view_picker
from actors.rest.errors import Unavailable
from actors.rest.payloads import Button, Message
from gateway_client.ids import ChannelId, MessageId, UserId
from tests.core.fakes import ALICE, BOB, CATALOGUE, GUILD, FakeReply, Outside, envelope, facts, reply_of

SOURCE = Address("list", 1)
HOME = Address("picker", 55)
SAY = CATALOGUE.speaker()


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(label=f"song {n}", value=f"id{n}") for n in range(count))


def state(count: int = 12) -> PickerState:
    return PickerState(
        source=SOURCE,
        query="search",
        owner=ALICE,
        guild_id=GUILD,
        title="Which one?",
        choices=choices(count),
        expires_at=LIFE_S,
    )


def labels(message: Message) -> list[list[str]]:
    return [
        [item.label or "" for item in row.items if isinstance(item, Button)] for row in message.components
    ]


def test_five_choices_have_numbers_and_cancel_only() -> None:
    message = view_picker(HOME, state(5), SAY)
    assert labels(message) == [["1", "2", "3", "4", "5"], ["Cancel"]]
    assert "**5.** song 4" in (message.embeds[0].description or "")


def test_more_choices_come_in_pages_of_five() -> None:
    picker = state(12)
    assert labels(view_picker(HOME, picker, SAY))[1] == ["Cancel", "◀", "1/3", "▶"]
    picker.turn(1, ALICE, 0.0)
    picker.turn(1, ALICE, 0.0)
    message = view_picker(HOME, picker, SAY)
    assert labels(message) == [["1", "2"], ["Cancel", "◀", "3/3", "▶"]]
    assert "**12.** song 11" in (message.embeds[0].description or "")
    last = message.components[0].items[-1]
    assert isinstance(last, Button)
    assert last.custom_id == "picker:1:55:pick:11"


def test_arrows_stop_at_both_ends() -> None:
    picker = state(12)
    assert picker.turn(-1, ALICE, 0.0) == []
    assert [picker.turn(1, ALICE, 0.0) for _ in range(3)] == [[Show()], [Show()], []]


def test_number_means_what_was_seen_though_the_page_has_turned() -> None:
    picker = state(12)
    picker.turn(1, ALICE, 0.0)
    assert picker.pick(2, ALICE, 0.0) == [Give(choices(12)[2])]


ENDS: dict[str, Callable[[PickerState], object]] = {
    "picked": lambda picker: picker.pick(0, ALICE, 0.0),
    "cancelled": lambda picker: picker.cancel(ALICE, 0.0),
    "expired": lambda picker: picker.tick(LIFE_S),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_has_ended_does_nothing_more(end: str) -> None:
    picker = state()
    assert ENDS[end](picker)
    assert picker.closed
    assert picker.pick(1, ALICE, 0.0) == picker.cancel(ALICE, 0.0) == picker.tick(LIFE_S) == []
    assert picker.turn(1, ALICE, 0.0) == []


def test_time_is_over_after_two_minutes_whatever_was_turned() -> None:
    picker = state()
    picker.turn(1, ALICE, 119.0)
    assert picker.tick(119.9) == []
    assert picker.tick(120.0) == [GiveUp(expired=True)]


@pytest.mark.parametrize("press", [Pick(0), Turn(1), Cancel()])
def test_stranger_changes_nothing_and_is_told_at_most_once_in_five_seconds(
    press: Pick | Turn | Cancel,
) -> None:
    picker = state()

    def by(who: UserId, at: float) -> list[object]:
        match press:
            case Pick(index):
                return list(picker.pick(index, who, at))
            case Turn(by):
                return list(picker.turn(by, who, at))
            case Cancel():
                return list(picker.cancel(who, at))

    assert [by(BOB, at) for at in (0.0, 4.9, 5.0)] == [[RefuseOther()], [], [RefuseOther()]]
    assert (picker.page, picker.closed) == (0, False)


@given(st.integers(1, 40), st.lists(st.one_of(st.integers(-3, 50), st.sampled_from(["<", ">"])), max_size=8))
def test_whatever_is_pressed_at_most_one_choice_is_given_and_it_is_a_real_one(
    count: int, story: list[int | str]
) -> None:
    picker = state(count)
    given: list[Choice] = []
    for step in story:
        effects = (
            picker.pick(step, ALICE, 0.0)
            if isinstance(step, int)
            else picker.turn(1 if step == ">" else -1, ALICE, 0.0)
        )
        given += [effect.choice for effect in effects if isinstance(effect, Give)]
        assert 1 <= len(picker.shown) <= 5
    assert len(given) <= 1
    assert set(given) <= set(picker.choices)


def test_saved_form_round_trips() -> None:
    picker = state()
    picker.turn(1, ALICE, 0.0)
    saved = picker.to_saved(ChannelId(1), MessageId(2))
    assert restore_picker(saved).to_saved(ChannelId(1), MessageId(2)) == saved


@define(eq=False)
class Source:
    """Takes note of what was picked and answers."""

    context: Context
    heard: list[Picked | NotPicked]

    async def load(self) -> None: ...

    async def handle(self, envelope: Envelope) -> None: ...

    async def observe(self, fact: object) -> None:
        assert isinstance(fact, Picked | NotPicked)
        self.heard.append(fact)
        if isinstance(fact, Picked):
            fact.reply.say(Message(content=f"Queuing {fact.value}"))
            fact.work.done()

    def next_deadline(self) -> float | None:
        return None

    async def tick(self, now: float) -> None: ...

    def is_idle(self) -> bool:
        return True

    async def goodbye(self) -> None: ...


class _Answer(FakeReply):
    """An answer that is a message of the tiny Discord."""

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self.outside = outside

    def say(self, message: Message, *, transient: bool = False, sent: object = None) -> None:
        self.outside.rest.messages[MessageId(777)] = message
        super().say(message, transient=transient, sent=sent)  # pyright: ignore[reportArgumentType] - passed on


@define(eq=False)
class Room:
    outside: Outside
    population: Population
    heard: list[Picked | NotPicked] = field(factory=list[Picked | NotPicked])

    @property
    def shown(self) -> Message:
        return self.outside.rest.messages[MessageId(777)]

    def open(self, count: int = 7, *, private: bool = False) -> OpenPicker:
        wish = OpenPicker(
            source=SOURCE,
            query="search",
            owner=ALICE,
            title="Which one?",
            choices=choices(count),
            facts=facts(),
            reply=_Answer(self.outside),
            work=Work(),
            private=private,
        )
        self.population.tell(HOME, wish)
        return wish

    def press(self, what: Pick | Turn | Cancel, user_id: UserId = ALICE) -> Envelope:
        click = envelope(what, user_id, click=True)
        assert self.population.offer(HOME, click) is Offer.TAKEN
        return click


@asynccontextmanager
async def open_room(outside: Outside | None = None, *, restart: bool = False) -> AsyncGenerator[Room]:
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery) if outside is None else evolve(outside, nursery=nursery)
        rooms: list[Room] = []

        def build(context: Context) -> Source:
            return Source(context, rooms[0].heard)

        source = Slice(kind="list", package="x", factory=build)
        population = Population(registry=Registry((source, PICKER)), nursery=nursery, say=SAY)
        population.equip(outside.ports(population.tell))
        rooms.append(Room(outside, population))
        if restart:
            population.wake(HOME)
        yield rooms[0]
        nursery.cancel_scope.cancel()


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
