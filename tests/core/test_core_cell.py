import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define, evolve, field, frozen

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.declare import Delivery, Slice
from actors.core.envelope import Envelope
from actors.core.mailbox import Offer
from actors.core.population import Population
from actors.core.registry import Registry
from actors.core.work import Stage, Work
from tests.core.fakes import CATALOGUE, FakeReply, Outside, envelope, reply_of

HOME = Address("echo", 1)
OTHER = Address("echo", 2)


@frozen(kw_only=True)
class HandedOn:
    """A request that another actor hands over."""

    what: str
    reply: FakeReply = field(factory=FakeReply)
    work: Work = field(factory=Work)


@define(eq=False)
class Echo:
    """Does what its messages say, and notes it in a list that outlives it."""

    context: Context
    diary: list[object]
    idle: bool = False
    deadline: float | None = None
    on_load: Callable[[], None] | None = None

    async def load(self) -> None:
        self.diary.append("load")
        if self.on_load is not None:
            self.on_load()

    async def handle(self, envelope: Envelope) -> None:
        match envelope.message:
            case "crash":
                raise RuntimeError("boom")
            case "child crash":
                envelope.work.detach()
                self.context.run(self._fail)
            case "group crash":
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(trio.sleep_forever)
                    nursery.start_soon(self._fail)
            case "detach":
                envelope.work.detach()
            case "sleep":
                await trio.sleep(1)
            case "later":
                self.context.run(self._report)
            case other:
                self.diary.append(other)

    async def observe(self, fact: object) -> None:
        if fact == "retire":
            self.idle = True
            return
        if isinstance(fact, HandedOn) and fact.what == "crash":
            raise RuntimeError("boom")
        if isinstance(fact, HandedOn) and fact.what == "take over":
            fact.work.take_over()
        self.diary.append(("fact", fact))

    async def _fail(self) -> None:
        await trio.sleep(0.01)
        raise ValueError("child")

    async def _report(self) -> None:
        await trio.sleep(1)
        self.context.tell_self("result")

    def next_deadline(self) -> float | None:
        return self.deadline

    async def tick(self, now: float) -> None:
        self.diary.append(("tick", round(now - (self.deadline or 0), 3)))
        self.deadline = None

    def is_idle(self) -> bool:
        return self.idle

    async def goodbye(self) -> None:
        self.diary.append("goodbye")


@define(eq=False)
class House:
    population: Population
    outside: Outside
    diary: list[object] = field(factory=list[object])
    echoes: list[Echo] = field(factory=list[Echo])
    on_load: Callable[[], None] | None = None
    starts_idle: bool = False

    def build(self, context: Context) -> Echo:
        echo = Echo(context, self.diary, on_load=self.on_load, idle=self.starts_idle)
        self.echoes.append(echo)
        return echo


@asynccontextmanager
async def open_house() -> AsyncGenerator[House]:
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery)
        houses: list[House] = []

        def build(context: Context) -> Echo:
            return houses[0].build(context)

        def abandoned(address: Address) -> None:
            houses[0].diary.append(("abandoned", address))

        part = Slice(kind="echo", package="x", factory=build, abandoned=abandoned)
        population = Population(registry=Registry((part,)), nursery=nursery, say=CATALOGUE.speaker())
        population.equip(outside.ports())
        houses.append(House(population, outside))
        yield houses[0]
        nursery.cancel_scope.cancel()


async def settle() -> None:
    await trio.sleep(0.1)


