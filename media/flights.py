"""A question that several have at the same time is asked once, and each of them hears the answer.

Pure but for the task that asks. Rules:

- Whoever has a question that is being asked joins; who comes after the answer asks anew. What is worth
  remembering for longer is remembered elsewhere (`media.looks`, `media.index`).
- One who goes away harms nobody; when the last one goes, the asking is cancelled.
- A failure is told to all who asked, as the same error.

Failure mode: whatever asking raises belongs to those who asked, never to the room; that is why everything is
caught here.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar, cast

import trio
from attrs import Factory, define, field

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


async def raised_by(job: Callable[[], Awaitable[None]]) -> Exception | None:
    """Do what others wait for; what it raises is theirs."""
    try:
        await job()
    except Exception as error:  # noqa: BLE001 - it is told to those who wait
        return error
    return None


@define(eq=False)
class _Flight(Generic[T]):
    """One question that is being asked."""

    scope: trio.CancelScope = Factory(trio.CancelScope)
    landed: trio.Event = Factory(trio.Event)
    askers: int = 0
    answer: T | None = None
    failure: Exception | None = None


@define(eq=False)
class Flights(Generic[K, T]):
    """The questions of one kind.

    Attributes:
        nursery: of the tasks that ask; it must outlive those who have questions.
    """

    nursery: trio.Nursery
    _flights: dict[K, _Flight[T]] = field(factory=dict[K, _Flight[T]], init=False)

    async def share(self, key: K, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer to a question, asked with ``ask`` unless somebody asks it already.

        Raises:
            Exception: whatever asking has raised.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight[T]()
            self.nursery.start_soon(self._fly, key, flight, ask)
        flight.askers += 1
        try:
            await flight.landed.wait()
        finally:
            flight.askers -= 1
            if not flight.askers:
                self._forget(key, flight)
                flight.scope.cancel()
        if flight.failure is not None:
            raise flight.failure
        return cast("T", flight.answer)

    async def _fly(self, key: K, flight: _Flight[T], ask: Callable[[], Awaitable[T]]) -> None:
        async def fly() -> None:
            with flight.scope:
                flight.answer = await ask()

        flight.failure = await raised_by(fly)
        self._forget(key, flight)
        flight.landed.set()

    def _forget(self, key: K, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
