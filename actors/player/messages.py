"""What the player's mailbox takes besides commands, and what its machine takes.

Values only. Commands (``asks``) arrive inside an envelope; everything else is a fact. What child tasks bring
back are ``results``; the facts of the voice node come as they are (``voice.protocol.Fact``), pages as in
``core.pages``. ``Asked`` and ``Returned`` are how the shell hands a command or the way back after a start to
the machine, with what the cache knows at that moment.
"""

from attrs import field, frozen

from actors.core.envelope import Facts
from actors.core.music import MusicWanted, QueueMusic
from actors.core.pages import NotPicked, PageWanted, Picked
from actors.player.asks import Command
from actors.player.normalize import PLAIN_LEVELING
from actors.player.panel import PanelFact
from actors.player.results import Result
from gateway_client.events import VoiceStateUpdated
from gateway_client.ids import ChannelId, UserId
from media.errors import MediaError
from voice import protocol
from voice.protocol import Leveling


@frozen(kw_only=True)
class Room:
    """What the cache knows of a voice channel: whether the bot could join it and who is there.

    On a stage ``can_speak`` means that the bot may ask to, ``may_take_floor`` that it need not ask.
    """

    channel_id: ChannelId
    can_connect: bool = True
    can_speak: bool = True
    is_full: bool = False
    is_stage: bool = False
    may_take_floor: bool = False
    humans: int = 1


@frozen(kw_only=True)
class Asked:
    """A command with what was true when it arrived.

    Attributes:
        request: its number in this process, under which its reply is found.
        room: the caller's voice channel, ``None`` if they sit in none.
        is_dj: they may do what needs the DJ role, if there is one.
        searches: the queries are words to search for, so that a person has to pick.
        listeners: the humans who sit with the bot.
    """

    request: int
    command: Command
    facts: Facts
    room: Room | None = None
    is_dj: bool = True
    searches: bool = False
    listeners: frozenset[UserId] = frozenset()


@frozen(kw_only=True)
class Returned:
    """The guild is in sight after a start: go on if somebody listens.

    ``room`` is the channel of before, ``None`` if it is gone; ``seated`` says whether Discord still shows the
    bot in some channel.
    """

    room: Room | None
    seated: bool


@frozen(kw_only=True)
class BotSeated:
    """Discord says where the bot sits; ``None``: in no channel.

    ``in_audience``: of a stage, where it is not heard; ``may_take_floor``: it may change that by itself.
    """

    channel_id: ChannelId | None
    in_audience: bool = False
    may_take_floor: bool = False
    session_id: str = field(repr=False)


@frozen(kw_only=True)
class ServerGiven:
    """Discord says where the call is served; without an endpoint another one follows."""

    token: str = field(repr=False)
    endpoint: str | None


@frozen
class PeopleCounted:
    """How many humans are in the bot's channel, and who."""

    humans: int
    who: frozenset[UserId] = frozenset()


@frozen
class SessionReplaced:
    """The main gateway began a new session: the voice session of the old one is void."""


@frozen
class GuildAvailable:
    """The guild is in sight (again)."""


@frozen
class GuildGone:
    """The bot was removed from the guild."""


@frozen
class DefaultsChanged:
    """A setting of the player has a new value; filled in by the shell.

    Attributes:
        volume_pct: what a guild starts with.
        vote_pct: how many of the listeners have to want a skip; 0: votes count for nothing.
        queue_limit: tracks in the queue at most.
        person_limit: of one person; 0 for no limit.
        is_fair: people's tracks take turns.
        announce_in: where unasked words go, ``None`` for the channel of the last command.
        has_dj_role: whoever has it is above ``person_limit``.
    """

    volume_pct: int = 100
    leveling: Leveling = PLAIN_LEVELING
    crossfade_s: float = 0.0
    vote_pct: int = 60
    queue_limit: int = 1000
    person_limit: int = 0
    is_fair: bool = False
    announce_in: ChannelId | None = None
    has_dj_role: bool = False


@frozen(kw_only=True)
class Broken:
    """A playback failed in the node; ``guard`` is what the media guard refused meanwhile, if it did."""

    failed: protocol.TrackFailed
    guard: MediaError | None


Fact = (
    protocol.Fact
    | PageWanted
    | Picked
    | NotPicked
    | QueueMusic
    | MusicWanted
    | VoiceStateUpdated
    | ServerGiven
    | SessionReplaced
    | GuildAvailable
    | GuildGone
    | DefaultsChanged
    | Result
    | PanelFact
)
"""What the mailbox takes besides commands. The shell answers ``PageWanted`` and ``MusicWanted``, makes
commands of ``Picked`` and ``QueueMusic``, ``BotSeated`` and ``PeopleCounted`` of a voice state, and
``Broken`` of a ``TrackFailed``."""

VoiceFact = (
    protocol.Connected
    | protocol.Closed
    | protocol.TrackStarted
    | protocol.TrackEnded
    | protocol.Position
    | protocol.Heard
    | protocol.Loudness
    | protocol.NodeRestarted
)
"""What the machine takes of the node as it is."""

News = (
    Returned
    | BotSeated
    | ServerGiven
    | PeopleCounted
    | SessionReplaced
    | GuildAvailable
    | GuildGone
    | DefaultsChanged
    | Broken
)
"""What became true outside."""

Input = Asked | News | Result | PanelFact | VoiceFact
"""What the machine takes."""