async def test_actor_loads_first_then_takes_in_order(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        house.population.offer(HOME, envelope("a"))
        house.population.tell(HOME, "f")
        house.population.offer(HOME, envelope("b"))
        await settle()
        assert house.diary == ["load", "a", ("fact", "f"), "b"]


async def test_work_ends_with_its_handler(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        plain, detached = envelope("a"), envelope("detach")
        house.population.offer(HOME, plain)
        house.population.offer(HOME, detached)
        await settle()
        assert plain.work.stage is Stage.DONE
        assert detached.work.stage is Stage.STARTED


async def test_work_that_starts_itself_is_not_started_by_its_handler(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_house() as house:
        later = evolve(envelope("detach"), work=Work(starts_itself=True))
        house.population.offer(HOME, later)
        await settle()
        assert later.work.stage is Stage.QUEUED


async def test_crash_on_a_request_handed_over_ends_it_and_tells_its_sender(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_house() as house:
        handed = HandedOn(what="crash")
        house.population.tell(HOME, handed)
        await settle()
        assert handed.work.stage is Stage.FAILED
        assert "wrong" in handed.reply.said[0].content


@pytest.mark.parametrize("given_away", [False, True])
async def test_requests_taken_over_are_answered_for_until_they_are_given_away(
    autojump_clock: trio.testing.MockClock, *, given_away: bool
) -> None:
    async with open_house() as house:
        handed = HandedOn(what="take over")
        handed.work.hand_over()
        house.population.tell(HOME, handed)
        await settle()
        if given_away:
            handed.work.hand_over()
        house.population.offer(HOME, envelope("crash"))
        await settle()
        assert handed.work.stage is (Stage.QUEUED if given_away else Stage.FAILED)
        assert bool(handed.reply.said) is not given_away


async def test_requests_handed_over_are_ended_with_the_rest_when_the_bot_stops(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_house() as house:
        handed = HandedOn(what="anything")
        house.population.offer(HOME, envelope("sleep"))
        await settle()
        house.population.tell(HOME, handed)
        await house.population.close()
        assert handed.work.stage is Stage.DROPPED
        assert handed.reply.refused


@pytest.mark.parametrize("how", ["crash", "group crash"])
async def test_crash_tells_its_sender_and_keeps_the_rest(
    autojump_clock: trio.testing.MockClock, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house() as house:
        poison = envelope(how)
        house.population.offer(HOME, poison)
        house.population.offer(HOME, envelope("after"))
        house.population.offer(OTHER, envelope("neighbour"))
        await settle()
        assert poison.work.stage is Stage.FAILED
        (sentence,) = reply_of(poison).said
        reference = sentence.content.split("`")[1]
        assert any(getattr(record, "reference", None) == reference for record in caplog.records)
        assert house.diary.count("load") == 3
        assert {"after", "neighbour"} <= set(house.diary)


async def test_crash_of_a_child_task_tells_who_waits_for_it(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        waiting = envelope("child crash")
        house.population.offer(HOME, waiting)
        await trio.sleep(0.1)
        house.population.offer(HOME, envelope("after"))
        await settle()
        assert waiting.work.stage is Stage.FAILED
        assert reply_of(waiting).said
        assert house.diary == ["load", "load", "after"]


async def test_three_crashes_in_a_minute_drop_the_actor_and_a_new_message_starts_it_afresh(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with open_house() as house:
        for _ in range(3):
            house.population.offer(HOME, envelope("crash"))
        waiting = envelope("waiting")
        house.population.offer(HOME, waiting)
        await settle()
        assert house.diary[-1] == ("abandoned", HOME)
        assert waiting.work.stage is Stage.DROPPED
        assert "stopped trying" in reply_of(waiting).refused[0].content
        house.population.offer(HOME, envelope("fresh"))
        await settle()
        assert house.diary[-1] == "fresh"


async def test_crashes_far_apart_do_not_drop_it(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        for _ in range(5):
            house.population.offer(HOME, envelope("crash"))
            await trio.sleep(31)
        house.population.offer(HOME, envelope("fine"))
        await settle()
        assert house.diary[-1] == "fine"


async def test_actor_that_cannot_load_tells_everybody_who_waits(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)

    def broken() -> None:
        raise OSError("disk")

    async with open_house() as house:
        house.on_load = broken
        waiting = envelope("a")
        house.population.offer(HOME, waiting)
        await settle()
        assert waiting.work.stage is Stage.DROPPED
        assert reply_of(waiting).refused


async def test_deadline_is_kept_while_items_come(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        house.population.offer(HOME, envelope("a"))
        await settle()
        house.echoes[0].deadline = trio.current_time() + 5
        house.population.tell(HOME, "wake")
        await trio.sleep(4)
        house.population.tell(HOME, "x")
        await trio.sleep(4)
        assert house.diary == ["load", "a", ("fact", "wake"), ("fact", "x"), ("tick", 0)]


async def test_idle_actor_retires_and_its_address_lives_again(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        house.population.tell(HOME, "retire")
        await settle()
        assert house.population.depths == {}
        house.population.offer(HOME, envelope("again"))
        await settle()
        assert house.diary == ["load", "load", "again"]


async def test_actor_that_has_nothing_to_do_retires_right_after_loading(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_house() as house:
        house.starts_idle = True
        house.population.wake(HOME)
        await settle()
        assert house.diary == ["load"]
        assert house.population.depths == {}


async def test_actor_with_a_child_task_does_not_retire_before_its_result(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_house() as house:
        house.population.offer(HOME, envelope("later"))
        house.population.tell(HOME, "retire")
        await trio.sleep(2)
        assert house.diary == ["load", ("fact", "result")]
        assert house.population.depths == {}


async def test_fact_without_wake_starts_nobody(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        house.population.deliver(Delivery(address=HOME, message="x"))
        await settle()
        assert house.diary == []
        house.population.deliver(Delivery(address=HOME, message="y", wake=True))
        await settle()
        assert house.diary == ["load", ("fact", "y")]


async def test_closing_says_goodbye_and_tells_who_waits(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        house.population.offer(HOME, envelope("sleep"))
        waiting = envelope("never")
        house.population.offer(HOME, waiting)
        await settle()
        await house.population.close()
        assert house.diary == ["load", "goodbye"]
        assert waiting.work.stage is Stage.DROPPED
        assert "restarting" in reply_of(waiting).refused[0].content
        assert house.population.offer(HOME, envelope("late")) is Offer.CLOSED


async def test_cancelling_everything_leaves_no_error(autojump_clock: trio.testing.MockClock) -> None:
    async with open_house() as house:
        house.population.offer(HOME, envelope("sleep"))
        await settle()
