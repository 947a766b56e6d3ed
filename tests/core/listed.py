"""A list in its cell: a source beside a pager or picker, and the message that the answer becomes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio
from attrs import evolve

from actors.core.address import Address
from actors.core.cell import ActorFactory
from actors.core.declare import Slice
from actors.core.population import Population
from actors.core.registry import Registry
from actors.rest.payloads import Message
from gateway_client.ids import MessageId
from tests.core.fakes import CATALOGUE, FakeReply, Outside

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


@asynccontextmanager
async def open_lists(
    shown_by: Slice, source: ActorFactory, outside: Outside | None
) -> AsyncGenerator[tuple[Outside, Population]]:
    """A bot with lists; given the outside of an earlier one, it is the same bot after a restart."""
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery) if outside is None else evolve(outside, nursery=nursery)
        lists = Slice(kind=SOURCE.kind, package="x", factory=source)
        registry = Registry((lists, shown_by))
        population = Population(registry=registry, nursery=nursery, say=CATALOGUE.speaker())
        population.equip(outside.ports(population.tell))
        yield outside, population
        nursery.cancel_scope.cancel()
