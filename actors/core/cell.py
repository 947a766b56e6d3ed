"""The cell: where one actor lives, and the one place that catches its crash.

A cell owns a mailbox and runs generations of its actor. Each generation is built afresh, loads its state from
the last snapshot, then takes items in order. States::

    loading → serving → retired      idle and nothing waits: one synchronous step, the address is free again
                 ├───→ said goodbye  the mailbox was closed by the supervisor
                 └───→ crashed → loading, or dropped after three crashes in 60 s

A crash – in a handler, in a child task, while loading – ends only this generation. The item that was being
handled is not taken again; its sender gets a sentence with a reference that the log has too, also if it was
handed over by another actor. The rest of the
mailbox is kept. After three crashes in a minute the waiting senders are told and the cell ends; the next
message starts a fresh one.

Errors are caught with ``except* Exception``: a nursery's group may mix them with ``Cancelled``, which must
travel on.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

import trio
from attrs import define, field

from actors.core.address import Address
from actors.core.courtesy import Courtesy
from actors.core.envelope import Carrier, Envelope, Fact, is_carrier
from actors.core.mailbox import Mailbox
from actors.core.ports import Ports
from actors.core.texts import Say, Text, text
from actors.rest.payloads import Message
from gateway_client.ids import GuildId

log = logging.getLogger(__name__)

CRASHES = 3
CRASH_WINDOW_S = 60.0
GOODBYE_S = 2.0


class Actor(Protocol):
    """What a slice's shell offers to its cell. Methods are called one at a time."""

    async def load(self) -> None:
        """Bring back the state; called once, before anything else."""
        ...

    async def handle(self, envelope: Envelope) -> None:
        """Do what a person asked for. The cell ends the envelope's work unless it was detached."""
        ...

    async def observe(self, fact: object) -> None:
        """Take note of something that became true."""
        ...

    def next_deadline(self) -> float | None:
        """When ``tick`` wants to be called, in monotonic seconds."""
        ...

    async def tick(self, now: float) -> None:
        """The deadline has passed."""
        ...

    def is_idle(self) -> bool:
        """Whether it may retire: nothing to wait for, everything in the store."""
        ...

    async def goodbye(self) -> None:
        """The bot stops: leave things in order; two seconds at most."""
        ...


@define(eq=False)
class Context:
    """What an actor has of its cell."""

    address: Address
    ports: Ports
    _mailbox: Mailbox
    _nursery: trio.Nursery
    _running: int = 0

    @property
    def guild_id(self) -> GuildId:
        """The server whose actor this is; only for kinds of which each server has one."""
        return GuildId(self.address.key)

    @property
    def say(self) -> Say:
        """That server's language."""
        return self.ports.say_in(self.guild_id)

    def refuse(self, asked: Carrier, why: Text) -> None:
        """Say no to a request, which the work ends with."""
        asked.reply.refuse(Message(content=why.render(self.say)))
        asked.work.fail()

    @property
    def is_busy(self) -> bool:
        """Whether child tasks run."""
        return self._running > 0

    def run(self, task: Callable[[], Awaitable[None]]) -> trio.CancelScope:
        """Start a child task; a crash in it is the actor's. Cancel the scope to give it up."""
        scope = trio.CancelScope()
        self._running += 1
        self._nursery.start_soon(self._run, task, scope)
        return scope

    def tell_self(self, message: object, key: str | None = None) -> None:
        """Put a fact into the own mailbox: the way back of a child task."""
        self._mailbox.tell(Fact(message=message, key=key))

    async def _run(self, task: Callable[[], Awaitable[None]], scope: trio.CancelScope) -> None:
        try:
            with scope:
                await task()
        finally:
            self._running -= 1
            self._mailbox.nudge()


ActorFactory = Callable[[Context], Actor]


