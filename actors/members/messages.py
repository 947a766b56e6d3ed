"""What the members actor's mailbox takes."""

from attrs import frozen

from actors.core.arguments import Person
from gateway_client.ids import UserId


@frozen
class Rename:
    """Give somebody a nickname; ``None`` takes it away."""

    target: UserId
    name: str | None


@frozen
class WakeUp:
    """Carry somebody to the AFK channel and back, so often."""

    target: Person
    count: int


@frozen
class Uwu:
    """Say it the cute way; ``as_caller`` in the caller's place, without a trace of the call."""

    text: str
    as_caller: bool = False


@frozen
class RideEnded:
    """A ride to the AFK channel is over, whatever became of it."""

    target: UserId


Command = Rename | WakeUp | Uwu
Fact = RideEnded
