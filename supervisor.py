"""The supervisor: the tree of services and actors, the routing of events, the ordered stop.

Services live in outer nurseries, actors and their sends in inner ones, so that an actor that says goodbye
still finds everything it needs::

    store ⊃ REST ⊃ guard ⊃ [ack line, voice, gateway] ⊃ sends ⊃ actors

One synchronous step per event: the cache is patched, the event becomes an envelope or facts, and these are in
their mailboxes. Nothing in it awaits. Stopping goes inside out: actors say goodbye, their last sends leave,
voice sends its silence and ends, the gateway closes with 1000, then REST and the store close.

Failure modes: a fatal close of the gateway or a refused token stops the bot in the same order and is raised
afterwards. A defect in the step of one event is logged and ends with that event; a defect in one send ends
that send. Everything else is a state of somebody's core and no error here.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import trio
from attrs import define, field

from actors.core.address import Address
from actors.core.declare import SettingChanged, Slice
from actors.core.intake import Intake
from actors.core.population import Population
from actors.core.ports import Store
from actors.core.registry import Registry
from actors.core.setting import Setting
from actors.rest.errors import RestError
from gateway_client.cache import Cache
from gateway_client.errors import DisallowedIntents, GatewayError
from gateway_client.events import (
    Event,
    GuildCreated,
    InteractionCreated,
    MessageCreated,
    Ready,
    Received,
)
from gateway_client.ids import GuildId
from gateway_client.intents import PRIVILEGED, Intents
from voice.protocol import Fact as VoiceFact
from voice.protocol import NodeRestarted, Position

log = logging.getLogger(__name__)

GOODBYE_S = 2.5
LAST_SENDS_S = 1.0
"""Together with voice (at most 1.5 s) and the gateway's close they stay within five seconds."""
RESTART_S = 1.0

Task = Callable[[], Awaitable[None]]


class VoiceHandle(Protocol):
    """What the stop needs of voice."""

    async def close(self) -> None:
        """Five silence frames, then the node ends."""
        ...


class GatewayHandle(Protocol):
    """What the supervisor needs of the gateway."""

    intents: Intents

    async def run(self) -> None:
        """Stay connected; raises only what is final."""
        ...

    def close(self) -> None:
        """Close every shard with 1000; then ``run`` returns."""
        ...


@define(eq=False, kw_only=True)
class Router:
    """The one synchronous step per event. Set up before the gateway connects."""

    cache: Cache
    registry: Registry
    population: Population
    intake: Intake
    on_ready: Callable[[], None]
    _waiting: set[Address] = field(factory=set[Address], init=False)
    _ready: bool = field(default=False, init=False)

    def restore_later(self, addresses: list[Address]) -> None:
        """Start these stored actors: those of a guild with their guild, all others at READY."""
        self._waiting.update(addresses)

    def on_event(self, received: Received) -> None:
        """Patch, wrap, put into mailboxes. A defect that one event uncovers ends with that event."""
        try:
            self._take(received)
        except Exception:
            log.exception("an event was not handled", extra={"event": type(received.event).__name__})

    def on_setting(self, guild_id: GuildId, setting: Setting) -> None:
        """A setting was committed: whoever lives by it hears of it."""
        self._tell_slices(SettingChanged(guild_id=guild_id, name=setting.name))

    def on_voice(self, fact: VoiceFact) -> None:
        """A fact of the voice node, for the player of its guild, or those whose calls a lost node served."""
        if isinstance(fact, NodeRestarted):
            for call in fact.calls:
                self.population.tell_living(Address("player", call), fact, None)
            return
        # A pause is told twice, and each time means something else.
        key = "voice.position" if isinstance(fact, Position) and not fact.paused else None
        self.population.tell_living(Address("player", fact.call), fact, key)

    def _take(self, received: Received) -> None:
        event = received.event
        self.cache.apply(received)
        match event:
            case InteractionCreated():
                self.intake.interaction(event.interaction)
            case MessageCreated():
                self.intake.message(event.message)
            case Ready():
                self._greet()
            case _:
                pass
        self._tell_slices(event)
        if isinstance(event, GuildCreated):
            self._restore([one for one in self._waiting if self._is_of(one, event.guild.id)])

    def _tell_slices(self, event: Event | SettingChanged) -> None:
        for part in self.registry.slices:
            try:
                for delivery in part.listen(event):
                    self.population.deliver(delivery)
            except Exception:  # the other slices hear of it all the same
                name = type(event).__name__
                log.exception("a slice did not hear", extra={"kind": part.kind, "event": name})

    def _greet(self) -> None:
        """The first READY of any shard: what belongs to no guild starts, commands are registered."""
        if not self._ready:
            self._ready = True
            self._restore([one for one in self._waiting if not self._is_of_a_guild(one)])
            self.on_ready()

    def _is_of_a_guild(self, address: Address) -> bool:
        part = self.registry.slice_of(address.kind)
        return part is not None and part.per_guild

    def _is_of(self, address: Address, guild_id: GuildId) -> bool:
        return address.key == guild_id and self._is_of_a_guild(address)

    def _restore(self, addresses: list[Address]) -> None:
        for address in addresses:
            self._waiting.discard(address)
            self.population.wake(address)


