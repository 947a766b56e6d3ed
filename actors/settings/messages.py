"""What the settings actor's mailbox takes."""

from attrs import frozen


@frozen
class ShowAll:
    """Show every setting of the guild."""


@frozen
class ShowOne:
    """Show one setting."""

    name: str


@frozen
class Change:
    """Set one setting to a value in words; ``default`` takes the guild's own value away."""

    name: str
    words: str


Command = ShowAll | ShowOne | Change
