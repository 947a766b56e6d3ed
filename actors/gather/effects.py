"""What the machine decides: values that the actor performs.

``Changed`` and ``Redraw`` say how much of the world has to follow: a change is committed before anybody reads
of it, a redraw only moves the time that the message shows.
"""

from attrs import frozen

from actors.core.texts import Text
from actors.gather.inputs import Who
from actors.gather.messages import Deed
from gateway_client.ids import EventId, MessageId, UserId


@frozen
class Changed:
    """The state is another one: commit it, then show it."""


@frozen
class Redraw:
    """Only time has passed: show it."""


@frozen
class Say:
    """Answer whoever asked, for all to read."""

    text: Text


@frozen
class Refuse:
    """Tell whoever asked, and nobody else."""

    text: Text


@frozen
class Announce:
    """Ping these people once, in a message that stays: the gather begins."""

    people: tuple[UserId, ...]


@frozen
class GhostPing:
    """Ping these people in a message that is deleted at once."""

    people: tuple[UserId, ...]


@frozen
class CallUp:
    """A place in the channel is free: ping the first of the waiting list, in a message that is deleted."""

    who: Who


@frozen
class Disconnect:
    """Take somebody out of the gathering channel, if they still sit there and are still out."""

    user_id: UserId


@frozen
class Notify:
    """Tell the starter, once, what the bot may not do."""

    deed: Deed


@frozen
class Post:
    """Post the gather's message anew."""


@frozen
class Delete:
    """Delete a message of ours that is one too many."""

    message_id: MessageId


@frozen
class Schedule:
    """Announce when the countdown ends, as an event of the guild."""


@frozen
class Unschedule:
    """Take such an event back."""

    event_id: EventId


@frozen
class Finish:
    """The gather is over: count it, show it a last time, forget it."""


Effect = (
    Changed
    | Redraw
    | Say
    | Refuse
    | Announce
    | GhostPing
    | CallUp
    | Disconnect
    | Notify
    | Post
    | Delete
    | Schedule
    | Unschedule
    | Finish
)
