"""One actor's mailbox: one arrival order, separate budgets.

Commands and clicks have a budget for the whole actor and one for each person, so that nobody's burst costs
another person a turn; what is over the budget is refused at once and its sender told. Facts never count
against it: they coalesce by key instead, but only where no command lies between, so that a command always
sees the facts in the order in which they became true. Offering is synchronous and never waits.

States: open → closed. A closed mailbox refuses everything and hands out what it still holds through
``drain``.
"""

from collections import Counter, deque
from enum import Enum

import trio
from attrs import define, field

from actors.core.envelope import Carrier, Envelope, Fact, is_carrier
from gateway_client.ids import UserId

ACTOR_BUDGET = 1024
COMMANDS_PER_PERSON = 32
CLICKS_PER_PERSON = 128  # a click is cheap to take and a fast finger on one message is no attack


class Offer(Enum):
    """What became of an envelope that was offered."""

    TAKEN = "taken"
    ACTOR_FULL = "actor full"
    PERSON_FULL = "person full"
    CLOSED = "closed"


@define(eq=False)
class Mailbox:
    """Envelopes and facts in arrival order."""

    closed: bool = False
    _items: deque[Envelope | Fact] = field(factory=deque["Envelope | Fact"])
    _nudged: bool = False
    _commands: int = 0
    _of_person: Counter[tuple[UserId, bool]] = field(factory=Counter[tuple[UserId, bool]])
    _arrived: trio.Event = field(factory=trio.Event)

    def __len__(self) -> int:
        return len(self._items)

    def offer(self, envelope: Envelope) -> Offer:
        """Take an envelope, or say why not."""
        if self.closed:
            return Offer.CLOSED
        if self._commands >= ACTOR_BUDGET:
            return Offer.ACTOR_FULL
        person = (envelope.facts.user_id, envelope.is_click)
        if self._of_person[person] >= (CLICKS_PER_PERSON if envelope.is_click else COMMANDS_PER_PERSON):
            return Offer.PERSON_FULL
        self._of_person[person] += 1
        self._commands += 1
        self._append(envelope)
        return Offer.TAKEN

    def tell(self, fact: Fact) -> None:
        """Take a fact; an older one with the same key goes if no command lies between."""
        if self.closed:
            return
        if fact.key is not None:
            self._forget_older(fact.key)
        self._append(fact)

    async def take(self) -> Envelope | Fact | None:
        """Wait for the next item; ``None`` when nudged, and once the mailbox is closed."""
        while not (self._items or self.closed or self._nudged):
            self._arrived = trio.Event()
            await self._arrived.wait()
        self._nudged = False
        return self._pop() if self._items and not self.closed else None

    def nudge(self) -> None:
        """Make the taker look again: ``take`` returns ``None`` once, without an item."""
        self._nudged = True
        self._arrived.set()

    def close(self) -> None:
        """Refuse everything from now on and wake the taker."""
        self.closed = True
        self._arrived.set()

    def drain(self) -> list[Carrier]:
        """Take out every request that waits, those handed over too; facts are dropped with them."""
        items = (item.message if isinstance(item, Fact) else item for item in self._items)
        waiting = [item for item in items if is_carrier(item)]
        self._items.clear()
        self._of_person.clear()
        self._commands = 0
        return waiting

    def _append(self, item: Envelope | Fact) -> None:
        self._items.append(item)
        self._arrived.set()

    def _pop(self) -> Envelope | Fact:
        item = self._items.popleft()
        if isinstance(item, Envelope):
            person = (item.facts.user_id, item.is_click)
            self._commands -= 1
            self._of_person[person] -= 1
            if not self._of_person[person]:
                del self._of_person[person]
        return item

    def _forget_older(self, key: str) -> None:
        for index in range(len(self._items) - 1, -1, -1):
            item = self._items[index]
            if isinstance(item, Envelope):
                return
            if item.key == key:
                del self._items[index]
                return
