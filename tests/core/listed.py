"""A list in its cell: a source beside a pager or picker, and the message that the answer becomes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio
from attrs import define, evolve, field

from actors.core.address import Address
from actors.core.cell import ActorFactory
from actors.core.declare import Slice
from actors.core.envelope import Envelope
from actors.core.mailbox import Offer
from actors.core.population import Population
from actors.core.registry import Registry
from actors.core.reply import OnSent
from actors.rest.payloads import Message
from gateway_client.ids import MessageId, UserId
from gateway_client.objects import Message as SentMessage
from gateway_client.objects import User
from tests.core.fakes import ALICE, CATALOGUE, CHANNEL, ME, FakeReply, Outside, envelope

SOURCE = Address("list", 1)
SHOWN = MessageId(777)


class Answer(FakeReply):
    """An answer that becomes a message of the tiny Discord."""

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self.outside = outside

    def say(self, message: Message, *, transient: bool = False, sent: object = None) -> None:
        self.outside.rest.messages[SHOWN] = message
        super().say(message, transient=transient, sent=sent)  # pyright: ignore[reportArgumentType] - passed on


@define(eq=False, kw_only=True)
class SlowAnswer(FakeReply):
    """The message stands in the channel at once; Discord's word which one it is comes later, or never."""

    outside: Outside
    delay_s: float = 1.0
    _arrived: trio.Event = field(factory=trio.Event)

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        async def send() -> None:
            self.outside.rest.messages[SHOWN] = message
            await trio.sleep(self.delay_s)
            if sent is not None:
                sent(SentMessage(id=SHOWN, channel_id=CHANNEL, author=User(id=ME, bot=True)))
            self._arrived.set()

        self.outside.spawn(send)

    async def settled(self) -> None:
        await self._arrived.wait()


def press(population: Population, home: Address, what: object, user_id: UserId = ALICE) -> Envelope:
    """A click on the message that is shown."""
    plain = envelope(what, user_id, click=True)
    click = evolve(plain, facts=evolve(plain.facts, message_id=SHOWN))
    assert population.offer(home, click) is Offer.TAKEN
    return click


@asynccontextmanager
async def open_lists(
    shown_by: Slice, source: ActorFactory, outside: Outside | None, wakes: Address | None = None
) -> AsyncGenerator[tuple[Outside, Population]]:
    """A bot with lists; given the outside of an earlier one, it is the same bot after a restart.

    Args:
        shown_by: the slice that shows them.
        source: where its pages come from, or who is told what was picked.
        outside: that of the earlier bot.
        wakes: who is restored at once, and not by a click.
    """
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery) if outside is None else evolve(outside, nursery=nursery)
        lists = Slice(kind=SOURCE.kind, package="x", factory=source)
        registry = Registry((lists, shown_by))
        population = Population(registry=registry, nursery=nursery, say=CATALOGUE.speaker())
        population.equip(outside.ports(population.tell))
        if wakes is not None:
            population.wake(wakes)
        yield outside, population
        nursery.cancel_scope.cancel()
