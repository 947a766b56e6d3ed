"""Routing, restoring and the ordered stop, with slices made of paper."""

import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define, field

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.declare import Delivery, SettingChanged, Slice
from actors.core.envelope import Envelope
from actors.core.ingress import Ingress
from actors.core.intake import Intake
from actors.core.population import Population
from actors.core.registry import Registry
from actors.rest.errors import Forbidden
from gateway_client.errors import AuthenticationFailed, DisallowedIntents
from gateway_client.events import Event, GuildCreated, MessageDeleted, Ready, Received
from gateway_client.ids import ApplicationId, ChannelId, GuildId, MessageId
from gateway_client.intents import Intents
from gateway_client.objects import Application, Guild, User
from supervisor import Router, Tree, keep_running, open_tree, run_gateway, serve
from tests.core.fakes import CATALOGUE, ME, FakeAckLine, Outside
from tests.patience import PATIENCE_S
from voice.protocol import NodeRestarted, Position

ONE, TWO = GuildId(1), GuildId(2)


@define(eq=False)
class Paper:
    """Notes what reaches it."""

    context: Context
    diary: list[object]

    async def load(self) -> None:
        self.diary.append(("load", str(self.context.address)))

    async def handle(self, envelope: Envelope) -> None: ...

    async def observe(self, fact: object) -> None:
        self.diary.append((str(self.context.address), fact))

    def next_deadline(self) -> float | None:
        return None

    async def tick(self, now: float) -> None: ...

    def is_idle(self) -> bool:
        return False

    async def goodbye(self) -> None:
        await trio.sleep(0.5)
        self.diary.append(("goodbye", str(self.context.address)))


@define(eq=False)
class Desk:
    tree: Tree
    population: Population
    router: Router
    diary: list[object] = field(factory=list[object])
    ready: list[str] = field(factory=list[str])
    heard: list[str] = field(factory=list[str])

    def give(self, event: Event) -> None:
        self.router.on_event(Received(event=event, shard_id=0, sequence=1))


@asynccontextmanager
async def open_desk() -> AsyncGenerator[Desk]:
    desks: list[Desk] = []

    def build(context: Context) -> Paper:
        return Paper(context, desks[0].diary)

    def deaf(event: Event | SettingChanged) -> Iterable[Delivery]:
        raise RuntimeError("a defect")

    def listens(event: Event | SettingChanged) -> Iterable[Delivery]:
        desks[0].heard.append(type(event).__name__)
        return ()

    registry = Registry(
        (
            Slice(kind="player", package="x", factory=build, restore=True, listen=deaf),
            Slice(kind="pager", package="x", factory=build, restore=True, per_guild=False, listen=listens),
        )
    )
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery)
        tree = await open_tree(nursery)
        population = Population(registry=registry, nursery=tree.actors, say=CATALOGUE.speaker())
        ports = outside.ports(population.tell)
        population.equip(ports)
        intake = Intake(
            ingress=Ingress(
                registry=registry,
                settings=outside.settings,
                me=ME,
                say_in=ports.say_in,
                default_say=CATALOGUE.speaker(),
                cache=outside.cache,
            ),
            ports=ports,
            ack_line=FakeAckLine(outside.rest),
            start=tree.start,
            later=tree.later,
            offer=population.offer,
            claim=population.claim,
            default_say=CATALOGUE.speaker(),
            courtesy=population.courtesy,
            unanswered=outside.book(population.courtesy),
        )
        router = Router(
            cache=outside.cache,
            registry=registry,
            population=population,
            intake=intake,
            on_ready=lambda: desks[0].ready.append("ready"),
        )
        desks.append(Desk(tree, population, router))
        yield desks[0]
        nursery.cancel_scope.cancel()


def ready(*guilds: GuildId) -> Ready:
    return Ready(
        user=User(id=ME),
        session_id="s",
        resume_gateway_url="ws://x",
        application=Application(id=ApplicationId(1)),
        guilds=tuple(Guild(id=guild_id, unavailable=True) for guild_id in guilds),
    )