@define(eq=False)
class Tree:
    """The two nurseries inside the services, and how they end.

    They are held by tasks of their own, so that cancelling them does not cancel whoever stops the tree.
    """

    actors: trio.Nursery
    sends: trio.Nursery
    _under_way: int = 0
    _none: trio.Event = field(factory=trio.Event)

    def start(self, task: Task) -> None:
        """Run an acknowledgement or a send beside the actors; the stop waits for it."""
        self._under_way += 1
        self.sends.start_soon(self._send, task)

    def later(self, delay_s: float, task: Task) -> None:
        """Run a send after a while; the stop does not wait for it."""
        self.sends.start_soon(self._wait, delay_s, task)

    async def close(self, population: Population) -> None:
        """Actors say goodbye, then the last sends leave."""
        with trio.move_on_after(GOODBYE_S) as goodbyes:
            await population.close()
        if goodbyes.cancelled_caught:
            log.warning("not every actor said goodbye in time")
        self.actors.cancel_scope.cancel()
        with trio.move_on_after(LAST_SENDS_S):
            while self._under_way:
                self._none = trio.Event()
                await self._none.wait()
        self.sends.cancel_scope.cancel()

    async def _wait(self, delay_s: float, task: Task) -> None:
        await trio.sleep(delay_s)
        self.start(task)

    async def _send(self, task: Task) -> None:
        """Run one; a send that Discord refuses is a log line, because nobody waits for its result."""
        try:
            await task()
        except* RestError as refused:
            log.warning("a send failed", extra={"error": str(refused.exceptions[0])})
        except* Exception as crash:  # a defect in one send ends that send, not the bot
            log.exception("a send crashed", exc_info=crash)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._none.set()


async def keep_running(name: str, service: Task) -> None:
    """Run a service for ever; one that crashes is started again after a pause."""
    while True:
        try:
            await service()
        except* Exception as crash:  # a defect in one service must not end the bot
            log.exception("a service crashed and is started again", exc_info=crash, extra={"service": name})
        await trio.sleep(RESTART_S)


async def open_tree(services: trio.Nursery) -> Tree:
    """Open the nurseries of actors and sends inside the services."""
    sends: trio.Nursery = await services.start(_hold_nursery)
    actors: trio.Nursery = await services.start(_hold_nursery)
    return Tree(actors, sends)


async def _hold_nursery(task_status: trio.TaskStatus[trio.Nursery]) -> None:
    async with trio.open_nursery() as nursery:
        task_status.started(nursery)
        await trio.sleep_forever()


async def stored_addresses(store: Store, slices: tuple[Slice, ...]) -> list[Address]:
    """The actors that are started with the bot."""
    found: list[Address] = []
    for part in slices:
        if part.restore:
            found += [Address(part.kind, row.key) for row in await store.load_all(part.kind)]
    return found


async def serve(
    *,
    gateway: GatewayHandle,
    voice: VoiceHandle,
    tree: Tree,
    population: Population,
    stop: trio.Event,
) -> None:
    """Run until told to stop or until the gateway is finally closed, then stop in order.

    Raises:
        GatewayClosed: Discord closed for good; raised after everything has been left in order.
    """
    final: list[Exception] = []

    async def stay_connected() -> None:
        try:
            await run_gateway(gateway)
        except (GatewayError, RestError) as closed:
            final.append(closed)
        finally:
            stop.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stay_connected)
        await stop.wait()
        await tree.close(population)
        await voice.close()
        gateway.close()
    if final:
        raise final[0]


async def run_gateway(gateway: GatewayHandle) -> None:
    """Stay connected; a privileged intent that Discord takes away is done without."""
    while True:
        try:
            await gateway.run()
        except DisallowedIntents:
            if not gateway.intents & PRIVILEGED:
                raise
            log.warning("a privileged intent is no longer granted; going on without it")
            gateway.intents &= ~PRIVILEGED
        else:
            return
