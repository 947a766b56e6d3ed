"""Reactions of ours under people's messages: what those who show them may say, and what they hear back.

Several holders may wish for reactions under one message without knowing of each other: a reaction is there as
long as anybody wishes for it. ``reaction_record`` decides what one message needs, ``reaction_line`` which
message of a channel comes next, ``reaction_writer`` sends. Only our own reactions are ever touched.

A wish is a whole picture: it replaces the one before. What it no longer names is removed once what it names
is there. A holder that lets go leaves what it wished for last in its place.
"""

from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Protocol

from attrs import frozen

from actors.core.claim import Place
from gateway_client.ids import ChannelId, MessageId


class Rank(IntEnum):
    """What is sent first where the rate limit makes reactions wait."""

    END = 0
    LEAVE_WAITING = 1
    ENTER_WAITING = 2
    TIDY = 3
    KEYWORD = 4


@frozen(kw_only=True)
class Emote:
    """An emoji as people write it; ``fallback`` is taken where Discord does not know it."""

    text: str
    fallback: str | None = None


@frozen(kw_only=True)
class Wish:
    """What a holder wants to be there, in its order; ``since`` (monotonic seconds) is when it began to."""

    emotes: tuple[Emote, ...] = ()
    rank: Rank
    since: float


class Settled(Enum):
    """What became of a wish."""

    SHOWN = "shown"
    """All that can be shown is there, and nothing else of this holder's is."""
    GONE = "gone"
    """The message is gone, or its author does not want us there: nothing can be shown any more."""


OnSettled = Callable[[Settled], None]


@frozen(kw_only=True)
class Legacy:
    """What a former life of this program left under a message.

    ``perhaps`` may be there because of this holder, ``others`` are there because of somebody else.
    """

    perhaps: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


NO_LEGACY = Legacy()


class Reactions(Protocol):
    """The port. Everything is synchronous: sending happens later and never holds anybody up."""

    def wish(
        self,
        place: Place,
        holder: str,
        wish: Wish,
        *,
        settled: OnSettled | None = None,
        legacy: Legacy = NO_LEGACY,
    ) -> None:
        """Make this the holder's picture; ``settled`` is called once, unless a newer wish replaces this."""
        ...

    def release(self, place: Place, holder: str) -> None:
        """Let go: what the holder wished for last stays."""
        ...

    def others(self, place: Place, holder: str) -> tuple[str, ...]:
        """The emojis that somebody else holds under this message."""
        ...

    def forget(self, channel_id: ChannelId, message_id: MessageId) -> None:
        """The message is gone."""
        ...