async def test_stored_actors_start_with_their_guild_whatever_shard_is_ready_first(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        desk.router.restore_later([Address("player", ONE), Address("player", TWO), Address("pager", ONE)])
        desk.give(ready(TWO))
        await trio.sleep(0.1)
        assert desk.diary == [("load", "pager:1")]
        desk.give(ready(ONE))
        desk.give(GuildCreated(guild=Guild(id=ONE)))
        await trio.sleep(0.1)
        assert desk.diary[1:] == [("load", "player:1")]
        assert desk.ready == ["ready"]


async def test_voice_facts_reach_the_living_player_and_wake_nobody(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        desk.population.wake(Address("player", ONE))
        await trio.sleep(0.1)
        position = Position(call=ONE, attempt=1, track_id=1, generation=0, position_ms=5, paused=False)
        elsewhere = Position(call=TWO, attempt=1, track_id=1, generation=0, position_ms=5, paused=False)
        lost = NodeRestarted(why="killed", restarts=1, calls=(ONE, TWO))
        others = NodeRestarted(why="killed", restarts=1, calls=(TWO,))
        for fact in (position, elsewhere, lost, others):
            desk.router.on_voice(fact)
        await trio.sleep(0.1)
        assert desk.diary[1:] == [("player:1", position), ("player:1", lost)]


async def test_a_deaf_slice_costs_nobody_else_an_event(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with open_desk() as desk:
        desk.give(MessageDeleted(message_id=MessageId(1), channel_id=ChannelId(2)))
        assert desk.heard == ["MessageDeleted"]


async def test_stop_waits_for_goodbyes_and_sends_but_not_for_what_is_due_later(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        sent: list[str] = []

        async def send(what: str, seconds: float) -> None:
            await trio.sleep(seconds)
            sent.append(what)

        desk.population.wake(Address("pager", ONE))
        await trio.sleep(0.1)
        desk.tree.start(lambda: send("soon", 0.8))
        desk.tree.start(lambda: send("never", 60))
        desk.tree.later(30, lambda: send("tidied", 0))
        started = trio.current_time()
        await desk.tree.close(desk.population)
        assert desk.diary[-1] == ("goodbye", "pager:1")
        assert sent == ["soon"]
        assert trio.current_time() - started < 2


async def test_a_send_that_is_refused_or_defective_ends_alone(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_desk() as desk:
        done = trio.Event()

        async def refused() -> None:
            raise Forbidden("no", status=403, code=50013)

        async def defective() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(refused)
                raise ZeroDivisionError

        async def fine() -> None:
            await trio.sleep(1)
            done.set()

        for task in (refused, defective, fine):
            desk.tree.start(task)
        with trio.fail_after(PATIENCE_S):
            await done.wait()
        assert "a send crashed" in caplog.text


async def test_crashed_service_is_started_again(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    starts: list[float] = []

    async def service() -> None:
        starts.append(trio.current_time())
        raise OSError("broken")

    nursery.start_soon(keep_running, "x", service)
    await trio.sleep(2.5)
    nursery.cancel_scope.cancel()
    assert len(starts) == 3


@define(eq=False)
class FakeGateway:
    intents: Intents
    errors: list[Exception]
    closed: trio.Event = field(factory=trio.Event)
    runs: list[Intents] = field(factory=list[Intents])

    async def run(self) -> None:
        self.runs.append(self.intents)
        if self.errors:
            raise self.errors.pop(0)
        await self.closed.wait()

    def close(self) -> None:
        self.closed.set()


class FakeVoice:
    async def close(self) -> None:
        await trio.lowlevel.checkpoint()


async def test_intent_that_was_taken_away_is_done_without() -> None:
    wanted = Intents.GUILDS | Intents.MESSAGE_CONTENT
    gateway = FakeGateway(wanted, [DisallowedIntents(4014, "no")])
    gateway.closed.set()
    await run_gateway(gateway)
    assert gateway.runs == [wanted, Intents.GUILDS]


async def test_final_close_stops_in_order_and_is_raised(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.population.wake(Address("pager", ONE))
        await trio.sleep(0.1)
        gateway = FakeGateway(Intents.GUILDS, [AuthenticationFailed(4004, "The token is wrong.")])
        with pytest.raises(AuthenticationFailed):
            await serve(
                gateway=gateway,
                voice=FakeVoice(),
                tree=desk.tree,
                population=desk.population,
                stop=trio.Event(),
            )
        assert desk.diary[-1] == ("goodbye", "pager:1")
