"""From interaction and message events to acknowledged, ordered effects – on a virtual clock with 150 ms round
trips."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define, evolve, field

from actors.core.access import Rule
from actors.core.address import Address
from actors.core.arguments import Arguments, Usage
from actors.core.cell import Context
from actors.core.declare import Command, Completion, Component, Option, OptionType, Slice
from actors.core.envelope import Envelope, Facts
from actors.core.ingress import Ingress
from actors.core.intake import Intake
from actors.core.population import Population
from actors.core.registry import Registry
from actors.core.texts import text
from actors.pager.declaration import PAGER
from actors.rest.payloads import (
    AutocompleteResult,
    Choice,
    DeferredReply,
    DeferredUpdate,
    Message,
    Modal,
    TextInput,
)
from gateway_client.ids import ApplicationId, InteractionId, MessageId, UserId
from gateway_client.objects import Component as WireComponent
from gateway_client.objects import (
    Interaction,
    InteractionData,
    InteractionOption,
    InteractionType,
    Member,
    User,
)
from gateway_client.objects import Message as WireMessage
from tests.core.fakes import ALICE, CATALOGUE, CHANNEL, GUILD, ME, FakeAckLine, Outside


@define(eq=False)
class Worker:
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
        if not envelope.is_click:
            envelope.reply.say(Message(content=f"did {envelope.message}"))

    async def observe(self, fact: object) -> None:
        raise TypeError(fact)

    def next_deadline(self) -> float | None:
        return None

    async def tick(self, now: float) -> None: ...

    def is_idle(self) -> bool:
        return False

    async def goodbye(self) -> None: ...


def _home(facts: Facts) -> Address:
    return Address("work", facts.guild_id)


def _do(arguments: Arguments, facts: Facts) -> object:
    what = arguments.text("what") or "nothing"
    if what == "wrong":
        raise Usage(text("core.not_a_number", option="what"))
    return what


async def _complete(completion: Completion) -> list[Choice]:
    if completion.typed == "slow":
        await trio.sleep(60)
    if completion.typed == "broken":
        raise RuntimeError("boom")
    return [Choice(completion.typed, completion.typed)]


FORM = Modal(custom_id="work:1:100:form", title="Form", rows=(TextInput(custom_id="x", label="X"),))

COMMANDS = (
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
async def open_desk(delay_s: float = 0.15) -> AsyncGenerator[Desk]:
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery)
        outside.rest.delay_s = delay_s
        desks: list[Desk] = []

        def build(context: Context) -> Worker:
            return Worker(context, desks[0].taken, desks[0].nap_s)

        part = Slice(
            kind="work",
            package="x",
            factory=build,
            commands=COMMANDS,
            components=(PRESS, SUBMIT),
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
            default_say=CATALOGUE.speaker(),
        )
        desks.append(Desk(outside, line, intake, population))
        yield desks[0]
        nursery.cancel_scope.cancel()


async def test_command_is_deferred_at_once_and_answered_after(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.nap_s = [10.0]
        token = desk.command("do", "it")
        await trio.sleep(1)
        assert desk.line.times == [pytest.approx(0.15)]
        assert desk.callbacks() == [DeferredReply(ephemeral=False)]
        await trio.sleep(10)
        assert desk.outside.rest.answers[token].content == "did it"


async def test_hundred_clicks_are_all_acknowledged_within_a_second_and_act_in_order(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        desk.nap_s = [5.0]
        for number in range(100):
            desk.press(f"work:1:100:press:{number}")
            await trio.sleep(0.001)
        await trio.sleep(0.9)
        assert desk.callbacks() == [DeferredUpdate()] * 100
        assert desk.taken == []
        await trio.sleep(10)
        assert [message for message, _ in desk.taken] == [str(number) for number in range(100)]
        assert [number for _, number in desk.taken] == sorted(number for _, number in desk.taken)


async def test_declared_visibility_form_and_submission(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.command("hush")
        await trio.sleep(1)
        desk.command("form")
        await trio.sleep(1)
        answer = WireComponent(type=18, component=WireComponent(type=4, custom_id="x", value="typed"))
        data = InteractionData(custom_id="work:1:100:form", components=(answer,))
        desk.send(InteractionType.MODAL_SUBMIT, data)
        await trio.sleep(1)
        assert desk.callbacks() == [DeferredReply(ephemeral=True), FORM, DeferredReply(ephemeral=True)]
        assert [message for message, _ in desk.taken] == ["nothing", ("typed",)]


@pytest.mark.parametrize(
    ("name", "what", "part"),
    [
        ("own", None, "person who runs"),
        ("do", "wrong", "whole number"),
        ("gone", None, "no longer know"),
    ],
)
async def test_refusals_are_told_privately(
    autojump_clock: trio.testing.MockClock, name: str, what: str | None, part: str
) -> None:
    async with open_desk() as desk:
        desk.command(name, what)
        await trio.sleep(1)
        (message,) = [m for m in desk.outside.rest.messages.values() if part in m.content]
        assert message.ephemeral or desk.callbacks() == [DeferredReply(ephemeral=True)]
        assert desk.taken == []


async def test_direct_messages_get_one_sentence(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.command("do", dm=True)
        desk.write("!do it", guild_id=None)
        desk.write("hello", guild_id=None)
        await trio.sleep(1)
        assert [content for content in desk.outside.rest.contents() if "servers" in content] == [
            CATALOGUE.speaker()("core.guild_only")
        ] * 2


@pytest.mark.parametrize("custom_id", ["nonsense", "work:2:1:press", "work:1:1:nothing", "other:1:1:press"])
async def test_unknown_button_expires_and_loses_its_message_buttons(
    autojump_clock: trio.testing.MockClock, custom_id: str
) -> None:
    async with open_desk() as desk:
        token = desk.press(custom_id)
        await trio.sleep(1)
        assert desk.outside.rest.stripped == [token]
        assert "expired" in desk.outside.rest.contents()[0]


async def test_button_of_a_list_that_is_gone_says_how_to_get_a_new_one(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        desk.press("pager:1:5:next:queue")
        await trio.sleep(1)
        assert "use `/queue` again" in desk.outside.rest.contents()[0]


async def test_prefix_command_works_and_bots_are_ignored(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.write("!do it now")
        desk.write("!do bot", author=User(id=UserId(5), bot=True))
        desk.write("!do hook", webhook_id=5)
        desk.write("!unknown")
        desk.write("just talk")
        await trio.sleep(1)
        assert desk.taken == [("it now", 1)]
        assert desk.outside.rest.contents() == ["did it now"]


async def test_prefix_usage_error_shows_the_usage(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.write("!must be")
        await trio.sleep(1)
        assert desk.outside.rest.contents() == ["`n` must be a whole number.\nUsage: `!must n`"]


async def test_crash_reaches_its_sender_after_the_acknowledgement(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with open_desk() as desk:
        token = desk.command("do", "crash")
        await trio.sleep(1)
        assert "reference" in desk.outside.rest.answers[token].content


async def test_full_mailbox_is_told(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.nap_s = [5.0]
        for _ in range(34):
            desk.command("do", "x")
        await trio.sleep(1)
        assert len(desk.callbacks()) == 34
        full = [content for content in desk.outside.rest.contents() if "too many commands" in content]
        assert len(full) == 2


@pytest.mark.parametrize(("typed", "choices"), [("abc", 1), ("slow", 0), ("broken", 0)])
async def test_autocompletion_answers_within_two_seconds_whatever_happens(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture, typed: str, choices: int
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with open_desk() as desk:
        desk.typing(typed)
        await trio.sleep(2.5)
        (result,) = desk.callbacks()
        assert isinstance(result, AutocompleteResult)
        assert len(result.choices) == choices
        assert desk.taken == []
