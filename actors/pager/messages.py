"""What a pager's mailbox takes. ``OpenPages``, ``PageReady`` and ``Turn`` come from ``core``."""

from attrs import frozen

from actors.core.arrows import Turn
from actors.core.pages import OpenPages, PageReady
from actors.core.viewing import Posted


@frozen
class Gone:
    """Somebody deleted the message."""


Command = Turn
Fact = OpenPages | PageReady | Posted | Gone
