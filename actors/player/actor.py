"""The shell of a guild's player: takes from the mailbox, applies, performs the effects."""

from attrs import define

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.player.outside import Outside


@define(eq=False)
class PlayerActor:
    """One guild's player."""

    context: Context
    outside: Outside

    async def load(self) -> None:
        """Bring back the state."""

    async def handle(self, envelope: Envelope) -> None:
        """Do what a person asked for."""

    async def observe(self, fact: object) -> None:
        """Take note."""

    def next_deadline(self) -> float | None:
        """When ``tick`` wants to be called."""
        return None

    async def tick(self, now: float) -> None:
        """The deadline has passed."""

    def is_idle(self) -> bool:
        """Whether it may retire."""
        return True

    async def goodbye(self) -> None:
        """The bot stops."""
