"""What every part of the model stands on: the clock, new ids, and the one way to tell what happened.

``publish`` runs the subscribers in the order they came, synchronously; an event that a subscriber causes is
told after the one it reacts to, so that everybody sees the same order.
"""

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from attrs import define, field

from sandbox.model.clock import Clock, Snowflakes, Tokens
from sandbox.model.events import WorldEvent

Subscriber: TypeAlias = Callable[[WorldEvent], None]


@define(kw_only=True)
class Ledger:
    """Clock, ids, tokens and the order of events."""

    clock: Clock
    ids: Snowflakes
    tokens: Tokens = field(factory=Tokens)
    _subscribers: list[Subscriber] = field(factory=list[Subscriber], init=False)
    _waiting: deque[WorldEvent] = field(factory=deque[WorldEvent], init=False)
    _publishing: bool = field(default=False, init=False)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every event from now on; the result ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def publish(self, event: WorldEvent) -> None:
        """Tell everybody."""
        self._waiting.append(event)
        if self._publishing:
            return
        self._publishing = True
        try:
            while self._waiting:
                current = self._waiting.popleft()
                for subscriber in tuple(self._subscribers):
                    subscriber(current)
        finally:
            self._publishing = False
