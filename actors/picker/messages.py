"""What a picker's mailbox takes. ``OpenPicker`` and ``Turn`` come from ``core``."""

from attrs import frozen

from actors.core.arrows import Turn
from actors.core.pages import OpenPicker
from actors.core.viewing import Posted


@frozen
class Pick:
    """Somebody pressed the number of a choice; ``index`` counts all of them from 0."""

    index: int


@frozen
class Cancel:
    """Somebody pressed Cancel."""


@frozen
class Found:
    """What a former life has shown, or was about to, is this message."""

    place: Posted


@frozen
class Shown:
    """What was said last is there, or has failed."""


Command = Pick | Turn | Cancel
Fact = OpenPicker | Posted | Found | Shown
