"""A desk where interactions and messages come in: on the tiny Discord of ``fakes``, one actor takes notes."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio
from attrs import define, evolve, field

from actors.core.access import Rule
from actors.core.address import Address
from actors.core.arguments import Arguments, Usage
from actors.core.cell import Context
from actors.core.declare import Command, Completion, Component, Option, OptionType, Slice, UserMenu
from actors.core.envelope import Envelope, Facts
from actors.core.ingress import Ingress
from actors.core.intake import Intake
from actors.core.population import Population
from actors.core.reactive import Reactive
from actors.core.registry import Registry
from actors.core.texts import text
from actors.pager.declaration import PAGER
from actors.rest.payloads import (
    Choice,
    Message,
    Modal,
    TextInput,
)
from gateway_client.ids import ApplicationId, InteractionId, MessageId, UserId
from gateway_client.kinds import ApplicationCommandType
from gateway_client.objects import (
    Interaction,
    InteractionData,
    InteractionOption,
    InteractionType,
    Member,
    Resolved,
    User,
)
from gateway_client.objects import Message as WireMessage
from tests.core.fakes import ALICE, CATALOGUE, CHANNEL, GUILD, ME, FakeAckLine, FakeRest, Outside
from tests.store.fakes import MemoryStore


@define(eq=False)
class Worker(Reactive):
    """Notes what it takes, after an optional nap."""

    context: Context
    taken: list[tuple[object, int]]
    nap_s: list[float]

    async def load(self) -> None:
        await trio.lowlevel.checkpoint()

    async def handle(self, envelope: Envelope) -> None:
        if self.nap_s:
            await trio.sleep(self.nap_s.pop())
        self.taken.append((envelope.message, envelope.number))
        if envelope.message == "crash":
            raise RuntimeError("boom")
        if envelope.message == "refuse":
            envelope.reply.refuse(Message(content="no"))
            return
        if not envelope.is_click:
            envelope.reply.say(Message(content=f"did {envelope.message}"))

    async def observe(self, fact: object) -> None:
        raise TypeError(fact)

    def is_idle(self) -> bool:
        return False


def _home(facts: Facts) -> Address:
    return Address("work", facts.guild_id)


def _do(arguments: Arguments, facts: Facts) -> object:
    what = arguments.text("what") or "nothing"
    if what == "wrong":
        raise Usage(text("core.not_a_number", option="what"))
    return what


def _greet(arguments: Arguments, facts: Facts) -> object:
    person = arguments.person("user")
    return ("greet", person and person.name, facts.target_id)


async def _complete(completion: Completion) -> list[Choice]:
    if completion.typed == "slow":
        await trio.sleep(60)
    if completion.typed == "broken":
        raise RuntimeError("boom")
    return [Choice(completion.typed, completion.typed)]


BEN = User(id=UserId(1003), username="ben")
FORM = Modal(custom_id="work:1:100:form", title="Form", rows=(TextInput(custom_id="x", label="X"),))

_PLAIN = (
    Command(
        name="do", group="g", address=_home, message=_do, options=(Option(name="what", autocomplete=True),)
    ),
    Command(name="hush", group="g", address=_home, message=_do, ephemeral=True),
    Command(name="own", group="g", address=_home, message=_do, rule=Rule.BOT_OWNER),
    Command(name="form", group="g", address=_home, message=_do, modal=lambda given, facts, say: FORM),
    Command(
        name="must",
        group="g",
        address=_home,
        message=_do,
        options=(Option(name="n", type=OptionType.INTEGER, required=True),),
    ),
)
FORM_MENU = UserMenu(name="Fill in", modal=lambda target, facts, say: evolve(FORM, title=target.name))
USER = Option(name="user", type=OptionType.USER, required=True)
COMMANDS = (
    *_PLAIN,
    Command(
        name="greet", group="g", address=_home, message=_greet, options=(USER,), menu=UserMenu(name="Greet!")
    ),
    Command(name="fill", group="g", address=_home, message=_greet, options=(USER,), menu=FORM_MENU),
    Command(name="spin", group="g", address=_home, message=_do, rule=Rule.DJ),
    Command(
        name="secret",
        group="g",
        address=_home,
        message=_do,
        modal=lambda given, facts, say: FORM,
        rule=Rule.BOT_OWNER,
    ),
    Command(
        name="perhaps",
        group="g",
        address=_home,
        message=_do,
        options=(Option(name="what"),),
        modal=lambda given, facts, say: None if given.text("what") else FORM,
    ),
    Command(
        name="wish",
        group="g",
        address=_home,
        message=lambda given, facts: ("wish", given.text("what"), facts.message_id),
        options=(Option(name="what"),),
        takes_requests=True,
    ),
)
OPEN = Component(
    verb="open", message=lambda custom_id, values, facts: None, modal=lambda custom_id, facts, say: FORM
)
LOCKED = evolve(OPEN, verb="locked", rule=Rule.BOT_OWNER)
PRESS = Component(verb="press", message=lambda custom_id, values, facts: custom_id.argument)
SUBMIT = Component(verb="form", message=lambda custom_id, values, facts: values)


@define(eq=False)
class Desk:
    outside: Outside
    line: FakeAckLine
    intake: Intake
    population: Population
    taken: list[tuple[object, int]] = field(factory=list[tuple[object, int]])
    nap_s: list[float] = field(factory=list[float])
    _id: int = 0

    def command(self, name: str, what: str | None = None, *, dm: bool = False) -> str:
        options = (InteractionOption(name="what", type=3, value=what),) if what else ()
        return self.send(
            InteractionType.APPLICATION_COMMAND, InteractionData(name=name, options=options), dm=dm
        )

    async def told(self, name: str) -> str:
        """What a command is answered within a second; empty if it was removed in favour of a private word."""
        self.command(name)
        await trio.sleep(1)
        return list(self.outside.rest.messages.values())[-1].content

    def menu(self, name: str, target: User = BEN) -> str:
        data = InteractionData(
            name=name,
            type=ApplicationCommandType.USER,
            target_id=target.id,
            resolved=Resolved(users={str(target.id): target}, members={str(target.id): Member(nick="Benny")}),
        )
        return self.send(InteractionType.APPLICATION_COMMAND, data)

    def press(self, custom_id: str) -> str:
        return self.send(InteractionType.MESSAGE_COMPONENT, InteractionData(custom_id=custom_id))

    def typing(self, typed: str) -> str:
        option = InteractionOption(name="what", type=3, value=typed, focused=True)
        data = InteractionData(name="do", options=(option,))
        return self.send(InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE, data)

    def send(self, kind: InteractionType, data: InteractionData, *, dm: bool = False) -> str:
        self._id += 1
        user = User(id=ALICE, username="alice")
        self.intake.interaction(
            Interaction(
                id=InteractionId(self._id),
                application_id=ApplicationId(1),
                type=kind,
                token=f"t{self._id}",
                data=data,
                guild_id=None if dm else GUILD,
                channel_id=CHANNEL,
                member=None if dm else Member(user=user, permissions=0),
                user=user if dm else None,
            )
        )
        return f"t{self._id}"

    def write(self, content: str, **changes: object) -> None:
        message = WireMessage(
            id=MessageId(42),
            channel_id=CHANNEL,
            guild_id=GUILD,
            author=User(id=ALICE, username="alice"),
            member=Member(),
            content=content,
        )
        self.intake.message(evolve(message, **changes))

    def callbacks(self) -> list[object]:
        return [callback for _, callback in self.line.callbacks]


@asynccontextmanager
async def open_desk(
    delay_s: float = 0.15, rest: FakeRest | None = None, store: MemoryStore | None = None
) -> AsyncGenerator[Desk]:
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery, rest=rest or FakeRest(), store=store or MemoryStore())
        outside.rest.delay_s = delay_s
        desks: list[Desk] = []

        def build(context: Context) -> Worker:
            return Worker(context, desks[0].taken, desks[0].nap_s)

        part = Slice(
            kind="work",
            package="x",
            factory=build,
            commands=COMMANDS,
            components=(PRESS, SUBMIT, OPEN, LOCKED),
            complete=_complete,
            again="do",
        )
        registry = Registry((part, PAGER))
        population = Population(registry=registry, nursery=nursery, say=CATALOGUE.speaker())
        ports = outside.ports(population.tell)
        population.equip(ports)
        line = FakeAckLine(outside.rest, delay_s)

        def start(task: Callable[[], Awaitable[None]]) -> None:
            nursery.start_soon(task)

        book = outside.book(population.courtesy)
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
            ack_line=line,
            start=start,
            later=outside.later,
            offer=population.offer,
            claim=population.claim,
            courtesy=population.courtesy,
            unanswered=book,
            default_say=CATALOGUE.speaker(),
        )
        desks.append(Desk(outside, line, intake, population))
        yield desks[0]
        nursery.cancel_scope.cancel()
