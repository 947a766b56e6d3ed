"""All living cells by address: who gets a message, who is started by it, how everybody leaves.

An address gets its mailbox synchronously with its first message; the actor loads first, then takes. A cell
that retires gives its address free in the same step in which it stops taking, so no message can fall between
two generations. Closing closes every mailbox and waits until every actor has said goodbye.
"""

import logging

import trio
from attrs import define, field

from actors.core.address import Address
from actors.core.cell import Cell
from actors.core.claim import Claim
from actors.core.courtesy import Courtesy
from actors.core.declare import Delivery
from actors.core.envelope import Envelope, Fact
from actors.core.mailbox import Mailbox, Offer
from actors.core.ports import Ports
from actors.core.registry import Registry
from actors.core.texts import Say

log = logging.getLogger(__name__)


@define(eq=False, kw_only=True)
class Population:
    """The cells of this process."""

    registry: Registry
    nursery: trio.Nursery
    say: Say
    courtesy: Courtesy = field(factory=Courtesy)
    _ports: Ports | None = field(default=None, init=False)
    _cells: dict[Address, Cell] = field(factory=dict[Address, Cell], init=False)
    _closed: bool = field(default=False, init=False)
    _empty: trio.Event = field(factory=trio.Event, init=False)

    def equip(self, ports: Ports) -> None:
        """Give the ports that every actor gets; once, before the first message."""
        self._ports = ports

    @property
    def depths(self) -> dict[Address, int]:
        """How many items wait, by address."""
        return {address: len(cell.mailbox) for address, cell in self._cells.items()}

    def offer(self, address: Address, envelope: Envelope) -> Offer:
        """Put an envelope into a mailbox; its actor is started if nobody lives there."""
        cell = self._cell(address)
        return Offer.CLOSED if cell is None else cell.mailbox.offer(envelope)

    def tell(self, address: Address, message: object, key: str | None = None) -> None:
        """Put a fact into a mailbox; its actor is started if nobody lives there."""
        cell = self._cell(address)
        if cell is not None:
            cell.mailbox.tell(Fact(message=message, key=key))

    def deliver(self, delivery: Delivery) -> None:
        """Put a fact into a mailbox; without ``wake`` only if somebody lives there."""
        (self.tell if delivery.wake else self.tell_living)(delivery.address, delivery.message, delivery.key)

    def claim(self, claim: Claim) -> None:
        """Tell whoever shows the progress of commands of a new one."""
        for part in self.registry.slices:
            for delivery in part.follow(claim):
                self.deliver(delivery)

    def tell_living(self, address: Address, message: object, key: str | None = None) -> None:
        """Put a fact into a mailbox if somebody lives there."""
        if address in self._cells:
            self.tell(address, message, key)

    def wake(self, address: Address) -> None:
        """Start the actor of an address: it loads what is stored."""
        self._cell(address)

    async def close(self) -> None:
        """Close every mailbox and wait until everybody has said goodbye."""
        self._closed = True
        for cell in self._cells.values():
            cell.mailbox.close()
        if self._cells:
            await self._empty.wait()

    def _cell(self, address: Address) -> Cell | None:
        cell = self._cells.get(address)
        if cell is not None or self._closed:
            return cell
        part = self.registry.slice_of(address.kind)
        if part is None:
            log.error("a message for a kind that no slice owns", extra={"address": str(address)})
            return None
        assert self._ports is not None
        cell = Cell(
            address=address,
            mailbox=Mailbox(),
            build=part.factory,
            ports=self._ports,
            retired=lambda: self._leave(address, cell),
            say=self.say,
            courtesy=self.courtesy,
            abandoned=part.abandoned,
        )
        self._cells[address] = cell
        self.nursery.start_soon(cell.run, name=str(address))
        return cell

    def _leave(self, address: Address, cell: Cell | None) -> None:
        if self._cells.get(address) is cell:
            del self._cells[address]
        if self._closed and not self._cells:
            self._empty.set()
