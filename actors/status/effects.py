"""What a guild's progress asks for: lines of the book, wishes, and an end of both. Values only."""

from attrs import evolve, frozen

from actors.core.claim import Place
from actors.core.reactions import NO_LEGACY, Legacy, Wish


@frozen(kw_only=True)
class Line:
    """A line of the book: what may be under a message, and what shall be left there after a crash.

    ``others`` are emojis that somebody else holds.
    """

    place: Place
    perhaps: tuple[str, ...]
    last_word: str
    others: tuple[str, ...] = ()


@frozen(kw_only=True)
class Show:
    """Wish for this; ``line`` must be in the book first, if there is one."""

    place: Place
    wish: Wish
    version: int
    line: Line | None
    urgent: bool
    """Wished for even if the book cannot be written: it is an end, or takes something away."""
    legacy: Legacy = NO_LEGACY


@frozen
class LetGo:
    """This message is over: what is shown stays, its line goes."""

    place: Place
    booked: bool


Effect = Show | LetGo


def with_others(line: Line, others: tuple[str, ...]) -> Line:
    """The line with what others hold."""
    return evolve(line, others=others)
