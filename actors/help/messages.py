"""What the help actor's mailbox takes. ``PageWanted`` comes from ``core.pages``."""

from attrs import frozen

from actors.core.pages import PageWanted


@frozen
class ShowHelp:
    """Show every command, or one; ``words`` are as the person wrote them."""

    words: str | None


Command = ShowHelp
Fact = PageWanted
