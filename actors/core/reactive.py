"""An actor that only reacts: it waits for nothing, and keeps nothing that nobody else has.

The one class of ours that is made to be inherited: half of the slices had these five methods, each empty.
Whoever waits for a deadline, or would lose something by being forgotten, writes the method itself.
"""


class Reactive:
    """What ``cell.Actor`` asks beyond ``handle`` and ``observe``."""

    async def load(self) -> None:
        """There is nothing to bring back."""

    def next_deadline(self) -> float | None:
        """It waits for nothing."""
        return None

    async def tick(self, now: float) -> None:
        """It waits for nothing."""

    def is_idle(self) -> bool:
        """At any time; the cell itself waits for child tasks."""
        return True

    async def goodbye(self) -> None:
        """There is nothing to put in order."""
