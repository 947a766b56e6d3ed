"""A secret that cannot be printed: it lives in a closure, and everything that shows it shows dots.

May import nothing of ours. It is a callable, so that rooms which need the token take ``Callable[[], str]``
and need not know where it comes from.
"""

from collections.abc import Callable
from typing import Final, Never

DOTS: Final = "•••"


class Secret:
    """A text that ``secret()`` gives and nothing else does.

    ``repr``, ``str`` and formatting show dots; it has no attributes to look into, does not compare by value
    and refuses to be pickled or copied.
    """

    __slots__ = ("_reveal",)

    def __init__(self, text: str) -> None:
        self._reveal: Callable[[], str] = lambda: text

    def __call__(self) -> str:
        """The text itself. Never put it into a message, a log or an argv."""
        return self._reveal()

    def __repr__(self) -> str:
        return DOTS

    def __format__(self, format_spec: str) -> str:
        return DOTS

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("a secret does not leave its process")