@define(eq=False, kw_only=True)
class Cell:
    """One address, its mailbox and the generations of its actor.

    Args:
        address: who lives here.
        mailbox: filled by the supervisor from before the first generation.
        build: makes a generation.
        ports: passed to each generation.
        retired: called in the same synchronous step in which the cell stops taking.
        say: the language of sentences about crashes.
        courtesy: lets acknowledgements go first.
        abandoned: called when the actor is dropped after its crashes, to end what it left outside.
    """

    address: Address
    mailbox: Mailbox
    build: ActorFactory
    ports: Ports
    retired: Callable[[], None]
    say: Say
    courtesy: Courtesy
    abandoned: Callable[[Address], None]
    _crashes: deque[float] = field(factory=deque[float], init=False)
    _open: list[Carrier] = field(factory=list[Carrier], init=False)
    _current: Carrier | None = field(default=None, init=False)

    async def run(self) -> None:
        """Live until retired, stopped or dropped. Raises nothing but ``Cancelled``."""
        try:
            while not await self._live():
                if self._too_many_crashes():
                    log.error("an actor is dropped", extra={"address": str(self.address)})
                    self._refuse_waiting("core.dropped")
                    self.abandoned(self.address)
                    return
        finally:
            self.retired()
            self._end_open()

    async def _live(self) -> bool:
        """One generation; whether it ended in order."""
        ended = False
        try:
            async with trio.open_nursery() as nursery:
                context = Context(self.address, self.ports, self.mailbox, nursery)
                actor = self.build(context)
                await actor.load()
                await self._serve(actor, context)
                nursery.cancel_scope.cancel()
                ended = True
        except* Exception as crash:  # noqa: BLE001 - the one place that catches an actor's crash
            ended = False
            self._report(crash)
        return ended

    async def _serve(self, actor: Actor, context: Context) -> None:
        while len(self.mailbox) or context.is_busy or not actor.is_idle():
            await self._step(actor)
            if self.mailbox.closed:
                await self._say_goodbye(actor)
                return
        self.retired()

    async def _step(self, actor: Actor) -> None:
        item: Envelope | Fact | None = None
        with trio.move_on_at(_deadline(actor)) as waiting:
            item = await self.mailbox.take()
        match item:
            case Envelope():
                await self.courtesy.wait()
                await self._handle(actor, item)
            case Fact():
                self._current = item.message if is_carrier(item.message) else None
                await actor.observe(item.message)
                if self._current is not None:
                    self._keep_open(self._current)
                self._current = None
            case None:
                pass
        now = self.ports.clock.now()
        if waiting.cancelled_caught or _deadline(actor) <= now:
            await actor.tick(now)

    async def _handle(self, actor: Actor, envelope: Envelope) -> None:
        self._current = envelope
        if not envelope.work.starts_itself:
            envelope.work.start()
        await actor.handle(envelope)
        self._current = None
        if not envelope.work.detached:
            envelope.work.done()
        self._keep_open(envelope)

    def _keep_open(self, asked: Carrier) -> None:
        """Answer for what goes on after its handler: a crash or the end of this cell ends it."""
        if asked.work.detached and _is_ours(asked):
            self._open = [other for other in self._open if _is_ours(other)]
            self._open.append(asked)

    async def _say_goodbye(self, actor: Actor) -> None:
        self._refuse_waiting("core.stopping")
        with trio.move_on_after(GOODBYE_S) as scope:
            scope.shield = True
            await actor.goodbye()

    def _report(self, crash: BaseException) -> None:
        reference = f"{self.ports.clock.random.getrandbits(24):06x}"
        log.error(
            "an actor crashed", exc_info=crash, extra={"address": str(self.address), "reference": reference}
        )
        self._crashes.append(self.ports.clock.now())
        hit = [self._current] if self._current else []
        self._current = None
        for asked in [*hit, *(other for other in self._open if _is_ours(other))]:
            asked.reply.say(_sentence(self.say, "core.crashed", reference=reference))
            asked.work.fail()
        self._open.clear()

    def _too_many_crashes(self) -> bool:
        now = self.ports.clock.now()
        while self._crashes and now - self._crashes[0] > CRASH_WINDOW_S:
            self._crashes.popleft()
        return len(self._crashes) >= CRASHES

    def _refuse_waiting(self, key: str) -> None:
        for asked in self.mailbox.drain():
            asked.work.drop()
            asked.reply.refuse(_sentence(self.say, key))

    def _end_open(self) -> None:
        for asked in self._open:
            if _is_ours(asked):
                asked.work.drop()


def _is_ours(asked: Carrier) -> bool:
    return asked.work.is_open and not asked.work.handed_over


def _deadline(actor: Actor) -> float:
    deadline = actor.next_deadline()
    return float("inf") if deadline is None else deadline


def _sentence(say: Say, key: str, **arguments: str) -> Message:
    return Message(content=text(key, **arguments).render(say))
