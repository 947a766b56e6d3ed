"""How a handler answers the person who asked, whatever way the question came.

A handler never awaits an answer being sent: the methods are synchronous, the sending happens in the order of
the calls on a lane of its own, after the acknowledgement of the interaction. ``answers`` holds the three ways
(slash command, component, prefix message).
"""

from collections.abc import Callable
from typing import Protocol

from actors.rest.payloads import Message
from gateway_client.objects import Message as SentMessage

OnSent = Callable[[SentMessage], None]


class Reply(Protocol):
    """The way back to one person."""

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        """Give the answer; said again, it replaces the first one in place.

        Args:
            message: the whole new content.
            transient: a short-lived confirmation; for a prefix command it is tidied away with the call.
            sent: called with Discord's message as soon as it is there.
        """
        ...

    def refuse(self, message: Message) -> None:
        """Say no, to this person alone where the form allows it; a public placeholder goes away."""
        ...

    def expire(self, message: Message) -> None:
        """As ``refuse``; the buttons of the message that was pressed go away too."""
        ...

    def withdraw(self) -> None:
        """Take the placeholder or the answer away: there is nothing left to say."""
        ...

    async def settled(self) -> None:
        """Wait until everything said so far has been sent or has failed."""
        ...
