"""What a gather's mailbox takes: commands and clicks of people, in envelopes, and facts of the world.

The actor turns both into the ``inputs`` of its machine; what is ``Told`` goes there as it came.
"""

from enum import Enum

from attrs import frozen

from actors.core.arguments import Person
from actors.core.music import MusicTold
from actors.core.pages import PageWanted
from gateway_client.ids import ChannelId, EventId, MessageId, UserId
from gateway_client.objects import Role, VoiceState


class Verb(Enum):
    """The buttons. Their values are part of the ``custom_id``."""

    START_NOW = "start_now"
    CANCEL = "cancel"
    JOIN = "join"
    LEAVE = "leave"
    HERE = "here"
    OUT = "out"
    MUTE = "mute"
    UNMUTE = "unmute"


class Deed(Enum):
    """What Discord may refuse the bot."""

    DISCONNECT = "disconnect"
    PING = "ping"
    DELETE = "delete"
    SCHEDULE = "schedule"
    SAVE = "save"


# -- what people ask


@frozen
class Start:
    """Start a gather; ``words`` are the time before check-in, as typed."""

    words: str | None = None


@frozen
class Expect:
    """Wait for these people, too."""

    targets: tuple[Person | Role, ...]


@frozen
class Forget:
    """Do not wait for these people."""

    targets: tuple[Person | Role, ...]


@frozen
class Extend:
    """Make the countdown longer; ``words`` are a length, as typed."""

    words: str


@frozen
class ShowStats:
    """Show how punctual somebody is, or everybody."""

    person: Person | None = None


@frozen
class Press:
    """A button of the gather with this number was pressed."""

    verb: Verb
    gather: int


Command = Start | Expect | Forget | Extend | ShowStats | Press


# -- facts


@frozen(kw_only=True)
class VoiceSeen:
    """A voice state; ``now`` is when it was read, in monotonic seconds."""

    state: VoiceState
    now: float


@frozen
class GuildSeen:
    """The guild came (back) into sight: everything the cache knows of it is new."""


@frozen
class GuildLost:
    """The bot is no longer in the guild."""


@frozen
class MessagesGone:
    """Messages were deleted."""

    message_ids: tuple[MessageId, ...]


@frozen
class ChannelSeen:
    """A voice channel was changed."""

    channel_id: ChannelId
    user_limit: int


@frozen
class ChannelGone:
    """A channel was deleted."""

    channel_id: ChannelId


@frozen
class MemberGone:
    """Somebody left the guild."""

    user_id: UserId


@frozen(kw_only=True)
class Posted:
    """The gather's message is in the channel."""

    gather: int
    message_id: MessageId


@frozen
class Unshowable:
    """The gather's message may be neither edited nor posted."""

    gather: int


@frozen
class Denied:
    """Discord refused something for lack of a permission, or the disk did."""

    deed: Deed


@frozen
class NoticeUnsent:
    """A sentence to the starter could not be posted: show it in the gather's message instead."""

    deed: Deed


@frozen
class PingPosted:
    """This message pings the missing and is about to be deleted."""

    message_id: MessageId


@frozen
class PingGone:
    """A pinging message was deleted."""

    message_id: MessageId


@frozen(kw_only=True)
class Scheduled:
    """The gather is announced as this event of the guild."""

    gather: int
    event_id: EventId


@frozen
class FinalShown:
    """The last state of this gather is what its message shows, or can never be."""

    gather: int


Told = (
    ChannelSeen
    | ChannelGone
    | MemberGone
    | MessagesGone
    | Posted
    | Unshowable
    | Denied
    | NoticeUnsent
    | PingPosted
    | PingGone
    | Scheduled
)
"""What the machine is told as it came."""

Happened = VoiceSeen | GuildSeen | GuildLost | Told
Fact = Happened | FinalShown | MusicTold | PageWanted
